"""Against a real mail server that does its worst (docs/trust.md, 2.6)."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import timedelta
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from django.conf import settings

from servicebook.core import clock
from servicebook.journal.models import Entry
from servicebook.messaging import deliveries, sender
from servicebook.messaging.channels import ChannelDown, Outcome, smtp
from servicebook.messaging.models import Delivery
from servicebook.messaging.sender import Sender
from servicebook.messaging.tests.conftest import Script, free_port, states
from servicebook.testing import make_contact, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_texts")]


def queue(*locals_: str) -> list[Delivery]:
    customer = make_customer()
    rows = [
        deliveries.queue(
            "test_visit",
            to=make_contact(customer, email=f"{local}@customer.example"),
            about=customer,
            key=f"visit-{number}",
            facts={"what": local},
        )
        for number, local in enumerate(locals_)
    ]
    return [row for row in rows if row is not None]


def send_until_settled(most_days: int = 4) -> None:
    ends = clock.now() + timedelta(days=most_days)
    while clock.now() < ends and Delivery.objects.waiting().exists():
        sender.send_due()
        clock.set_to(clock.now() + timedelta(minutes=20))


def test_a_mail_arrives_once_as_it_was_composed(mail_server):
    row = queue("ok.anna")[0]
    sender.send_due()
    sender.send_due()
    mail = mail_server.taken[0]
    assert len(mail_server.taken) == 1
    assert mail["Message-ID"] == row.message_id
    assert mail["To"] == f"{row.to_name} <ok.anna@customer.example>"
    assert states() == {"ok.anna": "sent"}


def test_many_mails_share_a_connection(mail_server):
    queue("ok.a", "ok.b", "ok.c", "550.d", "ok.e")
    sender.send_due()
    assert (len(mail_server.taken), mail_server.sessions) == (4, 1)


def test_one_dead_recipient_stops_nobody_and_is_seen_on_what_it_was_about(mail_server):
    row = queue("ok.a", "550.b", "ok.c")[1]
    sender.send_due()
    assert states() == {"ok.a": "sent", "550.b": "dead", "ok.c": "sent"}
    row.refresh_from_db()
    assert "no such user" in row.last_error
    assert "no such user" in Entry.objects.get(verb="delivery.dead", subject_id=row.about_id).facts["error"]
    send_until_settled()
    assert mail_server.tries["550.b@customer.example"] == 1


@pytest.mark.parametrize(
    ("does", "ends", "tries"),
    [
        ("450-1", "sent", 2),  # greylisted once
        ("450-4", "sent", 5),
        ("450", "dead", 10),  # for three days
        ("452-2", "sent", 3),
        ("421-1", "sent", 2),
        ("554", "dead", 1),  # refused after the data
        ("drop-1", "sent", 2),  # hung up before the data
    ],
)
def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(mail_server, does, ends, tries):
    local = f"{does}.anna"
    queue(local)
    send_until_settled()
    assert states() == {local: ends}
    assert mail_server.tries[f"{local}@customer.example"] == tries
    assert len(mail_server.taken) == (ends == "sent")


def test_pauses_grow(mail_server):
    queue("450.anna")
    pauses = []
    for _ in range(4):
        sender.send_due()
        row = Delivery.objects.get()
        pauses.append(row.ready_at - clock.now())
        clock.set_to(row.ready_at)
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0] * 10


@pytest.mark.trust("B23")
def test_a_line_cut_after_the_final_dot_gives_at_most_one_more_copy_with_the_same_id(mail_server):
    once, always = queue("cut-1.anna", "cut.berta")
    send_until_settled()
    assert mail_server.arrived == {once.message_id: 2, always.message_id: 2}
    assert states() == {"cut-1.anna": "sent", "cut.berta": "dead"}
    always.refresh_from_db()
    assert "may have arrived" in always.last_error


def test_a_server_that_is_away_uses_up_no_mails_attempts(monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://127.0.0.1:{free_port()}")
    row = queue("ok.anna", "ok.berta")[0]
    for _ in range(30):
        Sender().step()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.unknown, row.token) == ("waiting", 0, 0, "")
    assert "cannot be used" in row.last_error


def test_after_a_vain_try_the_channel_rests(monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://127.0.0.1:{free_port()}")
    queue("ok.anna")
    one = Sender()
    one.step()
    failures = one._failures
    for _ in range(5):
        assert one.step() == 0
    assert one._failures == failures == 1


@pytest.fixture
def silent_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Takes the connection and says nothing, or a byte now and then."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://127.0.0.1:{server.getsockname()[1]}")
        yield server


def test_a_server_that_says_nothing_holds_us_up_for_one_step(silent_server, monkeypatch):
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.3)
    queue("ok.anna")
    assert seconds_of_a_step() < 3
    assert Delivery.objects.get().state == "waiting"


@contextmanager
def trickling(server: socket.socket, *, seconds: float) -> Iterator[None]:
    """Let the server say a byte now and then, until the block or the time ends."""
    stop, ends = threading.Event(), time.monotonic() + seconds

    def trickle() -> None:
        line, _address = server.accept()
        with line:
            while not stop.wait(0.05) and time.monotonic() < ends:
                try:
                    line.sendall(b"2")
                except OSError:
                    return

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def seconds_of_a_step() -> float:
    began = time.monotonic()
    Sender().step()
    return time.monotonic() - began


def test_a_server_that_trickles_is_cut_off(silent_server, monkeypatch):
    monkeypatch.setattr(smtp, "WHOLE_SECONDS", 0.5)
    queue("ok.anna")
    with trickling(silent_server, seconds=60):
        assert seconds_of_a_step() < 3
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("waiting", 0)


def test_the_pace_is_kept(mail_server):
    queue(*[f"ok.a{number}" for number in range(6)])
    paced = Sender(per_second=10)
    began = time.monotonic()
    while paced.step():
        pass
    assert time.monotonic() - began >= 0.5
    assert len(mail_server.taken) == 6


def test_starttls_needs_a_certificate_that_can_be_trusted(tls_server, monkeypatch):
    script = Script()
    port, certificate = tls_server(script)
    monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://localhost:{port}?tls=starttls")
    queue("ok.anna")
    sender.send_due()
    assert "certificate" in Delivery.objects.get().last_error
    assert script.taken == []

    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    sender.send_due()
    assert states() == {"ok.anna": "sent"}


def test_a_sender_that_lost_its_lease_sends_nothing(mail_server):
    queue("ok.anna")
    Delivery.objects.update(token="mine")
    row = Delivery.objects.get()
    Delivery.objects.update(token="somebody else's")
    assert not Sender()._send(row, "mine")
    assert mail_server.taken == []


@pytest.mark.slow
@pytest.mark.trust("B23")
def test_hundreds_of_mails_through_every_fault_lose_and_double_nothing(mail_server):
    does = ["ok", "450-2", "550", "554", "452-1", "cut-1", "drop-1", "421-1", "ok", "ok"]
    rows = queue(*[f"{does[number % 10]}.n{number}" for number in range(300)])
    send_until_settled()

    by_state = {row.message_id: row for row in Delivery.objects.all()}
    assert len(by_state) == len(rows)
    assert not [row for row in by_state.values() if row.state == "waiting"]
    for row in by_state.values():
        taken = mail_server.arrived[row.message_id]
        script = row.to_address.partition(".")[0]
        if script == "550":
            assert (row.state, taken) == ("dead", 0)
        elif script == "554":
            assert (row.state, taken) == ("dead", 1)
        elif script in {"cut-1", "452-1"}:
            assert (row.state, taken) == ("sent", 2)
        else:
            assert (row.state, taken) == ("sent", 1), row.to_address


# The twins: without its guard the same server loses, doubles or holds up mail.


def test_without_a_fixed_id_the_second_copy_would_be_another_mail(mail_server, monkeypatch):
    build = smtp.build

    def built_anew(row: Delivery) -> EmailMessage:
        mail = build(row)
        mail.replace_header("Message-ID", make_msgid())
        return mail

    monkeypatch.setattr(smtp, "build", built_anew)
    queue("cut-1.anna")
    send_until_settled()
    assert list(mail_server.arrived.values()) == [1, 1]  # nobody can tell that they are one


def test_without_a_limit_a_line_that_is_always_cut_gives_many_copies(mail_server, monkeypatch):
    monkeypatch.setattr(sender, "MOST_UNKNOWN", 99)
    row = queue("cut.anna")[0]
    send_until_settled()
    assert mail_server.arrived[row.message_id] == 10


def test_without_pauses_a_refusal_for_now_would_be_for_good(mail_server, monkeypatch):
    monkeypatch.setattr(sender, "pause_after", lambda _attempts: None)
    queue("450-1.anna", "drop-1.berta")
    send_until_settled()
    assert states()["450-1.anna"] == "dead"


def test_without_telling_them_apart_a_refusal_for_good_is_tried_for_days(mail_server, monkeypatch):
    monkeypatch.setattr(smtp.Smtp, "_judged", lambda _self, code, said, of="": Outcome("later", f"{code}"))
    queue("550.anna")
    send_until_settled()
    assert mail_server.tries["550.anna@customer.example"] == 10


def test_when_a_refusal_is_blamed_on_the_server_one_dead_recipient_stops_the_others(mail_server, monkeypatch):
    def blame(_self: smtp.Smtp, code: int, said: bytes, of: str = "") -> Outcome:
        raise ChannelDown(f"{code}")

    monkeypatch.setattr(smtp.Smtp, "_judged", blame)
    queue("ok.a", "550.b", "ok.c")
    with closing(Sender()) as one:
        one.step()
    assert states() == {"ok.a": "sent", "550.b": "waiting", "ok.c": "waiting"}


def test_when_a_vain_try_counts_a_server_that_is_away_ends_the_mail(monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://127.0.0.1:{free_port()}")
    monkeypatch.setattr(sender, "_take_back_the_try", lambda *_try: None)
    queue("ok.anna")
    for _ in range(30):
        Sender().step()
    assert states() == {"ok.anna": "dead"}


def test_without_a_rest_a_server_that_is_away_is_asked_all_the_time(monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://127.0.0.1:{free_port()}")
    monkeypatch.setattr(sender, "channel_pause", lambda _failures: timedelta())
    queue("ok.anna")
    one = Sender()
    for _ in range(6):
        one.step()
    assert one._failures == 6


@pytest.mark.slow
def test_without_a_limit_for_each_step_a_silent_server_holds_us_up(silent_server, monkeypatch):
    monkeypatch.setattr(smtp, "STEP_SECONDS", None)
    monkeypatch.setattr(smtp, "WHOLE_SECONDS", 3.1)  # only this one is left
    queue("ok.anna")
    assert seconds_of_a_step() >= 3


@pytest.mark.slow
def test_without_a_limit_for_the_whole_a_trickle_holds_us_up_as_long_as_it_lasts(silent_server, monkeypatch):
    monkeypatch.setattr(smtp, "cut_after", lambda _seconds, _line: nullcontext())
    queue("ok.anna")
    with trickling(silent_server, seconds=3.1):
        assert seconds_of_a_step() >= 3


def test_without_a_pace_all_go_at_once(mail_server, monkeypatch):
    queue(*[f"ok.a{number}" for number in range(6)])
    monkeypatch.setattr(Sender, "_keep_pace", lambda _self: None)
    with closing(Sender(per_second=0.01)) as slowest:
        assert slowest.step() == 6
    assert len(mail_server.taken) == 6


def test_without_the_fence_a_sender_that_lost_its_lease_sends_all_the_same(mail_server, monkeypatch):
    monkeypatch.setattr(sender, "_write_down_the_try", lambda *_try: True)
    queue("ok.anna")
    Delivery.objects.update(token="somebody else's")
    with closing(Sender()) as late:
        assert late._send(Delivery.objects.get(), "mine")
    assert len(mail_server.taken) == 1
