"""Shared layout, tags, masking, content security policy."""
