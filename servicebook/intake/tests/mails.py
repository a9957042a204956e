"""Mails for tests, as raw bytes."""

from email.message import EmailMessage
from itertools import count

_number = count(1)

HOUSE = "service@servicebook.example"


def plain(
    text: str = "The pump leaks since this morning.",
    *,
    sender: str = "Bolat Akhmetov <bolat@plant.example>",
    subject: str = "Pump leaks",
    to: str = HOUSE,
    html: str = "",
    files: tuple[tuple[str, str, bytes], ...] = (),
    **fields: str,
) -> bytes:
    """A mail; `fields` are headers with "_" for "-", an empty one is left away."""
    mail = EmailMessage()
    headers = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": "Tue, 14 Oct 2026 09:12:00 +0500",
        "Message-ID": f"<{next(_number)}@plant.example>",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    for name, value in headers.items():
        if value:
            mail[name] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, kind, data in files:
        main, _slash, sub = kind.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def bounce(
    message_id: str, *, status: str = "5.1.1", action: str = "failed", said: str = "No such user"
) -> bytes:
    """A report as Postfix writes it."""
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.plant.example>
To: {HOUSE}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{next(_number)}@mx.plant.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

<bolat@plant.example>: host mx said: 550 {status} {said}

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.plant.example

Final-Recipient: rfc822; bolat@plant.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} {said}

--B
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: Received

--B--
""".replace("\n", "\r\n").encode()
