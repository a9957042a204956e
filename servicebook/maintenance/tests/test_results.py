"""What came of each item, with its proof; what failed opens work of its own, once (S0.30)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.core.errors import Changed, Refused
from servicebook.files import actions as files
from servicebook.files import store
from servicebook.files.models import Document
from servicebook.journal.models import Entry
from servicebook.maintenance.actions.checklists import Item, publish
from servicebook.maintenance.actions.results import Result, record_line, record_many
from servicebook.maintenance.models import Checklist, Worksheet, WorksheetLine
from servicebook.maintenance.worksheets import closing_texts
from servicebook.testing import close_ticket, make_asset, make_reason, make_ticket, make_user
from servicebook.tickets.models import Link, QueueRule, Ticket
from servicebook.tickets.tests.test_races import together

PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1"
ITEMS = (
    Item("Clean the filter", proof="photo"),
    Item(
        "Battery voltage", kind="measure", unit="V", low=Decimal("12.5"), high=Decimal(14), asks_before=True
    ),
    Item("Noises", kind="text"),
    Item("Handed over", proof="signature"),
    Item("Wipe the case", required=False),
)


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    yield
    store.storage.cache_clear()


def make_sheet(manager, **ticket) -> Worksheet:
    """A ticket with a worksheet of one unit."""
    asset = ticket.pop("asset", None) or make_asset()
    version = publish(Checklist(name=f"Checklist {asset.pk}"), ITEMS, regulation="EN 62040", by=manager)
    sheet = Worksheet.objects.create(ticket=make_ticket(asset=asset, **ticket), version=version)
    WorksheetLine.objects.bulk_create(
        WorksheetLine(worksheet=sheet, asset=asset, item=item) for item in version.items.all()
    )
    return sheet


@pytest.fixture
def sheet(db, manager):
    return make_sheet(manager)


@pytest.fixture
def photo(sheet, engineer):
    return files.attach(sheet.ticket, name="filter.png", data=PICTURE, by=engineer)


def line(sheet, item: str) -> WorksheetLine:
    return sheet.lines.get(item__text=item)


def result(sheet, item: str, outcome: str = "ok", **values) -> Result:
    return Result(line=line(sheet, item).pk, outcome=outcome, **values)


@pytest.mark.req("S0.30", "S0.26")
def test_a_whole_form_is_recorded_with_its_proofs(sheet, photo, engineer):
    record_many(
        sheet.ticket_id,
        [
            result(sheet, "Clean the filter", photo=photo.pk),
            result(sheet, "Battery voltage", before=Decimal("12.1"), after=Decimal("13.6")),
            result(sheet, "Noises", text="None"),
            result(sheet, "Handed over", signed_by=" B.  Akhmetov "),
            result(sheet, "Wipe the case", "not_done", note="no cloth"),
        ],
        risks="The battery is six years old.",
        by=engineer,
    )

    sheet.refresh_from_db()
    assert sheet.risks == "The battery is six years old."
    volts = line(sheet, "Battery voltage")
    assert (volts.before, volts.after, volts.deviates) == (Decimal("12.1"), Decimal("13.6"), False)
    assert (volts.by, volts.version) == (engineer, 1)
    assert line(sheet, "Handed over").signed_by == "B. Akhmetov"
    entry = Entry.objects.get(verb="worksheet.recorded")
    assert entry.facts["not_done"] == ["Wipe the case"]
    assert len(entry.facts["done"]) == 4


@pytest.mark.req("S0.26")
@pytest.mark.parametrize(
    ("item", "values", "field"),
    [
        ("Clean the filter", {}, "photo"),
        ("Battery voltage", {"after": Decimal(13)}, "before"),
        ("Battery voltage", {"before": Decimal(13)}, "after"),
        ("Battery voltage", {"before": Decimal(13), "after": Decimal(15)}, "note"),  # outside its limits
        ("Noises", {"text": "  "}, "text"),
        ("Handed over", {}, "signed_by"),
        ("Wipe the case", {"outcome": "not_done"}, "note"),
        ("Wipe the case", {"outcome": "failed"}, "note"),
        ("Wipe the case", {"outcome": "maybe"}, "outcome"),
        ("Wipe the case", {"note": "x" * 251}, "note"),
    ],
)
def test_nothing_counts_as_done_without_what_it_asks_for(item, values, field, sheet, engineer):
    one = result(sheet, item, **values)
    with pytest.raises(Refused) as refused:
        record_many(sheet.ticket_id, [result(sheet, "Wipe the case"), one], by=engineer)

    assert f"lines.{one.line}.{field}" in refused.value.fields
    assert not sheet.lines.exclude(outcome="").exists()  # all or none


def test_a_reading_outside_its_limits_is_marked(sheet, engineer):
    told = record_line(
        sheet.ticket_id,
        result(sheet, "Battery voltage", before=Decimal(13), after=Decimal("14.2"), note="new charger"),
        by=engineer,
    )
    assert told.deviates
    assert Entry.objects.get(verb="worksheet.recorded").facts["deviating"] == ["Battery voltage"]


@pytest.mark.req("S0.30")
def test_a_failure_opens_one_ticket_with_unit_photo_and_owner_by_the_rules(sheet, photo, engineer):
    failure = make_reason("failure")
    owner = make_user(Role.ENGINEER)
    QueueRule.objects.create(reason=failure, owner=owner)
    from servicebook.core import reference

    reference.changed()
    failed = result(sheet, "Clean the filter", "failed", note="torn", photo=photo.pk)
    for _time in range(2):
        told = record_line(sheet.ticket_id, failed, by=engineer)
    record_line(
        sheet.ticket_id,
        result(sheet, "Clean the filter", "failed", note="torn in two places", photo=photo.pk),
        by=engineer,
    )

    fresh = Ticket.objects.exclude(pk=sheet.ticket_id).get()
    assert told.follow_up == fresh
    assert (fresh.asset, fresh.reason, fresh.kind, fresh.owner) == (
        sheet.ticket.asset, failure, "request", owner,
    )  # fmt: skip
    assert fresh.title == "Clean the filter: failed at planned maintenance"
    assert Link.objects.get(source=fresh).target == sheet.ticket
    linked = Document.objects.get(subject_id=fresh.pk, subject_type__model="ticket")
    assert linked.file == photo.file
    assert "torn" in fresh.messages.get().text
    assert not fresh.messages.get().delivery  # the customer is asked for nothing


def test_what_is_fine_after_all_is_told_to_the_ticket_that_it_opened(sheet, photo, engineer):
    record_line(
        sheet.ticket_id,
        result(sheet, "Clean the filter", "failed", note="torn", photo=photo.pk),
        by=engineer,
    )
    told = record_line(sheet.ticket_id, result(sheet, "Clean the filter", photo=photo.pk), by=engineer)
    note = told.follow_up.messages.get(direction="note")
    assert note.text == f"Checked again at {sheet.ticket.number}: Clean the filter is fine now."

    record_line(
        sheet.ticket_id,
        result(sheet, "Clean the filter", "failed", note="torn again", photo=photo.pk),
        by=engineer,
    )
    assert Ticket.objects.count() == 2
    last = told.follow_up.messages.filter(direction="note").latest("pk")
    assert last.text.startswith(f"Checked again at {sheet.ticket.number}: Clean the filter fails after all.")


@pytest.mark.req("S0.30")
def test_what_fails_once_more_after_its_ticket_was_closed_opens_another(sheet, photo, engineer):
    def records(outcome="ok", note=""):
        what = result(sheet, "Clean the filter", outcome, note=note, photo=photo.pk)
        return record_line(sheet.ticket_id, what, by=engineer).follow_up

    first = records("failed", "torn")
    close_ticket(first, by=engineer)
    assert records("failed", "torn in two places") == first  # the same failure, said better
    records()
    second = records("failed", "torn again")
    assert second != first
    assert second.is_open
    assert Ticket.objects.count() == 3


def test_a_line_is_opened_again(sheet, engineer):
    record_line(sheet.ticket_id, result(sheet, "Noises", text="None"), by=engineer)
    again = record_line(sheet.ticket_id, result(sheet, "Noises", "", text="ignored"), by=engineer)

    assert (again.outcome, again.text, again.at, again.by) == ("", "", None, engineer)


@pytest.mark.trust("B3")
def test_of_two_who_record_the_same_line_the_later_is_told(sheet, engineer, manager):
    record_line(sheet.ticket_id, result(sheet, "Noises", text="None", seen=0), by=engineer)
    with pytest.raises(Changed, match="Noises"):
        record_line(sheet.ticket_id, result(sheet, "Noises", text="Humming", seen=0), by=manager)
    # The same said by a phone whose answer was lost is no conflict, and another line is none either.
    record_line(sheet.ticket_id, result(sheet, "Noises", text="None", seen=0), by=engineer)
    record_line(sheet.ticket_id, result(sheet, "Wipe the case", seen=0), by=manager)
    assert line(sheet, "Noises").version == 1


def test_what_is_not_of_this_ticket_is_refused(sheet, photo, manager, engineer):
    other = make_sheet(manager)
    foreign = files.attach(other.ticket, name="x.png", data=PICTURE + b"x", by=engineer)
    for one, field in (
        (result(other, "Wipe the case"), f"lines.{line(other, 'Wipe the case').pk}"),
        (
            result(sheet, "Clean the filter", photo=foreign.pk),
            f"lines.{line(sheet, 'Clean the filter').pk}.photo",
        ),
    ):
        with pytest.raises(Refused) as refused:
            record_line(sheet.ticket_id, one, by=engineer)
        assert field in refused.value.fields
    with pytest.raises(Refused) as refused:
        record_line(
            sheet.ticket_id,
            result(sheet, "Wipe the case"),
            by=engineer,
            at=clock.now() + timedelta(minutes=1),
        )
    assert "at" in refused.value.fields


def test_nothing_is_recorded_on_a_closed_ticket_or_without_a_worksheet(sheet, engineer):
    close_ticket(sheet.ticket, by=engineer)
    with pytest.raises(Refused, match="is closed"):
        record_line(sheet.ticket_id, result(sheet, "Wipe the case"), by=engineer)
    with pytest.raises(Refused, match="has no worksheet"):
        record_many(make_ticket().pk, [], by=engineer)


def test_a_photo_that_proves_something_stays(sheet, photo, engineer):
    record_line(sheet.ticket_id, result(sheet, "Clean the filter", photo=photo.pk), by=engineer)
    with pytest.raises(Refused, match="proof of recorded work"):
        files.remove(photo.pk, by=engineer)
    assert Document.objects.filter(pk=photo.pk).exists()

    record_line(sheet.ticket_id, result(sheet, "Clean the filter", ""), by=engineer)
    files.remove(photo.pk, by=engineer)


@pytest.mark.req("S0.30")
def test_the_worksheet_writes_the_texts_of_the_closure(sheet, photo, engineer):
    assert not any((closing_texts(make_ticket()).done, closing_texts(sheet.ticket).done))
    record_many(
        sheet.ticket_id,
        [
            result(sheet, "Clean the filter", "failed", note="torn", photo=photo.pk),
            result(sheet, "Battery voltage", before=Decimal("12.10"), after=Decimal(14)),
            result(sheet, "Handed over", "not_done", note="nobody was there"),
        ],
        risks="The battery is six years old.",
        by=engineer,
    )
    texts = closing_texts(sheet.ticket)

    number = line(sheet, "Clean the filter").follow_up.number
    assert texts.done == f"{sheet.version}: 2 of 5 items.\nBy EN 62040.\nBattery voltage: 12.1 → 14 V"
    assert texts.result == (
        "Failed: Clean the filter – torn.\nNot done: Handed over – nobody was there.\n"
        "Left: Noises; Wipe the case."
    )
    assert texts.proof == "Photos: filter.png.\nReadings: Battery voltage."
    assert texts.recommendations == f"Repair: Clean the filter ({number}).\nThe battery is six years old."


@pytest.mark.slow
@pytest.mark.trust("2.4")
@pytest.mark.django_db(transaction=True)
def test_a_failure_recorded_twice_at_once_opens_one_ticket(real_rows):
    manager = make_user(Role.MANAGER)
    for _round in range(4):
        sheet = make_sheet(manager)
        failed = result(sheet, "Noises", "failed", note="humming")
        refused = together(*[lambda s=sheet, f=failed: record_line(s.ticket_id, f, by=manager)] * 2)
        assert not refused
        assert Link.objects.filter(target=sheet.ticket).count() == 1


@pytest.mark.slow
@pytest.mark.trust("2.4")
@pytest.mark.django_db(transaction=True)
def test_recording_against_closing_leaves_nothing_recorded_after_the_closure(real_rows):
    manager = make_user(Role.MANAGER)
    for _round in range(4):
        sheet = make_sheet(manager)
        refused = together(
            lambda s=sheet: close_ticket(s.ticket, by=manager),
            lambda s=sheet: record_line(s.ticket_id, result(s, "Noises", text="None"), by=manager),
        )
        sheet.ticket.refresh_from_db()
        assert not sheet.ticket.is_open
        recorded = line(sheet, "Noises").outcome == "ok"
        assert recorded == (not refused)
        verbs = Entry.objects.filter(subject_id=sheet.ticket_id, subject_type__model="ticket").order_by("pk")
        order = [one.verb for one in verbs if one.verb in ("ticket.closed", "worksheet.recorded")]
        assert order == (["worksheet.recorded"] if recorded else []) + ["ticket.closed"]
