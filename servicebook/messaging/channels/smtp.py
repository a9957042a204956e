"""Mail over SMTP, with a limit on each step and on the whole, so that no server can hold us up."""

import logging
import smtplib
import ssl
from contextlib import suppress
from urllib.parse import parse_qs, unquote, urlsplit

from servicebook.core.cutting import cut_after
from servicebook.messaging.channels import ChannelDown, Outcome
from servicebook.messaging.channels.mail import BadAddress, build, envelope_sender, receiver
from servicebook.messaging.models import Delivery
from servicebook.messaging.rules.refusals import means_the_address

log = logging.getLogger("servicebook.mail")

STEP_SECONDS = 20  # for one answer of the server
WHOLE_SECONDS = 45  # for one mail, the connection included; less than a lease
MAILS_PER_CONNECTION = 100
NOT_NOW = 421  # "service not available": the server, not the mail
TOO_BIG = 552


class _NotBegun(Exception):
    """The connection went away before the mail was handed over."""


class Smtp:
    """One connection to the server that MAIL_URL names, opened when needed.

    "smtp://user:password@host:587?tls=starttls" or "smtps://user:password@host".
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or "localhost"
        self.implicit_tls = parts.scheme == "smtps"
        self.port = parts.port or (465 if self.implicit_tls else 25)
        self.starttls = parse_qs(parts.query).get("tls") == ["starttls"]
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")
        self._server: smtplib.SMTP | None = None
        self._handed_over = 0

    def send(self, row: Delivery) -> Outcome:
        try:
            data = build(row).as_bytes()
            to = receiver(row.to_address).addr_spec
        except BadAddress as error:
            return Outcome("never", str(error))
        if self._handed_over >= MAILS_PER_CONNECTION:
            self.close()
        with cut_after(WHOLE_SECONDS, lambda: getattr(self._server, "sock", None)):
            kept_open = self._server is not None
            try:
                return self._hand_over(data, to)
            except _NotBegun as gone:
                self._drop()
                if not kept_open:
                    raise ChannelDown(f"{self.host} hung up: {gone}") from None
            # The server was tired of the old connection; that says nothing about this mail.
            try:
                return self._hand_over(data, to)
            except _NotBegun as gone:
                self._drop()
                raise ChannelDown(f"{self.host} hung up: {gone}") from None

    def close(self) -> None:
        if self._server is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
        self._drop()

    def _hand_over(self, data: bytes, to: str) -> Outcome:
        server = self._connected()
        try:
            refused = self._announce(server, data, to)
            if refused is not None:
                with suppress(smtplib.SMTPException):
                    server.rset()
                return refused
            code, said = server.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            raise _NotBegun(str(error)) from None
        if code != 354:
            return self._judged(code, said)
        try:
            server.send(smtplib._quote_periods(data))  # type: ignore[attr-defined]
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome("later", f"the line was cut while the mail was being handed over: {error}")
        try:
            server.send(b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")
            code, said = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome("unknown", f"the line was cut before the server's answer: {error}")
        self._handed_over += 1
        return Outcome("sent") if code == 250 else self._judged(code, said)

    def _announce(self, server: smtplib.SMTP, data: bytes, to: str) -> Outcome | None:
        """Say who writes to whom. What the server has against it, or None."""
        size = [f"size={len(data)}"] if server.has_extn("size") else []
        code, said = server.mail(envelope_sender(), size)
        if code != 250:
            if code == NOT_NOW or (code >= 500 and code != TOO_BIG):
                self._drop()
                raise ChannelDown(f"{self.host} takes no mail from us: {_text(code, said)}")
            return self._judged(code, said)
        code, said = server.rcpt(to)
        return None if code in (250, 251) else self._judged(code, said, to)

    def _judged(self, code: int, said: bytes, of: str = "") -> Outcome:
        """Read a refusal; `of` an address when it was said of it."""
        text = _text(code, said)
        if code == NOT_NOW:
            self._drop()
        if code < 500:
            return Outcome("later", text)
        return Outcome("never", text, gone=(of,) if of and means_the_address(text) else ())

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            return self._server
        context = ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(timeout=STEP_SECONDS, context=context)
            if self.implicit_tls
            else smtplib.SMTP(timeout=STEP_SECONDS)
        )
        server._host = self.host  # type: ignore[attr-defined] # the name that the certificate must have
        self._server, self._handed_over = server, 0
        try:
            code, said = server.connect(self.host, self.port)
            if code != 220:
                raise ChannelDown(f"{self.host} is not ready: {_text(code, said)}")
            server.ehlo_or_helo_if_needed()
            if self.starttls:
                server.starttls(context=context)
                server.ehlo()
            if self.user:
                server.login(self.user, self.password)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise ChannelDown(f"{self.host}:{self.port} cannot be used: {error}") from None
        except ChannelDown:
            self._drop()
            raise
        return server

    def _drop(self) -> None:
        if self._server is not None:
            with suppress(OSError):
                self._server.close()
        self._server = None


def _text(code: int, said: bytes) -> str:
    return f"{code} {said.decode(errors='replace')}"[:500]
