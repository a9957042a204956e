"""People, teams and what changing them does to their sessions and to the journal."""

import pytest

from servicebook.accounts import actions
from servicebook.accounts.actions import LastAdministrator, UserRefused
from servicebook.accounts.models import Role, Team, User
from servicebook.journal.models import Entry
from servicebook.testing import make_user

pytestmark = pytest.mark.django_db


def add(administrator, **fields):
    fields = {"email": "dana@house.example", "name": "Dana", "roles": [Role.DISPATCHER]} | fields
    return actions.add_user(by=administrator, **fields)


@pytest.mark.req("S0.56")
def test_a_person_is_added_with_roles_and_no_password(administrator):
    user = add(administrator, roles=[Role.ENGINEER, Role.DISPATCHER])

    assert user.roles == [Role.DISPATCHER, Role.ENGINEER]
    assert not user.has_usable_password()
    assert Entry.objects.get().verb == "user.added"


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({"name": " "}, "name"),
        ({"email": "PERSON@house.example"}, "email"),
        ({"roles": []}, "roles"),
        ({"roles": ["emperor"]}, "roles"),
        ({"language": "xx"}, "language"),
        ({"time_zone": "Asia/Atlantis"}, "time_zone"),
    ],
)
def test_a_person_who_cannot_be_saved_is_refused_at_the_field(administrator, fields, marked):
    make_user(email="person@house.example")

    with pytest.raises(UserRefused) as refused:
        add(administrator, **fields)

    assert list(refused.value.fields) == [marked]


def test_no_other_field_can_be_set(administrator, dispatcher):
    with pytest.raises(TypeError):
        actions.change_user(dispatcher.pk, by=administrator, is_active=False)


@pytest.mark.trust("B3")
def test_people_change_only_their_own_settings(dispatcher):
    actions.change_own_settings(dispatcher, language="ru", roles=[Role.ADMINISTRATOR], name="Boss")

    dispatcher.refresh_from_db()
    assert (dispatcher.language, dispatcher.roles) == ("ru", [Role.DISPATCHER])


def test_the_last_administrator_stays_one(administrator, dispatcher):
    with pytest.raises(LastAdministrator):
        actions.change_user(administrator.pk, by=administrator, roles=[Role.DISPATCHER])
    with pytest.raises(LastAdministrator):
        actions.deactivate_user(administrator.pk, by=dispatcher)

    second = make_user(Role.ADMINISTRATOR)
    actions.change_user(administrator.pk, by=second, roles=[Role.DISPATCHER])
    assert not User.objects.get(pk=administrator.pk).has_role(Role.ADMINISTRATOR)


def test_nobody_ends_the_own_access(administrator):
    make_user(Role.ADMINISTRATOR)

    with pytest.raises(UserRefused):
        actions.deactivate_user(administrator.pk, by=administrator)


def test_roles_before_and_after_are_kept(administrator, dispatcher):
    actions.change_user(dispatcher.pk, by=administrator, roles=[Role.MANAGER])

    entry = Entry.objects.get()
    assert (entry.verb, entry.facts) == ("user.roles_changed", {"before": "dispatcher", "after": "manager"})


def test_a_change_of_nothing_is_not_a_change(administrator, dispatcher):
    actions.change_user(dispatcher.pk, by=administrator, name=dispatcher.name)

    assert not Entry.objects.exists()


def test_a_team_has_a_name_of_its_own(administrator):
    actions.save_team(Team(name="North"), by=administrator)

    with pytest.raises(UserRefused) as refused:
        actions.save_team(Team(name=" north "), by=administrator)

    assert "name" in refused.value.fields
