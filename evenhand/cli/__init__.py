"""The evenhand command."""
