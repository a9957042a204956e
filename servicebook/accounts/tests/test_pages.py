"""The pages of people, teams and keys."""

import pytest
from django.urls import reverse

from servicebook.accounts import tokens
from servicebook.accounts.models import ApiToken, Role, Team, User
from servicebook.testing import make_user

pytestmark = pytest.mark.django_db
DANA = {"name": "Dana", "email": "dana@house.example", "roles": [Role.DISPATCHER, Role.ENGINEER]}


@pytest.fixture
def admin(client, administrator):
    client.force_login(administrator)
    return client


@pytest.mark.req("S0.56")
def test_an_administrator_adds_a_person_and_hands_over_a_link(admin):
    answer = admin.post(reverse("accounts:add_user"), DANA)
    person = User.objects.get(email="dana@house.example")
    assert answer["Location"] == reverse("accounts:user", args=[person.pk])

    shown = admin.post(reverse("accounts:invite", args=[person.pk])).content.decode()

    assert "/accounts/password/reset/key/" in shown


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(admin):
    make_user(email="dana@house.example")

    page = admin.post(reverse("accounts:add_user"), DANA | {"phone": "+7 701"}).content.decode()

    assert "already signs in with this address" in page
    assert 'value="+7 701"' in page
    assert User.objects.filter(name="Dana").count() == 0


def test_the_list_filters_by_role_and_shows_who_has_no_access(admin):
    make_user(Role.ENGINEER, name="Timur")
    make_user(Role.ACCOUNTANT, name="Aigul")
    make_user(Role.ENGINEER, name="Gone", is_active=False)
    users = reverse("accounts:users")

    by_role = admin.get(users, {"role": "engineer"}).content.decode()
    gone = admin.get(users, {"no_access": "on"}).content.decode()

    assert "Timur" in by_role
    assert "Aigul" not in by_role
    assert "Gone" not in by_role
    assert "Gone" in gone


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_of_people_takes_the_same_statements_whatever_its_length(
    admin, count, django_assert_max_num_queries
):
    for number in range(count):
        make_user(Role.ENGINEER, team=Team.objects.create(name=f"Team {number}"))

    with django_assert_max_num_queries(8):
        admin.get(reverse("accounts:users"))


def test_access_is_ended_and_given_back(admin):
    person = make_user(Role.ENGINEER)
    switch = reverse("accounts:switch_user", args=[person.pk])

    admin.post(switch)
    assert not User.objects.get(pk=person.pk).is_active
    admin.post(switch)
    assert User.objects.get(pk=person.pk).is_active


def test_a_team_is_made_and_renamed(admin, engineer):
    admin.post(reverse("accounts:add_team"), {"name": "North", "lead": engineer.pk})
    team = Team.objects.get()
    admin.post(reverse("accounts:team", args=[team.pk]), {"name": "South", "lead": engineer.pk})

    page = admin.get(reverse("accounts:teams")).content.decode()

    assert "South" in page
    assert engineer.name in page


@pytest.mark.trust("B17")
def test_a_key_is_shown_once(client, dispatcher):
    client.force_login(dispatcher)
    fields = {"name": "Telephone", "scopes": ["tickets:write"], "expires_on": "2099-12-31"}

    shown = client.post(reverse("accounts:issue_token"), fields)

    key = shown.content.decode().split('value="sb_')[1].split('"')[0]
    assert tokens.owner_of(f"sb_{key}").user == dispatcher
    assert "no-store" in shown["Cache-Control"]
    assert key not in client.get(reverse("accounts:tokens")).content.decode()


@pytest.mark.trust("B1")
def test_people_revoke_their_own_keys_and_an_administrator_any(client, dispatcher, administrator):
    token, key = tokens.issue(dispatcher, name="Telephone", scopes=["tickets:read"], by=dispatcher)
    revoke = reverse("accounts:revoke_token", args=[token.pk])

    client.force_login(make_user(Role.MANAGER))
    assert client.post(revoke).status_code == 404
    assert "Telephone" not in client.get(reverse("accounts:tokens")).content.decode()
    assert tokens.owner_of(key)

    client.force_login(administrator)
    client.post(revoke)
    assert tokens.owner_of(key) is None
    assert ApiToken.objects.get().revoked_at


@pytest.mark.trust("B3")
def test_own_settings_take_nothing_else(client, dispatcher):
    client.force_login(dispatcher)

    client.post(
        reverse("accounts:me"),
        {
            "language": "kk",
            "time_zone": "Asia/Almaty",
            "roles": ["administrator"],
            "is_active": "",
            "name": "X",
        },
    )

    dispatcher.refresh_from_db()
    assert (dispatcher.language, dispatcher.roles, dispatcher.name) == (
        "kk",
        [Role.DISPATCHER],
        dispatcher.name,
    )
    assert dispatcher.name != "X"
