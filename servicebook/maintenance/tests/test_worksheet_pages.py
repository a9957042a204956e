"""The worksheet on a phone, with and without scripts; checklists in their versions; the prefilled closure."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.files import store
from servicebook.files.models import Document
from servicebook.maintenance.actions import calling, checklists
from servicebook.maintenance.actions.checklists import Item
from servicebook.maintenance.models import Checklist, WorksheetLine
from servicebook.testing import close_ticket, make_asset, make_occurrence, make_plan, make_user
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1"


@pytest.fixture(autouse=True)
def kept_files(tmp_path, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    yield
    store.storage.cache_clear()


@pytest.fixture
def engineer(client, set_clock, manager):
    set_clock("2026-04-29 09:00")
    user = make_user(Role.ENGINEER)
    client.force_login(user, backend=BACKEND)
    return user


@pytest.fixture
def sheet(engineer, manager):
    """A called task with four items: a check, a reading with limits, a photo, words."""
    checklist = checklists.publish(
        Checklist(name="Server room"),
        [
            Item("Clean the filter"),
            Item("Input voltage", kind="measure", unit="V", low=210, high=240, asks_before=True),
            Item("Photo after", proof="photo"),
            Item("Noises", kind="text", required=False),
        ],
        by=manager,
    ).checklist
    one = make_occurrence(make_plan(checklist=checklist, owner=engineer))
    ticket = calling.call([one.pk], by=manager)[0]
    return ticket.worksheet


def lines(sheet):
    return {line.item.text: line for line in sheet.lines.select_related("item")}


def address(sheet):
    return reverse("maintenance:worksheet", args=[sheet.ticket.number])


def save(client, sheet, status=302, **answers):
    """What a browser without scripts sends: every line, as it stands, with `answers` by item and field."""
    sent = {"risks": answers.pop("risks", "")}
    for line in lines(sheet).values():
        sent |= {
            f"outcome-{line.pk}": line.outcome,
            f"note-{line.pk}": line.note,
            f"seen-{line.pk}": line.version,
        }
    for name, value in answers.items():
        sent[name] = value
    answer = client.post(address(sheet), sent)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


@pytest.mark.req("S0.30")
def test_the_whole_sheet_is_kept_without_scripts(client, sheet):
    by = lines(sheet)
    check, volts, photo, noises = (
        by[name].pk for name in ("Clean the filter", "Input voltage", "Photo after", "Noises")
    )
    shown = client.get(address(sheet)).content.decode()
    assert "0 of 4" in shown
    assert "210–240" in shown

    save(
        client, sheet, risks="The fan is old",
        **{
            f"outcome-{check}": "ok", f"before-{volts}": "208,5", f"after-{volts}": "223",
            f"text-{noises}": "None", f"file-{photo}": SimpleUploadedFile("after.png", PICTURE, "image/png"),
        },
    )  # fmt: skip

    by = lines(sheet)
    assert {name: line.outcome for name, line in by.items()} == dict.fromkeys(by, "ok")
    assert (str(by["Input voltage"].before), str(by["Input voltage"].after)) == ("208.500", "223.000")
    assert by["Photo after"].photo.kind == "photo"
    sheet.refresh_from_db()
    assert sheet.risks == "The fan is old"
    shown = client.get(address(sheet)).content.decode()
    assert "everything is answered" in shown
    assert "223" in shown


@pytest.mark.req("S0.30")
@pytest.mark.parametrize("said", ["99999999999999", "1.23456", "1e14"])
def test_a_reading_that_fits_nowhere_is_refused_and_stays_typed(client, sheet, said):
    volts = lines(sheet)["Input voltage"].pk
    shown = save(client, sheet, 422, **{f"before-{volts}": "220", f"after-{volts}": said})
    assert said in shown
    assert not lines(sheet)["Input voltage"].outcome


@pytest.mark.req("S0.30")
def test_words_that_do_not_fit_are_not_cut(client, sheet):
    noises = lines(sheet)["Noises"].pk
    shown = save(client, sheet, 422, **{f"text-{noises}": "x" * 10_001})
    assert "x" * 10_001 in shown
    assert "At most 10000 characters" in shown


@pytest.mark.req("S0.30")
def test_what_is_right_is_kept_and_what_is_not_stays_typed(client, sheet):
    by = lines(sheet)
    check, volts, photo = (by[name].pk for name in ("Clean the filter", "Input voltage", "Photo after"))

    shown = save(
        client, sheet, 422,
        **{
            f"outcome-{check}": "failed", f"after-{volts}": "many", f"outcome-{photo}": "ok",
            f"file-{photo}": SimpleUploadedFile("after.png", PICTURE, "image/png"),
        },
    )  # fmt: skip

    assert "1 line is kept." in shown
    assert "2 lines need something more" in shown
    assert "Say why." in shown
    assert 'value="many"' in shown
    assert Document.objects.count() == 1
    by = lines(sheet)
    assert (by["Photo after"].outcome, by["Clean the filter"].outcome) == ("ok", "")


@pytest.mark.req("S0.30")
def test_a_failure_opens_work_and_says_where(client, sheet):
    pk = lines(sheet)["Clean the filter"].pk

    save(client, sheet, **{f"outcome-{pk}": "failed", f"note-{pk}": "Torn"})

    follow_up = lines(sheet)["Clean the filter"].follow_up
    assert follow_up is not None
    assert follow_up.number in client.get(address(sheet)).content.decode()
    save(client, sheet)  # the same again opens nothing more
    assert Ticket.objects.count() == 2


def tap(client, sheet, item, status=200, **values):
    line = lines(sheet)[item]
    sent = {f"{name}-{line.pk}": value for name, value in values.items()}
    answer = client.post(
        reverse("maintenance:line", args=[sheet.ticket.number, line.pk]),
        {f"seen-{line.pk}": line.version, **sent},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == status, answer.content.decode()[:1500]
    return answer.content.decode()


@pytest.mark.req("S0.30")
def test_a_tap_keeps_one_line_and_answers_how_far_it_is(client, sheet):
    said = tap(client, sheet, "Clean the filter", outcome="ok")

    assert "Kept" in said
    assert "1 of 4" in said
    assert 'hx-swap-oob="true"' in said
    assert lines(sheet)["Clean the filter"].outcome == "ok"
    said = tap(client, sheet, "Clean the filter", 422, outcome="failed")
    assert "Say why." in said
    assert "wants-note" in said
    assert lines(sheet)["Clean the filter"].outcome == "ok"
    tap(client, sheet, "Clean the filter", outcome="failed", note="Torn")


@pytest.mark.req("S0.30")
def test_a_reading_before_the_work_waits_for_the_one_after_it(client, sheet):
    tap(client, sheet, "Input voltage", outcome="", before="208.5")
    line = lines(sheet)["Input voltage"]
    assert (str(line.before), line.outcome, line.deviates) == ("208.500", "", False)
    assert 'value="208.5"' in client.get(address(sheet)).content.decode()

    said = tap(client, sheet, "Input voltage", 422, before="208.5", after="250")
    assert "Say why." in said
    assert "Outside the limits" in tap(
        client, sheet, "Input voltage", before="208.5", after="250", note="The mains are bad today"
    )


def test_a_photo_is_taken_once_whatever_is_wrong_with_the_rest(client, sheet):
    photo = SimpleUploadedFile("after.png", PICTURE, "image/png")
    said = tap(client, sheet, "Photo after", 422, outcome="failed", file=photo)
    kept = Document.objects.get()
    assert f'value="{kept.pk}"' in said

    tap(client, sheet, "Photo after", outcome="failed", photo=kept.pk, note="Dark")
    assert lines(sheet)["Photo after"].photo == kept
    wrong = SimpleUploadedFile("x.exe", b"MZ\0\0", "application/x-dosexec")
    assert "was not kept" in tap(client, sheet, "Photo after", 422, outcome="ok", file=wrong)


def test_the_whole_sheet_does_not_stumble_over_a_tap_of_the_same_person(client, sheet, manager):
    line = lines(sheet)["Clean the filter"]
    tap(client, sheet, "Clean the filter", outcome="failed", note="Torn")
    sent = {f"outcome-{line.pk}": "failed", f"note-{line.pk}": "Torn, and damp", f"seen-{line.pk}": 0}
    assert client.post(address(sheet), {**sent, "risks": ""}).status_code == 302
    assert lines(sheet)["Clean the filter"].note == "Torn, and damp"

    client.force_login(manager)
    refused = client.post(address(sheet), {**sent, f"note-{line.pk}": "Fine", "risks": ""})
    assert "Somebody else recorded this meanwhile" in refused.content.decode()


@pytest.mark.trust("B3")
def test_who_comes_second_sees_what_the_first_recorded(client, sheet):
    pk = lines(sheet)["Noises"].pk
    tap(client, sheet, "Noises", text="None")
    said = tap(client, sheet, "Noises", 422, text="Humming", seen=0)
    assert "Somebody else recorded this meanwhile" in said
    assert f'name="seen-{pk}" value=""' in said
    tap(client, sheet, "Noises", text="Humming", seen="")
    assert lines(sheet)["Noises"].text == "Humming"


@pytest.mark.parametrize("nasty", ["\0", "x" * 1_000_000, "\"'<script>alert(1)</script>", "9" * 400])
def test_what_nobody_means_is_answered(client, sheet, nasty):
    for field in ("outcome", "before", "after", "text", "note", "seen", "photo"):
        line = lines(sheet)["Input voltage"]
        answer = client.post(
            reverse("maintenance:line", args=[sheet.ticket.number, line.pk]),
            {f"outcome-{line.pk}": "ok", f"{field}-{line.pk}": nasty},
        )
        assert answer.status_code in (200, 400, 413, 422)
        assert "<script>alert" not in answer.content.decode()
    assert client.post(reverse("maintenance:line", args=[sheet.ticket.number, 999_999])).status_code == 404


def test_a_closed_ticket_is_only_read(client, sheet, manager):
    close_ticket(sheet.ticket, by=manager)

    shown = client.get(address(sheet)).content.decode()
    assert "Keep everything" not in shown
    assert 'name="risks"' not in shown
    assert "is closed" in save(client, sheet, 422, **{f"outcome-{lines(sheet)['Noises'].pk}": "ok"})


def test_the_sheet_of_many_units_is_folded_by_unit(client, engineer, manager, sheet):
    one = make_occurrence(make_plan(sheet.ticket.customer, owner=engineer))
    for _n in range(2):
        WorksheetLine.objects.create(
            worksheet=sheet, asset=make_asset(one.customer), item=lines(sheet)["Noises"].item
        )
    shown = client.get(address(sheet)).content.decode()

    assert shown.count('<details class="card sb-unit"') == 3
    assert shown.count('<details class="card sb-unit" open') == 1


@pytest.mark.req("S0.30")
def test_closing_begins_with_what_the_worksheet_says(client, sheet):
    by = lines(sheet)
    check, noises = by["Clean the filter"].pk, by["Noises"].pk
    save(client, sheet, risks="The fan is old", **{f"outcome-{check}": "ok", f"text-{noises}": "None"})

    shown = client.get(reverse("tickets:act", args=[sheet.ticket.number, "close"])).content.decode()

    assert "Server room, version 1: 2 of 4 items." in shown
    assert "The fan is old" in shown


# Checklists


@pytest.fixture
def boss(client, manager):
    client.force_login(manager, backend=BACKEND)
    return manager


def typed(**changes):
    return {
        "name": "UPS",
        "regulation": "IEC 62040",
        "seen": "0",
        "items-count": "3",
        "items-0-text": "Input voltage",
        "items-0-kind": "measure",
        "items-0-unit": "V",
        "items-0-low": "210",
        "items-0-high": "240",
        "items-0-proof": "reading",
        "items-1-text": "Clean",
        "items-1-kind": "check",
        "items-2-text": "",
        **changes,
    }


@pytest.mark.req("S0.58")
def test_a_checklist_is_published_and_its_next_version_leaves_tickets_as_they_are(client, boss):
    client.post(reverse("maintenance:new_checklist"), typed())
    one = Checklist.objects.get()
    first = one.versions.get()
    assert [item.text for item in first.items.all()] == ["Input voltage", "Clean"]

    here = reverse("maintenance:checklist", args=[one.pk])
    shown = client.get(here).content.decode()
    assert 'value="Input voltage"' in shown
    assert "IEC 62040" in shown
    changed = typed(seen="1", what_changed="Clean first", **{"items-1-place": "1"})
    answer = client.post(here, changed)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert [item.text for item in one.versions.first().items.all()] == ["Clean", "Input voltage"]
    assert [item.text for item in first.items.all()] == ["Input voltage", "Clean"]
    assert "Clean first" in client.get(here).content.decode()
    stale = client.post(here, typed(seen="1", name="UPS 2"))
    assert stale.status_code == 422
    assert "Somebody published another version" in stale.content.decode()


def test_a_wrong_item_is_marked_where_it_stands_and_nothing_is_lost(client, boss):
    wrong = typed(**{"items-0-low": "300", "items-1-proof": "reading", "items-2-text": "x" * 300})

    answer = client.post(reverse("maintenance:new_checklist"), wrong)

    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "id_items-2-text_error" in shown
    answer = client.post(reverse("maintenance:new_checklist"), {**wrong, "items-2-text": ""})
    shown = answer.content.decode()
    assert "id_items-0-high_error" in shown
    assert "id_items-1-proof_error" in shown
    assert 'value="300"' in shown
    assert not Checklist.objects.exists()


@pytest.mark.parametrize("htmx", [False, True])
def test_one_more_item_keeps_what_was_typed(client, boss, htmx):
    answer = client.post(
        reverse("maintenance:new_checklist"),
        typed(more="items", name=""),
        headers={"HX-Request": "true"} if htmx else None,
    )
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="items-3-text"' in shown
    assert "_error" not in shown


def test_checklists_are_listed_and_switched(client, boss, django_assert_num_queries):
    one = checklists.publish(Checklist(name="UPS"), [Item("Clean")], by=boss).checklist
    make_plan(checklist=one)
    client.get(reverse("maintenance:checklists"))

    with django_assert_num_queries(6):
        assert "UPS" in client.get(reverse("maintenance:checklists")).content.decode()
    client.post(reverse("maintenance:switch_checklist", args=[one.pk]))
    one.refresh_from_db()
    assert not one.active
