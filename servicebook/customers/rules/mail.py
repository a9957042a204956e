"""E-mail addresses and domains, in the one spelling in which they are compared."""

import re
from collections.abc import Iterable

_ADDRESS = re.compile(r"[^@\s<>(),;:\"\[\]\\]+@(?:[^@\s.,;<>()\"\[\]\\/]+\.)+[^@\s.,;<>()\"\[\]\\/]{2,}")
_DOMAIN = re.compile(r"(?:[^@\s.,;/]+\.)+[^@\s.,;/]{2,}")
LONGEST = 254

# Everybody has an address there: such a domain says nothing about whose mail it is.
OPEN_TO_ALL = frozenset(
    {
        "gmail.com", "googlemail.com", "mail.ru", "bk.ru", "inbox.ru", "list.ru", "yandex.ru", "yandex.kz",
        "ya.ru", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "qq.com", "163.com",
        "126.com", "proton.me", "protonmail.com", "gmx.de", "web.de",
    }
)  # fmt: skip


def normal(text: str) -> str:
    """Return an address in lower case; empty for an empty text.

    Raises:
        ValueError: it is not one address.
    """
    address = text.strip().removeprefix("mailto:").lower()
    if address and (len(address) > LONGEST or not _ADDRESS.fullmatch(address)):
        raise ValueError("not an e-mail address")
    return address


def domains(entries: Iterable[str]) -> list[str]:
    """Return mail domains in lower case, each once, in the order given.

    Raises:
        ValueError: the argument of the error is the entry that is not a domain, or that is open to all.
    """
    found: list[str] = []
    for entry in entries:
        domain = entry.strip().lower().rpartition("@")[2]
        if not domain:
            continue
        if not _DOMAIN.fullmatch(domain) or domain in OPEN_TO_ALL:
            raise ValueError(domain)
        if domain not in found:
            found.append(domain)
    return found
