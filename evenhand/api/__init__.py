"""What outside systems are answered: permits of the gate over HTTP, described by an OpenAPI document."""
