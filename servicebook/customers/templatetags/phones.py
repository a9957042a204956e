"""`{{ contact.phone|phone }}`: a number as people read it. Built in, so that no template loads it."""

from django import template

from servicebook.customers.rules import phones

register = template.Library()


@register.filter
def phone(number: str) -> str:
    """Say an E.164 number the international way."""
    return phones.shown(number) if number else ""
