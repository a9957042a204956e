"""The subjects of a batch, read with one query per model."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from servicebook.agenda.models import Obligation
from servicebook.agenda.registry import DUTIES, Many


class Subjects:
    """What the obligations of one transaction are about."""

    def __init__(self, rows: Sequence[Obligation]) -> None:
        ids: dict[int, set[int]] = defaultdict(set)
        self._related: dict[int, set[str]] = defaultdict(set)
        self._looked_at: set[int] = set()  # of other types nothing but the ids is asked
        for row in rows:
            if row.kind in DUTIES:
                one = DUTIES[row.kind]
                ids[row.subject_type_id].add(row.subject_id)
                self._related[row.subject_type_id].update(one.related)
                if not (isinstance(one.duty, Many) and one.duty.by_id):
                    self._looked_at.add(row.subject_type_id)
        self._found: dict[int, dict[int, Model]] = {
            kind: self._rows_of(kind).in_bulk(wanted) for kind, wanted in ids.items()
        }

    def take(self, row: Obligation) -> Model | None:
        """Return the subject; None when it is gone.

        A second obligation on the same subject reads it anew: the first may have changed it.
        """
        found = self._found[row.subject_type_id]
        if row.subject_id in found:
            return found.pop(row.subject_id)
        return self._rows_of(row.subject_type_id).filter(pk=row.subject_id).first()

    def _rows_of(self, kind: int) -> QuerySet[Any]:
        model = ContentType.objects.get_for_id(kind).model_class()
        if model is None:
            raise LookupError(f"no model for content type {kind}")
        rows = model._base_manager.all()
        if kind not in self._looked_at:
            return rows.only("pk")
        related = sorted(self._related[kind])
        return rows.select_related(*related) if related else rows
