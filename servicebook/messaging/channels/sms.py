"""SMS through an HTTP gateway that the operator describes: SMS_URL and its companions."""

import json
from datetime import timedelta

from django.conf import settings

from servicebook.core import http
from servicebook.messaging.channels import ChannelDown, Outcome
from servicebook.messaging.channels.answers import rest_of, said_by
from servicebook.messaging.models import Delivery
from servicebook.messaging.rules import gateway

KEY_IS_WRONG = (401, 403)
BUSY = (429, 503)
LATER = (408, 425, 500, 502, 504)


class Sms:
    """Asks the gateway once per message. The id is the same each time, so that it can drop a repeat."""

    def send(self, row: Delivery) -> Outcome:
        config = settings.CONFIG
        values = {"to": row.to_address, "text": row.body.strip(), "id": row.message_id.strip("<>")}
        kind, body = gateway.filled(config.sms_body, values)
        headers = {"Idempotency-Key": values["id"], **json.loads(config.sms_headers or "{}")}
        if config.sms_method == "POST":
            headers = {"Content-Type": kind, **headers}
        try:
            answer = http.call(
                config.sms_method,
                gateway.in_address(config.sms_url, values),
                headers=headers,
                body=body.encode() if config.sms_method == "POST" else b"",
                inside=True,
            )
        except http.Unreachable as error:
            raise ChannelDown(str(error)) from None
        except http.AnswerLost as error:
            return Outcome("unknown", str(error))
        return _judged(answer, row.to_address)

    def close(self) -> None:
        """Nothing is kept open."""


def _judged(answer: http.Answer, number: str) -> Outcome:
    config = settings.CONFIG
    said = said_by("gateway", answer)
    match gateway.verdict(answer.status, answer.json, success=config.sms_success, gone=config.sms_gone):
        case "taken":
            return Outcome("sent")
        case "gone":
            return Outcome("never", said, gone=(number,))
    if answer.status in KEY_IS_WRONG:
        raise ChannelDown(said, rest=timedelta(minutes=2))
    if answer.status in BUSY:
        raise ChannelDown(said, rest=rest_of(answer))
    # A gateway that says 200 and means no may mean it for now.
    return Outcome("later" if answer.ok or answer.status in LATER else "never", said)
