"""What of the unanswered questions is shown."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.listing import FilterForm
from servicebook.reminders.models import Ask, Asks

STATES = (("late", _("Overdue")), ("mine", _("Mine")), ("over", _("Over")))


class AskFilter(FilterForm):
    """Which questions are shown; the open ones if nothing is said."""

    for_user = True

    state = forms.ChoiceField(label=_("State"), choices=[("", _("Open")), *STATES])
    what = forms.ChoiceField(
        label=_("Asked for"), choices=[("", _("Any")), *(one for one in Asks.choices if one[0])]
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def apply(self, queryset: QuerySet[Ask]) -> QuerySet[Ask]:
        state = self.cleaned_data.get("state", "")
        rows = queryset.exclude(ended_at=None) if state == "over" else queryset.filter(ended_at=None)
        if state == "late":
            rows = rows.filter(next_at__lt=clock.now())
        if state == "mine":
            rows = rows.filter(pk__in=Ask.objects.held_by(User.objects.filter(pk=self.user.pk)).values("pk"))
        if what := self.cleaned_data.get("what"):
            rows = rows.filter(what=what)
        return rows
