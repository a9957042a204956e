"""The one cleaner of HTML for the whole house: what comes out may stand in a page as it is.

Only marks of text survive. No pictures (a remote one tells its sender who reads, when and where),
no styles, classes or ids (they would reach into our page), no forms, no scripts, no attributes
that htmx would act on. Links open elsewhere and tell nobody where they were found.
"""

import re
from html import escape, unescape
from html.parser import HTMLParser

import nh3

MOST_CHARACTERS = 400_000  # a longer letter is cut before it is cleaned: a reader has given up by then

DEEPEST = 1_000
_MARK = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]{0,20})")
_CLOSED_BY_THE_NEXT = {
    "br",
    "hr",
    "img",
    "input",
    "meta",
    "link",
    "p",
    "li",
    "dd",
    "dt",
    "tr",
    "td",
    "th",
    "o:p",
}
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small",
    "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
# Their content is not text for a reader.
_SILENT = {"script", "style", "title", "head", "template", "noscript", "svg", "math", "iframe", "object"}

_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_SILENT - {"head"},
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
    set_tag_attribute_values={"a": {"target": "_blank"}},
)

_BLOCKS = {
    "address", "blockquote", "caption", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "li", "ol", "p", "pre", "table", "tr", "ul",
}  # fmt: skip
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol"}


def clean(html: str) -> str:
    """Return `html` fit to stand in a page; empty when nothing to read is left."""
    html = html[:MOST_CHARACTERS].replace("\x00", "")
    cleaned = "" if is_too_deep(html) else _cleaner.clean(html).strip()
    if not cleaned or len(cleaned) > MOST_CHARACTERS * 3 // 2:
        return escape(_without_marks(html)).replace("\n", "<br>")
    return cleaned if _text_of(cleaned) else ""


def to_text(html: str) -> str:
    """Return the text of `html` with its lines, list marks and quote marks; links by their words."""
    html = html[:MOST_CHARACTERS].replace("\x00", "")
    # The library's parser takes minutes for some broken marks; it only ever sees clean ones.
    return _without_marks(html) if is_too_deep(html) else _text_of(_cleaner.clean(html))


def is_too_deep(html: str) -> bool:
    """Whether marks stand inside marks so deep that a parser of HTML would take minutes."""
    depth = 0
    for mark in _MARK.finditer(html):
        if mark[2].lower() in _CLOSED_BY_THE_NEXT:
            continue
        depth = max(0, depth - 1) if mark[1] else depth + 1
        if depth > DEEPEST:
            return True
    return False


def _text_of(cleaned: str) -> str:
    reader = _Text()
    reader.feed(cleaned)
    reader.close()
    return reader.text()


def _without_marks(html: str) -> str:
    """The text of HTML that is too broken to be read properly."""
    bare = unescape(re.sub(r"<[^<>]*>", "\n", html)).replace("<", " ")
    return "\n".join(line.strip() for line in bare.splitlines() if line.strip())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line: list[str] = []
        self.silent = 0
        self.quoted = 0
        self.exact = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "br":
            self._end_line(keep_empty=True)
        elif tag in _BLOCKS:
            self._end_line()
            if tag in _PARAGRAPHS:
                self._gap()
            if tag == "li":
                self.line.append("- ")
            elif tag == "pre":
                self.exact += 1
            elif tag == "blockquote":
                self.quoted += 1
        elif tag in {"td", "th"} and self.line:
            self.line.append("  ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _BLOCKS:
            self._end_line()
            if tag == "pre":
                self.exact = max(0, self.exact - 1)
            elif tag == "blockquote":
                self.quoted = max(0, self.quoted - 1)
            if tag in _PARAGRAPHS:
                self._gap()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.exact:
            first, *rest = data.split("\n")
            self.line.append(first)
            for line in rest:
                self._end_line(keep_empty=True)
                self.line.append(line)
        elif data.strip():
            lead = " " if data[0].isspace() else ""
            tail = " " if data[-1].isspace() else ""
            self.line.append(lead + " ".join(data.split()) + tail)
        elif self.line:
            self.line.append(" ")

    def _end_line(self, *, keep_empty: bool = False) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.exact else " ".join(text.replace("  ", "\t").split(" ")).strip()
        text = text.replace("\t", "  ")
        if text or keep_empty:
            mark = "> " * min(self.quoted, 5)
            self.lines.append((mark + text).rstrip())
        self.line = []

    def _gap(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def text(self) -> str:
        self._end_line()
        joined: list[str] = []
        for line in self.lines:
            if line or (joined and joined[-1]):
                joined.append(line)
        return "\n".join(joined).strip()
