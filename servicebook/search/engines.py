"""The two back ends behind one search: trigrams of PostgreSQL and of SQLite's FTS5.

Both answer the same two questions: which rows hold all words (also inside a word, so that part of
a serial number finds the unit), and which rows hold something close to them (a typo).
"""

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet, TextField
from django.db.models.expressions import RawSQL
from rapidfuzz.fuzz import partial_ratio

from servicebook.search.models import Indexed

SHORTEST_TRIGRAM = 3
CANDIDATES = 200
CLOSE_ENOUGH = 74  # of 100, by rapidfuzz; about one slip in five letters

TextField.register_lookup(TrigramWordSimilar)


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


def close_to(rows: QuerySet[Indexed], words: list[str], most: int) -> list[Indexed]:
    """Return rows that hold something close to every word of three letters or more."""
    words = [word for word in words if len(word) >= SHORTEST_TRIGRAM]
    if not words:
        return []
    if connection.vendor == "postgresql":
        close = Q()
        for word in words:
            close &= Q(text__trigram_word_similar=word)
        candidates = list(rows.filter(close).order_by("-pk")[:CANDIDATES])
    else:
        trigrams = {word[at : at + 3] for word in words for at in range(len(word) - 2)}
        match = " OR ".join(_quoted(trigram) for trigram in sorted(trigrams))
        best = RawSQL(_BEST_MATCHING, [match, CANDIDATES])  # noqa: S611 - constant text, bound parameters
        candidates = list(rows.filter(pk__in=best))
    scored = [(min(partial_ratio(word, row.text) for word in words), row.pk, row) for row in candidates]
    scored.sort(key=lambda entry: entry[:2], reverse=True)
    return [row for score, _pk, row in scored if score >= CLOSE_ENOUGH][:most]


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


_MATCHING = "SELECT rowid FROM search_trigrams WHERE search_trigrams MATCH %s"
_BEST_MATCHING = "SELECT rowid FROM search_trigrams WHERE search_trigrams MATCH %s ORDER BY rank LIMIT %s"

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
