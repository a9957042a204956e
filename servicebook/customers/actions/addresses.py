"""Phones and e-mail addresses in their one spelling, refused at their field."""

from django.db import models
from django.utils.translation import gettext as _

from servicebook.customers.rules import mail, phones
from servicebook.customers.saving import wrong


def clean_phone(thing: models.Model, name: str, *, country: str) -> None:
    """Write the phone in field `name` as E.164.

    Raises:
        NotSaved: it is not a phone number.
    """
    typed: str = getattr(thing, name)
    try:
        setattr(thing, name, phones.normal(typed, country=country))
    except ValueError:
        hint = {"typed": typed, "example": phones.example(country)}
        raise wrong(
            **{name: _("%(typed)s is not a phone number. One looks like %(example)s.") % hint}
        ) from None


def clean_mail(thing: models.Model, name: str) -> None:
    """Write the address in field `name` in lower case.

    Raises:
        NotSaved: it is not one address.
    """
    typed: str = getattr(thing, name)
    try:
        setattr(thing, name, mail.normal(typed))
    except ValueError:
        text = _("%(typed)s is not an e-mail address. One looks like name@company.kz.")
        raise wrong(**{name: text % {"typed": typed}}) from None
