"""Django settings, made from `evenhand.runtime.config`."""

from pathlib import Path

from evenhand.runtime.config import config
from evenhand.runtime.database import django_database

PACKAGE = Path(__file__).resolve().parents[1]

DEBUG = False
ALLOWED_HOSTS = list(config().allowed_hosts)
SECRET_KEY = "replaced-by-the-key-file"  # noqa: S105
ROOT_URLCONF = "evenhand.site.urls"
ASGI_APPLICATION = "evenhand.site.asgi.application"
DATABASES = {"default": django_database(config())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.Staff"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "evenhand.runtime",
    "evenhand.access",
    "evenhand.portfolio",
    "evenhand.ledger",
    "evenhand.delinquency",
    "evenhand.casework",
    "evenhand.arrangements",
    "evenhand.cycle",
    "evenhand.web",
    "evenhand.workbench",
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = config().time_zone
STATIC_URL = "/static/"
