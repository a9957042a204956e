"""The controls of forms, written without a template for each option.

Django renders a `<select>` of forty people through eighty templates: half of what a list with a
filter cost. What the common widgets look like stands here; all others keep their templates.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_HOME = "django/forms/widgets"
_OPTION = f"{_HOME}/select_option.html"
_INPUTS = ("checkbox", "date", "datetime", "email", "hidden", "input", "number", "password", "text", "time")


def _attributes(attributes: Mapping[str, Any]) -> SafeString:
    said = [
        format_html(" {}" if value is True else ' {}="{}"', name, value)
        for name, value in attributes.items()
        if value is not False
    ]
    return format_html_join("", "{}", ((one,) for one in said))


def _input(widget: Mapping[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else format_html(' value="{}"', widget["value"])
    attributes = _attributes(widget["attrs"])
    return format_html('<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], value, attributes)


def _textarea(widget: Mapping[str, Any]) -> SafeString:
    attributes = _attributes(widget["attrs"])
    return format_html(
        '<textarea name="{}"{}>\n{}</textarea>', widget["name"], attributes, widget["value"] or ""
    )


def _select(widget: Mapping[str, Any]) -> SafeString:
    groups = [
        format_html('<optgroup label="{}">\n{}</optgroup>\n', title, _options(options))
        if title
        else _options(options)
        for title, options, _place in widget["optgroups"]
    ]
    inside = format_html_join("", "{}", ((one,) for one in groups))
    return format_html(
        '<select name="{}"{}>\n{}</select>', widget["name"], _attributes(widget["attrs"]), inside
    )


def _options(options: Iterable[Mapping[str, Any]]) -> SafeString:
    rows = ((str(one["value"]), _attributes(one["attrs"]), one["label"]) for one in options)
    return format_html_join("", '<option value="{}"{}>{}</option>\n', rows)


_WRITERS: dict[str, Callable[[Mapping[str, Any]], SafeString]] = {
    **{f"{_HOME}/{name}.html": _input for name in _INPUTS},
    f"{_HOME}/textarea.html": _textarea,
    f"{_HOME}/select.html": _select,
}


class Controls(DjangoTemplates):
    """Django's renderer of forms, with the common widgets written directly."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        write = _WRITERS.get(template_name)
        if write is None or not _plain(context["widget"]):
            return super().render(template_name, context, request)
        return write(context["widget"])


def _plain(widget: Mapping[str, Any]) -> bool:
    """Whether all of its options look as Django's do."""
    groups = widget.get("optgroups", ())
    return all(option["template_name"] == _OPTION for _title, options, _place in groups for option in options)
