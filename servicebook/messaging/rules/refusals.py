"""Whether a refusal for good means the address, or what we sent, or how we sent it."""

import re

_STATUS = re.compile(r"(?<![\d.])5\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])(5\d\d)(?![\d.])")
# RFC 3463. 5.1.x is about addresses, of which two are the sender's; 5.2.1 is a mailbox that is closed.
# A full mailbox (5.2.2), a message too large, a policy or a virus say nothing of the address.
_OF_SENDER = frozenset({"7", "8"})
_OF_ADDRESS_BY_CODE = frozenset({"550", "551", "553"})


def means_the_address(said: str) -> bool:
    """Whether nothing sent to the address can ever arrive.

    Args:
        said: what a mail server answered, or what a bounce reports: "550 5.1.1 no such user".
    """
    if status := _STATUS.search(said):
        subject, detail = status.groups()
        return (subject == "1" and detail not in _OF_SENDER) or (subject, detail) == ("2", "1")
    code = _CODE.search(said)
    return code is not None and code[1] in _OF_ADDRESS_BY_CODE
