import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

application = get_wsgi_application()
# All views and pages are imported now, lest the first request wait for that.
import_module(settings.ROOT_URLCONF)
