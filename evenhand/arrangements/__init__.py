"""Promises to pay."""
