"""A form that shows what was typed without judging it, while rows are added or a reading is made."""

from django import forms
from django.forms.utils import ErrorDict


class QuietForm(forms.Form):
    """Where `quiet` is set, nothing is wrong with it and nothing is read from it."""

    quiet = False

    def full_clean(self) -> None:
        if self.quiet:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()
