import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from servicebook.core import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - reading it loads every page before the first request comes
memory.settle()
