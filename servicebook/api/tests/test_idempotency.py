"""A POST with a key happens once, however often and however fast it is sent."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from servicebook.core import clock, idempotency
from servicebook.core.models import IdempotentAnswer
from servicebook.customers.models import Contact, Customer
from servicebook.journal.models import Entry
from servicebook.testing import Program, make_contact, make_customer, make_token


@pytest.fixture
def program(dispatcher):
    return Program(dispatcher)


def test_a_repeat_gets_the_same_answer_and_changes_nothing(program):
    first = program.call("POST", "/customers", {"name": "School 12"}, key="k1")
    entries = Entry.objects.count()
    again = program.call("POST", "/customers", {"name": "School 12"}, key="k1")

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert (Customer.objects.count(), Entry.objects.count()) == (1, entries)


def test_without_a_key_or_with_another_one_it_happens_again(program):
    for key in ("", "", "k1", "k2"):
        assert program.call("POST", "/customers", {"name": "School 12"}, key=key).status_code == 201

    assert Customer.objects.count() == 4


@pytest.mark.parametrize(
    ("method_path", "body"), [("/customers", {"name": "Other"}), ("/promises", {"name": "School 12"})]
)
def test_a_key_is_not_used_for_another_request(program, method_path, body):
    program.call("POST", "/customers", {"name": "School 12"}, key="k1")

    answer = program.call("POST", "/customers", {"name": "Other"}, key="k1")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert Customer.objects.count() == 1


def test_keys_of_two_people_do_not_meet(program, manager):
    for caller in (program, Program(manager)):
        assert caller.call("POST", "/customers", {"name": "School 12"}, key="k1").status_code == 201

    assert Customer.objects.count() == 2


def test_a_refusal_leaves_the_key_free(program):
    leaving, successor = make_contact(email="old@x.example"), make_contact()
    path, body = f"/contacts/{leaving.pk}/replace", {"by": successor.pk}
    assert program.call("POST", path, body, key="k1").json()["code"] == "cannot_replace"
    assert IdempotentAnswer.objects.count() == 0

    Contact.objects.filter(pk=successor.pk).update(customer=leaving.customer)
    assert program.call("POST", path, body, key="k1").status_code == 200
    # Now the same request would be refused again, but its repeat gets the answer it missed.
    assert program.call("POST", path, body, key="k1").status_code == 200
    assert program.call("POST", path, body, key="k2").status_code == 409


@pytest.mark.parametrize("key", [" ", "a b", "ключ", "x" * 101, "tab\there"])
def test_a_key_is_1_to_100_visible_characters(program, key):
    answer = program.call("POST", "/customers", {"name": "School 12"}, key=key)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_idempotency_key")
    assert not Customer.objects.exists()


def test_old_answers_are_forgotten_and_young_ones_kept(dispatcher):
    now = clock.now()
    for number, age in enumerate([0, 1, 3, 30]):
        IdempotentAnswer.objects.create(
            caller=dispatcher.pk,
            key=f"k{number}",
            fingerprint="",
            status=201,
            body="{}",
            at=now - timedelta(days=age),
        )

    idempotency.forget_old()

    assert sorted(IdempotentAnswer.objects.values_list("key", flat=True)) == ["k0", "k1"]


def send_at_once(key, count):
    """Send the same request from `count` threads at one moment."""
    together = threading.Barrier(count)

    def send(_number):
        try:
            together.wait()
            return Program(None, key=key).call("POST", "/customers", {"name": "School 12"}, key="same")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(send, range(count)))


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_repeats_at_once_one_is_done(dispatcher):
    key = make_token(dispatcher)

    answers = send_at_once(key, 8)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1
    assert Customer.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_repeats_at_once_are_done_more_than_once(dispatcher, monkeypatch):
    """The twin: the key is looked up first and written last, as a careless hand would do it."""
    key = make_token(dispatcher)
    looked = threading.Barrier(8)

    def looks_up_only(caller, key, fingerprint):
        seen = IdempotentAnswer.objects.filter(caller=caller, key=key).exists()
        looked.wait(timeout=20)
        return None if seen else 1

    monkeypatch.setattr(idempotency, "_write", looks_up_only)
    send_at_once(key, 8)

    assert Customer.objects.count() > 1


def test_the_key_and_its_effect_are_one_commit(program, monkeypatch):
    """If the answer cannot be kept, nothing was done."""

    def breaks(*_args):
        raise RuntimeError("the line broke")

    monkeypatch.setattr(idempotency, "_finish", breaks)
    with pytest.raises(RuntimeError):
        program.call("POST", "/customers", {"name": "School 12"}, key="k1")

    assert not Customer.objects.exists()
    assert not IdempotentAnswer.objects.exists()
    assert make_customer().pk
