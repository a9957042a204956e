"""What waits for somebody who was replaced goes to the successor, with links that are theirs (S0.3)."""

from collections.abc import Callable

from django.db import transaction

from servicebook.customers.models import Contact
from servicebook.messaging.models import Delivery, Notice

# Given a link and who gets it now: the link of that person. What is nobody's own stays as it is.
Renewing = Callable[[str, Contact], str]
_renewing: list[Renewing] = []


def renews_links(renewing: Renewing) -> Renewing:
    """Say how links that are one person's own become those of another."""
    _renewing.append(renewing)
    return renewing


@transaction.atomic
def hand_over(row: Delivery, to: Contact) -> bool:
    """Let the notices of a message lead `to` where they led who was replaced; whether any of them did."""
    changed = False
    for notice in row.notices.exclude(url="").order_by("pk"):
        link = notice.url
        for renewing in _renewing:
            link = renewing(link, to)
        if link != notice.url:
            body = notice.body.replace(notice.url, link)
            Notice.objects.filter(pk=notice.pk).update(url=link, body=body)
            changed = True
    return changed
