"""A year over the school network: every stage that is owed fires once, and the books say just that."""

import re
from collections import Counter
from datetime import date, datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from servicebook.accounts.models import User
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.contracts.models import Contract
from servicebook.core.invariants import violations
from servicebook.equipment.models import Asset
from servicebook.journal.models import Entry
from servicebook.maintenance.models import Occurrence, Plan, WorksheetLine
from servicebook.messaging.models import Notice
from servicebook.reminders.models import Ask
from servicebook.simulator import school_year
from servicebook.simulator.school_year import SchoolYear
from servicebook.simulator.tests import year_reference as reference
from servicebook.simulator.tests.year_reference import ALMATY, DAY, morning
from servicebook.tickets.models import Kind, Ticket

FIRED, CANCELLED, ARMED = "fired", "cancelled", "armed"


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("S0.25", "S0.33", "S0.36", "S0.40", "S0.4", "S3.1")
def test_every_stage_of_a_year_fires_once_and_the_balance_shows_it():
    play = SchoolYear()

    now = play.play()

    the_year_was_rich()
    occurrences_are_what_the_plans_owe(now)
    tickets_were_made_in_time()
    stages_fired_as_the_rules_say(now)
    nobody_was_told_a_stage_twice()
    the_balance_page_shows(now)
    assert [f"{one.id}: {line}" for one, line in violations()] == []


def the_year_was_rich():
    """What the play is for did happen, so that the rest proves something."""
    asks = Counter(Ask.objects.values_list("ended_as", flat=True))
    assert asks["answered"] > 20
    assert asks["decided"] > 3
    assert len(set(Ask.objects.exclude(decision="").values_list("decision", flat=True))) > 1
    assert set(Ask.objects.values_list("answer", flat=True)) >= {"agreed", "other_windows", "call"}
    assert Ask.objects.filter(channel="link", opened_at__isnull=False).count() > 20
    verbs = Counter(Entry.objects.values_list("verb", flat=True))
    for verb in ("occurrence.moved", "occurrence.skipped", "occurrence.cancelled", "occurrence.brought_back"):
        assert verbs[verb] > 0, verb
    for verb in ("occurrence.partly_done", "plan.paused", "plan.resumed", "plan.carried_over", "plan.ended"):
        assert verbs[verb] > 0, verb
    assert WorksheetLine.objects.filter(outcome="failed", follow_up__status="closed").exists()
    states = set(Contract.objects.values_list("state", flat=True))
    assert states >= {"active", "renewed", "expired"}


def occurrences_are_what_the_plans_owe(now: datetime):
    """Each day of each rule stands once, done or left out for a reason; nothing else stands."""
    today, lost = now.astimezone(ALMATY).date(), day(150)
    for plan in Plan.objects.all():
        last = min(today, lost) if plan.title.startswith("Printers") else today
        owed = reference.owed_days(plan, last)
        rows = Occurrence.objects.filter(plan=plan, part=0, nominal_on__lte=today)
        stand = Counter(rows.values_list("enrolment", "nominal_on"))
        assert set(stand.values()) == {1}, plan
        # A unit that is gone owes nothing any more.
        gone = set(rows.filter(enrolment__ended_at__isnull=False).values_list("enrolment", flat=True))
        here = {(one, nominal) for one, nominal, _due in owed if one not in gone or plan.state == "ended"}
        kept = {(pk, on.isoformat()) for pk, on in stand if pk not in gone or plan.state == "ended"}
        assert kept == here, plan
        for row in rows.filter(due_on__lt=today - 4 * DAY):
            if row.ticket_id is None:
                assert row.because, f"{row.pk} was due on {row.due_on}, and nothing became of it"
        due = {(one, nominal): on for one, nominal, on in owed}
        for row in rows.filter(moved_because=""):
            assert due.get((row.enrolment_id, row.nominal_on.isoformat())) in (row.due_on.isoformat(), None)
    assert Ticket.objects.filter(kind=Kind.PLANNED).count() == (
        Occurrence.objects.filter(ticket__isnull=False).count()
    )


def tickets_were_made_in_time():
    """S0.25: 14 days ahead at 6 in the morning, or as soon as plan, unit and contract allow it."""
    pauses = {
        school_year.PAUSED: (moment(school_year.PAUSED_ON, 16), moment(school_year.UNPAUSED_ON, 16)),
        "Boards, every two months": (moment(school_year.HELD_ON, 10), moment(school_year.RESUMED_ON, 10)),
    }
    rows = Occurrence.objects.filter(ticket__isnull=False, part=0, trip=None, moved_because="")
    begun = enrolled()
    for row in rows.select_related("plan"):
        wanted = max(morning(row.due_on - 14 * DAY, 6), begun[row.enrolment_id])
        since, until = pauses.get(row.plan.title, (wanted, wanted))
        if since <= wanted < until:
            wanted = until
        assert row.called_at == wanted, f"{row.pk} of {row.plan.title}, due on {row.due_on}"
    assert rows.count() > 50


def stages_fired_as_the_rules_say(now: datetime):
    retired = dict(
        Entry.objects.filter(
            verb="asset.state_changed", subject_type=ContentType.objects.get_for_model(Asset)
        ).values_list("subject_id", "at")
    )
    asked: dict[int, list[datetime]] = {}
    for pk, key in Obligation.objects.filter(kind="reminders.silence").values_list(
        "subject_id", "occurrence"
    ):
        asked.setdefault(pk, []).append(datetime.fromisoformat(key))
    for kind, spells in (
        ("reminders.maintenance", reference.maintenance()),
        ("reminders.silence", reference.silence(asked)),
        ("reminders.promise", reference.promises()),
        ("reminders.warranty", reference.warranties(retired)),
    ):
        found = reference.expected(spells, now=now)
        rows = Obligation.objects.filter(kind=kind)
        stands = {(one.kind, one.subject_id, one.occurrence, one.stage): one for one in rows}
        assert len(stands) == rows.count()
        fired = {key: one.settled_at for key, one in stands.items() if one.state == FIRED}
        unclear = found.at_the_same_moment
        # A step is often done with in the moment in which it turns late: the next stage says it.
        assert len(unclear) <= len(fired) / 10, kind
        wrong = {
            key: (found.fires.get(key), fired.get(key))
            for key in found.fires.keys() ^ fired.keys()
            if key not in unclear
        }
        assert wrong == {}, (kind, wrong)
        late = {key: (at, fired[key]) for key, at in found.fires.items() if key in fired and fired[key] != at}
        assert late == {}, (kind, late)
        assert {key for key, one in stands.items() if one.state == ARMED} == found.ahead, kind
        assert all(one.because for one in stands.values() if one.state == CANCELLED)
        assert len(fired) > 3, kind


def nobody_was_told_a_stage_twice():
    """One notice to one person about one stage; and what a customer was asked is asked once per stage."""
    told = Counter(
        (key.rpartition(":")[0].rpartition(":")[0], who)
        for key, who in Notice.objects.filter(
            key__startswith="reminder-", delivery__contact__isnull=False
        ).values_list("key", "delivery__contact")
    )
    assert len(told) > 50
    assert [key for key, number in told.items() if number > 1] == []


def the_balance_page_shows(now: datetime):
    counted = Counter(Obligation.objects.values_list("kind", "state"))
    client = Client()
    client.force_login(User.objects.get(name="Aigul Kassenova"))
    page = client.get(reverse("agenda:balance"), {"audit": ""}).content.decode()
    rows = {
        kind: [int(number) for number in re.findall(r'class="r num"[^>]*>(?:<[^>]+>)*(\d+)', row)]
        for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
        for kind in re.findall(r'class="sub">([a-z_.]+)<', row)
    }
    assert rows.keys() == {kind for kind, _state in counted}
    for kind, (owed, fired, cancelled, to_come, failed) in rows.items():
        assert owed == fired + cancelled + to_come, kind
        assert (fired, cancelled) == (counted[kind, FIRED], counted[kind, CANCELLED]), kind
        assert failed == 0, kind
        # What has not come true yet lies in the future, all of it.
        ahead = Obligation.objects.filter(kind=kind, state=ARMED, due_at__gt=now)
        assert ahead.count() == to_come, kind
    assert "It balances" in page
    assert list(audit.everything()) == []


def day(number: int) -> date:
    return school_year.FIRST_DAY + number * DAY


def moment(number: int, hour: int) -> datetime:
    """An hour of a day of the play; a weekend waits for Monday."""
    on = day(number)
    return morning(on + max(0, 7 - on.weekday()) * DAY if on.weekday() > 4 else on, hour)


def enrolled() -> dict[int, datetime]:
    """When each unit or site came under its plan: with the plan, or when it was added."""
    found = {}
    for plan in Plan.objects.all():
        for one in plan.enrolments.all():
            since = moment(0, 9) if one.since == day(0) else moment(school_year.ADDED_ON, 16)
            found[one.pk] = since
    return found
