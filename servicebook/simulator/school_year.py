"""A year of maintenance over the school network, and nothing else.

Some days are fixed, so that every way in which a promise changes is played: a plan is paused, a contract
rests, one goes on under its successor and one ends; a unit comes, one goes, and what was left out takes
place after all.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from servicebook.contracts import actions as contracts
from servicebook.contracts.actions import Why
from servicebook.contracts.models import RefusalReason
from servicebook.contracts.models.choices import Initiator
from servicebook.contracts.terms import kept_at_once
from servicebook.core import clock
from servicebook.equipment.actions import change_state, save_asset
from servicebook.equipment.models import Asset
from servicebook.maintenance.actions import moving, plans
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.simulator import agreements, cast, company
from servicebook.simulator.agreements import AGREEMENTS, Agreement
from servicebook.simulator.company import Company
from servicebook.simulator.days import Play
from servicebook.simulator.planned import Planned
from servicebook.tickets import reference

FIRST_DAY, DAYS = date(2026, 1, 5), 365
HELD_ON, RESUMED_ON = 60, 131
ADDED_ON, PAUSED_ON, REFUSED_ON, UNPAUSED_ON, RETIRED_ON = 80, 90, 101, 132, 201
BROUGHT_BACK_ON = range(9, DAYS, 28)  # the day after the dispatcher left something out

SCHOOLS = replace(cast.CUSTOMERS[0], calls_a_week=0)
_SCHOOLS = replace(AGREEMENTS[0], template="", dearer_from=None)
YEAR_AGREEMENTS: Sequence[Agreement] = (
    replace(_SCHOOLS, ends_in=200, going_on={"renews_itself": True, "notice_days": 30}),
    replace(
        _SCHOOLS,
        key="classrooms",
        title="Classrooms",
        ends_in=400,
        months=24,
        going_on={},
        held_on=HELD_ON,
        resumed_on=RESUMED_ON,
    ),
    replace(_SCHOOLS, key="printers", title="Printers", ends_in=150, going_on={}),
)
YEAR_PLANS: Sequence[Planned] = (
    Planned(
        title="Quarterly check of servers and UPS",
        contract="schools",
        categories=("Server", "UPS"),
        day=26,
        every=3,
        checklist="Server room",
        rule={"access": "The head teacher opens the server room."},
    ),
    Planned(
        title="Yearly look at the server rooms",
        contract="schools",
        categories=("Server",),
        day=160,
        every=12,
        checklist="Server room",
        rule={"per": Plan.Per.SITE, "shift": Plan.Shift.PREVIOUS},
    ),
    Planned(
        title="Filters of the server rooms",
        contract="schools",
        categories=("UPS",),
        day=30,
        every=2,
        checklist="Classroom",
        rule={"per": Plan.Per.SITE, "parts": [{"name": "Filter mat", "quantity": 2}]},
    ),
    Planned(
        title="Boards, every two months",
        contract="classrooms",
        categories=("Classroom set",),
        day=24,
        every=2,
        checklist="Classroom",
        rule={"per": Plan.Per.SITE},
    ),
    Planned(
        title="Printers, every two months",
        contract="printers",
        categories=("Printer",),
        day=40,
        every=2,
        checklist="Classroom",
        rule={"per": Plan.Per.SITE},
    ),
)
PAUSED = "Filters of the server rooms"


class SchoolYear:
    """The play, and what happens on its fixed days."""

    def __init__(self, *, seed: int = 7) -> None:
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.start = datetime.combine(FIRST_DAY, time(7, 30), self.zone)
        clock.set_to(self.start)
        with kept_at_once(), transaction.atomic():
            reference.ensure()
            rng = Random(seed)  # noqa: S311 - a play
            self.company: Company = company.found(rng, [SCHOOLS])
            agreements.found(self.company, FIRST_DAY, YEAR_AGREEMENTS)
            self._play = Play(self.company, rng, self.start, agreements=YEAR_AGREEMENTS, plans=YEAR_PLANS)
        self.dana, self.marat = self.company.people["dana"], self.company.people["marat"]
        for day, happen in (
            (ADDED_ON, self._a_unit_comes),
            (PAUSED_ON, self._a_plan_rests),
            (REFUSED_ON, self._a_contract_is_lost),
            (UNPAUSED_ON, self._a_plan_goes_on),
            (RETIRED_ON, self._a_unit_goes),
            *((day, self._something_takes_place_after_all) for day in BROUGHT_BACK_ON),
        ):
            self._play.on(day, 16, happen)

    def play(self, days: int = DAYS) -> datetime:
        """Play so many days from the first on; return the moment at which it stops."""
        until = self.start + timedelta(days=days)
        with kept_at_once(), transaction.atomic():
            self._play.play(until)
        return until

    def _a_unit_comes(self) -> None:
        like = Asset.objects.filter(model__category__name="Server").order_by("pk")[0]
        new = Asset(
            customer=like.customer, site=like.site, place=like.place, model=like.model, serial="9ZZ-00001"
        )
        save_asset(new, by=self.dana)

    def _a_unit_goes(self) -> None:
        old = Asset.objects.filter(model__category__name="UPS").order_by("-pk")[0]
        change_state(old.pk, state=Asset.State.RETIRED, why="Burnt out", by=self.dana)

    def _a_plan_rests(self) -> None:
        plans.pause(self._plan().pk, because="No filter mats can be had", by=self.dana)

    def _a_plan_goes_on(self) -> None:
        plans.resume(self._plan().pk, by=self.dana)

    def _plan(self) -> Plan:
        return Plan.objects.get(title=PAUSED)

    def _a_contract_is_lost(self) -> None:
        reason = RefusalReason.objects.order_by("pk")[0]
        why = Why(reason, Initiator.CUSTOMER, known_on=clock.now().date(), note="The printers are leased")
        contracts.refuse(self.company.contracts["printers"], why, by=self.marat)

    def _something_takes_place_after_all(self) -> None:
        """What was left out yesterday, if its day is still ahead."""
        today = clock.now().date()
        skipped = Occurrence.objects.filter(
            skipped_at__gt=clock.now() - timedelta(days=2), because__startswith="Exams", due_on__gt=today
        )
        for one in skipped.order_by("pk")[:1]:
            moving.bring_back(one.pk, by=self.dana)
