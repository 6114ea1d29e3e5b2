"""Staff, roles and what they may see."""
