"""What a cell means: each parser turns text into a value or says what is wrong and how to mend it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NoReturn
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from servicebook.contracts.rules import durations
from servicebook.intake.importing.rules import dates
from servicebook.intake.importing.rules.headings import plain

EARLIEST_YEAR, LATEST_YEAR = 1950, 2100
SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"}
)

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_YES = frozenset(
    plain(word)
    for word in ["1", "true", "yes", "y", "x", "on", "да", "иә", "evet", "是", "✓", "active", "активен"]
)
_NO = frozenset(
    plain(word)
    for word in ["0", "false", "no", "n", "off", "нет", "жоқ", "hayır", "否", "-", "inactive", "disabled"]
)


class BadValue(ValueError):
    """A cell that does not mean anything for its field."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True)
class Context:
    """What a parser may need beside the cell."""

    tz: ZoneInfo
    country: str  # ISO 3166, for phones without their country code
    order: dates.Order = dates.Order.UNKNOWN


def text(cell: str, *, limit: int | None, lines: bool) -> str:
    """Text without control characters; on one line unless `lines`."""
    if cell in SPREADSHEET_ERRORS:
        raise BadValue(
            _("The cell holds an error of the spreadsheet: %(error)s.") % {"error": cell},
            _("Mend the formula, or type the value."),
        )
    if _CONTROLS.search(cell):
        raise BadValue(
            _("The cell holds characters that are no text."),
            _("Type the value anew, without pasted binary data."),
        )
    clean = unicodedata.normalize("NFC", cell).strip()
    if not lines:
        clean = " ".join(clean.split())
    if limit is not None and len(clean) > limit:
        raise BadValue(
            _("The text has %(length)s characters; %(limit)s fit.") % {"length": len(clean), "limit": limit},
            _("Shorten it to %(limit)s characters, or map the column to Notes.") % {"limit": limit},
        )
    return clean


def email(cell: str) -> str:
    """One address, small letters. "Name <address>" and a list keep the first address."""
    found = _EMAIL.search(text(cell, limit=None, lines=False))
    if not found or len(found[0]) > 254:
        raise BadValue(
            _("“%(text)s” is no e-mail address.") % {"text": _short(cell)},
            _("Write it like name@example.com, or leave the cell empty."),
        )
    return found[0].lower()


def phone(cell: str, country: str) -> str:
    """The first number of the cell in E.164: +77011234567."""
    import phonenumbers

    whole = text(cell, limit=None, lines=False)
    for part in re.split(r"[;,/\n]| или | or ", whole):
        cleaned = re.sub(r"[^\d+()\- .]", " ", part).strip()
        if not cleaned:
            continue
        try:
            number = phonenumbers.parse(cleaned, country)
            if not phonenumbers.is_valid_number(number) and not cleaned.startswith("+"):
                # A spreadsheet drops the plus of +7 701…: try the digits as a whole number.
                number = phonenumbers.parse("+" + re.sub(r"\D", "", cleaned), None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise BadValue(
        _("“%(text)s” is no phone number.") % {"text": _short(cell)},
        _("Write it with its country code, like +7 701 123 45 67, or leave the cell empty."),
    )


def day(cell: str, context: Context) -> date:
    """A date, in the order that the whole column shows."""
    return _moment(cell, context).date()


def moment(cell: str, context: Context) -> datetime:
    """A moment in UTC; what names no zone is meant in the house's zone."""
    made = _moment(cell, context)
    return (made if made.tzinfo else made.replace(tzinfo=context.tz)).astimezone(UTC)


def _moment(cell: str, context: Context) -> datetime:
    example = {"text": _short(cell)}
    try:
        made = dates.read(text(cell, limit=None, lines=False), context.order)
    except dates.AmbiguousDate:
        raise BadValue(
            _("“%(text)s” can be read in two ways: the column does not show which number is the day.")
            % example,
            _("Write dates like 2026-12-31 or 31.12.2026."),
        ) from None
    except BadValue:
        raise
    except (ValueError, OverflowError):
        raise BadValue(
            _("“%(text)s” is no date.") % example, _("Write dates like 2026-12-31 or 31.12.2026.")
        ) from None
    if not EARLIEST_YEAR <= made.year <= LATEST_YEAR:
        raise BadValue(
            _("“%(text)s” is not a date of our time.") % example,
            _("Check the year: it has to be from 1950 to 2100."),
        )
    return made


def yes_no(cell: str) -> bool:
    word = plain(cell) or cell.strip()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue(_("“%(text)s” is neither yes nor no.") % {"text": _short(cell)}, _("Write yes or no."))


def choice(cell: str, choices: Mapping[str, object]) -> object:
    """One of a few values by any of its names. `choices` maps plain names to values."""
    found = choices.get(plain(cell))
    if found is None:
        shown = ", ".join(dict.fromkeys(str(getattr(one, "label", one)) for one in choices.values()))
        raise BadValue(
            _("“%(text)s” is not known here.") % {"text": _short(cell)},
            _("Write one of: %(shown)s.") % {"shown": shown},
        )
    return found


def decimal(cell: str, places: int, least: int, most: int) -> Decimal:
    """A number within limits; a comma or a point before the decimals."""
    try:
        number = Decimal(re.sub(r"[\s\u00a0\u202f]", "", cell).replace(",", "."))
        if not number.is_finite() or not least <= number <= most:
            _no_number(cell, least, most)
        return round(number, places)
    except InvalidOperation:
        _no_number(cell, least, most)


UNLIMITED = "unlimited"
_UNLIMITED = frozenset(
    plain(word)
    for word in ["unlimited", "no limit", "∞", "без ограничений", "безлимит", "шексіз", "sınırsız", "不限"]
)
LARGEST = Decimal(10**12)


def amount(cell: str) -> Decimal | str:
    """A number from zero with two decimals, or UNLIMITED."""
    if plain(cell) in _UNLIMITED or cell.strip() == "∞":
        return UNLIMITED
    return decimal(cell, 2, 0, int(LARGEST))


def length(cell: str) -> int | str:
    """Minutes of "4 h", "30 min", "1:30", of a number alone as hours; or UNLIMITED."""
    if plain(cell) in _UNLIMITED or cell.strip() == "∞":
        return UNLIMITED
    try:
        return durations.parse(text(cell, limit=None, lines=False))
    except durations.NotALength:
        raise BadValue(
            _("“%(text)s” is no length of time.") % {"text": _short(cell)},
            _("Write hours, such as 4, or 30 min, or 2 d."),
        ) from None


def _no_number(cell: str, least: int, most: int) -> NoReturn:
    raise BadValue(
        _("“%(text)s” is no number from %(least)s to %(most)s.")
        % {"text": _short(cell), "least": least, "most": most},
        _("Write a number such as 49.8047."),
    ) from None


def _short(cell: str) -> str:
    clean = " ".join(_CONTROLS.sub("�", cell).split())
    return clean if len(clean) <= 40 else clean[:39] + "…"
