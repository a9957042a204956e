"""What pages read about messages."""

from collections.abc import Sequence

from django.db.models import Model

from servicebook.messaging.models import Delivery


def deliveries_about(subject: Model, *, most: int = 50) -> Sequence[Delivery]:
    """Return the latest messages about `subject`, newest first. One statement.

    Whoever may see the subject may see them; `messaging/_about.html` shows them as a card.
    """
    return list(Delivery.objects.about(subject).defer("body", "references")[:most])
