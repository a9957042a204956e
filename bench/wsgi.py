"""The product and its bare twin in one process."""

from typing import Any

from bench.bare import BareHandler
from servicebook.wsgi import application as product

bare = BareHandler()


def application(environ: dict[str, Any], start_response: Any) -> Any:
    handler = bare if environ["PATH_INFO"].startswith("/bare/") else product
    return handler(environ, start_response)
