"""Outside things, one folder each. None runs inside a transaction; in a demo database none leaves this machine."""
