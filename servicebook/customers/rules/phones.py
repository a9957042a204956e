"""Phone numbers: kept as E.164, read in any spelling, shown the international way."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

LONGEST = 40  # what a person may type; far above any real number


def normal(text: str, *, country: str) -> str:
    """Return `text` as E.164 ("+77015550112"); empty for an empty text.

    Args:
        text: any spelling: "8 (701) 555-01-12", "+7 701…", "tel:+7701…".
        country: ISO 3166, for numbers without a country code; empty accepts only those with one.

    Raises:
        ValueError: it is not a phone number; nothing in it says which country it is of.
    """
    bare = text.strip()
    if not bare:
        return ""
    if len(bare) > LONGEST:
        raise ValueError("too long")
    try:
        number = phonenumbers.parse(bare, country or None)
    except NumberParseException as error:
        raise ValueError(str(error)) from None
    # A number with its country code may stand in a range that was opened yesterday; without one it
    # is a guess, and a guess must fit exactly.
    international = bare.removeprefix("tel:").startswith("+")
    fits = phonenumbers.is_possible_number if international else phonenumbers.is_valid_number
    if not fits(number):
        raise ValueError("no such number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)  # of the few who answer, thousands of reminders name each
def shown(phone: str) -> str:
    """Return an E.164 number as people read it ("+7 701 555 0112"); other text as it is."""
    try:
        number = phonenumbers.parse(phone)
    except NumberParseException:
        return phone
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def example(country: str) -> str:
    """Return a number that works in `country`, for a refusal's hint."""
    number = phonenumbers.example_number(country) if country else None
    if number is None:
        return "+7 701 555 0112"
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def digits(text: str) -> str:
    """Return the digits of `text` when it reads like a phone number, else an empty text."""
    bare = "".join(char for char in text if char.isdigit())
    spelled = all(char.isdigit() or char in "+-–()./ \u00a0" for char in text)
    return bare if spelled else ""
