"""What the small forms of acts share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from servicebook.customers.entity_forms import RefusingForm


class ActForm(RefusingForm):
    """Asks nothing; knows the thing that it is about. `wide`: each field on a line of its own."""

    wide = True

    def __init__(self, *args: Any, about: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        self.prepare()

    def prepare(self) -> None:
        """Fill choices that depend on the thing."""


class BecauseForm(ActForm):
    because = forms.CharField(label=gettext_lazy("Why"), max_length=200)
