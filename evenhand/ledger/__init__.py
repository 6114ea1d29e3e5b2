"""Money we know of before the core's file confirms it."""
