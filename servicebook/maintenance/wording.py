"""Sentences about maintenance that are stored: in the language of the house, as they were that day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from servicebook.maintenance.rules.risk import Code

# Why a planned visit may fail.
RISKS: Mapping[Code, LazyText] = {
    Code.WINDOW: _("the window is not agreed"),
    Code.ACCESS: _("access is not agreed"),
    Code.PARTS: _("parts are not reserved"),
}


class Spanning(Protocol):
    """From when until when."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


def span_in_house(span: Spanning, zone: ZoneInfo) -> str:
    """Say a window as it is where the work is: "14 Oct 2026 22:00 – 15 Oct 2026 06:00"."""
    starts, ends = span.starts_at.astimezone(zone), span.ends_at.astimezone(zone)
    shape = "H:i" if starts.date() == ends.date() else "j M Y H:i"
    with translation.override(settings.LANGUAGE_CODE):
        return f"{date_format(starts, 'j M Y H:i')} – {date_format(ends, shape)}"
