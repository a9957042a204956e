"""A POST with an `Idempotency-Key` happens once, however often it is sent.

The key is written first, in the transaction of the effect: a repeat that comes meanwhile waits at
the unique key until the first one ends, and then gets its answer. If the first one is refused, the
key is free again, because nothing happened.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from servicebook.core import clock, inserts
from servicebook.core.errors import Refused
from servicebook.core.models import IdempotentAnswer

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(days=2)
CLEAN_EVERY, CLEANED_AT_ONCE = 100, 1000

_KEY = re.compile(r"[\x21-\x7e]{1,100}")
_TABLE = IdempotentAnswer._meta.db_table
_WRITE = (
    f"INSERT INTO {_TABLE} (caller, key, fingerprint, status, body, at) "  # noqa: S608
    "VALUES (%s, %s, %s, 0, '', %s) ON CONFLICT (caller, key) DO NOTHING RETURNING id"
)
_FINISH = f"UPDATE {_TABLE} SET status = %s, body = %s WHERE id = %s"  # noqa: S608
View = Callable[..., HttpResponse]


class BadKey(Refused):
    code = "bad_idempotency_key"


class KeyReused(Refused):
    """The key came before with another request."""

    code = "idempotency_key_reused"


def once(view: View) -> View:
    """Run `view` for the first POST with a key; give its answer to every repeat of two days."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        key = request.headers.get(HEADER) if request.method == "POST" else None
        if key is None:
            return view(request, *args, **values)
        if not _KEY.fullmatch(key):
            text = _("An Idempotency-Key has 1 to 100 visible ASCII characters, such as a UUID.")
            raise BadKey(text, fields={HEADER: text})
        caller: int = request.user.pk  # type: ignore[assignment]  # a token has a person
        fingerprint = fingerprint_of(request)
        with inserts.ending() as last:
            row = _write(caller, key, fingerprint)
            if row is None:
                return _repeat(caller, key, fingerprint)
            answer = view(request, *args, **values)
            last.waiting.append(_finish(row, answer))
        if row % CLEAN_EVERY == 0:
            forget_old()
        return answer

    return run


def fingerprint_of(request: HttpRequest) -> str:
    """A hash of the method, the address and the body."""
    whole = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":  # its boundary differs from one sending to the next
        for name in sorted(request.POST):
            whole.update(repr((name, request.POST.getlist(name))).encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                whole.update(repr((name, file.name, file.content_type, file.size)).encode())
                for chunk in file.chunks():
                    whole.update(chunk)
                file.seek(0)
    else:
        whole.update(request.body)
    return whole.hexdigest()


def forget_old() -> None:
    """Delete some of the answers that nobody will ask for again."""
    old = IdempotentAnswer.objects.filter(at__lt=clock.now() - KEPT_FOR).order_by("at")
    IdempotentAnswer.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:CLEANED_AT_ONCE])).delete()


def _write(caller: int, key: str, fingerprint: str) -> int | None:
    """Write the key; None when it stands already. Waits for whoever is writing it just now."""
    with connection.cursor() as cursor:
        at = connection.ops.adapt_datetimefield_value(clock.now())
        cursor.execute(_WRITE, [caller, key, fingerprint, at])
        row = cursor.fetchone()
    return row[0] if row else None


def _finish(row: int, answer: HttpResponse) -> inserts.Statement:
    return inserts.Statement(_FINISH, [answer.status_code, answer.content.decode(), row], ())


def _repeat(caller: int, key: str, fingerprint: str) -> HttpResponse:
    kept = IdempotentAnswer.objects.get(caller=caller, key=key)
    if kept.fingerprint != fingerprint:
        raise KeyReused(
            _("This Idempotency-Key was used for another request. Send a new request with a new key.")
        )
    answer = HttpResponse(kept.body, status=kept.status, content_type="application/json")
    answer.headers["Idempotency-Replayed"] = "true"
    return answer
