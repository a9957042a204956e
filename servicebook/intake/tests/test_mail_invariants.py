"""The books about mail hold, and a broken book is named."""

import pytest

from servicebook.intake import invariants
from servicebook.intake.mail import actions
from servicebook.intake.models import ReceivedMail
from servicebook.intake.tests.mails import plain
from servicebook.testing import make_reason, make_user

pytestmark = pytest.mark.django_db


def test_a_mail_without_its_message_or_its_obligation_is_named():
    make_user("manager", email="owner@house.example")
    make_reason("failure")
    actions.receive(plain())
    kept = actions.keep(plain("Another."))
    assert not [*invariants.understood_mails_are_messages(), *invariants.stored_mails_are_owed()]

    ReceivedMail.objects.filter(state=ReceivedMail.State.UNDERSTOOD).update(message=None)
    ReceivedMail.objects.filter(pk=kept.pk).update(sha256="0" * 64)
    kept_too = ReceivedMail.objects.create(sha256="1" * 64, raw=kept.raw, received_at=kept.received_at)

    assert len(list(invariants.understood_mails_are_messages())) == 3
    assert list(invariants.stored_mails_are_owed()) == [
        f"mail {kept_too.pk} waits, and nothing on the agenda will understand it"
    ]
