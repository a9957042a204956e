"""The two back ends behind one search: trigrams of PostgreSQL and of SQLite's FTS5.

Both answer the same two questions: which rows hold all words (also inside a word, so that part of
a serial number finds the unit), and which rows hold a part of each that a slip leaves whole
(a typo).
"""

from collections.abc import Sequence

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from servicebook.search.models import Indexed
from servicebook.search.rules import SHORTEST_TRIGRAM, parts_of


def holding(rows: QuerySet[Indexed], words: list[str]) -> QuerySet[Indexed]:
    """Narrow `rows` to those that hold every word."""
    long_words = [word for word in words if len(word) >= SHORTEST_TRIGRAM]
    if connection.vendor == "sqlite" and long_words:
        match = " ".join(_quoted(word) for word in long_words)
        rows = rows.filter(pk__in=RawSQL(_MATCHING, [match]))  # noqa: S611 - as below
        words = [word for word in words if len(word) < SHORTEST_TRIGRAM]
    for word in words:
        rows = rows.filter(text__contains=word)
    return rows


def newest_of_each(searched: Sequence[QuerySet[Indexed]], most: int) -> list[list[Indexed]]:
    """Return the newest `most` rows of each query, in their order.

    One statement where the engine can take the newest of several queries in one; SQLite cannot.
    """
    parts = [rows.annotate(_of=Value(place)).order_by("-pk")[:most] for place, rows in enumerate(searched)]
    found: list[list[Indexed]] = [[] for _ in parts]
    if connection.vendor == "sqlite" or len(parts) == 1:
        return [list(rows) for rows in parts]
    for row in parts[0].union(*parts[1:], all=True):
        found[row._of].append(row)
    return [sorted(rows, key=lambda row: -row.pk) for rows in found]


def holding_parts(rows: QuerySet[Indexed], words: list[str]) -> QuerySet[Indexed]:
    """Narrow `rows` to those that hold, of every word, one of the parts that a slip leaves whole.

    Far cheaper than asking the index for similar text: PostgreSQL computes the likeness of each
    row that shares a few trigrams, a seventh of all tickets, and keeps none.
    """
    if connection.vendor == "sqlite":
        match = " AND ".join("(" + " OR ".join(map(_quoted, parts_of(word))) + ")" for word in words)
        return rows.filter(pk__in=RawSQL(_MATCHING, [match]))  # noqa: S611 - as below
    for word in words:
        holds = Q()
        for part in parts_of(word):
            holds |= Q(text__contains=part)
        rows = rows.filter(holds)
    return rows


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


_MATCHING = "SELECT rowid FROM search_trigrams WHERE search_trigrams MATCH %s"

_SQLITE = (
    "CREATE VIRTUAL TABLE search_trigrams USING fts5("
    "text, content='search_indexed', content_rowid='id', tokenize='trigram', detail='full')",
    "CREATE TRIGGER search_follows_insert AFTER INSERT ON search_indexed BEGIN "
    "INSERT INTO search_trigrams(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER search_follows_delete AFTER DELETE ON search_indexed BEGIN "
    "INSERT INTO search_trigrams(search_trigrams, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER search_follows_update AFTER UPDATE OF text ON search_indexed "
    "WHEN old.text <> new.text BEGIN "
    "INSERT INTO search_trigrams(search_trigrams, rowid, text) VALUES ('delete', old.id, old.text); "
    "INSERT INTO search_trigrams(rowid, text) VALUES (new.id, new.text); END",
)
_POSTGRES = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    # With the kind in it: a word that half of the tickets hold costs nothing among the customers.
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    "CREATE INDEX IF NOT EXISTS search_trigrams_of_a_kind ON search_indexed "
    "USING gin (subject_type_id, text gin_trgm_ops)",
)


def install(using: BaseDatabaseWrapper) -> None:
    """Make the trigram index; for the migration."""
    with using.cursor() as cursor:
        for statement in _POSTGRES if using.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)
