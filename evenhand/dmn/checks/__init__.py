"""What the rules of a table hold between them: gaps, overlaps, rules never reached, types and dead columns. Pure."""
