import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.search.rules import corrected, normal, parts_of, rank, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ёлка", "елка"),
        ("Йод", "йод"),  # й keeps its breve
        ("İSTANBUL ışık", "istanbul isik"),
        ("  Straße \t 12 ", "strasse 12"),
        ("Қазақстан", "қазақстан"),
        ("ＡＢＣ１２", "abc12"),
        ("服务器", "服务器"),
    ],
)
def test_text_is_comparable_across_scripts(text, expected):
    assert normal(text) == expected


@given(st.text(max_size=60))
def test_normal_text_stays_as_it_is(text):
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("8 (701) 555-01-12", ["7015550112"]),
        ("+7 701 555 01 12", ["7015550112"]),
        ("7CX-20418", ["7cx-20418"]),
        ("School  12", ["school", "12"]),
        ("T-2026-000123", ["t-2026-000123"]),
        ("\0", []),
    ],
)
def test_a_query_is_its_words_and_a_phone_number_is_one(query, expected):
    assert terms(query) == expected


def test_an_exact_number_ranks_before_a_word_inside_a_text():
    assert rank(["t-2026-000012"], "T-2026-000012", "") < rank(["t-2026-000012"], "About T-2026-000012", "")
    assert rank(["school", "12"], "School 12", "") < rank(["school", "12"], "School 120", "")
    assert rank(["psu"], "PSU-750", "") < rank(["psu"], "Box", "box psu")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("scool", "school"),
        ("shcool", "school"),
        ("overhets", "overheats"),
        ("7cx-20481", "7cx-20418"),
        ("карганда", "караганда"),
        ("refridgerater", "refrigerator"),  # two slips
    ],
)
def test_a_slip_leaves_a_part_whole_and_the_word_is_told_from_others(typed, meant):
    texts = ["school 12 · cool room", "overheats", "7cx-20418 7cx-99999", "караганда", "refrigerator"]

    assert any(part in meant for part in parts_of(typed))
    assert corrected([typed], texts) == [meant]


def test_a_word_like_none_is_not_corrected():
    assert corrected(["school", "zeppelin"], ["school 12"]) == []
