"""From XML to decisions: parsed safely, each fault with its place."""
