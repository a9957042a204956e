"""The whole corpus through the reader and through the door (trust 2.6)."""

import hashlib

import pytest

from servicebook.core import html as house_html
from servicebook.files import store
from servicebook.intake.mail import actions
from servicebook.intake.mail.rules import reading
from servicebook.intake.mail.rules.automatic import Automatic
from servicebook.intake.models import ReceivedMail
from servicebook.intake.tests import corpus
from servicebook.messaging.models import Delivery
from servicebook.testing import make_contact, make_customer, make_reason, make_user
from servicebook.tickets.models import Message

CASES = list(corpus.every())
OWN = {corpus.HOUSE}


def share(cases, right):
    """The share of `cases` for which `right` holds, and the names of the others."""
    failed = [case.name for case in cases if not right(case, reading.read(case.raw, own_addresses=OWN))]
    return 1 - len(failed) / len(cases), failed


def test_the_corpus_is_large():
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.trust("B4")
def test_senders_and_subjects_are_read():
    asked = [case for case in CASES if case.sender is not None or case.subject is not None]

    right, failed = share(
        asked,
        lambda case, letter: (
            (case.sender in (None, letter.sender.email)) and (case.subject in (None, letter.subject))
        ),
    )

    assert right >= 0.99, failed


def test_texts_are_read_in_every_charset():
    right, failed = share(
        [case for case in CASES if case.text is not None and not case.quoted],
        lambda case, letter: letter.text == case.text,
    )

    assert right >= 0.99, failed


def test_attachments_come_with_their_names():
    right, failed = share(
        [case for case in CASES if case.attachments],
        lambda case, letter: tuple(one.name for one in letter.attachments) == case.attachments,
    )

    assert right >= 0.98, failed


def test_quoted_mails_are_recognised():
    right, failed = share(
        [case for case in CASES if case.quoted],
        lambda case, letter: (
            case.quoted not in letter.text
            and case.quoted not in house_html.to_text(letter.html)
            and "red one" in letter.text
        ),
    )

    assert right >= 0.9, failed


@pytest.mark.trust("B4")
def test_every_mail_of_a_program_is_recognised_and_no_persons_mail_is():
    failed = [
        case.name
        for case in CASES
        if (reading.read(case.raw, own_addresses=OWN).automatic is not Automatic.PERSON) != case.by_program
    ]

    assert not failed


@pytest.mark.slow
@pytest.mark.trust("B4")
@pytest.mark.req("S4.2")
@pytest.mark.django_db
def test_none_is_lost_and_no_program_is_answered(monkeypatch):
    make_user("manager", name="Service owner", email="owner@house.example")
    make_reason("failure")
    make_contact(make_customer(name="Plant", mail_domains=["plant.example"]), email="bolat@plant.example")

    monkeypatch.setattr(actions, "MOST_MAILS", len(CASES))  # they all come within one hour
    for case in CASES:
        before = Delivery.objects.exclude(to_address="owner@house.example").count()
        mail = actions.receive(case.raw)
        mail.refresh_from_db()
        assert mail.state != ReceivedMail.State.STORED, case.name
        assert "could not read" not in mail.because, (case.name, mail.because)
        with store.open_bytes(mail.raw) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == mail.sha256
        if case.by_program:
            assert Delivery.objects.exclude(to_address="owner@house.example").count() == before, case.name
        else:
            assert mail.state == ReceivedMail.State.UNDERSTOOD, case.name

    assert ReceivedMail.objects.count() == len({case.raw for case in CASES})
    assert Message.objects.exists()
