"""What a customer fills in behind the link."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from servicebook.maintenance.rules.windows import Span
from servicebook.reminders.actions.reacting import Reaction
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.rules.answers import ANSWERS

WISHES = (1, 2, 3)


class AnswerForm(forms.Form):
    """One form for all answers: which button was pressed says which answer it is."""

    answer = forms.CharField(widget=forms.HiddenInput, max_length=30)
    note = forms.CharField(
        label=_("Your words"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(
        self,
        ask: Ask,
        windows: list[tuple[Span, str]],
        *args: Any,
        alike: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """`alike`: for which other visits of that day the window may be agreed at once."""
        super().__init__(*args, **kwargs)
        self.windows = {name_of(span): span for span, _said in windows}
        if ask.what != Asks.WINDOW:
            return
        choices = [(name_of(span), said) for span, said in windows]
        self.fields["window"] = forms.ChoiceField(
            label=_("Window"),
            choices=choices,
            required=False,
            widget=forms.RadioSelect,
            initial=choices[0][0] if len(choices) == 1 else None,
            error_messages={
                "invalid_choice": _(
                    "This window is not on offer. Choose one of those that are, or ask for others."
                )
            },
        )
        if alike:
            also = ngettext(
                "Also for the other visit that day",
                "Also for the other %(count)s visits that day",
                len(alike),
            )
            self.fields["also"] = forms.BooleanField(
                label=also % {"count": len(alike)}, required=False, initial=True, help_text="; ".join(alike)
            )
        self.fields["on_site"] = forms.CharField(
            label=_("Who is there"), required=False, max_length=80, help_text=_("Name of the contact on site")
        )
        self.fields["phone"] = forms.CharField(label=_("Phone"), required=False, max_length=40)
        for number in WISHES:
            for name, label in (("from", _("From")), ("until", _("Until"))):
                self.fields[f"{name}_{number}"] = forms.DateTimeField(
                    label=label,
                    required=False,
                    widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
                )

    @property
    def wishes(self) -> list[tuple[Any, Any, Any]]:
        """The pairs of fields for other windows, each with its name."""
        return [
            (said, self[f"from_{number}"], self[f"until_{number}"])
            for number, said in zip(
                WISHES, (_("First window"), _("Second window"), _("Third window")), strict=True
            )
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for number in WISHES if "from_1" in self.fields else ():
            begin, end = values.get(f"from_{number}"), values.get(f"until_{number}")
            if bool(begin) != bool(end) and not {f"from_{number}", f"until_{number}"} & self.errors.keys():
                self.add_error(f"until_{number}" if begin else f"from_{number}", _("Give both ends."))
        return values

    def reaction(self) -> Reaction:
        values = self.cleaned_data
        spans = [(values.get(f"from_{number}"), values.get(f"until_{number}")) for number in WISHES]
        chosen = values.get("window")
        return Reaction(
            answer=values["answer"],
            note=values["note"],
            window=self.windows[chosen] if chosen else None,
            wishes=[Span(begin, end) for begin, end in spans if begin and end],
            on_site=values.get("on_site", ""),
            phone=values.get("phone", ""),
        )


def name_of(window: Span) -> str:
    """Name a window by its moments: others may be on offer by the time that one is chosen."""
    return f"{window.starts_at.timestamp():.0f}-{window.ends_at.timestamp():.0f}"


def answers_of(ask: Ask) -> list[tuple[str, str]]:
    """The answers that a question offers, with how they are said."""
    return [(code, one.said) for code, one in ANSWERS.get(ask.what, {}).items()]
