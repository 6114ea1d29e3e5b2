"""The case, decisions published, holds, manual decisions."""
