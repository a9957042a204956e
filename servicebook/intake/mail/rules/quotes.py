"""Where a person's own words end and the quoted mail begins, in the languages of our customers.

The whole mail stays in the store; what is cut here is only not shown again.
"""

import re
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

import nh3

# Our own mails carry this line above the quoted talk; whatever stands below it is old.
REPLY_ABOVE = re.compile(
    r"^[\s>*_#-]*(?:"
    r"(?:please )?(?:type |write )?(?:your )?reply above this line"
    r"|(?:пожалуйста, )?(?:пишите|напишите|оставьте|ответьте)(?: ваш)?(?: ответ)? выше этой (?:строки|линии)"
    r"|жауабыңызды осы жолдан жоғары жазыңыз"
    r"|(?:yanıtınızı|cevabınızı) bu satırın üzerine yazın(?:ız)?"
    r"|请在此行(?:上方|以上)回复"
    r")[\s*_#.-]*$",
    re.IGNORECASE | re.MULTILINE,
)

# "On Tue, 14 Oct 2026, Dana wrote:" and its sisters. Matched against up to four joined lines.
_WROTE = (
    r"on\b.{4,200}\bwrote",  # en
    r".{0,200}\b(?:написала?|пишет|писала?|написал\(а\)|пишет\(а\)|написав|пише)",  # ru, uk
    r".{4,200}\b(?:жазды|деп жазды|жазған)",  # kk
    r".{4,200}\b(?:yazdı|yazmış|şunu yazdı|şunları yazdı|tarafından yazıldı)",  # tr
    r"(?:于|在|\d{4}\s*年).{2,160}(?:写道|寫道|写到|编写)",  # zh
    r".{4,160}(?:写道|寫道)",
    r"am\b.{4,200}\bschrieb(?:\b.{0,120})?",  # de
    r"le\b.{4,200}\ba écrit",  # fr
    r"el\b.{4,200}\bescribi[oó]",  # es
    r"il\b.{4,200}\bha scritto",  # it
    r"op\b.{4,200}\bschreef\b.{0,120}",  # nl
    r"em\b.{4,200}\bescreveu",  # pt
    r"(?:dnia|w dniu)\b.{4,200}\bnapisał(?:\(a\)|a)?",  # pl
    r"(?:[^\W\d]{2,12}\.?,? )?\d.{8,120}<[^<>\s]+@[^<>\s]+>",  # "14.10.2026, 10:11, "Dana" <dana@…>:"
)
_ATTRIBUTION = re.compile(rf"^\s*(?:{'|'.join(_WROTE)})\s*[:：]\s*$", re.IGNORECASE)

_DASHED = re.compile(
    r"^\s*[-_=*]{2,}\s*(?:"
    r"original message|original-nachricht|ursprüngliche nachricht|message d'origine|mensaje original"
    r"|messaggio originale|исходное сообщение|оригинальное сообщение|первоначальное сообщение"
    r"|бастапқы хабарлама|түпнұсқа хабар(?:лама)?|orijinal mesaj|özgün ileti|原始邮件|原邮件|原始郵件"
    r")\s*[-_=*]{2,}\s*$",
    re.IGNORECASE,
)
_FROM = r"from|от|от кого|кімнен|kimden|gönderen|发件人|寄件者|von|de|da|od|van"
_OTHERS = (
    r"sent|date|to|cc|subject|reply-to|importance|отправлено|дата|кому|копия|тема|жіберілген|жіберілді|күні"
    r"|кімге|көшірме|тақырыбы|тақырып|gönderildi|gönderilme|tarih|kime|bilgi|konu|发送时间|日期|时间|收件人|抄送"
    r"|主题|主旨|收件者|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto|inviato|a|oggetto"
)
_FROM_LINE = re.compile(rf"^\W{{0,4}}(?:{_FROM})\W{{0,4}}[:：]\W{{0,4}}\s*\S.*$", re.IGNORECASE)
_OTHER_LINE = re.compile(rf"^\W{{0,4}}(?:{_OTHERS})\W{{0,4}}[:：].*$", re.IGNORECASE)
_RULE = re.compile(r"^\s*[_\-=]{10,}\s*$")
_FORWARD = re.compile(
    r"^\s*(?:fwd?|wg|tr|rv|i|pd|enc|vs|İLT|ilt|İlet|пересл|перенаправлено|пересылка|бағытталды"
    r"|қайта жіберілді|转发|轉寄)"
    r"\s*[:：]",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^[\s>]*(?:[-_=*]{2,}\s*(?:forwarded message|пересланное сообщение|пересылаемое сообщение"
    r"|перенаправленное сообщение|weitergeleitete nachricht|iletilen mesaj|iletilmiş mesaj|转发的邮件"
    r"|转发邮件"
    r"|жіберілген хабар(?:лама)?|қайта жіберілген хабар(?:лама)?)\s*[-_=*]{0,}"
    r"|begin forwarded message:|начало переадресованного сообщения:|начало пересылаемого сообщения:)\s*$",
    re.IGNORECASE,
)
LONGEST_ATTRIBUTION = 4  # lines


def is_forward(subject: str) -> bool:
    """Whether the subject says that somebody else's mail is handed on: then the quote is the message."""
    return bool(_FORWARD.match(subject))


def fresh(text: str, *, forward: bool = False) -> str:
    """Return what the sender wrote now.

    A quoted block below, above or between the sender's words goes; several short blocks with an
    answer under each stay, because the answers need them. If nothing else is left, all of it is
    returned: a letter is never shown empty.

    Args:
        forward: the mail is handed on, so only our own marker line cuts.
    """
    whole = text.strip()
    lines = _above_marker(whole).split("\n")
    if not forward:
        lines = _without_quotes(_cut_below(lines))
    kept = "\n".join(lines).strip()
    return kept or whole


def _above_marker(text: str) -> str:
    marker = REPLY_ABOVE.search(text)
    if not marker or not text[: marker.start()].strip(" \n\t>"):
        return text
    lines = text[: marker.start()].split("\n")
    return "\n".join(_without_attribution(lines))


def _without_attribution(lines: list[str]) -> list[str]:
    """Drop the "… wrote:" that stands at the very end."""
    while lines and not lines[-1].strip(" >\t"):
        lines = lines[:-1]
    for size in range(1, LONGEST_ATTRIBUTION + 1):
        if len(lines) > size and _ATTRIBUTION.match(_joined(lines[-size:])):
            return lines[:-size]
    return lines


def _cut_below(lines: list[str]) -> list[str]:
    """Cut at the first sign that everything below is an older mail."""
    for number, line in enumerate(lines):
        if _FORWARDED.match(line):
            return lines
        if _DASHED.match(line) or _starts_header_block(lines, number):
            above = lines[:number]
            while above and (_RULE.match(above[-1]) or not above[-1].strip()):
                above = above[:-1]
            return above if _says_something(above) else lines
        size = _attribution_at(lines, number)
        if size:
            after = lines[number + size :]
            if _quote_follows(after):
                continue  # the marks say where the quote ends
            above = lines[:number]
            return above if _says_something(above) else lines
    return lines


def _starts_header_block(lines: list[str], number: int) -> bool:
    """Whether "From: … / Sent: … / To: … / Subject: …" starts here."""
    if not _FROM_LINE.match(lines[number]):
        return False
    next_lines = [line for line in lines[number + 1 : number + 9] if line.strip()][:6]
    return sum(bool(_OTHER_LINE.match(line)) for line in next_lines) >= 2


def _attribution_at(lines: list[str], number: int) -> int:
    """How many lines an attribution takes that starts here; 0 when none does."""
    if not lines[number].strip() or lines[number].lstrip().startswith(">"):
        return 0
    for size in range(1, LONGEST_ATTRIBUTION + 1):
        part = lines[number : number + size]
        if len(part) < size or not part[-1].strip():
            return 0
        if part[-1].rstrip().endswith((":", "：")):
            return size if _ATTRIBUTION.match(_joined(part)) else 0
    return 0


def _quote_follows(lines: Sequence[str]) -> bool:
    return next((line.lstrip().startswith((">", "|")) for line in lines if line.strip()), False)


def _without_quotes(lines: list[str]) -> list[str]:
    """Drop quoted lines and what announces them, unless the answers stand between them."""
    blocks, answered, inside = 0, 0, False
    for line in lines:
        quoted = line.lstrip().startswith(">")
        if quoted and not inside:
            blocks += 1
            inside = True
        elif not quoted and line.strip() and inside:
            answered += 1
            inside = False
    between_answers = blocks >= 2 and answered >= 2
    kept: list[str] = []
    number = 0
    while number < len(lines):
        size = _attribution_at(lines, number)
        if size and _quote_follows(lines[number + size :]):
            number += size
            continue
        if between_answers or not lines[number].lstrip().startswith(">"):
            kept.append(lines[number])
        number += 1
    return kept if _says_something(kept) else lines


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines)[:400]


def _says_something(lines: Sequence[str]) -> bool:
    return any(line.strip(" >\t-_=") for line in lines)


# HTML: programs mark their quotes with containers of their own.
_QUOTE_CLASSES = {
    "gmail_quote", "gmail_quote_container", "gmail_extra", "yahoo_quoted", "moz-cite-prefix",
    "moz-forward-container",
    "protonmail_quote", "zmail_extra", "tutanota_quote", "outlookmessageheader", "wordsection1_quote",
}  # fmt: skip
_QUOTE_IDS = {
    "divrplyfwdmsg", "appendonsend", "x_appendonsend", "mail-editor-reference-message-container",
    "reply-intro", "isforwardcontent", "isreplycontent", "origbody", "replysplit",
}  # fmt: skip
_ALL_BELOW = {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "replysplit"}
_OUTLOOK_LINE = re.compile(r"border-top\s*:\s*solid\s+#(?:e1e1e1|b5c4df)", re.IGNORECASE)
_EMPTY = {"br", "hr"}

_tidy = nh3.Cleaner(
    tags={
        "a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4",
        "h5",
        "h6", "hr", "i", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
    },
    attributes={"*": {"class", "id", "type", "style", "name"}, "a": {"href"}},
    link_rel=None,
)  # fmt: skip


def fresh_html(html: str, *, forward: bool = False) -> str:
    """Return `html` without the quoted mail. It still needs `core.html.clean` after this."""
    if forward:
        return html
    reader = _WithoutQuotes()
    reader.feed(_tidy.clean(html))
    reader.close()
    return "".join(reader.kept)


class _WithoutQuotes(HTMLParser):
    """Copies well-formed HTML except the containers of quotes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self.open: list[str] = []
        self.dropping = 0  # how deep inside a dropped container
        self.ended = False  # everything below is an older mail
        self.said = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.ended:
            return
        values = {name: (value or "").casefold() for name, value in attrs}
        if self.dropping:
            self.dropping += tag not in _EMPTY
            return
        if self.said and self._starts_old_mail(tag, values):
            self.ended = True
            self.kept.extend(f"</{one}>" for one in reversed(self.open))
            return
        if self._is_quote(tag, values):
            self.dropping = 1
            return
        kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if name == "href")
        self.kept.append(f"<{tag}{kept}>")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.ended or tag in _EMPTY:
            return
        if self.dropping:
            self.dropping -= 1
        elif tag in self.open:
            while self.open:
                last = self.open.pop()
                self.kept.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if self.ended or self.dropping:
            return
        self.said = self.said or bool(data.strip())
        self.kept.append(escape(data))

    def _is_quote(self, tag: str, values: dict[str, str]) -> bool:
        if not _QUOTE_CLASSES.isdisjoint(values.get("class", "").split()):
            return self.said
        if values.get("id", "") in _QUOTE_IDS:
            return self.said
        return tag == "blockquote" and self.said and values.get("type") == "cite"

    def _starts_old_mail(self, tag: str, values: dict[str, str]) -> bool:
        if values.get("id", "").removeprefix("x_") in _ALL_BELOW:
            return True
        return tag in {"div", "p"} and bool(_OUTLOOK_LINE.search(values.get("style", "")))
