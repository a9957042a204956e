"""Forms of customers, sites, contacts and promises."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.entity_forms import EntityForm, RefusingForm
from servicebook.customers.models import Contact, Customer, Place, Region, Site
from servicebook.customers.picking import PickField
from servicebook.customers.rules import trees

PHONE_LENGTH = 40  # as typed; kept as E.164


class RegionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A region with those that it is part of."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Region"))
        options.setdefault("required", False)
        options.setdefault("empty_label", "–")
        super().__init__(Region.objects.none(), **options)

    def offer(self, current: int | None = None) -> None:
        self.queryset = Region.objects.filter(Q(active=True) | Q(pk=current))


def people(*, current: int | None = None) -> Any:
    """Return the people of the house who can own something."""
    return User.objects.filter(Q(is_active=True) | Q(pk=current))


class CustomerForm(EntityForm):
    """A customer. `sure` appears when it looks like one that is known."""

    picks: ClassVar = {"parent": Customer}
    unchecked: ClassVar = ("phone", "email", "mail_domains", "currency")

    parent = PickField(
        route="customers:pick", label=_("Part of"), required=False, help_text=_("For a branch: the whole.")
    )
    region = RegionChoice()
    phone = forms.CharField(
        label=_("Phone"),
        max_length=PHONE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    mail_domains = forms.CharField(
        label=_("Mail domains"),
        required=False,
        help_text=_("Mail from unknown people there belongs to this customer. Several: with commas."),
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields = (
            "name", "parent", "customer_class", "tax_id", "region", "address", "phone", "email",
            "mail_domains", "language", "currency", "criticality", "owner", "notes", "active",
        )  # fmt: skip
        widgets: ClassVar = {"notes": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].offer(self.instance.region_id)  # type: ignore[attr-defined]
        owner = self.fields["owner"]
        if isinstance(owner, forms.ModelChoiceField):
            managers = people(current=self.instance.owner_id)
            owner.queryset, owner.empty_label = managers, "–"
        self.initial["mail_domains"] = ", ".join(self.instance.mail_domains)
        _say_language(self)
        if self.instance.pk is None:
            del self.fields["active"]

    def clean_mail_domains(self) -> list[str]:
        return [one.strip() for one in self.cleaned_data["mail_domains"].split(",") if one.strip()]


class SiteForm(EntityForm):
    unchecked: ClassVar = ()

    region = RegionChoice()

    class Meta:
        model = Site
        fields = (
            "name", "region", "city", "address", "latitude", "longitude", "time_zone", "access_hours",
            "accessibility", "access_rules", "responsible", "notes", "active",
        )  # fmt: skip
        widgets: ClassVar = {
            "access_rules": forms.Textarea(attrs={"rows": 3}),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts: ClassVar = {
            "access_rules": _("Pass, escort, who opens the server room."),
            "access_hours": _("When people are let in, such as Mon–Fri 8:00–19:00."),
            "time_zone": _("Empty: that of the region."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].offer(self.instance.region_id)  # type: ignore[attr-defined]
        responsible = self.fields["responsible"]
        if isinstance(responsible, forms.ModelChoiceField):
            known = Contact.objects.filter(customer=self.instance.customer_id)
            responsible.queryset = known.filter(Q(active=True) | Q(pk=self.instance.responsible_id))
            responsible.empty_label = "–"
        if self.instance.pk is None:
            del self.fields["active"]


class ContactForm(EntityForm):
    unchecked: ClassVar = ("phone", "other_phone", "email")

    phone = forms.CharField(
        label=_("Phone"),
        max_length=PHONE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    other_phone = forms.CharField(
        label=_("Other phone"),
        max_length=PHONE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)

    class Meta:
        model = Contact
        fields = (
            "name", "position", "site", "phone", "other_phone", "email", "language", "is_main",
            "is_decision_maker", "may_open_tickets", "may_sign", "is_on_site", "notes", "active",
        )  # fmt: skip
        widgets: ClassVar = {"notes": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = self.fields["site"]
        if isinstance(site, forms.ModelChoiceField):
            known = Site.objects.filter(customer=self.instance.customer_id)
            site.queryset = known.filter(Q(active=True) | Q(pk=self.instance.site_id))
            site.empty_label = "–"
        _say_language(self)
        if self.instance.pk is None or self.instance.replaced_by_id:
            del self.fields["active"]


class SuccessorChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Colleagues by name, position and address."""

    def label_from_instance(self, obj: Any) -> str:
        return " · ".join(part for part in (obj.name, obj.position, obj.email) if part)


class ReplaceForm(RefusingForm):
    """Who takes over from a contact: a colleague who is known, or one entered here."""

    successor = SuccessorChoice(
        Contact.objects.none(), label=_("Successor"), required=False, empty_label=_("Somebody new:")
    )
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120, required=False)
    position = forms.CharField(label=_("Position"), max_length=120, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=PHONE_LENGTH, required=False)

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["successor"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = contact.customer.contacts.reachable().exclude(pk=contact.pk)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("successor") and not cleaned.get("name"):
            self.add_error("successor", _("Choose a colleague, or enter the new person's name."))
        return cleaned


class PlaceForm(RefusingForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Place.Kind, initial=Place.Kind.ROOM)
    name = forms.CharField(label=_("Name"), max_length=80)
    parent = forms.ModelChoiceField(Place.objects.none(), label=_("Inside"), required=False, empty_label="–")

    def __init__(self, *args: Any, site: Site, place: Place | None = None, **kwargs: Any) -> None:
        if place:
            kwargs["initial"] = {"kind": place.kind, "name": place.name, "parent": place.parent_id}
        super().__init__(*args, **kwargs)
        offer_places(self, "parent", site.places.exclude(pk=place.pk if place else 0))


def offer_places(form: forms.BaseForm, name: str, places: Any) -> None:
    """Offer the places of a site by their whole path, in the order of the tree."""
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = places
        field.choices = [("", "–"), *place_choices(list(places))]


def place_choices(places: Sequence[Place]) -> list[tuple[int, str]]:
    """Return (id, "Building A › 2nd floor › Server room"), parents before what is inside."""
    found: list[tuple[int, str]] = []

    def walk(nodes: list[trees.Node[Place]], above: str) -> None:
        for node in nodes:
            path = f"{above} › {node.row.name}" if above else node.row.name
            found.append((node.row.pk, path))
            walk(node.parts, path)

    walk(trees.grow(places, lambda place: place.pk, lambda place: place.parent_id), "")
    return found


class MomentField(forms.DateTimeField):
    """A date and time as the browser's own field gives them, in the reader's zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **options)


def in_two_days() -> datetime:
    return (clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)


class PromiseForm(RefusingForm):
    """Something that is promised to a customer."""

    text = forms.CharField(label=_("What"), max_length=200)
    due_at = MomentField(label=_("Due"), initial=in_two_days)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"))
    why = forms.CharField(label=_("Why now"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].initial = user.pk
        owner = self.fields["owner"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = people()


class MoveForm(RefusingForm):
    due_at = MomentField(label=_("New date"))
    because = forms.CharField(label=_("Why"), max_length=200, required=False)


class DropForm(RefusingForm):
    because = forms.CharField(label=_("Why"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="drop_%s", **kwargs)  # the page has another "why"


class HandForm(RefusingForm):
    to = forms.ModelChoiceField(User.objects.none(), label=_("New owner"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to = self.fields["to"]
        if isinstance(to, forms.ModelChoiceField):
            to.queryset, to.empty_label = people(), "–"


class RegionForm(RefusingForm):
    name = forms.CharField(label=_("Name"), max_length=80)
    parent = RegionChoice(label=_("Part of"))
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("Two letters, such as KZ.")
    )
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=40, required=False, help_text=_("Such as Asia/Almaty.")
    )
    active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, region: Region | None = None, **kwargs: Any) -> None:
        if region:
            names = ("name", "country", "time_zone", "active")
            kwargs["initial"] = {name: getattr(region, name) for name in names} | {"parent": region.parent_id}
        super().__init__(*args, **kwargs)
        self.fields["parent"].offer(region.parent_id if region else None)  # type: ignore[attr-defined]


def _say_language(form: forms.BaseForm) -> None:
    """Offer the languages that messages are written in."""
    from django.conf import settings

    form.fields["language"] = forms.ChoiceField(
        label=_("Language of messages"),
        required=False,
        choices=[("", _("As the house writes")), *settings.LANGUAGES],
    )
