"""A changed rule: what stands is brought in line for one kind, and what stays as it is is not written."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicebook import agenda
from servicebook.agenda import Due, Rearmed, under_way
from servicebook.agenda.models import Lane, Obligation
from servicebook.agenda.registry import DUTIES, Registered
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.models import Region

KIND = "test.rearmed"
NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
BEFORE, JUST_NOW = NOW - timedelta(hours=3), NOW - timedelta(minutes=9)
SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2, microseconds=1)

pytestmark = pytest.mark.django_db


class Owing:
    """Owes what a test wrote down."""

    def __init__(self) -> None:
        self.dues: dict[int, list[Due]] = {}

    def owed(self, region: Region) -> Iterator[Due]:
        yield from self.dues.get(region.pk, [])

    def fire(self, region: Region, due: Due, *, at: datetime) -> None:
        """Nothing to do."""


@pytest.fixture
def duty() -> Iterator[Owing]:
    owing = Owing()
    DUTIES[KIND] = Registered(KIND, Region, Lane.PROMISES, owing)
    clock.set_to(NOW)
    yield owing
    del DUTIES[KIND]


@pytest.fixture
def regions() -> list[Region]:
    return [Region.objects.create(name=f"Region {number}") for number in range(3)]


# Each key of each subject: how it stands (or not), and when it is owed (or not).
STATES = st.sampled_from(["", "armed", "held", "begun", "fired", "cancelled", "failed"])
MOMENTS = st.sampled_from([BEFORE, JUST_NOW, NOW, SOON, LATER])
KEYS = [("2026", ""), ("2026", "-30d"), ("2027", "-30d")]
CELLS = st.tuples(STATES, MOMENTS, st.none() | MOMENTS)
WORLDS = st.lists(CELLS, min_size=9, max_size=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=120)
@given(cells=WORLDS, in_order=st.booleans())
def test_it_agrees_with_the_refresh_of_the_same_subjects(duty, regions, cells, in_order):
    DUTIES[KIND] = Registered(KIND, Region, Lane.PROMISES, duty, in_order=in_order)
    places = [(region.pk, *key) for region in regions for key in KEYS]

    def owed() -> dict[int, list[Due]]:
        found: dict[int, list[Due]] = {region.pk: [] for region in regions}
        for (pk, occurrence, stage), (_state, _stood, at) in zip(places, cells, strict=True):
            if at:
                found[pk].append(Due(at, occurrence, stage))
        return found

    def after(how: Any) -> Any:
        with transaction.atomic(), under_way.firing() as now_firing:
            for place, (state, stood, _at) in zip(places, cells, strict=True):
                if state and (row := _stand(*place, state=state, at=stood)) and state == "begun":
                    now_firing.begun.add(row.pk)
            stand = {row.pk: _key(row) for row in Obligation.objects.all()}
            how()
            rows = {_key(row): _facts(row) for row in Obligation.objects.all()}
            taken_back = sorted(stand[pk] for pk in now_firing.taken_back)
            transaction.set_rollback(True)
        return rows, taken_back

    duty.dues = owed()
    expected = after(lambda: agenda.refresh_many(regions, because="the rule changed"))
    assert after(lambda: agenda.rearm(KIND, _shared(owed()), because="the rule changed")) == expected


def _shared(owed: dict[int, list[Due]]) -> list[tuple[list[int], tuple[Due, ...]]]:
    """Those that owe the same, together."""
    found: dict[tuple[Due, ...], list[int]] = {}
    for pk, dues in owed.items():
        found.setdefault(tuple(dues), []).append(pk)
    return [(ids, dues) for dues, ids in found.items()]


def _stand(subject: int, occurrence: str, stage: str, *, state: str, at: datetime) -> Obligation:
    settled = {"fired", "cancelled", "failed"}
    return Obligation.objects.create(
        kind=KIND,
        subject=Region(pk=subject),
        occurrence=occurrence,
        stage=stage,
        due_at=at,
        ready_at=at,
        state=state if state in settled else "armed",
        settled_at=NOW if state in settled else None,
        because="gone" if state == "cancelled" else "",
        token="somebody's" if state in {"held", "begun"} else "",
        attempts=8 if state == "failed" else 0,
    )


def _key(row: Obligation) -> tuple[int, str, str]:
    return row.subject_id, row.occurrence, row.stage


def _facts(row: Obligation) -> tuple[Any, ...]:
    waits = row.due_at, row.ready_at, row.token, row.attempts, row.last_error
    return row.state, row.because, row.settled_at, row.lane, *waits


@pytest.mark.req("S0.34")
def test_only_what_changes_is_written_or_even_locked(duty, regions):
    stages = {"-90d": NOW + timedelta(days=1), "-30d": SOON, "-7d": LATER}
    for region in regions:
        duty.dues[region.pk] = [Due(at, "2026", stage) for stage, at in stages.items()]
    agenda.refresh_many(regions, new=True)
    before = _versions()

    stages["-30d"] = NOW
    everybody = [region.pk for region in regions]
    changed = [(everybody, [Due(at, "2026", stage) for stage, at in stages.items()])]
    written = _written()
    assert agenda.rearm(KIND, changed) == Rearmed(looked_at=3, armed=0, moved=3, cancelled=0)
    assert _written() - written == 3
    kept = {pk for pk, version in _versions().items() if before[pk] == version}
    assert kept == set(Obligation.objects.exclude(stage="-30d").values_list("pk", flat=True))

    written = _written()
    assert agenda.rearm(KIND, changed) == Rearmed(looked_at=3, armed=0, moved=0, cancelled=0)
    assert _written() == written


def _written() -> int:
    """How many rows were inserted, updated or deleted so far."""
    if connection.vendor != "postgresql":
        return int(connection.connection.total_changes)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
            " WHERE relname = 'agenda_obligation'"
        )
        return int(cursor.fetchone()[0])


def _versions() -> dict[int, tuple[object, ...]]:
    """What changes of a row that is written; on PostgreSQL also of one that is locked."""
    if connection.vendor != "postgresql":
        return {row.pk: (row.due_at,) for row in Obligation.objects.all()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, ctid::text, xmax::text FROM agenda_obligation")
        return {pk: tuple(version) for pk, *version in cursor.fetchall()}


def test_its_statements_do_not_grow_with_the_subjects(duty, regions, django_assert_max_num_queries):
    agenda.rearm(KIND, [([region.pk], [Due(SOON, "x"), Due(SOON, "y")]) for region in regions])
    changed = [([region.pk], [Due(LATER, "x"), Due(LATER, "z")]) for region in regions]
    with django_assert_max_num_queries(7):  # a savepoint's two, read, lock, arm, move, cancel
        assert agenda.rearm(KIND, iter(changed)) == Rearmed(looked_at=3, armed=3, moved=3, cancelled=3)


def test_other_kinds_and_other_subjects_beside_them_stay(duty, regions):
    kept = [
        _stand(regions[0].pk, "x", "", state="armed", at=SOON),
        _stand(regions[1].pk, "y", "", state="armed", at=SOON),
    ]
    Obligation.objects.filter(pk=kept[0].pk).update(kind="test.other")
    some = [region.pk for region in (regions[0], regions[2])]
    assert agenda.rearm(KIND, [(some, [Due(NOW, "x")])]) == Rearmed(2, armed=2, moved=0, cancelled=0)
    assert {Obligation.objects.get(pk=row.pk).due_at for row in kept} == {SOON}
    assert run_due() == 2
    assert agenda.rearm(KIND, []) == Rearmed(0, 0, 0, 0)


def test_what_is_owed_by_nobody_and_by_somebody_nothing(duty, regions):
    agenda.rearm(KIND, [([region.pk for region in regions], [Due(SOON, "x")])])
    assert agenda.rearm(KIND, [([], [Due(SOON, "x")]), ([regions[1].pk], [])]) == Rearmed(1, 0, 0, 1)
    assert agenda.rearm(KIND, [([regions[1].pk], [Due(SOON, "x")])]) == Rearmed(1, 0, 1, 0)
