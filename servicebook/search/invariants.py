from collections.abc import Iterator
from itertools import islice

from django.contrib.contenttypes.models import ContentType

from servicebook.core.invariants import invariant
from servicebook.search.indexing import REGISTERED
from servicebook.search.models import Indexed

NAMED = 20


@invariant("I8", "Everything that can be found is in the search index")
def indexed() -> Iterator[str]:
    for kind in REGISTERED.values():
        content_type = ContentType.objects.get_for_model(kind.model)
        known = Indexed.objects.filter(subject_type=content_type).values("subject_id")
        lost = kind.model._default_manager.exclude(pk__in=known).values_list("pk", flat=True)
        for key in islice(lost.iterator(), NAMED):
            yield f"{kind.model._meta.verbose_name} {key} cannot be found"
