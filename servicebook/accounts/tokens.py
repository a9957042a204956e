"""Keys for programs. A key is shown once; its hash is kept, so that a stolen database opens nothing."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.accounts.models import ApiToken, User
from servicebook.accounts.scopes import SCOPES
from servicebook.core import clock, compiled
from servicebook.core.errors import Refused

PREFIX = "sb_"  # so that a leaked key is recognised by scanners, and by people
KEY_BYTES = 32

_OWN = [field.attname for field in ApiToken._meta.concrete_fields]
_PERSONS = [field.attname for field in User._meta.concrete_fields]
_COLUMNS = (*_OWN, *(f"user__{name}" for name in _PERSONS))


class TokenRefused(Refused):
    """The key cannot be made as asked."""

    code = "token_refused"


@transaction.atomic
def issue(
    user: User, *, name: str, scopes: Collection[str], by: User, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a key that acts as `user` within `scopes`.

    Returns:
        The stored token and the key in clear, which can never be shown again.

    Raises:
        TokenRefused: no name, no or unknown scopes, an end in the past, or an inactive person.
    """
    wrong: dict[str, str] = {}
    if not name.strip():
        wrong["name"] = _("Say which program uses this key.")
    unknown = sorted(set(scopes) - SCOPES.keys())
    if unknown or not scopes:
        wrong["scopes"] = _("Choose what the program may do from: %(known)s.") % {"known": ", ".join(SCOPES)}
    if expires_at is not None and expires_at <= clock.now():
        wrong["expires_on"] = _("The key would already have ended. Choose a later day, or none.")
    if not user.is_active:
        wrong["user"] = _("%(person)s cannot sign in, so neither could the program.") % {"person": user}
    if wrong:
        raise TokenRefused(_("The key was not made. Mend the marked fields."), fields=wrong)
    key = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    token = ApiToken.objects.create(
        name=name.strip(),
        user=user,
        hash=_hash(key),
        scopes=sorted(set(scopes)),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    journal.record("token.issued", user, by=by, name=token.name, scopes=", ".join(token.scopes))
    return token, key


@transaction.atomic
def revoke(token_id: int, *, by: User) -> None:
    """End a key at once. Doing it again changes nothing."""
    if ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=clock.now()):
        token = ApiToken.objects.select_related("user").get(pk=token_id)
        journal.record("token.revoked", token.user, by=by, name=token.name)


def owner_of(key: str) -> ApiToken | None:
    """Return the token of `key` with its `user`, if it may still be used; None otherwise.

    One statement; a second one notes the day on the first use of a day.
    """
    row = compiled.first(ApiToken, _COLUMNS, "hash", _hash(key))
    if row is None:
        return None
    token = ApiToken.from_db("default", _OWN, row[: len(_OWN)])
    token.user = User.from_db("default", _PERSONS, row[len(_OWN) :])
    expired = token.expires_at is not None and token.expires_at <= clock.now()
    if token.revoked_at is not None or expired or not token.user.is_active:
        return None
    today = clock.today(ZoneInfo(settings.TIME_ZONE))
    if token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token


def _hash(key: str) -> str:
    """A key has 256 random bits, so a plain hash cannot be guessed backwards."""
    return hashlib.sha256(key.encode()).hexdigest()
