"""Browsers that ring for a person of the house: switched on, moved, switched off, tried out."""

import hmac
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.accounts.api_auth import Allowance
from servicebook.accounts.leaving import changes_hands
from servicebook.accounts.models import User
from servicebook.agenda.worker import wake
from servicebook.core import clock, http
from servicebook.core.errors import Refused
from servicebook.core.rows import insert_new
from servicebook.messaging import reaches, threading
from servicebook.messaging.channels import webpush
from servicebook.messaging.channels.push import MOST_BROWSERS
from servicebook.messaging.models import Delivery, Lane, Reach

Ended = Reach.Ended
COOKIE, SALT = "browser", "servicebook.browser"
KEPT = timedelta(days=400)  # the longest that browsers keep a cookie
LONGEST_ENDPOINT = 500
rings_of_a_person = Allowance(6)


class NoBrowser(Refused):
    """What was sent is nothing that can be rung."""

    code = "no_browser"


class TooManyBrowsers(Refused):
    """As many ring for this person as are ever asked."""

    code = "too_many_browsers"


class NothingToRing(Refused):
    """No browser is switched on, or it rang a moment ago."""

    code = "nothing_to_ring"


def of(user: User) -> list[Reach]:
    """Return the browsers that ring for a person, the newest first."""
    rows = Reach.objects.filter(user=user, channel=Delivery.Channel.PUSH, ended_at=None)
    return list(rows.order_by("-pk"))


def switch_on(user: User, *, endpoint: str, p256dh: str, auth: str, label: str) -> Reach:
    """Let a browser ring for `user` from now on, and for nobody else.

    Args:
        endpoint, p256dh, auth: the subscription, as the browser gives it.

    Raises:
        NoBrowser: it is no subscription, or its push service is none that we call.
        TooManyBrowsers
    """
    keys = _checked(endpoint, p256dh, auth)  # looks the name up, so before anything is locked
    return _switch_on(user, endpoint, keys, label)


@transaction.atomic
def _switch_on(user: User, endpoint: str, keys: dict[str, str], label: str) -> Reach:
    User.objects.select_for_update().get(pk=user.pk)  # of two at once one is the eleventh
    now = clock.now()
    known = _linked(endpoint)
    if known and known.user_id == user.pk:
        known.keys, known.label, known.linked_at = keys, label, now
        known.save(update_fields=["keys", "label", "linked_at"])
        return known
    if len(of(user)) >= MOST_BROWSERS:
        raise TooManyBrowsers(
            _("%(count)s browsers ring for you already. Switch one of them off first.")
            % {"count": MOST_BROWSERS}
        )
    if known:
        reaches.end(known, Ended.MOVED, at=now)
    reach = Reach.objects.create(
        user=user,
        channel=Delivery.Channel.PUSH,
        address=endpoint,
        keys=keys,
        label=label,
        linked_at=now,
    )
    journal.record("user.browser_on", user, by=user, label=label)
    return reach


def move(*, old: str, old_auth: str, endpoint: str, p256dh: str, auth: str) -> bool:
    """Follow a browser whose push service gave it another address; whether it was one of ours.

    The old address and its secret prove that it is the same: only that browser and we know them.

    Raises:
        NoBrowser: as for `switch_on`.
    """
    keys = _checked(endpoint, p256dh, auth)
    with transaction.atomic():
        known = _linked(old)
        if known is None or not _same(known.keys.get("auth", ""), old_auth):
            return False
        if endpoint != old and (other := _linked(endpoint)):
            reaches.end(other, Ended.MOVED, at=clock.now())
        known.address, known.keys = endpoint, keys
        known.save(update_fields=["address", "keys"])
    return True


@transaction.atomic
def switch_off(user: User, reach_id: int) -> Reach | None:
    """Let one of a person's own browsers ring no more; None if none of them is it."""
    reach = Reach.objects.select_for_update().filter(pk=reach_id, user=user, ended_at=None).first()
    if reach is not None:
        reaches.end(reach, Ended.OFF, at=clock.now(), by=user)
    return reach


@transaction.atomic
def ring(user: User) -> Delivery:
    """Let each browser of a person ring once, by the way that reminders go.

    Raises:
        NothingToRing
    """
    rows = of(user)
    if not rows:
        raise NothingToRing(_("No browser rings for you yet. Switch this one on first."))
    if wait := rings_of_a_person.take(user.pk):
        raise NothingToRing(
            _("It rang several times just now. Try again in %(wait)s seconds.") % {"wait": wait}
        )
    now = clock.now()
    key = f"ring-{int(now.timestamp() * 1000)}:user-{user.pk}:push"
    with translation.override(user.language or settings.LANGUAGE_CODE):
        title, body = _("Servicebook rings here"), _("So a reminder for you looks.")
    row = Delivery(
        key=key,
        channel=Delivery.Channel.PUSH,
        template="ring",
        to_address=rows[0].label,
        to_name=user.name,
        user=user,
        subject_line=title,
        body=body,
        message_id=threading.message_id(key, rows[0].label),
        about=user,
        lane=Lane.PERSONAL,
        queued_at=now,
        ready_at=now,
        read_at=now,
    )
    insert_new([row], key="key")
    transaction.on_commit(lambda: wake(row.channel))
    return row


def cookie_of(request: HttpRequest) -> int | None:
    """Return the id of what was switched on in the browser of a request, if it was."""
    said = request.get_signed_cookie(COOKIE, default="", salt=SALT)
    return int(said) if said and said.isdecimal() else None


@changes_hands
def end_of_others(request: HttpRequest, user: User | None) -> None:
    """Who signs out, or finds somebody else signed in, hears nothing in that browser any more."""
    pk = cookie_of(request)
    reach = Reach.objects.filter(pk=pk, ended_at=None).select_related("user").first() if pk else None
    if reach is not None and reach.user_id is not None and reach.user != user:
        reaches.end(reach, Ended.SIGNED_OUT, at=clock.now())


def _checked(endpoint: str, p256dh: str, auth: str) -> dict[str, str]:
    if not endpoint or len(endpoint) > LONGEST_ENDPOINT:
        raise NoBrowser(_("This browser sent no address to ring at. Try again, or take another browser."))
    try:
        http.check(endpoint)
        return webpush.checked_keys(p256dh, auth)
    except http.Unreachable as error:
        raise NoBrowser(
            _("The push service of this browser cannot be called: %(why)s") % {"why": error}
        ) from None
    except webpush.BadKeys:
        raise NoBrowser(
            _("The keys that this browser sent are none. Try again, or take another browser.")
        ) from None


def _linked(endpoint: str) -> Reach | None:
    rows = Reach.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(channel=Delivery.Channel.PUSH, address=endpoint, ended_at=None).first()


def _same(kept: str, given: str) -> bool:
    return hmac.compare_digest(kept.encode(), given.rstrip("=").encode())
