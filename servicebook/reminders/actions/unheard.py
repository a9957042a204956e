"""Who unsubscribed before a message went out was never asked: nobody waits for their answer."""

from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook.core import related
from servicebook.messaging.models import Delivery, Notice
from servicebook.reminders import links
from servicebook.reminders.actions import asks
from servicebook.reminders.models import Ask

MARK = "never_asked"  # on a message: the open questions that stood in it, and were left out


def look(rows: Sequence[Delivery]) -> None:
    """Write on each settled message the questions that it did not ask; most cost nothing."""
    related.fetch(rows, "notices")
    left_out = {
        row.pk: {one.url for one in row.notices.all() if one.left_out and one.url}
        for row in rows
        if row.state != Delivery.State.WAITING
    }
    urls = {url for some in left_out.values() for url in some}
    # Who got the same question by another message was asked.
    asked = Notice.objects.filter(url__in=urls, left_out=False).values_list("url", flat=True) if urls else ()
    never = {url: opened.ask for url in urls - set(asked) if (opened := links.opened_by(url))}
    for row in rows:
        found = [never[url] for url in left_out.get(row.pk, ()) if url in never]
        setattr(row, MARK, [one for one in found if one.ended_at is None])


def withdraw(row: Delivery) -> None:
    """End the questions that a message did not ask."""
    look([row])
    never: list[Ask] = getattr(row, MARK)
    with translation.override(settings.LANGUAGE_CODE):
        for one in never:
            asks.withdraw(one.pk, because=_("its receiver unsubscribed and was not written to"))
