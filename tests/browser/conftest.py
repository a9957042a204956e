"""A server, a browser, and an eye on everything that must not happen on a page."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from servicebook.accounts.models import User

# Playwright's own loop runs in this thread; Django would take it for an async caller.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = (1440, 900), (390, 844)
# Leaving a page ends what it was still asking for; htmx writes these two, and for a failure others.
LEFT = ("htmx:sendAbort, ", "htmx:afterRequest, ")
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP: " + event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));
"""


@dataclass
class Watched:
    """What went wrong on the pages of a test; a test that expects something empties it."""

    home: str
    wrong: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(LEFT):
            self.wrong.append(f"console: {message.text}")

    def error(self, error: Any) -> None:
        self.wrong.append(f"script: {error}")

    def request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https") and url.netloc != self.home:
            self.wrong.append(f"another host: {request.url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True, scope="session")
def _one_request_at_a_time() -> Iterator[None]:
    """In tests all threads share one connection to SQLite, on which two requests lock each other out.

    An installation has a connection for each thread, and waits.
    """
    turn, answer = RLock(), WSGIHandler.get_response

    def in_turn(self: WSGIHandler, request: Any) -> Any:
        with turn:
            return answer(self, request)

    WSGIHandler.get_response = in_turn  # type: ignore[method-assign]
    yield
    WSGIHandler.get_response = answer  # type: ignore[method-assign]


@pytest.fixture
def watched(live_server: Any) -> Iterator[Watched]:
    """Fails the test when a page broke the policy, wrote an error, or called another host."""
    eye = Watched(urlsplit(live_server.url).netloc)
    yield eye
    assert not eye.wrong, "\n".join(eye.wrong)


@pytest.fixture
def open_browser(browser: Browser, live_server: Any, watched: Watched) -> Iterator[Callable[..., Page]]:
    """A page: `open_browser(user, size=PHONE, theme="dark", script=False)`, signed in if there is a user."""
    contexts: list[BrowserContext] = []

    def open_(
        user: User | None = None,
        *,
        size: tuple[int, int] = DESKTOP,
        theme: Any = "light",
        script: bool = True,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            base_url=live_server.url,
            locale="en-GB",
            java_script_enabled=script,
        )
        contexts.append(context)
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", watched.console)
        context.on("weberror", watched.error)
        context.on("request", watched.request)
        context.set_default_timeout(10_000)
        if user:
            visitor = Client()
            visitor.force_login(user)
            cookie = visitor.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
            )
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def desk(open_browser: Callable[..., Page], dispatcher: User) -> Page:
    """A dispatcher's page at 1440 px, light."""
    return open_browser(dispatcher)


@pytest.fixture
def phone(open_browser: Callable[..., Page], engineer: User) -> Page:
    """An engineer's page at 390 px, dark."""
    return open_browser(engineer, size=PHONE, theme="dark")
