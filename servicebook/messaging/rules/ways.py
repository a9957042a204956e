"""Over which channel a person is told something."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

MAIL: Final = "mail"
# Unless a stage says otherwise: the step stands on Today, and a mail says so (S0.38).
USUAL: Final = (MAIL,)


@dataclass(frozen=True)
class Ways:
    """How one person can be reached today.

    Attributes:
        wish: the channels that the person prefers, the first first.
        addresses: by channel; one that does not reach the person is absent.
        suppressed: why nothing is sent over a channel although there is an address.
    """

    wish: Sequence[str] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    suppressed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """The channel; with its address, or with the reason why nothing can go out."""

    channel: str
    address: str = ""
    because: str = ""


def choose(ways: Ways, *, order: Sequence[str], nothing: str) -> Choice:
    """Choose the first channel that reaches: of the person's wish, then of `order`, then mail.

    Args:
        nothing: the reason when there is no address at all.
    """
    whole = list(dict.fromkeys((*ways.wish, *(order or USUAL), MAIL)))
    for channel in whole:
        if channel in ways.addresses and channel not in ways.suppressed:
            return Choice(channel, address=ways.addresses[channel])
    for channel in whole:
        if channel in ways.suppressed:
            return Choice(channel, address=ways.addresses.get(channel, ""), because=ways.suppressed[channel])
    return Choice(whole[0], because=nothing)


def answered_by(wrote_by: str, wish: Sequence[str], there: Collection[str]) -> str:
    """Return the channel of an answer to a person, of those in `there`, which is not empty.

    The one that they wrote by; who wishes for others alone gets those. A mail is answered by mail in any
    case: the two stand in one thread.
    """
    taken = not wish or wrote_by in wish or wrote_by == MAIL
    order: list[str] = [*([wrote_by] if taken else []), *wish, MAIL, *there]
    return next(one for one in order if one in there)
