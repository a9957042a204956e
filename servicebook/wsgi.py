import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
application = get_wsgi_application()
# Every page is loaded before the first request comes. What is loaded stays: nobody looks through it again
# for what can be thrown away, which took a quarter of the time of a busy process.
get_resolver().url_patterns  # noqa: B018 - reading it loads them
gc.collect()
gc.freeze()
