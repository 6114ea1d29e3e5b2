"""What the bank's core must carry out: numbered, answered or aged, proved by the next file."""
