"""One search over everything that can be found, on both engines."""

from servicebook.search.indexing import Findable, findable, index, index_many

__all__ = ["Findable", "findable", "index", "index_many"]
