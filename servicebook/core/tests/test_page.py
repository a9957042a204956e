"""The components that pages are made of, and the files that the browser gets."""

import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation

from servicebook.core import clock
from servicebook.core.templatetags import page
from servicebook.journal.history import SENTENCES

PACKAGE = Path(page.__file__).resolve().parents[2]
STATIC = PACKAGE / "static"
NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)


def shown(source, **context):
    return Template(source).render(Context(context))


@pytest.fixture
def noon():
    with clock.stopped_at(NOON), timezone.override(UTC), translation.override("en"):
        yield


def test_every_icon_that_a_template_names_is_in_the_sprite():
    named = {
        (name, path.name)
        for path in PACKAGE.glob("*/templates/**/*.html")
        for name in re.findall(r"""\{% icon ["']([^"']+)["']|icon=["']([^"']+)["']""", path.read_text())
        for name in name
        if name
    }

    assert {(name, file) for name, file in named if name not in page.known_icons()} == set()


def test_every_sentence_of_the_journal_has_an_icon_of_the_sprite():
    assert {
        (verb, one.icon) for verb, one in SENTENCES.items() if one.icon not in page.known_icons()
    } == set()


def test_an_unknown_icon_is_a_point_and_says_nothing_to_screen_readers():
    assert "icons.svg#point" in page.icon("<script>")
    assert 'aria-hidden="true"' in page.icon("phone")


def test_a_state_is_a_dot_and_a_word_and_only_five_tones_exist():
    assert page.status("late", "<b>") == '<span class="st late">&lt;b&gt;</span>'
    with pytest.raises(ValueError, match="pink"):
        page.status("pink", "word")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOON - timedelta(hours=3), "09:00"),
        (NOON - timedelta(days=1), "Tue 13 Oct 12:00"),
        (NOON - timedelta(days=365), "14 Oct 2025 12:00"),
        (date(2026, 10, 16), "16 Oct"),
        (date(2027, 10, 16), "16 Oct 2027"),
        (None, "–"),
    ],
)
def test_a_moment_is_said_as_short_as_it_can_be(noon, moment, expected):
    assert re.sub(r"<[^>]+>", "", page.when(moment)) == expected


def test_a_short_moment_leaves_the_time_of_other_days_out(noon):
    said = [page.when(NOON + timedelta(days=days), short=True) for days in (0, 2, 365)]

    assert [re.sub(r"<[^>]+>", "", one) for one in said] == ["12:00", "16 Oct", "14 Oct 2027"]


def test_a_moment_is_shown_in_the_zone_of_the_reader():
    with clock.stopped_at(NOON), timezone.override("Asia/Almaty"):
        assert ">17:00<" in page.when(NOON)


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=1, minutes=52), "1 h 52 min ago"),
        (timedelta(days=3), "3 days ago"),
        (-timedelta(hours=2), "in 2 h"),
    ],
)
def test_a_distance_is_said_in_its_biggest_units(noon, away, expected):
    assert re.sub(r"<[^>]+>", "", page.ago(NOON - away)) == expected


def test_a_clock_never_leaves_its_bar():
    assert 'value="100"' in shown('{% clock "Recovery" "8 h" 140 "late" "late 5 min" %}')
    assert 'value="0"' in shown('{% clock "Recovery" "8 h" -3 "done" "8 h" %}')


class Form(forms.Form):
    name = forms.CharField(help_text="As on the contract")
    color = forms.ChoiceField(choices=[("r", "Red")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


@pytest.mark.trust("B8")
def test_a_field_ties_its_error_and_help_to_the_control_and_keeps_what_was_typed():
    form = Form({"name": "", "color": "<x>", "agreed": "on"})

    html = shown("{% form_errors form %}{% for one in form %}{% field one %}{% endfor %}", form=form)

    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<p class="error" id="id_name_error">' in html
    assert "2 marked fields" in html
    assert re.search(r'type="checkbox"[^>]* checked', html)
    assert "<legend" in html
    assert "<x>" not in html
    assert html.count("<label") >= 3


def test_the_history_escapes_what_people_wrote_and_shows_both_kinds(noon):
    said = SimpleNamespace(
        pk=7,
        direction="in",
        author_name="Gulnar S.",
        at=NOON,
        text="<script>alert(1)</script>",
        html="",
        automatic=False,
        get_channel_display="Phone",
    )
    done = SimpleNamespace(sentence="Closed: <b>fan</b>", icon="check", at=NOON, who="Dana")

    html = shown("{% history entries %}", entries=[said, done])

    assert "<script>" not in html
    assert "<b>fan</b>" not in html
    assert 'id="message-7"' in html
    assert ">GS<" in html
    assert "<span>Dana</span>" in html
    assert "icons.svg#check" in html


def test_the_vendored_files_are_those_of_the_manifest():
    manifest = json.loads((STATIC / "vendor" / "manifest.json").read_text())
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").iterdir()
        if path.name != "manifest.json"
    }

    assert found == {name: facts["sha256"] for name, facts in manifest.items()}
    licences = {name.split(".")[0] for name in manifest if "LICENSE" in name}
    assert licences == {"htmx", "inter", "tabler", "tabler-icons"}


def test_no_stylesheet_script_or_template_of_ours_calls_another_host_or_holds_inline_code():
    sources = [*STATIC.glob("*.css"), *STATIC.glob("*.js"), *PACKAGE.glob("*/templates/**/*.html")]
    bad = re.compile(
        r"""(?:src|href|action)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//|@import|\sstyle=|<style|\son[a-z]+=["']""",
        re.IGNORECASE,
    )

    assert {path.name: bad.search(path.read_text()) for path in sources if bad.search(path.read_text())} == {}


# ---- contrast -----------------------------------------------------------------------------


def tokens():
    """Name → (light, dark) of the tokens that are colours."""
    css = (STATIC / "servicebook.css").read_text()
    pairs = re.findall(r"--sb-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    return {name: (light, dark) for name, light, dark in pairs}


def contrast(one, other):
    """The ratio of WCAG 2.2 between two colours, 1 to 21."""

    def luminance(color):
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["text", "muted", "link", "late", "risk", "live", "wait", "done"])
@pytest.mark.parametrize("ground", ["page", "surface", "raised", "hover", "tint"])
def test_every_word_can_be_read_on_every_ground(ink, ground, theme):
    known = tokens()

    assert contrast(known[ink][theme], known[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_main_button_can_be_read(theme):
    known = tokens()

    assert contrast(known["on-accent"][theme], known["accent"][theme]) >= 4.5
    assert contrast(known["on-accent"][theme], known["accent-strong"][theme]) >= 4.5


def test_contrast_is_measured_as_the_standard_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
