"""Web push: a message rings in each browser that its receiver switched on."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from servicebook.core import http
from servicebook.core.http import Answer
from servicebook.messaging.channels import Outcome, webpush
from servicebook.messaging.channels.answers import said_by
from servicebook.messaging.models import Delivery, Lane, Reach

KEPT_SECONDS = 24 * 3600  # by the push service, for a browser that is closed
MOST_BROWSERS = 10
LONGEST_TITLE, LONGEST_TEXT = 120, 600  # of whatever script, it fits
NO_BROWSER = "No browser is switched on any more."
BETTER = ("sent", "unknown", "later", "never")  # what became of a message that went to several browsers


class Push:
    """Asks the push service of each browser. One that is down stops no other."""

    def send(self, row: Delivery) -> Outcome:
        who = {"contact": row.contact_id, "user": row.user_id}
        browsers = Reach.objects.filter(ended_at=None, channel=Delivery.Channel.PUSH, **who)
        outcomes = [_ring(row, one) for one in browsers.order_by("-pk")[:MOST_BROWSERS]]
        return _all_in_all(outcomes)

    def close(self) -> None:
        """Nothing is kept open."""


def _ring(row: Delivery, browser: Reach) -> Outcome:
    try:
        body = webpush.encrypted(_text(row), **browser.keys)
        answer = http.call("POST", browser.address, headers=_headers(row, browser.address), body=body)
    except (webpush.BadKeys, TypeError) as error:
        return Outcome("never", f"The keys of the browser are wrong: {error}", gone=(browser.address,))
    except http.Forbidden as error:
        return Outcome("never", str(error), gone=(browser.address,))
    except http.Unreachable as error:
        return Outcome("later", str(error))
    except http.AnswerLost as error:
        return Outcome("unknown", str(error))
    return _judged(answer, browser.address)


def _judged(answer: Answer, endpoint: str) -> Outcome:
    if answer.ok:
        return Outcome("sent")
    said = said_by("push service", answer)
    # Withdrawn; or 401, 403: it was made for a key that is not ours any more.
    if answer.status in (401, 403, 404, 410):
        return Outcome("never", said, gone=(endpoint,))
    return Outcome("later" if answer.status == 429 or answer.status >= 500 else "never", said)


def _all_in_all(outcomes: Sequence[Outcome]) -> Outcome:
    best = min(outcomes, key=lambda one: BETTER.index(one.became), default=Outcome("never", NO_BROWSER))
    gone = tuple(address for one in outcomes for address in one.gone)
    return Outcome(best.became, best.said, gone=gone)


def _text(row: Delivery) -> bytes:
    facts: dict[str, Any] = {
        "title": row.subject_line[:LONGEST_TITLE],
        "body": row.body.strip()[:LONGEST_TEXT],
        "url": row.url or f"{settings.CONFIG.address}/",
        "tag": _topic(row),
    }
    return json.dumps(facts, ensure_ascii=False).encode()


def _headers(row: Delivery, endpoint: str) -> dict[str, str]:
    return {
        "Authorization": webpush.authorization(endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Topic": _topic(row),  # a repeat takes the place of the first
        "Urgency": "high" if row.lane == Lane.PERSONAL else "normal",
    }


def _topic(row: Delivery) -> str:
    return webpush.packed(hashlib.sha256(row.message_id.encode()).digest()[:24])
