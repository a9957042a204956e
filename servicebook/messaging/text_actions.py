"""The house's own words are saved here; old ones are kept (S0.41)."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.core import clock, reference
from servicebook.core.errors import Changed
from servicebook.customers.saving import check_values, wrong
from servicebook.messaging import texts
from servicebook.messaging.models import MessageText
from servicebook.messaging.rules.headers import one_line
from servicebook.messaging.standard_texts import STANDARD, Words


def write(code: str, language: str, given: Words, *, by: User, seen: int | None = None) -> MessageText | None:
    """Let a text say `given` in a language from now on; the words of the product hold again if it is they.

    Args:
        seen: the number of the version that the person looked at; 0 where there was none.

    Returns:
        The version that holds now; None if nobody ever changed the text, and this does not either.

    Raises:
        Changed: somebody changed it meanwhile.
        Refused: with `fields`: empty, too long, or with a field that the text does not have.
    """
    text = _tidy(given)
    _check(code, text)
    try:
        with transaction.atomic():
            return _write(code, language, text, by=by, seen=seen)
    except IntegrityError:  # the first version of two people at once
        raise _changed() from None


def _write(code: str, language: str, text: Words, *, by: User, seen: int | None) -> MessageText | None:
    versions = MessageText.objects.filter(code=code, language=language).order_by("-number")
    newest = versions.select_for_update().first()
    if seen is not None and seen != (newest.number if newest else 0):
        raise _changed()
    delivered = STANDARD[language][code]
    if text == (newest.words if newest and not newest.delivered else delivered):
        return newest
    versions.filter(current=True).update(current=False)
    version = MessageText(
        code=code,
        language=language,
        number=newest.number + 1 if newest else 1,
        delivered=text == delivered,
        made_at=clock.now(),
        made_by=by,
        **text._asdict(),
    )
    check_values(version)
    version.save(force_insert=True)
    verb = "text.restored" if version.delivered else "text.changed"
    journal.record(verb, version, by=by, code=code, language=language, number=version.number)
    reference.changed()
    return version


def _tidy(given: Words) -> Words:
    """A subject line and a short form are one line each: nothing in them can become a header."""
    body = given.body.replace("\r\n", "\n").strip() + "\n"
    return Words(one_line(given.subject_line), body, one_line(given.short))


def _check(code: str, text: Words) -> None:
    empty = {part: _("Say something here.") for part, said in text._asdict().items() if not said.strip()}
    if problems := texts.problems(code, text) | empty:
        raise wrong(**problems)


def _changed() -> Changed:
    return Changed(
        _(
            "Somebody changed this text meanwhile; the versions say who. Nothing is saved yet. Save again to "
            "keep what stands here."
        )
    )
