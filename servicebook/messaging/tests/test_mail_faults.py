"""A worker that sends is killed between any two words with the mail server."""

import pytest
from django.conf import settings

COUNT = 2


@pytest.mark.fault
@pytest.mark.trust("B23")
def test_a_sender_killed_anywhere_loses_nothing_and_repeats_at_most_one_mail_with_its_id(
    rehearse, mail_server
):
    played = rehearse("kill_at_every_point", count=COUNT, mail=True, mail_url=settings.CONFIG.mail_url)

    assert {"before commit", "after commit", "after an answer"} <= set(played["points"])
    for run in played["runs"]:
        assert run["killed"] == -9, run
        assert (run["states"], run["fired_once"], run["fired_more"]) == ({"fired": COUNT}, COUNT, 0), run
        assert run["mails"] == {"sent": COUNT}, run
        copies = sorted(mail_server.arrived[message_id] for message_id in run["message_ids"])
        assert copies in ([1, 1], [1, 2]), run
