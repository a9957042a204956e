"""What updates of the Bot API and calls of SMS gateways say, as tables."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.intake.messenger.rules import sms, updates
from servicebook.intake.messenger.rules.said import Offered

CHAT = {"id": 9001, "type": "private"}
ANNA = {"id": 9001, "is_bot": False, "first_name": "Anna", "last_name": "K", "username": "anna"}


def message(**facts):
    return {"update_id": 5, "message": {"message_id": 7, "chat": CHAT, "from": ANNA, **facts}}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"text": " No power "},
            {"text": "No power", "name": "Anna K (@anna)", "chat": "9001", "number": "7"},
        ),
        ({"text": "/start c1-2-abc"}, {"command": "start", "argument": "c1-2-abc"}),
        ({"text": "/start@house_bot u1-2-abc more"}, {"command": "start", "argument": "u1-2-abc"}),
        ({"text": "/STOP"}, {"command": "stop", "argument": ""}),
        ({"text": "/12 rooms / no power"}, {"command": "12", "text": "/12 rooms / no power"}),
        ({"text": "see /start"}, {"command": "", "text": "see /start"}),
        ({"text": "Yes", "reply_to_message": {"message_id": 3}}, {"reply_to": "3"}),
        ({"photo": [], "caption": "broken"}, {"text": "broken", "files": ()}),
        (
            {
                "photo": [
                    {"file_id": "s", "width": 90},
                    {"file_id": "L", "width": 900, "file_unique_id": "uq"},
                ]
            },
            {"files": (Offered("L", "photo-uq.jpg", "image/jpeg"),), "text": ""},
        ),
        (
            {
                "document": {
                    "file_id": "D",
                    "file_name": "act.pdf",
                    "mime_type": "application/pdf",
                    "file_size": 9,
                }
            },
            {"files": (Offered("D", "act.pdf", "application/pdf", 9),)},
        ),
        ({"voice": {"file_id": "V"}}, {"left_out": ("voice",), "because": ""}),
        (
            {"animation": {}, "document": {"file_id": "G"}},
            {"left_out": (), "files": (Offered("G", "document"),)},
        ),
        ({"text": "a\x00b\ud800"}, {"text": "ab"}),
        ({"text": "x", "media_group_id": "g1"}, {"group": "g1"}),
        ({"text": "x", "chat": {"id": -5, "type": "group"}}, {"because": updates.NO_ROOM_OF_ONE}),
        ({"text": "x", "from": {"is_bot": True}}, {"because": updates.NO_PERSON}),
        ({"new_chat_title": "x"}, {"because": updates.NO_MESSAGE}),
        ({"text": "x", "chat": None}, {"because": updates.NO_MESSAGE, "chat": ""}),
    ],
)
def test_what_a_message_says(facts, expected):
    said = updates.read(message(**facts))
    assert {name: getattr(said, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("status", "kind", "gone"),
    [
        ("kicked", "private", True),
        ("left", "private", True),
        ("member", "private", False),
        ("kicked", "group", False),
    ],
)
def test_who_closes_the_chat_is_gone(status, kind, gone):
    change = {"chat": {"id": 9001, "type": kind}, "new_chat_member": {"status": status}}
    assert updates.read({"update_id": 1, "my_chat_member": change}).gone is gone


def test_an_edited_message_says_so():
    said = updates.read({"edited_message": message(text="room 21")["message"]})
    assert (said.edited, said.text, said.number) == (True, "room 21", "7")


NAMES = ["message", "chat", "from", "text", "photo", "document", "id", "type", "file_id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=12,
)


@pytest.mark.trust("B6")
@given(JSON)
def test_whatever_comes_is_read_without_a_fault(value):
    said = updates.read(value)
    json.dumps(said.text).encode()
    assert said.text.isprintable() or said.text.strip() == said.text
    assert updates.update_id(value) is None


@pytest.mark.parametrize(
    ("body", "kind", "names", "expected"),
    [
        (b"from=%2B77015550112&text=Yes&id=9", "form", {}, [("+77015550112", "Yes", "9")]),
        (b"phone=77015550112&mes=%D0%94%D0%B0", "form", {}, [("77015550112", "Да", "")]),
        (b'{"msisdn": 7701, "text": "Yes", "messageId": "a"}', "json", {}, [("7701", "Yes", "a")]),
        (b"From=%2B7701&Body=Hi&MessageSid=SM1&To=%2B7702", "form", {}, [("+7701", "Hi", "SM1")]),
        (b'{"results": [{"from": "1", "text": "a"}, {"from": "2", "text": "b"}]}', "json", {},
         [("1", "a", ""), ("2", "b", "")]),
        (b'{"message": {"sender": "1", "text": "a", "sms_id": 5}}', "json", {}, [("1", "a", "5")]),
        (b"who=1&what=a&from=9&text=b", "form", {"from": "who", "text": "what"}, [("1", "a", "")]),
        (b'[{"from": "1", "text": "a\\u0000"}, {"from": "2"}]', "json", {}, [("1", "a", "")]),
    ],
)  # fmt: skip
def test_what_an_sms_gateway_says(body, kind, names, expected):
    found = sms.read(body, content_type=f"application/{kind}", names=names)
    assert [(one.sender, one.text, one.id) for one in found] == expected


@pytest.mark.parametrize(
    "body", [b"", b"{", b"from=1", b"text=a", b"[]", b"null", b'{"from": "1", "text": " "}']
)
def test_what_is_no_sms_is_refused(body):
    with pytest.raises(sms.Unreadable):
        sms.read(body, content_type="application/json" if body[:1] in b"{[n" and body else "", names={})


@given(st.binary(max_size=200), st.sampled_from(["application/json", "application/x-www-form-urlencoded"]))
def test_any_bytes_are_read_or_refused(body, kind):
    try:
        found = sms.read(body, content_type=kind, names={})
    except sms.Unreadable:
        return
    assert all(one.sender and one.text for one in found)
