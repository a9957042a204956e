"""What other pages show of what customers were asked."""

from typing import Any

from django.contrib.contenttypes.models import ContentType

from servicebook.accounts.models import User
from servicebook.core.cards import card
from servicebook.customers.models import Promise
from servicebook.reminders.models import Ask


@card("customers.promise", "reminders/_of_promise.html")
def of_promise(promise: Promise, user: User) -> dict[str, Any] | None:
    """The way to the decision, on a step that ends with one."""
    if not promise.needs_decision or promise.kept_at or promise.dropped_at or promise.about_id is None:
        return None
    seen = Ask.objects.visible_to(user).open()
    if promise.about_type_id == ContentType.objects.get_for_model(Ask).pk:
        ask = seen.filter(pk=promise.about_id).first()
    else:
        ask = seen.filter(about_type=promise.about_type_id, about_id=promise.about_id).first()
    return {"ask": ask} if ask else None
