"""Amounts, prices and lengths of time as people read them, in the active language."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol
from django.utils.translation import get_language, gettext, ngettext, to_locale

from servicebook.contracts.models.choices import Service
from servicebook.contracts.rules import terms
from servicebook.contracts.rules.durations import split

# CLDR says only the sign that is used at home; a sign reads quicker than three letters.
_SIGNS = {"KZT": "₸", "RUB": "₽", "TRY": "₺", "UAH": "₴", "CNY": "CN¥"}


def _locale() -> str:
    return to_locale(get_language() or "en")


def number(value: Decimal) -> str:
    """12; 1,5; 18 000: without zeros that say nothing."""
    return str(format_decimal(value, locale=_locale(), format="#,##0.##"))


def money(value: Decimal, currency: str) -> str:
    """18 000 ₸; minor units only where there are some."""
    digits = 0 if value == value.to_integral_value() else get_currency_precision(currency)
    shape = "#,##0" + (f".{'0' * digits}" if digits else "")
    sign = _SIGNS.get(currency) or get_currency_symbol(currency, locale=_locale())
    return f"{format_decimal(value, locale=_locale(), format=shape)}\N{NO-BREAK SPACE}{sign}"


def hours(minutes: Decimal | int) -> str:
    """4 h; 30 min; 1 h 30 min."""
    whole, rest = split(round(minutes))
    if not rest and whole:
        return gettext("%(hours)d h") % {"hours": whole}
    if not whole:
        return gettext("%(minutes)d min") % {"minutes": rest}
    return gettext("%(hours)d h %(minutes)d min") % {"hours": whole, "minutes": rest}


def amount(service: str, value: Decimal, currency: str) -> str:
    """So much of a service: 12, 20 h, 150 000 ₸."""
    if service == terms.Service.PARTS:
        return money(value, currency)
    return hours(value) if service in terms.TIMED else number(value)


def price_of_one(service: str, price: Decimal, currency: str) -> str:
    """What one of a service costs: 18 000 ₸ a visit; of parts, how many times their price."""
    said = {"price": money(price, currency)}
    match service:
        case Service.VISIT:
            return gettext("%(price)s a visit") % said
        case Service.DIAGNOSTIC:
            return gettext("%(price)s a diagnostic") % said
        case Service.PARTS:
            return gettext("price list ×%(factor)s") % {"factor": number(price)}
    return gettext("%(price)s an hour") % said


def days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def day(value: date | None) -> str:
    """31 Dec 2026; 2026年12月31日."""
    if value is None:
        return "–"
    locale = _locale()
    return str(format_date(value, "d MMM y" if locale.startswith("en") else "medium", locale=locale))
