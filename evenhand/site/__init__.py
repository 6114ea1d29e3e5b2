"""Django settings, urls, asgi."""
