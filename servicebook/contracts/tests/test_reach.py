"""A contract is reached from anywhere, by whoever may (S3.2)."""

import pytest
from django.test import Client

from servicebook.accounts.models import Role
from servicebook.testing import PASSWORD, make_user, sign_contract

pytestmark = [pytest.mark.django_db, pytest.mark.req("S3.2")]


def test_whoever_opens_a_contract_from_outside_signs_in_and_gets_there():
    account_manager = make_user(Role.ACCOUNT_MANAGER)
    contract = sign_contract(owner=account_manager)
    browser = Client()  # any browser, anywhere: nothing is kept on it beforehand

    page = contract.get_absolute_url()
    asked = browser.get(page)
    assert (asked.status_code, asked["Location"]) == (302, f"/accounts/login/?next={page}")
    form = {"login": account_manager.email, "password": PASSWORD, "next": page}
    assert browser.post("/accounts/login/", form)["Location"] == page
    assert contract.title in browser.get(page).content.decode()


def test_whoever_left_reaches_it_no_more_even_where_they_were_signed_in():
    gone = make_user(Role.ACCOUNT_MANAGER)
    contract = sign_contract(owner=gone)
    browser = Client()
    browser.force_login(gone)
    assert browser.get(contract.get_absolute_url()).status_code == 200

    gone.is_active = False
    gone.save()

    assert browser.get(contract.get_absolute_url()).status_code == 302
    form = {"login": gone.email, "password": PASSWORD}
    browser.post("/accounts/login/", form)
    assert browser.get(contract.get_absolute_url()).status_code == 302


def test_from_anywhere_a_sensitive_contract_is_for_its_owner_and_the_leads():
    contract = sign_contract(owner=make_user(Role.ACCOUNT_MANAGER), sensitive=True)
    answers = {}
    for person in (contract.owner, make_user(Role.MANAGER), make_user(Role.DISPATCHER)):
        browser = Client()
        browser.force_login(person)
        answers[person.pk] = browser.get(contract.get_absolute_url()).status_code
    assert list(answers.values()) == [200, 200, 404]
