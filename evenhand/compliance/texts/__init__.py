"""Texts: what people answer us, and what we may say to them."""
