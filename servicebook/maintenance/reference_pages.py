"""Reference data of maintenance under Settings: kits that travel to one task at a time (S0.29)."""

from django import forms
from django.utils.translation import gettext_lazy

from servicebook import journal
from servicebook.core.directory import Directory
from servicebook.core.exports import Column
from servicebook.maintenance.models import Kit


class KitForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Kit
        fields = ["name", "contents"]
        widgets = {"contents": forms.Textarea(attrs={"rows": 4})}


KITS = Directory(
    model=Kit,
    route="maintenance:kits",
    address="settings/kits/",
    title=gettext_lazy("Kits"),
    intro=gettext_lazy(
        "Sets of parts and tools that exist once: reserved for a task, nobody else gets them."
    ),
    add=gettext_lazy("Add a kit"),
    form=KitForm,
    columns=[
        Column(gettext_lazy("Name"), lambda row: row.name),
        Column(gettext_lazy("Contents"), lambda row: row.contents),
    ],
    record=journal.record,
)
