"""Steps of tickets and of the equipment they are about."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from servicebook.core import clock
from servicebook.customers import actions as customers
from servicebook.customers.models import Contact, Customer, Region, Site
from servicebook.equipment import actions as equipment
from servicebook.equipment.actions.meters import record_reading
from servicebook.equipment.models import Asset, AssetModel, Category, Meter
from servicebook.testing import close_ticket
from servicebook.tickets import actions
from servicebook.tickets.models import OPEN, Status, Ticket, WaitingReason
from tests.walk.steps import AHEAD, ANY, WHY, Steps, step


class Tickets(Steps):
    """Tickets are opened, worked on, wait, and are closed."""

    @step(unit=ANY, reason=ANY, who=ANY, by_phone=st.booleans())
    def somebody_needs_us(self, unit: int, reason: int, who: int, by_phone: bool) -> None:
        asset = self.one(Asset.objects.all(), unit)
        self.attempt(
            actions.open_ticket,
            customer=asset.customer,
            contact=Contact.objects.filter(customer=asset.customer).order_by("pk").first(),
            site=asset.site,
            asset=asset,
            reason=self.company.reasons[reason % len(self.company.reasons)],
            title="It stands",
            text="It stands",
            channel="phone" if by_phone else "mail",
            by=self.person(who) if by_phone else None,
        )

    @step(which=ANY, to=ANY, who=ANY)
    def it_is_assigned(self, which: int, to: int, who: int) -> None:
        ticket = self.one(Ticket.objects.all(), which)
        self.attempt(actions.assign, ticket.pk, to=self.person(to), by=self.person(who))

    @step(which=ANY, who=ANY, move=st.sampled_from(["start", "put_back", "resume", "ask_approval"]))
    def it_moves(self, which: int, who: int, move: str) -> None:
        ticket = self.one(Ticket.objects.all(), which)
        self.attempt(getattr(actions, move), ticket.pk, by=self.person(who))

    @step(which=ANY, who=ANY, reason=st.sampled_from(WaitingReason.values), ahead=st.none() | AHEAD)
    def it_waits(self, which: int, who: int, reason: str, ahead: int | None) -> None:
        ticket = self.one(Ticket.objects.filter(status__in=OPEN), which)
        self.attempt(
            actions.wait,
            ticket.pk,
            waiting_for=reason,
            by=self.person(who),
            expected_on=None if ahead is None else self.day(ahead),
        )

    @step(which=ANY, who=ANY)
    def it_is_closed(self, which: int, who: int) -> None:
        ticket = self.one(Ticket.objects.filter(status__in=OPEN), which)
        self.attempt(close_ticket, ticket, by=self.person(who))

    @step(which=ANY, who=ANY)
    def it_is_opened_again(self, which: int, who: int) -> None:
        ticket = self.one(Ticket.objects.filter(status=Status.CLOSED), which)
        self.attempt(actions.reopen, ticket.pk, by=self.person(who), because=WHY)

    @step(which=ANY, text=st.sampled_from(["It happens again", "Thank you!"]), automatic=st.booleans())
    def the_customer_writes(self, which: int, text: str, automatic: bool) -> None:
        ticket = self.one(Ticket.objects.all(), which)
        self.attempt(
            actions.receive_message,
            ticket.pk,
            text=text,
            channel="mail",
            contact=ticket.contact,
            automatic=automatic,
        )

    @step(which=ANY, who=ANY)
    def we_answer(self, which: int, who: int) -> None:
        ticket = self.one(Ticket.objects.all(), which)
        self.attempt(actions.reply, ticket.pk, text="We look at it", by=self.person(who))

    @step(which=ANY, who=ANY, minutes=st.integers(1, 500), service=st.sampled_from(["", "visit", "labour"]))
    def somebody_works(self, which: int, who: int, minutes: int, service: str) -> None:
        ticket = self.one(Ticket.objects.all(), which)
        self.attempt(actions.log_time, ticket.pk, minutes=minutes, by=self.person(who), service=service)

    @step(which=ANY, into=ANY, who=ANY)
    def two_are_one(self, which: int, into: int, who: int) -> None:
        ticket, kept = self.one(Ticket.objects.all(), which), self.one(Ticket.objects.all(), into)
        self.attempt(actions.merge, ticket.pk, into=kept, by=self.person(who))

    @step(which=ANY, who=ANY, level=st.integers(1, 4))
    def it_is_more_urgent(self, which: int, who: int, level: int) -> None:
        ticket = self.one(Ticket.objects.all(), which)
        self.attempt(actions.set_priority, ticket.pk, level=level, because=WHY, by=self.person(who))

    @step(which=ANY, who=ANY, again=st.sampled_from(["arrive", "recover", "decide_again"]))
    def its_clocks_are_met(self, which: int, who: int, again: str) -> None:
        ticket = self.one(Ticket.objects.all(), which)
        self.attempt(getattr(actions, again), ticket.pk, by=self.person(who))

    @step(which=ANY, who=ANY, unit=ANY)
    def it_is_about_another_unit(self, which: int, who: int, unit: int) -> None:
        ticket = self.one(Ticket.objects.filter(kind="request"), which)
        asset = self.one(Asset.objects.filter(customer=ticket.customer), unit)
        self.attempt(actions.change, ticket.pk, by=self.person(who), asset=asset, site=asset.site)


class Equipment(Steps):
    """Units come, move, break, go, and their meters are read."""

    @step(where=ANY, model=ANY, who=ANY)
    def a_unit_is_added(self, where: int, model: int, who: int) -> None:
        site = self.one(Site.objects.all(), where)
        kind = self.company.models[model % len(self.company.models)]
        unit = Asset(customer=site.customer, site=site, model=kind)
        self.attempt(equipment.save_asset, unit, by=self.person(who))

    @step(which=ANY, to=ANY, who=ANY)
    def a_unit_moves(self, which: int, to: int, who: int) -> None:
        unit = self.one(Asset.objects.all(), which)
        site = self.one(Site.objects.all(), to)
        self.attempt(equipment.move_asset, unit.pk, site=site, place=None, by=self.person(who))

    @step(which=ANY, state=st.sampled_from(Asset.State.values), who=ANY)
    def a_unit_is_in_another_state(self, which: int, state: str, who: int) -> None:
        unit = self.one(Asset.objects.all(), which)
        self.attempt(equipment.change_state, unit.pk, state=state, by=self.person(who))

    @step(which=ANY, who=ANY)
    def a_unit_is_swapped(self, which: int, who: int) -> None:
        unit = self.one(Asset.objects.all(), which)
        other = Asset(customer=unit.customer, model=unit.model)
        self.attempt(equipment.swap_asset, unit.pk, replacement=other, by=self.person(who))

    @step(which=ANY, region=ANY, who=ANY)
    def a_site_is_in_another_region(self, which: int, region: int, who: int) -> None:
        site = self.one(Site.objects.all(), which)
        site.region = self.one(Region.objects.all(), region)
        self.attempt(customers.save_site, site, by=self.person(who))

    @step(which=ANY, like=ANY, who=ANY)
    def a_model_is_of_another_category(self, which: int, like: int, who: int) -> None:
        model = self.one(AssetModel.objects.all(), which)
        model.category = self.one(Category.objects.all(), like)
        self.attempt(equipment.save_model, model, by=self.person(who))

    @step(which=ANY, under=st.integers(0, 2), who=ANY)
    def a_customer_hangs_under_another(self, which: int, under: int, who: int) -> None:
        branch = self.one(Customer.objects.all(), which)
        branch.parent = self.one(Customer.objects.all(), under) if under else None
        self.attempt(customers.save_customer, branch, by=self.person(who))

    @step(which=ANY, value=st.integers(0, 2000), late=st.integers(0, 48), who=ANY)
    def a_meter_is_read(self, which: int, value: int, late: int, who: int) -> None:
        meter = self.one(Meter.objects.all(), which)
        self.attempt(
            record_reading,
            meter.pk,
            value=Decimal(value),
            read_at=clock.now() - timedelta(hours=late),
            by=self.person(who),
        )
