"""What happens when a customer keeps silent: 48 hours, 72 hours, 5 days, and then a decision (S0.36, S0.40).

Silence counts from the moment the customer was asked, or from the day up to which a person let it rest.
"""

from datetime import datetime, timedelta

from servicebook.reminders.rules.ladders import Side, Step, Unit
from servicebook.reminders.rules.words import gettext_noop as _

# Asked, and nobody reacted. A contract may bring its own ladder.
CLIENT_SILENT = (
    Step(
        "after-48h",
        48,
        Unit.HOURS,
        Side.AFTER,
        theirs=("main",),
        asks="reply",
        text="reply_wanted",
        ours=("manager",),
        step=_("See that {customer} answers: {title}"),
        step_owner="manager",
    ),
    Step(
        "after-72h",
        72,
        Unit.HOURS,
        Side.AFTER,
        ours=("manager", "supervisor"),
        step=_("Reach {customer} by another way: {title}"),
        step_owner="manager",
    ),
    Step(
        "after-5",
        5,
        Unit.DAYS,
        Side.AFTER,
        ours=("manager", "supervisor"),
        step=_("Call {customer} and decide: {title}"),
        step_owner="manager",
        needs_decision=True,
    ),
)
# Where no ladder is in force, somebody still looks at it after this time.
LOOK_AFTER = timedelta(hours=48)


def counts_from(since: datetime, resume_at: datetime | None, usual_pause: timedelta | None) -> datetime:
    """Return the moment from which a waiting thing is silent.

    Args:
        since: when the customer was asked.
        resume_at: when somebody wants to look at it again.
        usual_pause: the length of the pause when nobody names a moment. One that is longer was agreed
            with the customer, and before its end nobody has kept silent.
    """
    if resume_at is None or (usual_pause is not None and resume_at - since <= usual_pause):
        return since
    return max(since, resume_at)
