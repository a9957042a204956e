"""Questions that every page must answer well, asked in the browser."""

from playwright.sync_api import Page

# Each gives a list of what is wrong; an empty one is good.
NAMELESS = """() => {
  const text = (element) => (element.innerText || element.textContent || "").trim();
  const named = (element) => element.getAttribute("aria-label")
    || (element.getAttribute("aria-labelledby") || "").split(" ").some((id) => document.getElementById(id))
    || (element.labels && [...element.labels].some(text))
    || element.closest("fieldset")?.querySelector("legend")
    || element.title || element.querySelector("img[alt]")?.alt
    || (element.matches("a, button, summary") && text(element));
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, progress";
  return [...document.querySelectorAll(wanted)]
    .filter((element) => !named(element)).map((element) => element.outerHTML.slice(0, 160));
}"""
DOUBLE_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""
TOO_WIDE = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  return [...document.querySelectorAll("main *, header *")]
    .filter((element) => element.getBoundingClientRect().right > most + 1)
    .filter((element) => !element.closest(".sb-scroll, .sb-views"))
    .slice(0, 5).map((element) => element.outerHTML.slice(0, 160));
}"""
LANDMARKS = """() => {
  const wrong = [];
  for (const selector of ["main", "h1"]) {
    const number = document.querySelectorAll(selector).length;
    if (number !== 1) wrong.push(`${number} of ${selector}`);
  }
  if (!document.querySelector("h1")?.innerText.trim()) wrong.push("the h1 is empty");
  if (!document.title.trim()) wrong.push("no title");
  if (!document.documentElement.lang) wrong.push("no language");
  return wrong;
}"""
INLINE = """() => [...document.querySelectorAll("[style], style, script:not([src]), [onclick], [onchange]")]
  .map((element) => element.outerHTML.slice(0, 160))"""


def faults(page: Page) -> list[str]:
    """What is wrong with the page that is shown: names, ids, landmarks, width, inline code."""
    asked = {
        "has no name": NAMELESS,
        "id used twice": DOUBLE_IDS,
        "wider than the screen": TOO_WIDE,
        "landmark": LANDMARKS,
        "inline": INLINE,
    }
    return [f"{what}: {found}" for what, script in asked.items() for found in page.evaluate(script)]
