"""SMS through a gateway that the operator describes, against a fake one."""

import json
from collections.abc import Iterator

import pytest
from django.conf import settings

from servicebook.core import clock
from servicebook.core.tests.servers import Reply, Service, serving
from servicebook.customers.models import Contact, Promise
from servicebook.messaging import sender, suppressing
from servicebook.messaging.models import Delivery, Suppression
from servicebook.messaging.notices import Told, tell
from servicebook.messaging.rules import gateway
from servicebook.messaging.sender import Sender
from servicebook.testing import make_contact, make_customer, make_user


@pytest.mark.parametrize(
    ("template", "kind", "body"),
    [
        (
            '{"to": "{to}", "messages": [{"text": "Dear: {text}", "n": 1}], "id": "{id}"}',
            "application/json",
            '{"to": "+7701", "messages": [{"text": "Dear: a\\"b {to} {x}", "n": 1}], "id": "i-1"}',
        ),
        (
            "login=x&phones={to}&mes={text}",
            "application/x-www-form-urlencoded",
            "login=x&phones=%2B7701&mes=a%22b%20%7Bto%7D%20%7Bx%7D",
        ),
    ],
)
def test_a_body_is_filled_so_that_no_value_breaks_out(template, kind, body):
    values = {"to": "+7701", "text": 'a"b {to} {x}', "id": "i-1"}
    assert gateway.filled(template, values) == (kind, body)


@pytest.mark.parametrize(
    ("status", "answer", "success", "gone", "expected"),
    [
        (200, None, "", "", "taken"),
        (204, None, "", "", "taken"),
        (500, None, "", "", "refused"),
        (200, {"status": "ok"}, "status=ok|queued", "", "taken"),
        (200, {"status": "no"}, "status=ok|queued", "", "refused"),
        (200, {"error_code": 0}, "error_code=0", "", "taken"),
        (200, {"sent": True}, "sent=true", "", "taken"),
        (200, {"messages": [{"status": "0"}]}, "messages.0.status=0", "", "taken"),
        (200, {"messages": []}, "messages.0.status=0", "", "refused"),
        (200, None, "status=ok", "", "refused"),
        (400, {"error_code": 13}, "", "error_code=7|13", "gone"),
        (200, {"error_code": 7}, "error_code=0", "error_code=7|13", "gone"),
    ],
)
def test_an_answer_is_judged_by_status_and_field(status, answer, success, gone, expected):
    assert gateway.verdict(status, answer, success=success, gone=gone) == expected


@pytest.fixture
def sms_gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving(lambda asked: Reply(body=b'{"status": "ok"}')) as service:
        monkeypatch.setattr(settings.CONFIG, "sms_url", f"{service.url}/send")
        monkeypatch.setattr(settings.CONFIG, "sms_headers", '{"Authorization": "Bearer CANARY-KEY"}')
        monkeypatch.setattr(settings.CONFIG, "sms_success", "status=ok")
        monkeypatch.setattr(settings.CONFIG, "sms_gone", "code=13")
        yield service


def told(contact: Contact, key: str = "access-1") -> Delivery:
    facts = {"site": "School 12", "window": "9:00–13:00"}
    url = "https://service.example/a/1/"
    tell([Told(contact, "access_tomorrow", contact, key, facts, url, channels=("sms",), urgent=True)])
    return Delivery.objects.latest("pk")


@pytest.mark.django_db
@pytest.mark.req("S0.38")
def test_an_sms_says_it_in_short_with_its_link_and_an_id(sms_gateway):
    row = told(make_contact(phone="+77010000001"))
    assert sender.send_due() == 1
    (asked,) = sms_gateway.asked
    said = json.loads(asked.body)
    assert (said["to"], said["id"]) == ("+77010000001", row.message_id.strip("<>"))
    assert "School 12: 9:00–13:00" in said["text"]
    assert said["text"].endswith("https://service.example/a/1/")
    assert asked.headers["authorization"] == "Bearer CANARY-KEY"
    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.django_db
def test_a_gateway_that_is_asked_by_its_address(sms_gateway, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "sms_method", "GET")
    monkeypatch.setattr(
        settings.CONFIG, "sms_url", sms_gateway.url + "/send?phone={to}&mes={text}&key=CANARY-KEY"
    )
    told(make_contact(phone="+77010000001"))
    sender.send_due()
    (asked,) = sms_gateway.asked
    assert asked.method == "GET"
    assert asked.path.startswith("/send?phone=%2B77010000001&mes=Our%20engineer%20comes")
    assert asked.body == b""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reply", "state", "attempts"),
    [
        (Reply(200, b'{"status": "no balance"}'), "waiting", 1),  # it may be for now
        (Reply(502), "waiting", 1),
        (Reply(400, b'{"error": "bad text"}'), "dead", 1),
        (Reply(cut=True), "waiting", 1),  # nobody knows: once more, with the same id
        (Reply(401), "waiting", 0),  # our key, not the message
        (Reply(503, headers={"Retry-After": "90"}), "waiting", 0),
        (Reply(429), "waiting", 0),
    ],
)
def test_what_a_refusal_means(sms_gateway, reply, state, attempts):
    sms_gateway.reply = lambda asked: reply
    row = told(make_contact(phone="+77010000001"))
    Sender("sms").step()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (state, attempts)
    assert not Suppression.objects.exists()


@pytest.mark.django_db
def test_a_lost_answer_is_asked_once_more_with_the_same_id_and_then_left_to_a_person(sms_gateway):
    sms_gateway.reply = lambda asked: Reply(cut=True)
    row = told(make_contact(phone="+77010000001"))
    for _ in range(3):
        sender.send_due()
        Delivery.objects.update(ready_at=clock.now())
    assert len({json.loads(asked.body)["id"] for asked in sms_gateway.asked}) == 1
    assert len(sms_gateway.asked) == 2
    row.refresh_from_db()
    assert (row.state, "may have arrived" in row.last_error) == ("dead", True)


@pytest.mark.django_db
def test_a_gateway_that_is_down_holds_up_no_mail(sms_gateway, mail_server):
    sms_gateway.reply = lambda asked: Reply(503)
    contact = make_contact(phone="+77010000001", email="ok.anna@school.example")
    told(contact)
    tell([Told(contact, "access_tomorrow", contact, "access-2", urgent=True)])
    both = [Sender("sms"), Sender("mail")]
    assert [one.step() for one in both] == [0, 1]
    assert [one.step() for one in both] == [0, 0]  # the one rests
    assert len(mail_server.taken) == 1


@pytest.mark.django_db
def test_a_number_that_is_gone_is_suppressed_and_its_owner_told_once(sms_gateway):
    owner = make_user("account_manager")
    contact = make_contact(make_customer(owner=owner), phone="+77010000001", email="")
    sms_gateway.reply = lambda asked: Reply(200, b'{"status": "error", "code": 13}')
    first = told(contact)
    sender.send_due()
    second = told(contact, "access-2")
    sender.send_due()
    assert len(sms_gateway.asked) == 1
    first.refresh_from_db()
    assert (first.state, second.state) == ("dead", "dead")
    assert "+77010000001" in second.last_error
    (step,) = Promise.objects.open()
    assert (step.owner, step.about, step.source) == (owner, contact, suppressing.SOURCE)


@pytest.mark.django_db
@pytest.mark.trust("B19")
def test_no_error_shows_a_key_that_the_gateway_repeats(sms_gateway, caplog):
    sms_gateway.reply = lambda asked: Reply(503, b"bad key Bearer CANARY-KEY of Bearer")
    row = told(make_contact(phone="+77010000001"))
    Sender("sms").step()
    row.refresh_from_db()
    assert row.last_error
    assert "CANARY" not in row.last_error
    assert "CANARY" not in caplog.text
    assert "CANARY" not in repr(settings.CONFIG)


@pytest.mark.django_db
def test_without_a_gateway_its_sender_rests_and_what_waits_is_dead_with_the_reason(monkeypatch, sms_gateway):
    row = told(make_contact(phone="+77010000001", email=""))
    monkeypatch.setattr(settings.CONFIG, "sms_url", "")
    one = Sender("sms")
    one.step()
    row.refresh_from_db()
    assert (row.state, "not set up" in row.last_error) == ("dead", True)


@pytest.mark.django_db
def test_a_channel_that_is_not_set_up_is_looked_at_now_and_then(django_assert_num_queries):
    one = Sender("sms")
    one.step()
    with django_assert_num_queries(0):
        assert one.step() == 0
