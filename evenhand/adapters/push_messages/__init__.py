"""Messages in the bank's own app, or its official account, by one signed request each."""
