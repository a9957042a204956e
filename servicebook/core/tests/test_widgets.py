"""What we write for a control is what Django's templates write, apart from white space."""

import datetime as dt

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.html import format_html

from servicebook.core.widgets import Controls

ODD = """<b>"O'Neil" & co</b>"""


def same(html):
    return "".join(html.split())


@pytest.mark.trust("B11")
@pytest.mark.parametrize("value", [None, "", 0, 7, ODD, "two\nlines", True])
@pytest.mark.parametrize(
    "widget",
    [
        forms.TextInput(attrs={"class": ODD, "required": True, "hidden": False, "maxlength": 20}),
        forms.NumberInput(),
        forms.EmailInput(),
        forms.HiddenInput(),
        forms.PasswordInput(),
        forms.Textarea(),
        forms.CheckboxInput(),
        forms.TextInput(attrs={"title": format_html("{}", "a & b")}),
        forms.Select(choices=[("", "–"), (7, ODD), (ODD, format_html("<i>{}</i>", 7)), (None, 7)]),
        forms.Select(choices=[(ODD, [(7, "Seven"), ("x", "X")]), ("y", "Y")]),
        forms.SelectMultiple(choices=[(7, "Seven"), ("x", "X")]),
        forms.NullBooleanSelect(),
        forms.RadioSelect(choices=[(7, "Seven"), ("x", "X")]),
    ],
)
def test_a_control_is_written_as_djangos_templates_write_it(widget, value):
    if isinstance(widget, forms.SelectMultiple):
        value = [value]
    ours = widget.render(ODD, value, {"id": "a", "autofocus": True}, renderer=Controls())
    theirs = widget.render(ODD, value, {"id": "a", "autofocus": True}, renderer=DjangoTemplates())

    assert same(ours) == same(theirs)


def test_days_and_moments_are_written_as_djangos_templates_write_them():
    for widget, value in (
        (forms.DateInput(attrs={"type": "date"}), dt.date(2026, 11, 5)),
        (forms.TimeInput(), dt.time(9, 30)),
        (forms.DateTimeInput(), dt.datetime(2026, 11, 5, 9, 30)),  # noqa: DTZ001 - as a form holds it
    ):
        assert widget.render("a", value, renderer=Controls()) == widget.render(
            "a", value, renderer=DjangoTemplates()
        )


def test_forms_use_it():
    assert isinstance(forms.Form().renderer, Controls)
