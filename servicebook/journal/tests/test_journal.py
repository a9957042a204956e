import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from servicebook import journal
from servicebook.journal import guard, history
from servicebook.journal.models import Entry
from servicebook.testing import make_customer, make_user

REFUSED = (IntegrityError, DatabaseError)


@pytest.mark.django_db
def test_an_entry_says_what_to_what_by_whom_when_with_which_facts(set_clock):
    at = set_clock("2026-10-14 09:12")
    customer, person = make_customer(), make_user(name="Dana Ospanova")

    journal.record("customer.renamed", customer, by=person, before="A", after="B")

    entry = Entry.objects.get()
    assert (entry.verb, entry.subject, entry.actor, entry.actor_name) == (
        "customer.renamed",
        customer,
        person,
        "Dana Ospanova",
    )
    assert (entry.at, entry.facts) == (at, {"before": "A", "after": "B"})


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_journal_cannot_be_changed(change):
    journal.record("customer.added", make_customer())

    with pytest.raises(REFUSED, match="append-only"), transaction.atomic():
        Entry.objects.update(verb="x") if change == "update" else Entry.objects.all().delete()

    assert Entry.objects.get().verb == "customer.added"


@pytest.mark.django_db
def test_without_the_guard_it_could_be():
    journal.record("customer.added", make_customer())
    guard.remove(connection)

    Entry.objects.update(verb="forged")

    assert Entry.objects.get().verb == "forged"
    guard.install(connection)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("2026-10-20", "20 Oct 2026"),
        ("2026-10-20T09:30:00+00:00", "20 Oct 2026 14:30"),
        ("2026-99-99", "2026-99-99"),
        ("T-2026-10-20", "T-2026-10-20"),
        ("", "–"),
    ],
)
def test_days_and_moments_are_said_as_people_write_them(kept, said):
    with timezone.override("Asia/Almaty"):
        assert history.plain(kept) == said


def test_words_that_nobody_added_leave_no_dash_behind_a_whole_sentence(monkeypatch):
    sentence = history.Sentence("Version %(number)s published. %(what)s")
    monkeypatch.setitem(history.SENTENCES, "list.published", sentence)

    assert history.say("list.published", {"number": 2, "what": ""}) == "Version 2 published."
    assert history.say("list.published", {"number": 2, "what": "Limits"}) == "Version 2 published. Limits"
    assert history.say("list.published", {"number": 2}) == "Version 2 published."
