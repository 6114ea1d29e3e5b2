"""What a message says: slots of known kinds, how many parts it takes, and what its text lacks or may not say."""
