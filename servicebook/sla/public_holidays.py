"""Public holidays of a country, from the `holidays` package."""

from datetime import date

from babel import Locale
from django.conf import settings

LONGEST_NAME = 120
# Codes of two letters that are no country: unions, islands that follow another one, and fillers.
NO_COUNTRY = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])


def countries(language: str) -> dict[str, str]:
    """Return two-letter code → name of the countries whose holidays are known, by name, in a language."""
    territories = Locale.parse(language.replace("-", "_")).territories
    named = {str(code): str(name) for code, name in territories.items()}
    codes = {code for code in named if len(code) == 2 and code.isalpha()} - NO_COUNTRY
    return {code: named[code] for code in sorted(codes, key=named.__getitem__)}


def of(country: str, first: date, last: date) -> dict[date, str]:
    """Return the public holidays between two days, with their names in the house's language if known."""
    # Here and not above: the package takes 25 MB, which only the worker that needs it should hold.
    import holidays

    language = {"en": "en_US"}.get(settings.LANGUAGE_CODE, settings.LANGUAGE_CODE)
    years = range(first.year, last.year + 1)
    found = holidays.country_holidays(country, years=years, language=language)
    return {day: name[:LONGEST_NAME] for day, name in sorted(found.items()) if first <= day <= last}
