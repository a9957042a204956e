"""Which known customer a new one looks like, so that nobody is entered twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from rapidfuzz import fuzz

from servicebook.search.rules import normal as folded

ALIKE = 88  # of 100; "Karaganda School 12" and "School 12 Karaganda" meet, "School 12" and "School 13" do not
LEGAL_FORMS = frozenset(
    {
        "llp", "llc", "ltd", "inc", "gmbh", "ag", "plc", "jsc", "co", "corp", "limited", "company",
        "corporation", "тоо", "ооо", "ао", "пао", "зао", "оао", "ип", "кгу", "кгп", "гкп", "кгкп", "жшс",
        "ак", "as", "aş", "sti", "şti", "tic", "san",
    }
)  # fmt: skip


class Because(Enum):
    """What makes two customers look like one."""

    TAX_ID = "tax_id"
    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"


@dataclass(frozen=True)
class Face:
    """What is compared."""

    name: str
    tax_id: str = ""
    phone: str = ""
    email: str = ""


def core_words(name: str) -> list[str]:
    """Return the words of a name without its legal form and quotes, folded.

    >>> core_words('ТОО "Школа № 12"')
    ['школа', '12']
    """
    bare = "".join(char if char.isalnum() else " " for char in folded(name.replace("№", " ")))
    words = [word for word in bare.split() if word not in LEGAL_FORMS]
    return words or bare.split()


def why_alike(new: Face, known: Face) -> Because | None:
    """Return the strongest sign that `new` is `known`; None when nothing says so."""
    if new.tax_id and new.tax_id == known.tax_id:
        return Because.TAX_ID
    if new.phone and new.phone == known.phone:
        return Because.PHONE
    if new.email and new.email == known.email:
        return Because.EMAIL
    return Because.NAME if names_alike(new.name, known.name) else None


def names_alike(one: str, other: str) -> bool:
    """Whether two names differ by spelling, order or legal form only. Different numbers never do."""
    ours, theirs = core_words(one), core_words(other)
    if _numbers(ours) != _numbers(theirs):
        return False
    return fuzz.token_sort_ratio(" ".join(ours), " ".join(theirs)) >= ALIKE


def _numbers(words: Iterable[str]) -> set[str]:
    """School 12 is not School 13, however alike the letters are."""
    return {word for word in words if any(char.isdigit() for char in word)}
