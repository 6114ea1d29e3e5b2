"""What the bank's core must carry out for what was agreed here: numbered, answered line by line, proved by its
files."""
