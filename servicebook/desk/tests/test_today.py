"""Today: what waits for a person, what can go wrong, and what it costs."""

from datetime import timedelta

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.customers.models import Promise
from servicebook.desk.navigation import menu
from servicebook.testing import (
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_reason,
    make_user,
)
from servicebook.tickets.models import Kind, Ticket


def promise(owner, text, *, hours, customer=None):
    now = clock.now()
    return Promise.objects.create(
        text=text,
        owner=owner,
        due_at=now + timedelta(hours=hours),
        customer=customer or make_customer(),
        made_at=now - timedelta(hours=4),
        made_by=owner,
    )


def ticket(owner, title, *, number, hours_ago=0.0, **fields):
    opened = clock.now() - timedelta(hours=hours_ago)
    fields.setdefault("customer", make_customer())
    return Ticket.objects.create(
        number=f"T-2026-{number:06d}",
        title=title,
        channel="phone",
        reason=make_reason(),
        priority=fields.pop("priority", 3),
        priority_because="told so",
        owner=owner,
        opened_at=opened,
        changed_at=opened,
        **fields,
    )


def page(client, user):
    client.force_login(user)
    return client.get(reverse("desk:today"))


@pytest.mark.req("S0.56")
def test_next_steps_are_promises_and_tickets_of_this_person_soonest_first(client, engineer, set_clock):
    set_clock("2026-10-14 09:12")
    other = make_user(Role.ENGINEER)
    promise(engineer, "Call the school", hours=3)
    promise(other, "Somebody else's", hours=1)
    ticket(engineer, "Printer offline", number=1, hours_ago=9)
    ticket(engineer, "In hand", number=2, status="working")

    steps = page(client, engineer).context["steps"]

    assert [(line.text, line.tone) for line in steps.lines] == [
        ("Start the work", "late"),
        ("Call the school", "live"),
    ]
    assert [one.title for one in steps.in_hand] == ["In hand"]
    assert steps.late == 1


def test_what_can_go_wrong_is_what_can_be_saved_today_then_what_was_missed_latest(client, manager, set_clock):
    set_clock("2026-10-14 09:12")
    owner = make_user()
    for days in range(1, 12):
        promise(owner, f"Missed {days} days ago", hours=-24 * days)
    promise(owner, "Late", hours=-2)
    promise(owner, "This evening", hours=10)
    promise(owner, "Tomorrow", hours=20)
    ticket(owner, "Critical one", number=1, hours_ago=0.2, priority=1)
    ticket(owner, "Critical one", number=2, hours_ago=3, priority=1)
    ticket(owner, "Not so critical", number=3, hours_ago=3, priority=4)

    clocks = page(client, manager).context["clocks"]

    assert [(line.head, line.tone) for line in clocks] == [
        ("T-2026-000001", "live"),
        ("This evening", "live"),
        ("Late", "late"),
        ("T-2026-000002", "late"),
        ("Missed 1 days ago", "late"),
        ("Missed 2 days ago", "late"),
        ("Missed 3 days ago", "late"),
        ("Missed 4 days ago", "late"),
    ]


@pytest.mark.req("S2.10", "S0.56")
def test_leads_see_pending_complaints_and_who_is_late(client, manager):
    owner = make_user(name="Dana Ospanova")
    promise(owner, "Late", hours=-2)
    ticket(owner, "Came late twice", number=1, kind=Kind.COMPLAINT)

    answer = page(client, manager)

    assert "Came late twice" in answer.text
    assert "Dana Ospanova" in answer.text


def test_an_engineer_sees_no_list_of_who_is_late(client, engineer):
    promise(make_user(name="Dana Ospanova"), "Late", hours=-2)

    answer = page(client, engineer)

    assert "late_by_person" not in answer.context
    assert "Dana Ospanova" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.ENGINEER, Role.MANAGER])
def test_today_costs_the_same_whatever_there_is_to_do(client, role, django_assert_max_num_queries):
    user = make_user(role)
    client.force_login(user)

    def cost():
        with django_assert_max_num_queries(40) as spent:
            client.get(reverse("desk:today"))
        return len(spent)

    def more(start):
        for number in range(start, start + 4):
            promise(user, f"Promise {number}", hours=number)
            ticket(user, "Queued", number=10 * number, hours_ago=30)
            ticket(user, "Working", number=10 * number + 1, status="working")

    more(1)
    client.get(reverse("desk:today"))
    few = cost()
    more(5)

    assert cost() == few


def test_the_menu_counts_what_waits_with_three_statements(manager, django_assert_num_queries, rf):
    from servicebook.desk.context import shell

    promise(manager, "Late", hours=-1)
    ticket(manager, "Queued", number=1)
    request = rf.get("/")
    request.user = manager

    with django_assert_num_queries(3):
        groups = shell(request)["shell"].groups

    today = groups[0].items[0]
    assert (today.count, today.late, today.current) == ("2", True, True)


def test_a_fragment_pays_nothing_for_the_menu(manager, django_assert_num_queries, rf):
    from servicebook.desk.context import shell

    request = rf.get("/", headers={"HX-Request": "true"})
    request.user = manager

    with django_assert_num_queries(0):
        shell(request)


def test_the_menu_shows_only_what_the_role_may_open(engineer, manager):
    def routes(user):
        return {item.url for group in menu(user, "/", {}) for item in group.items}

    assert routes(engineer) <= routes(manager)
    assert "/" in routes(engineer)


@pytest.mark.parametrize(("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("", ""), ("x", "")])
def test_the_theme_is_kept_in_the_browser(client, dispatcher, chosen, kept):
    client.force_login(dispatcher)

    answer = client.post(reverse("desk:look"), {"theme": chosen, "next": "/"})

    assert answer.status_code == 302
    assert answer.cookies["theme"].value == kept
    shown = client.get("/").text
    assert (f'data-theme="{kept}"' in shown) == bool(kept)


def test_the_language_is_kept_with_the_person(client, dispatcher):
    client.force_login(dispatcher)

    client.post(reverse("desk:look"), {"language": "ru", "next": "/"})

    dispatcher.refresh_from_db()
    assert dispatcher.language == "ru"
    assert '<html lang="ru"' in client.get("/").text


@pytest.mark.parametrize("following", ["desk:settings", "nothing", "%s <b>"])
def test_choosing_a_look_leads_to_an_address_and_never_to_the_name_of_a_view(client, dispatcher, following):
    client.force_login(dispatcher)

    answer = client.post(reverse("desk:look"), {"theme": "dark", "next": following})

    assert answer.status_code == 302
    assert answer["Location"] != reverse("desk:settings")


def test_choosing_a_look_never_leads_to_another_host(client, dispatcher):
    client.force_login(dispatcher)

    answer = client.post(reverse("desk:look"), {"theme": "dark", "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


@pytest.mark.req("S0.28")
def test_a_dispatcher_sees_which_visits_may_fail(client, dispatcher, manager, set_clock):
    set_clock("2026-04-24 09:00")
    one = make_planned(make_occurrence(make_plan(title="Quarterly check")))

    answer = page(client, dispatcher)

    assert "Visits that may fail" in answer.text
    assert "Quarterly check" in answer.text
    assert "The window is not agreed" in answer.text
    tile = next(each for each in answer.context["tiles"] if each.label == "Visits at risk")
    assert (tile.value, tile.tone) == ("1", "risk")
    set_clock("2026-05-02 09:00")
    tile = next(each for each in page(client, dispatcher).context["tiles"] if each.label == "Visits at risk")
    assert (tile.tone, tile.remark) == ("late", "1 overdue")
    assert one.ticket is not None
