"""Messages about what not everybody may see are for those who see the thing itself (S1.2)."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from servicebook.accounts.models import User

# Given a person, the things of one model that the person may not see although they see every customer.
Hidden = Callable[[User], "QuerySet[Any]"]
_hidden: list[Hidden] = []


def hides(hidden: Hidden) -> Hidden:
    """Say which things of a model are hidden from a person, and messages about them with them."""
    _hidden.append(hidden)
    return hidden


def about_hidden(user: User) -> Iterator[Q]:
    """Yield conditions for rows that are about what is hidden from a person, one for each model."""
    for hidden in _hidden:
        rows = hidden(user)
        kind = ContentType.objects.get_for_model(rows.model)
        yield Q(about_type=kind, about_id__in=rows.values("pk"))
