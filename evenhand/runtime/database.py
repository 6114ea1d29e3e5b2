"""Where the database is, for Django."""

from typing import Any
from urllib.parse import unquote, urlsplit

from evenhand.runtime.config import Config


def django_database(config: Config) -> dict[str, Any]:
    """Connection settings of the app role, from the stated address or the embedded server's files."""
    if config.database_url is None:
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "evenhand"}
    parts = urlsplit(config.database_url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
    }
