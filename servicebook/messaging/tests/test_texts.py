"""Editable texts: fields, languages, and what is written for whom (S0.41)."""

import re
from datetime import date
from time import monotonic

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from servicebook.messaging import texts
from servicebook.messaging.rules import merging
from servicebook.messaging.standard_texts import STANDARD
from servicebook.testing import make_contact

ONE_SMS = 160


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dear {to_name}, on {due_date}", ["to_name", "due_date"]),
        ("{a} {a} {{not}} one", ["a"]),
        ("a { b", ["{"]),
        ("{a.b} {c[0]} {d!r} {e:>9}", ["a.b", "c[0]", "d!r", "e:>9"]),
    ],
)
def test_fields_are_what_stands_in_braces(text: str, found: list[str]) -> None:
    assert merging.names(text) == found


@pytest.mark.req("S0.41")
def test_an_unknown_field_is_named_with_the_nearest_that_is_known() -> None:
    (wrong,) = merging.unknown("on {due_dat}", ["due_date", "to_name"])
    assert (wrong.name, wrong.nearest) == ("due_dat", "due_date")


def test_a_value_is_never_read_as_a_field() -> None:
    assert merging.fill("{a} and {b}", {"a": "{b}", "b": "x"}) == "{b} and x"


@pytest.mark.req("S0.41")
@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{name}, {none}.", "Dana."),
        ("{name}，{none}。", "Dana。"),
        ("{none}, {name}.", "Dana."),
        ("At {none}, {none}, {name}.", "At Dana."),
        ("{name}, {none}, {name}", "Dana, Dana"),
        ("{name}, {none}, {none}\n{name}", "Dana\nDana"),
        ("{name} answers, {none}.", "Dana answers."),
        ("Dear {none},\n{name}", "Dear ,\nDana"),
        ("Dear {name},\n\n{none} and, {{{none}}}", "Dear Dana,\n\n and, {}"),
    ],
)
def test_a_list_leaves_out_what_is_empty(text: str, filled: str) -> None:
    assert merging.fill(text, {"name": "Dana", "none": " "}) == filled


@given(st.text())
def test_plain_text_comes_out_as_it_went_in(text: str) -> None:
    assert merging.fill(merging.escaped(text), {}) == text
    assert merging.names(merging.escaped(text)) == []


@pytest.mark.parametrize("wrong", ["{", "}", "{x}", "{to_name.pk}", "{to_name!r}", "{}"])
def test_what_is_no_field_is_not_filled(wrong: str) -> None:
    with pytest.raises(merging.NotFillable):
        merging.fill(wrong, {"to_name": "A"})


@given(st.lists(st.one_of(st.text(), st.sampled_from(["{a}", "{ b }", "{{", "}}", "{c}"]))), st.data())
def test_filling_replaces_fields_and_nothing_else(pieces: list[str], data: st.DataObject) -> None:
    """Against a reference that never sees the text as a whole."""
    values = {name: data.draw(st.text().filter(str.strip)) for name in "abc"}
    known = {"{{": "{", "}}": "}", "{a}": values["a"], "{ b }": values["b"], "{c}": values["c"]}
    text = "".join(piece if piece in known else merging.escaped(piece) for piece in pieces)

    assert merging.fill(text, values) == "".join(known.get(piece, piece) for piece in pieces)
    assert set(merging.names(text)) == {piece.strip("{} ") for piece in pieces if piece in known} - {""}
    assert merging.unknown(text, values) == []


@given(st.text(alphabet="{}ab_. \n"))
def test_a_text_fills_exactly_when_nothing_in_it_is_unknown(text: str) -> None:
    values = {"a": "1", "b": "2", "a_b": "3"}
    if merging.unknown(text, values):
        with pytest.raises(merging.NotFillable):
            merging.fill(text, values)
    else:
        merging.fill(text, values)


@pytest.mark.parametrize(
    "text", ["{" * 1_000_000, "{a" * 500_000, "{x}{y" * 200_000, "{" + "x" * 999_998 + "}"]
)
def test_a_megabyte_is_judged_in_no_time(text: str) -> None:
    started = monotonic()
    assert len(merging.unknown(text, ["due_date", "to_name"])) <= merging.MOST
    assert monotonic() - started < 5


@pytest.mark.req("S0.41")
@pytest.mark.django_db
@pytest.mark.parametrize("language", STANDARD)
def test_every_language_has_every_text_with_known_fields_and_the_link(language: str) -> None:
    assert STANDARD[language].keys() == texts.TEXTS.keys()
    for code, words in STANDARD[language].items():
        assert texts.problems(code, words) == {}
        for part, english in zip(words, STANDARD["en"][code], strict=True):
            assert ("{link}" in part) == ("{link}" in english)
        assert ("{link}" in words.body) == ("link" in texts.text_of(code).names)
        with translation.override(language):
            assert len(texts.filled(words, code, texts.samples(code)).short) <= ONE_SMS


@pytest.mark.req("S0.41")
@pytest.mark.django_db
@pytest.mark.parametrize("language", STANDARD)
def test_no_comma_is_left_where_a_phone_an_address_or_a_contact_is_not_known(language: str) -> None:
    names = ("owner_phone", "address", "contact")
    with translation.override(language):
        for code, words in STANDARD[language].items():
            full = texts.filled(words, code, {**texts.samples(code), **dict.fromkeys(names, "@")})
            bare = texts.filled(words, code, {**texts.samples(code), **dict.fromkeys(names, "")})
            assert bare.body == re.sub("(, |，)@|@(, |，)", "", full.body)
            assert "@" not in bare.body


@pytest.mark.req("S0.41")
@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("maintenance_invite", {"window", "equipment", "site", "address"}),
        ("renewal_notice", {"end_date", "in_days", "contract_number", "how_it_goes_on"}),
        ("escalation", {"contact", "asked_on", "about", "step"}),
    ],
)
@pytest.mark.parametrize("language", STANDARD)
def test_the_delivered_texts_say_what_they_are_about(language: str, code: str, fields: set[str]) -> None:
    assert fields <= set(merging.names(STANDARD[language][code].body))


@pytest.mark.req("S0.41")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["in 1 day", "in 2 days", "in 5 days", "today", "1 day ago"]),
        ("ru", ["через 1 день", "через 2 дня", "через 5 дней", "сегодня", "1 день назад"]),
        ("kk", ["1 күннен кейін", "2 күннен кейін", "5 күннен кейін", "бүгін", "1 күн бұрын"]),
        ("tr", ["1 gün sonra", "2 gün sonra", "5 gün sonra", "bugün", "1 gün önce"]),
        ("zh-hans", ["1 天后", "2 天后", "5 天后", "今天", "1 天前"]),
    ],
)
def test_how_far_a_day_is_away_is_a_whole_phrase_in_each_language(language: str, said: list[str]) -> None:
    with translation.override(language):
        assert [str(texts.in_days(days)) for days in (1, 2, 5, 0, -1)] == said


@pytest.mark.req("S0.41")
@pytest.mark.django_db
@pytest.mark.parametrize("language", STANDARD)
def test_what_is_about_one_unit_alone_names_it_where_several_stand_in_one_message(language: str) -> None:
    visits = [code for code, one in texts.TEXTS.items() if "unit" in one.names]
    assert len(visits) == 6
    with translation.override(language):
        for code in visits:
            words, bare = STANDARD[language][code], {**texts.samples(code), "unit": ""}
            one, all_there = (texts.filled(words, code, facts) for facts in (texts.samples(code), bare))
            assert "Room 12" in one.subject_line
            assert "Room 12" in one.short
            assert all_there.subject_line == one.subject_line.replace(
                ", GSE Server R2 · SN-104 · Room 12", ""
            ).replace("，GSE Server R2 · SN-104 · Room 12", "")


@pytest.mark.django_db
@pytest.mark.req("S0.41")
def test_a_text_is_written_in_the_language_of_its_receiver() -> None:
    contact = make_contact(name="Айгуль", language="ru")
    facts = {"due_date": date(2026, 1, 31), "work": "ТО", "link": "https://x/a/1"}

    written = texts.written("maintenance_invite", to=contact, facts=facts)

    assert written.subject_line == "ТО, 31 января 2026 г.: подтвердите, пожалуйста, время"
    assert "Здравствуйте, Айгуль!" in written.body
    assert "https://x/a/1" in written.short


@pytest.mark.django_db
def test_braces_of_a_name_stay_braces() -> None:
    contact = make_contact(name="{link} {0.__class__}")
    written = texts.written("maintenance_invite", to=contact, facts={})
    assert "Dear {link} {0.__class__}," in written.body
