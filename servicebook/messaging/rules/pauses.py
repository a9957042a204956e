"""How long a mail rests after a temporary refusal, and when it is given up."""

from datetime import timedelta

# After the first temporary refusal, the second, …: greylisting passes in minutes, a full mailbox in
# days. About three days in all, then a person sees it as not deliverable.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)

# While the mail server cannot be reached at all, no mail is to blame: the whole channel rests.
CHANNEL_PAUSES = (
    timedelta(seconds=2),
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=2),
)


def pause_after(attempts: int) -> timedelta | None:
    """Return the rest after `attempts` refusals (1 or more); None when the mail is given up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def channel_pause(failures: int) -> timedelta:
    """Return the rest after `failures` vain tries in a row (1 or more) to reach the server."""
    return CHANNEL_PAUSES[min(failures, len(CHANNEL_PAUSES)) - 1]
