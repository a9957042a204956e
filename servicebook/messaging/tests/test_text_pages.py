"""Texts are edited, tried, kept in versions and restored (S0.41)."""

import re

import pytest
from django.urls import reverse

from servicebook.core import reference
from servicebook.core.errors import Changed, Refused
from servicebook.journal.models import Entry
from servicebook.messaging import sampling, text_actions, texts
from servicebook.messaging.models import MessageText
from servicebook.messaging.sampling import Sample
from servicebook.messaging.standard_texts import STANDARD, Words
from servicebook.testing import Program, make_contact, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.41")]

CODE = "maintenance_invite"
QUERIES = 7  # session, person, newest version, versions, and what every page asks
MINE = Words("{work}, {due_date}", "Hello {to_name}\n{link}\n", "{work}: {link}")


@pytest.fixture
def lead():
    return make_user("manager")


@pytest.fixture
def page(client, lead):
    client.force_login(lead)
    return reverse("messaging:text", args=[CODE, "en"])


def typed(words=MINE, **more):
    return {**words._asdict(), "seen": 0, **more}


def shown(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def written(language="en", **facts):
    return texts.written(CODE, to=make_contact(name="Aigul", language=language), facts=facts)


def test_the_house_writes_its_own_words_in_one_language(client, page, lead):
    assert client.post(page, typed()).status_code == 302

    assert written(work="Check", link="https://x").body == "Hello Aigul\nhttps://x\n"
    assert written("ru").body.startswith("Здравствуйте, Aigul!")
    entry = Entry.objects.get(verb="text.changed")
    assert (entry.actor, entry.facts["code"], entry.facts["number"]) == (lead, CODE, 1)
    listed = shown(client.get(reverse("messaging:texts")))
    assert listed.count("yours") == 1


def test_reading_a_text_costs_no_statement(django_assert_num_queries):
    contact = make_contact(language="kk")
    texts.written(CODE, to=contact, facts={})
    with django_assert_num_queries(0):
        for _again in range(3):
            texts.written(CODE, to=contact, facts={})


@pytest.mark.parametrize(
    ("part", "text", "said"),
    [
        ("body", "Due {due_dat}", "no field {due_dat}. Did you mean {due_date}?"),
        ("subject_line", "{invoice_number}", "no field {invoice_number}"),
        ("short", "{to_name.pk} {link}", "no field {to_name.pk}. Did you mean {to_name}?"),
        ("body", "50 } off", "A single } stands nowhere for itself"),
        ("body", "{}", "no field {}"),
        ("body", "   ", "This field is required"),
        ("body", "ж" * 1_000_000, "at most 20000 characters"),
    ],
)
def test_what_does_not_fit_is_refused_and_stays_typed(client, page, part, text, said):
    answer = client.post(page, typed(MINE._replace(**{part: text})))

    assert answer.status_code == 422
    found = answer.content.decode()
    assert said in found.replace("&quot;", '"')
    assert text.strip()[:80] in found
    assert MINE.short in found or part == "short"
    assert not MessageText.objects.exists()


def test_quotes_braces_markup_and_right_to_left_stay_what_they_are(client, page):
    body = 'עברית "quoted" <b>&amp; {{literal}} {to_name}\n\u202eright\n'
    client.post(page, typed(MINE._replace(body=body)))

    assert written().body == 'עברית "quoted" <b>&amp; {literal} Aigul\n\u202eright\n'
    found = client.get(page).content.decode()
    assert "<b>&amp; {literal}" not in found
    assert "&lt;b&gt;&amp;amp; {{literal}}" in found


@pytest.mark.trust("B24")
@pytest.mark.parametrize(
    "line", ["Hi\r\nBcc: all@evil.example", "Hi\nBcc: all@evil.example", "Hi\u2028Bcc: x"]
)
def test_a_subject_line_is_one_line(lead, line):
    text_actions.write(CODE, "en", MINE._replace(subject_line=line, short=line), by=lead)

    said = written(work="A\r\nTo: x")
    for text in (said.subject_line, said.short, MessageText.objects.get().subject_line):
        assert "".join(text.splitlines()) == text
    assert said.subject_line.startswith("Hi Bcc: ")


def test_a_preview_saves_nothing_and_shows_examples(client, page):
    answer = client.post(page, typed(MINE._replace(body="Mine for {to_name}, {due_date}"), **{"try": "1"}))

    assert answer.status_code == 200
    assert "Mine for Aigul Serikova, 31 January 2026" in shown(answer)
    assert "Mine for {to_name}" in shown(answer)
    assert not MessageText.objects.exists()
    part = client.post(page, typed(**{"try": "1"}), headers={"HX-Request": "true"})
    assert "<form" not in part.content.decode()
    wrong = client.post(
        page, typed(MINE._replace(body="{x_x}"), **{"try": "1"}), headers={"HX-Request": "true"}
    )
    assert "This text has no field {x_x}" in shown(wrong)


def test_a_preview_on_something_real(client, page, monkeypatch):
    def found(asked, user):
        return (
            Sample("T-1 School", {"due_date": "the third of May", "to_name": user.name})
            if asked == "T-1"
            else None
        )

    monkeypatch.setitem(sampling._finders, CODE, [found])

    real = shown(client.post(page, typed(record="T-1", **{"try": "1"})))
    assert "T-1 School" in real
    assert "the third of May" in real
    assert "T-1 School" in shown(client.get(page, {"record": "T-1"}))
    assert "Nothing that you may see is called T-2" in shown(
        client.post(page, typed(record="T-2", **{"try": "1"}))
    )


def test_versions_are_kept_and_restored(client, page, lead):
    client.post(page, typed())
    client.post(page, typed(MINE._replace(body="Second {link}"), seen=1))
    restore = reverse("messaging:restore_text", args=[CODE, "en"])

    client.post(restore, {"number": 1})
    assert written(link="x").body == "Hello Aigul\nx\n"
    client.post(restore, {"number": 0})
    assert written(link="x") == texts.filled(STANDARD["en"][CODE], CODE, {"link": "x", "to_name": "Aigul"})
    rows = list(
        MessageText.objects.order_by("number").values_list("number", "made_by", "delivered", "current")
    )
    assert rows == [
        (1, lead.pk, False, False), (2, lead.pk, False, False), (3, lead.pk, False, False),
        (4, lead.pk, True, True),
    ]  # fmt: skip
    assert Entry.objects.filter(verb="text.restored").count() == 1
    assert "Version 2" in shown(client.get(page))
    for wrong in ("77", "²", "x" * 9):
        client.post(restore, {"number": wrong}, follow=True)
    assert MessageText.objects.count() == 4


def test_the_same_words_are_no_new_version(lead):
    assert text_actions.write(CODE, "ru", STANDARD["ru"][CODE], by=lead) is None
    first = text_actions.write(CODE, "ru", MINE, by=lead)
    assert text_actions.write(CODE, "ru", MINE, by=lead) == first
    assert Entry.objects.filter(verb__startswith="text.").count() == 1


def test_two_people_do_not_overwrite_each_other_unseen(client, page, lead):
    text_actions.write(CODE, "en", MINE, by=lead)
    with pytest.raises(Changed):
        text_actions.write(CODE, "en", MINE._replace(short="x"), by=lead, seen=0)

    answer = client.post(page, typed(MINE._replace(body="Newer {link}")))
    assert answer.status_code == 422
    assert "Newer {link}" in shown(answer)
    seen = re.search(r'name="seen" value="(\d+)"', answer.content.decode())[1]
    assert client.post(page, typed(MINE._replace(body="Newer {link}"), seen=seen)).status_code == 302
    assert written(link="x").body == "Newer x\n"


def test_two_first_versions_at_once_are_refused_by_the_database(lead, monkeypatch):
    """Nothing can be locked yet: the second one is stopped by the number, which is used once."""
    text_actions.write(CODE, "en", MINE, by=lead)
    real = MessageText.objects.filter
    monkeypatch.setattr(type(MessageText.objects), "filter", lambda self, **k: real(**k).none())
    with pytest.raises(Changed):
        text_actions.write(CODE, "en", MINE._replace(short="x"), by=lead)


@pytest.mark.parametrize("address", ["nothing/en", f"{CODE}/xx"])
def test_there_are_no_other_texts(client, page, address):
    assert client.get(f"/settings/texts/{address}/").status_code == 404


@pytest.mark.parametrize("versions", [1, 8])
def test_the_page_of_a_text_has_a_fixed_number_of_statements(
    client, page, lead, versions, django_assert_num_queries
):
    for number in range(versions):
        text_actions.write(CODE, "en", MINE._replace(short=f"{number}"), by=lead)
    client.get(page)
    with django_assert_num_queries(QUERIES):
        client.get(page)


def test_programs_read_and_replace_texts(lead):
    program = Program(lead)
    listed = program.call("GET", "/texts").json()
    assert {one["code"] for one in listed} == texts.TEXTS.keys()
    assert "due_date" in [field["name"] for field in listed[0]["fields"]]
    before = program.call("GET", f"/texts/{CODE}/zh-hans").json()
    assert (before["version"], before["delivered"]) == (0, True)

    wrong = program.call("PUT", f"/texts/{CODE}/zh-hans", {**MINE._asdict(), "body": "{due_dat}"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["body"])
    after = program.call("PUT", f"/texts/{CODE}/zh-hans", {**MINE._asdict(), "seen": 0}).json()
    assert (after["version"], after["delivered"], after["body"]) == (1, False, MINE.body)
    assert program.call("PUT", f"/texts/{CODE}/zh-hans", {**MINE._asdict(), "seen": 0}).status_code == 409
    assert program.call("GET", "/texts/nothing/en").status_code == 404
    assert Program(make_user("engineer")).call("PUT", f"/texts/{CODE}/en", MINE._asdict()).status_code == 403


def test_too_long_for_its_column_is_refused(lead):
    with pytest.raises(Refused) as refused:
        text_actions.write(CODE, "en", MINE._replace(subject_line="x" * 251), by=lead)
    assert "subject_line" in refused.value.fields
    reference.drop()
    assert texts.words(CODE, "en") == STANDARD["en"][CODE]
