"""For servers that speak WSGI; `evenhand serve` is one."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.site.settings")
application = get_wsgi_application()
