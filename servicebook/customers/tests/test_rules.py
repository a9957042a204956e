from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.customers.rules import likeness, mail, phones, promises, receivers, trees

NOW = datetime(2026, 10, 14, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("8 701 555 01 12", "KZ", "+77015550112"),  # trunk prefix of the country
        ("+7 (701) 555-01-12", "TR", "+77015550112"),  # a country code beats the customer's country
        ("0212 555 11 22", "TR", "+902125551122"),
        ("tel:+7-701-555-01-12", "KZ", "+77015550112"),
        ("+7 701 555 01 12", "", "+77015550112"),
        ("   ", "KZ", ""),
    ],
)
def test_a_phone_is_kept_as_one_number_however_it_is_spelled(typed, country, kept):
    assert phones.normal(typed, country=country) == kept


@pytest.mark.parametrize(
    ("typed", "country"),
    [("555-01-12", "KZ"), ("call Dana", "KZ"), ("7015550112", ""), ("+7", "KZ"), ("1" * 60, "KZ")],
)
def test_what_is_not_a_phone_number_is_refused(typed, country):
    with pytest.raises(ValueError):
        phones.normal(typed, country=country)


@given(st.text(max_size=50))
def test_any_text_is_either_a_number_or_refused(text):
    try:
        kept = phones.normal(text, country="KZ")
    except ValueError:
        return
    assert kept == "" or phones.normal(kept, country="") == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" Gulnar@School12.KZ ", "gulnar@school12.kz"), ("mailto:a@b.co", "a@b.co"), ("", "")],
)
def test_an_address_has_one_spelling(typed, kept):
    assert mail.normal(typed) == kept


@pytest.mark.parametrize(
    "typed", ["a@b", "a b@c.kz", "a@b.kz, c@d.kz", "<a@b.kz>", "@b.kz", f"{'a' * 250}@b.kz"]
)
def test_what_is_not_one_address_is_refused(typed):
    with pytest.raises(ValueError):
        mail.normal(typed)


def test_domains_are_kept_once_and_never_one_that_is_open_to_all():
    assert mail.domains(["@School12.kz", "school12.kz", " "]) == ["school12.kz"]
    with pytest.raises(ValueError, match=r"gmail\.com"):
        mail.domains(["gmail.com"])


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("ТОО «Школа № 12»", "школа 12", True),  # legal form and quotes
        ("Karaganda School 12", "School 12 Karaganda", True),  # order
        ("Alpha Servise LLP", "Alpha Service", True),  # a slip
        ("School 12", "School 13", False),  # one letter, another school
        ("Alpha", "Omega", False),
    ],
)
def test_names_are_alike_when_spelling_order_or_legal_form_differ(one, other, alike):
    assert likeness.names_alike(one, other) is alike


def test_the_strongest_sign_is_given():
    known = likeness.Face("Alpha", tax_id="123", phone="+77015550112")

    assert likeness.why_alike(likeness.Face("Omega", tax_id="123"), known) is likeness.Because.TAX_ID
    assert likeness.why_alike(likeness.Face("Alpha", phone="+77015550112"), known) is likeness.Because.PHONE
    assert likeness.why_alike(likeness.Face("Alpha."), known) is likeness.Because.NAME
    assert likeness.why_alike(likeness.Face("Omega"), known) is None


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 9)), st.integers(1, 9), st.integers(1, 9))
def test_a_move_that_is_allowed_never_closes_a_circle(moves, row, parent):
    parents: dict[int, int] = {}
    for child, above in moves.items():  # only allowed moves are made, as actions do
        try:
            trees.check(child, above, parents.get)
        except ValueError:
            continue
        parents[child] = above
    try:
        trees.check(row, parent, parents.get)
    except ValueError:
        return
    parents[row] = parent

    seen, at = set(), row
    while at is not None:
        assert at not in seen
        seen.add(at)
        at = parents.get(at)


def test_without_the_check_there_would_be_a_circle():
    parents = {1: 2}
    with pytest.raises(trees.Cycle):
        trees.check(2, 1, parents.get)
    parents[2] = 1

    assert parents[parents[1]] == 1


def test_a_tree_deeper_than_twelve_levels_is_refused():
    chain = {level: level + 1 for level in range(1, 30)}
    with pytest.raises(trees.TooDeep):
        trees.check(99, 1, chain.get)


def test_a_tree_is_grown_from_rows_in_any_order():
    rows = [(3, 2), (1, None), (2, 1), (4, 9)]  # 9 is not there: 4 is a root
    roots = trees.grow(rows, key=lambda row: row[0], parent=lambda row: row[1])

    assert [node.row[0] for node in roots] == [1, 4]
    assert roots[0].parts[0].parts[0].row == (3, 2)
    assert trees.path(3, dict(rows)) == [1, 2, 3]


@pytest.mark.req("S0.2")
@pytest.mark.parametrize(
    ("occasion", "site", "told"),
    [
        ("access", 7, [2]),  # whoever is responsible there
        ("access", 8, [1]),  # nobody there: the main contact
        ("act", None, [3]),  # only a signer
        ("money", None, [3]),
        ("ticket", 7, [1]),
    ],
)
def test_who_is_told_follows_from_the_roles(occasion, site, told):
    people = [
        receivers.Person(1, main=True),
        receivers.Person(2, site=7, on_site=True),
        receivers.Person(3, decision_maker=True, signer=True),
    ]
    assert receivers.receivers(people, occasion, site=site) == told


@pytest.mark.parametrize(
    ("due", "kept", "dropped", "standing"),
    [
        (NOW - timedelta(seconds=1), None, None, promises.Standing.LATE),
        (NOW, None, None, promises.Standing.SOON),
        (NOW + timedelta(days=2), None, None, promises.Standing.OPEN),
        (NOW - timedelta(days=2), NOW, None, promises.Standing.KEPT),
        (NOW - timedelta(days=2), None, NOW, promises.Standing.DROPPED),
    ],
)
def test_a_promise_stands_as_its_date_says(due, kept, dropped, standing):
    assert promises.standing(due_at=due, kept_at=kept, dropped_at=dropped, now=NOW) is standing
