"""A mail server whose behaviour is written into the address of each mail."""

import asyncio
import email
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.template import engines
from django.test import override_settings

from servicebook.agenda.tests.conftest import rehearse, shared_database
from servicebook.messaging.models import Delivery

__all__ = ["rehearse", "shared_database"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
    }
]


@pytest.fixture
def _texts() -> Iterator[None]:
    with override_settings(TEMPLATES=TEMPLATES):
        yield


@pytest.fixture
def _mail_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same beside the program's own templates, so that pages can be rendered, too."""
    folders = [Path(__file__).parent / "templates", *engines["django"].engine.dirs]
    monkeypatch.setattr(engines["django"].engine, "dirs", folders)
    for loader in engines["django"].engine.template_loaders:
        loader.reset()


# The names of the hooks are aiosmtpd's.
# ruff: noqa: N802


class Script:
    """Does to a mail what the local part of its address says; keeps what it accepted.

    "450-2.anna@…" is refused for now twice, then taken; "cut-9" is cut after the final dot, nine times.
    """

    def __init__(self) -> None:
        self.taken: list[email.message.Message] = []
        self.arrived = Counter[str]()  # whole mails seen, by Message-ID, answered or not
        self.tries = Counter[str]()
        self.sessions = 0

    def _does(self, address: str) -> str:
        what, _dash, times = address.partition("@")[0].partition(".")[0].partition("-")
        self.tries[address] += 1
        return what if self.tries[address] <= int(times or 1_000_000) else "ok"

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any
    ) -> Any:
        session.host_name = hostname
        self.sessions += 1
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.does = self._does(address)
        match envelope.does:
            case "550":
                return "550 5.1.1 no such user"
            case "450":
                return "450 4.2.0 greylisted, come back later"
            case "421":
                return "421 4.3.2 too many connections"
            case "drop":
                server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content)
        self.arrived[mail["Message-ID"]] += 1
        match envelope.does:
            case "554":
                return "554 5.7.1 we do not like this"
            case "452":
                return "452 4.3.1 no room"
            case "cut":
                server.transport.abort()
            case "slow":
                await asyncio.sleep(0.3)
        self.taken.append(mail)
        return "250 OK"


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    script = Script()
    controller = Controller(script, hostname="127.0.0.1", port=free_port())
    controller.start()
    monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://127.0.0.1:{controller.port}")
    yield script
    controller.stop()


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start a server with a certificate for `name` that only the returned CA file vouches for."""
    controllers = []

    def start(script: Script, name: str = "localhost") -> tuple[int, str]:
        key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
        command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name}".split()
        command += ["-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        controller = Controller(
            script, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True
        )
        controller.start()
        controllers.append(controller)
        return controller.port, str(certificate)

    yield start
    for controller in controllers:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def states() -> dict[str, str]:
    return {row.to_address.partition("@")[0]: row.state for row in Delivery.objects.all()}
