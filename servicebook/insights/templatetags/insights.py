"""Lengths of time as people read them."""

from datetime import timedelta

from django import template

from servicebook.contracts import amounts
from servicebook.core.templatetags.page import span

register = template.Library()


@register.filter
def seconds(length: int | None) -> str:
    """`{{ line.median|seconds }}`: 1 h 52 min; a dash where there is none."""
    return "–" if length is None else span(timedelta(seconds=length))


@register.filter
def minutes(length: int) -> str:
    return amounts.hours(length)
