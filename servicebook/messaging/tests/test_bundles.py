"""What one message says, when it goes, and over which channel."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.messaging.rules import bundles
from servicebook.messaging.rules.bundles import Piece, composed
from servicebook.messaging.rules.ways import Choice, Ways, choose

ALMATY = ZoneInfo("Asia/Almaty")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "zone", "day", "ready"),
    [
        ("2026-03-05 07:00", ALMATY, "2026-03-05", "2026-03-05 07:02"),  # of today: two minutes
        ("2026-03-05 07:00", ALMATY, "2026-03-06", "2026-03-06 04:00"),  # 09:00 there is 04:00 UTC
        ("2026-03-05 20:00", ALMATY, "2026-03-06", "2026-03-05 20:02"),  # there it is the 6th already
        ("2026-03-28 07:00", BERLIN, "2026-03-29", "2026-03-29 07:00"),  # clocks went forward in the night
    ],
)
def test_a_bundle_of_today_goes_in_two_minutes_and_that_of_another_day_at_nine(now, zone, day, ready):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(ready).replace(tzinfo=UTC)
    assert bundles.ready_at(date.fromisoformat(day), at, zone) == expected


@pytest.mark.parametrize(
    ("waiting", "held", "unknown", "takes"),
    [
        (True, False, 0, True),
        (True, True, 0, False),  # a sender has it in its hands
        (True, False, 1, False),  # it may have arrived: a copy has to say the same
        (False, False, 0, False),  # sent, dead
    ],
)
def test_a_bundle_takes_more_while_nobody_can_have_read_it(waiting, held, unknown, takes):
    assert bundles.takes_more(waiting=waiting, held=held, unknown=unknown) is takes


def test_one_notice_reads_as_it_is_with_its_link_below():
    piece = Piece("Please confirm", "Dear Anna,\n\nwe come on Monday.", "https://x.example/a/1")
    assert composed([piece], long=True) == (
        "Please confirm",
        "Dear Anna,\n\nwe come on Monday.\n\nhttps://x.example/a/1",
    )
    within = Piece("Please confirm", "Click https://x.example/a/1 now", "https://x.example/a/1")
    assert composed([within], long=True)[1] == within.body
    assert composed([Piece("S", "Please confirm", "https://x.example/a/1")], long=False)[1] == (
        "Please confirm https://x.example/a/1"
    )


def test_several_notices_say_once_what_all_of_them_begin_and_end_with():
    pieces = [
        Piece("UPS", "Dear Anna,\n\nthe UPS is due.\n\nYour service", "https://x.example/a/1"),
        Piece("Server", "Dear Anna,\n\nthe server is due.\n\nPlease call.\n\nYour service"),
    ]
    subject, body = composed(pieces, long=True, foot="Unsubscribe: https://x.example/u/1")
    assert subject == "UPS (+1)"
    assert body == (
        "Dear Anna,\n\n* UPS\n\nthe UPS is due.\n\nhttps://x.example/a/1\n\n"
        "* Server\n\nthe server is due.\n\nPlease call.\n\nYour service\n\nUnsubscribe: https://x.example/u/1"
    )


def test_a_short_message_names_the_first_and_counts_the_rest():
    pieces = [Piece(f"N{number}", f"Text {number}") for number in range(8)]
    subject, body = composed(pieces, long=False)
    assert subject == "N0 (+7)"
    assert body == "Text 0\n\nText 1\n\nText 2\n\nText 3\n\nText 4\n\n+3"


words = st.text(alphabet="ab \n", max_size=30)


@given(
    st.lists(st.builds(Piece, st.text(alphabet="xyz", min_size=1, max_size=5), words), min_size=1, max_size=6)
)
def test_whatever_is_told_stands_in_the_mail_in_order(pieces):
    _subject, body = composed(pieces, long=True)
    at = 0
    for piece in pieces if len(pieces) > 1 else []:
        at = body.index(f"* {piece.subject_line}", at) + 1
    told = {part for piece in pieces for part in piece.body.split("\n\n") if part.strip()}
    for part in told:
        assert part.strip() in body


@pytest.mark.parametrize(
    ("ways", "order", "expected"),
    [
        (Ways(addresses={"mail": "a@b", "sms": "+7"}), (), Choice("mail", "a@b")),  # S0.38: mail by default
        (Ways(addresses={"mail": "a@b", "sms": "+7"}), ("sms", "mail"), Choice("sms", "+7")),
        (Ways(addresses={"mail": "a@b"}), ("sms", "telegram"), Choice("mail", "a@b")),  # mail at last
        (Ways(("telegram",), {"mail": "a@b", "telegram": "5"}), ("sms",), Choice("telegram", "5")),
        (Ways(("telegram",), {"mail": "a@b"}), (), Choice("mail", "a@b")),  # not linked yet
        (
            Ways(addresses={"mail": "a@b", "sms": "+7"}, suppressed={"mail": "it came back"}),
            ("mail", "sms"),
            Choice("sms", "+7"),
        ),
        (
            Ways(addresses={"mail": "a@b", "sms": "+7"}, suppressed={"mail": "it came back"}),
            ("mail",),
            Choice("mail", "a@b", "it came back"),  # nobody asked for an SMS
        ),
        (Ways(), ("sms",), Choice("sms", "", "no address")),
    ],
)
@pytest.mark.req("S0.38")
def test_the_first_way_that_reaches_is_taken(ways, order, expected):
    assert choose(ways, order=order, nothing="no address") == expected
