"""The form of one text in one language."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.customers.entity_forms import RefusingForm
from servicebook.messaging.standard_texts import Words

LONGEST = 20_000


class TextForm(RefusingForm):
    """Its words, and the thing on which they are tried."""

    subject_line = forms.CharField(label=_("Subject line"), max_length=250)
    body = forms.CharField(
        label=_("Text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 16, "dir": "auto"})
    )
    short = forms.CharField(
        label=_("Short form"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("For SMS, messenger and push. More than 160 characters are billed as several SMS."),
    )
    record = forms.CharField(
        label=_("Try it on"), max_length=60, required=False, help_text=_("A number, such as T-2026-000104.")
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, words: Words, seen: int, with_record: bool, record: str = "") -> None:
        super().__init__(data, initial={**words._asdict(), "seen": seen, "record": record})
        if not with_record:
            del self.fields["record"]

    def words(self) -> Words:
        """What was typed, once it is valid."""
        return Words(**{part: self.cleaned_data[part] for part in Words._fields})

    def look_at(self, seen: int) -> None:
        """Take what stands here to be typed with the version `seen` before the person's eyes."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["seen"] = str(seen)  # type: ignore[index]
