"""Keys for programs."""

from datetime import timedelta

import pytest

from servicebook.accounts import actions, tokens
from servicebook.accounts.models import ApiToken
from servicebook.accounts.tokens import TokenRefused
from servicebook.core import clock
from servicebook.journal.models import Entry

pytestmark = pytest.mark.django_db


def make(user, **fields):
    fields = {"name": "Telephone", "scopes": ["tickets:read"]} | fields
    return tokens.issue(user, by=user, **fields)


@pytest.mark.trust("B17")
def test_a_key_opens_and_only_its_hash_is_kept(dispatcher):
    token, key = make(dispatcher)

    assert tokens.owner_of(key) == token
    assert len(key) >= 40
    stored = " ".join(str(value) for value in ApiToken.objects.values_list().get())
    assert key not in stored
    assert key not in str(Entry.objects.values_list("facts").get())


@pytest.mark.parametrize("key", ["", "sb_", "sb_guess", "\x00", "é" * 500])
def test_a_wrong_key_opens_nothing(dispatcher, key):
    make(dispatcher)

    assert tokens.owner_of(key) is None


@pytest.mark.trust("B16")
def test_a_key_ends_when_revoked_expired_or_when_the_person_is_deactivated(
    dispatcher, administrator, set_clock
):
    set_clock("2026-10-14 09:00")
    revoked, key_revoked = make(dispatcher)
    _, key_expired = make(dispatcher, expires_at=clock.now() + timedelta(days=1))
    _, key_of_person = make(dispatcher)

    tokens.revoke(revoked.pk, by=administrator)
    tokens.revoke(revoked.pk, by=administrator)
    assert tokens.owner_of(key_revoked) is None
    assert Entry.objects.filter(verb="token.revoked").count() == 1

    assert tokens.owner_of(key_expired)
    set_clock("2026-10-15 09:00")
    assert tokens.owner_of(key_expired) is None

    assert tokens.owner_of(key_of_person)
    actions.deactivate_user(dispatcher.pk, by=administrator)
    assert tokens.owner_of(key_of_person) is None


def test_use_is_noted_once_a_day(dispatcher, set_clock, django_assert_num_queries):
    set_clock("2026-10-14 23:30")
    _, key = make(dispatcher)

    with django_assert_num_queries(2):
        tokens.owner_of(key)
    with django_assert_num_queries(1):
        tokens.owner_of(key)
    assert ApiToken.objects.get().last_used_on.isoformat() == "2026-10-14"


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"expires_at": clock.now() - timedelta(days=1)}, "expires_on"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused_at_the_field(dispatcher, fields, marked):
    with pytest.raises(TokenRefused) as refused:
        make(dispatcher, **fields)

    assert list(refused.value.fields) == [marked]
