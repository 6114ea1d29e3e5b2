"""Money, ids, text and digests. Pure; the ground floor."""
