"""The tags that pages are made of; built in, so that no template loads them.

docs/developers/pages.md shows each with its markup.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.forms.widgets import Input, Select, Textarea
from django.http import HttpRequest, QueryDict
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicebook.core import clock
from servicebook.core.cards import cards_of

register = template.Library()
TONES = ("late", "risk", "live", "wait", "done")
SPRITE = Path(__file__).resolve().parents[2] / "static" / "vendor" / "icons.svg"


@cache
def known_icons() -> frozenset[str]:
    """The names in the sprite (tools/icons.txt)."""
    return frozenset(part.split('"')[0] for part in SPRITE.read_text().split('<symbol id="')[1:])


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon that repeats what a word beside it says; screen readers skip it."""
    return _drawn(str(name))


@cache
def _drawn(name: str) -> SafeString:
    shown = name if name in known_icons() else "point"
    return format_html(
        '<svg class="icon" width="16" height="16" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        shown,
    )


@register.simple_tag
def status(tone: str, word: object) -> SafeString:
    """A state: a dot and a word. Tones: late, risk, live, wait, done."""
    return format_html('<span class="st {}">{}</span>', _tone(tone), word)


@register.inclusion_tag("page/clock.html", name="clock")
def clock_bar(
    label: object, target: object, used: float, tone: str, left: object, url: str = ""
) -> dict[str, Any]:
    """A promise: what it is, its target, how much is used (0-100) and the time left."""
    percent = min(100, max(0, round(used)))
    shown = {"label": label, "target": target, "left": left, "url": url}
    return shown | {"used": percent, "tone": _tone(tone)}


@register.inclusion_tag("page/field.html")
def field(
    bound: BoundField, wide: bool = False, label: str = "", autofocus: bool = False, bare: bool = False
) -> dict[str, Any]:
    """One row of a form: label, control, help, and the error where it belongs.

    `bare`: the control and its error alone, for a cell whose column is headed by the label.
    """
    widget = bound.field.widget
    many = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    check = isinstance(widget, CheckboxInput)
    about = [f"{bound.auto_id}_help"] if bound.help_text and not bare else []
    about += [f"{bound.auto_id}_error"] if bound.errors else []
    extra: dict[str, Any] = {}
    if not many:
        css = (
            "form-check-input"
            if check
            else "form-select"
            if isinstance(widget, Select)
            else "form-control"
            if isinstance(widget, Input | Textarea)
            else ""
        )
        own = widget.attrs.get("class", "")
        extra["class"] = " ".join(filter(None, [css, own, "is-invalid" if bound.errors else ""]))
        extra["aria-describedby"] = " ".join(about) or False
        extra["aria-invalid"] = "true" if bound.errors else False
        if bare:
            extra["aria-label"] = bound.label
        if autofocus:
            extra["autofocus"] = True
        if isinstance(widget, Textarea) and widget.attrs.get("rows") == "10":
            extra["rows"] = 4
    return {
        "field": bound,
        "control": bound.as_widget(attrs=extra),
        "label": label or bound.label,
        "many": many,
        "check": check,
        "wide": wide,
        "bare": bare,
        "help_id": f"{bound.auto_id}_help",
        "error_id": f"{bound.auto_id}_error",
    }


@register.inclusion_tag("page/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """What is wrong with the form as a whole; each field shows its own error."""
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"errors": [*form.non_field_errors(), *hidden], "marked": len(form.errors)}


@register.inclusion_tag("page/history.html")
def history(entries: Iterable[Any], clip: bool = False) -> dict[str, Any]:
    """The stream of what people said and what the program did, in the order given.

    Takes journal entries (`sentence`, `icon`, `at`, `who`) and messages (`direction`, `text` or
    cleaned `html`, `at`, `author_name`), mixed; either may have `mails`, the entries of mails that it
    caused.
    """
    return {"items": entries, "clip": clip}


@register.simple_tag(takes_context=True)
def cards(context: template.Context, thing: Any) -> SafeString:
    """What apps of later floors show on the page of `thing`; see `core.cards`."""
    request: Any = context["request"]
    shown = []
    for one in cards_of(thing._meta.label_lower):
        found = one.fill(thing, request.user)
        if found is not None:
            inside = context.new({"request": request, "csrf_token": context.get("csrf_token"), **found})
            shown.append(get_template(one.template).template.render(inside))  # type: ignore[attr-defined]
    return format_html_join("", "{}", ((one,) for one in shown))


@register.inclusion_tag("page/pager.html", takes_context=True)
def pager(context: template.Context, page: Any) -> dict[str, Any]:
    """The foot of a list: how many there are, earlier and later pages."""
    request = context.get("request")
    into = context.get("listing_target", "")
    return {
        "page": page,
        "into": into,
        "earlier": _query(request, before=page.before) if page.before else "",
        "later": _query(request, after=page.after) if page.after else "",
    }


@register.inclusion_tag("page/sort_header.html", takes_context=True)
def sort_header(context: template.Context, listing: Any, name: str, label: object) -> dict[str, Any]:
    """The head of a column by which a list can be sorted; a second press turns it round."""
    active = listing.sort_name.lstrip("-") == name
    turned = f"-{name}" if listing.sort_name == name else name
    down = active and listing.order[0].startswith("-")
    return {
        "label": label,
        "order": ("descending" if down else "ascending") if active else "",
        "address": _query(context.get("request"), sort=turned),
        "into": listing.target,
    }


@register.simple_tag(takes_context=True)
def address_with(context: template.Context, **changes: str) -> str:
    """The address of this page with some of its query changed; an empty value leaves it out."""
    return _query(context.get("request"), **changes)


@register.inclusion_tag("page/empty.html")
def empty(
    title: object, text: object = "", url: str = "", label: object = "", icon: str = "inbox"
) -> dict[str, Any]:
    """An empty place that teaches the first step."""
    return {"title": title, "text": text, "url": url, "label": label, "icon": icon}


@register.simple_tag
def when(moment: datetime | date | None, short: bool = False) -> SafeString | str:
    """A moment in the reader's zone, as short as it can be said: 09:12, Tue 14 Oct 09:12.

    `short` leaves the time of day out unless it is today: 09:12, 14 Oct.
    """
    if moment is None:
        return "–"
    tz = get_current_timezone()
    today = clock.now().astimezone(tz).date()
    if not isinstance(moment, datetime):
        text = date_format(moment, "j M" if moment.year == today.year else "j M Y")
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), text)
    local = moment.astimezone(tz)
    if local.date() == today:
        shape = "H:i"
    elif short:
        shape = "j M" if local.year == today.year else "j M Y"
    elif local.year == today.year:
        shape = "D j M H:i"
    else:
        shape = "j M Y H:i"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        date_format(local, "l j E Y H:i"),
        date_format(local, shape),
    )


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """How far a moment is from now: 5 min ago, in 2 h, 3 days ago."""
    if moment is None:
        return "–"
    apart = clock.now() - moment
    words = {"span": span(abs(apart))}
    if abs(apart) < timedelta(minutes=1):
        text = _("just now")
    else:
        text = _("%(span)s ago") % words if apart > timedelta(0) else _("in %(span)s") % words
    local = moment.astimezone(get_current_timezone())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), date_format(local, "l j E Y H:i"), text
    )


@register.filter
def initials(name: str) -> str:
    """The letters that stand for a person in the history."""
    return "".join(word[0] for word in name.split()[:2] if word[0].isalnum()).upper() or "?"


@register.filter
def own_address(address: str | None, request: HttpRequest) -> str:
    """`address` if it leads back into this program, else nothing."""
    hosts = {request.get_host()}
    return address if address and url_has_allowed_host_and_scheme(address, hosts) else ""


@register.filter
def span(length: timedelta | None) -> str:
    """A length of time in its one or two biggest units: 18 min, 1 h 52 min, 3 days."""
    if length is None:
        return "–"
    minutes = int(length.total_seconds()) // 60
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        if not minutes:
            return _("%(hours)d h") % {"hours": hours}
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    days = hours // 24
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def _tone(tone: str) -> str:
    if tone not in TONES:
        raise ValueError(f"a tone is one of {', '.join(TONES)}, not {tone!r}")
    return tone


def _query(request: HttpRequest | None, **changes: str) -> str:
    """The query of this page with `changes`; moving in the list or sorting starts from its own page."""
    query: QueryDict = request.GET.copy() if request else QueryDict(mutable=True)
    for dropped in ("before", "after"):
        query.pop(dropped, None)
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    return f"?{query.urlencode()}"
