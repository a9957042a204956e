"""Take every main page of a running Servicebook at 390 and 1440 px, light and dark.

    python tools/screenshots.py http://localhost:8000 person@house.example PASSWORD FOLDER [PATH...]

Without paths it goes through the menu, the settings, and the first line of every list. It ends with
what a page wrote to the console and whether one is wider than its screen; 0 of both is good.
"""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

SIZES = {"1440": (1440, 900), "390": (390, 844)}
THEMES = ("light", "dark")
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    if "login" in page.url:
        raise SystemExit(f"{email} cannot sign in with this password")


def addresses(page: Page, selector: str) -> list[str]:
    """Own addresses that the links of the page lead to, without queries, each once."""
    found = [link.get_attribute("href") or "" for link in page.locator(selector).all()]
    return list(dict.fromkeys(path.split("?")[0] for path in found if re.match(r"/[^/]?", path)))


def main_pages(page: Page) -> list[str]:
    """The menu's pages, those of the settings, "new" pages, and the first line of each list."""
    page.goto("/")
    paths = addresses(page, ".sb-nav a, .sb-top a.btn")
    for path in list(paths):
        page.goto(path)
        paths += addresses(page, ".sb-head .actions a")
        paths += addresses(page, "table.sb tbody tr:first-child a")[:1]
        if path.startswith("/settings"):
            paths += addresses(page, "main a")
    return list(dict.fromkeys(paths))


def take(page: Page, paths: list[str], folder: Path, mark: str) -> list[str]:
    """Take `paths` and return what is wrong with them."""
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(f"{page.url} {said.type}: {said.text[:200]}"))
    for path in paths:
        answer = page.goto(path)
        page.wait_for_load_state("networkidle")
        name = path.strip("/").replace("/", "-") or "today"
        page.screenshot(path=folder / f"{name}-{mark}.png", full_page=True)
        if answer is None or answer.status != 200:
            wrong.append(f"{path}: {answer.status if answer else 'no answer'}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path} is wider than the screen, {mark}")
    return wrong


def main() -> None:
    origin, email, password, folder, *paths = sys.argv[1:]
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        kept: Any = None
        for size, (width, height) in SIZES.items():
            for theme in THEMES:
                context = browser.new_context(
                    base_url=origin,
                    color_scheme=theme,  # type: ignore[arg-type]
                    viewport={"width": width, "height": height},
                    storage_state=kept,
                )
                page = context.new_page()
                if kept is None:
                    sign_in(page, email, password)
                    kept = context.storage_state()
                    paths = paths or main_pages(page)
                wrong += take(page, paths, target, f"{size}-{theme}")
                context.close()
        browser.close()
    print(f"{len(paths)} pages in {target}")
    print("\n".join(dict.fromkeys(wrong)) or "nothing is wrong")


if __name__ == "__main__":
    main()
