"""The ladders that a new installation starts with (S0.33, S0.34, S0.38, S0.42, S1.3). Silence: `escalation`.

The one for overdue invoices comes with the invoices.
"""

from collections.abc import Mapping

from servicebook.reminders.rules.escalation import CLIENT_SILENT
from servicebook.reminders.rules.ladders import Side, Step, Unit
from servicebook.reminders.rules.words import gettext_noop as _

AT_THE_SITE = ("on_site", "main")
WHO_DECIDES = ("decision_maker", "main")
SHORT_WAYS = ("telegram", "sms", "mail")  # for what is urgent (S0.38)
DAYS, HOURS, AFTER = Unit.DAYS, Unit.HOURS, Side.AFTER

MAINTENANCE = (
    Step(
        "before-14",
        14,
        theirs=AT_THE_SITE,
        asks="window",
        text="maintenance_invite",
        ours=("owner",),
        step=_("Agree the window with {customer}: {title}"),
        step_hours=120,
    ),
    Step(
        "before-7",
        7,
        theirs=AT_THE_SITE,
        asks="window",
        text="maintenance_again",
        ours=("owner",),
        step=_("See that window, access and parts are settled: {title}"),
        step_hours=72,
    ),
    Step(
        "before-1",
        1,
        theirs=AT_THE_SITE,
        asks="window",
        text="maintenance_again",
        ours=("owner", "engineer"),
        step=_("Last look before the visit: {title}"),
        step_hours=8,
    ),
    Step(
        "after-1",
        1,
        DAYS,
        AFTER,
        ours=("owner", "manager"),
        step=_("It is overdue: do it, move it or say why it is left out: {title}"),
        step_hours=8,
    ),
)
WINDOW = (
    Step(
        "before-1",
        1,
        theirs=AT_THE_SITE,
        asks="access",
        text="access_tomorrow",
        channels=SHORT_WAYS,
        urgent=True,
        ours=("engineer",),
        step=_("Make sure that somebody lets us in tomorrow: {title}"),
        step_owner="engineer",
        step_hours=8,
    ),
)
PARTS = (
    Step(
        "before-5",
        5,
        ours=("storekeeper",),
        step=_("Prepare the parts: {parts} · {title}"),
        step_owner="storekeeper",
        step_hours=48,
    ),
)
ACT = (
    Step(
        "after-1",
        1,
        DAYS,
        AFTER,
        ours=("engineer",),
        step=_("Attach the act or the checklist: {title}"),
        step_owner="engineer",
    ),
)
RENEWAL = (
    Step(
        "before-90",
        90,
        ours=("owner",),
        step=_("Prepare the renewal offer of {number} with the year in review"),
        step_hours=28 * 24,
    ),
    Step(
        "before-60",
        60,
        theirs=WHO_DECIDES,
        asks="renewal",
        text="renewal_notice",
        ours=("owner",),
        step=_("Send the renewal offer of {number} and agree when it is decided"),
        step_hours=14 * 24,
    ),
    Step(
        "before-30",
        30,
        theirs=WHO_DECIDES,
        asks="renewal",
        text="renewal_notice",
        ours=("owner",),
        step=_("Ask for the decision about the renewal of {number}"),
        step_hours=7 * 24,
    ),
    Step(
        "before-7",
        7,
        theirs=WHO_DECIDES,
        asks="renewal",
        text="renewal_notice",
        ours=("owner",),
        step=_("Get the last word about the renewal of {number}"),
        step_hours=2 * 24,
    ),
)
REVIEW = (
    Step(
        "before-14",
        14,
        ours=("owner",),
        step=_("Review {number}: renegotiate, or propose an upgrade"),
        step_hours=14 * 24,
    ),
)
MILESTONE = (
    Step(
        "on-time",
        ours=("accountant",),
        step=_("Issue the invoice: {title}"),
        step_owner="accountant",
    ),
    Step(
        "after-3",
        3,
        DAYS,
        AFTER,
        ours=("accountant", "account_manager"),
        step=_("Not invoiced yet: {title}"),
        step_owner="accountant",
    ),
)
WARRANTY = (
    Step(
        "before-30",
        30,
        ours=("account_manager",),
        step=_("Offer what comes after the warranty of {title}"),
        step_owner="account_manager",
        step_hours=14 * 24,
    ),
)
PROMISE = (
    Step("on-time", 0, HOURS, AFTER, ours=("owner",), step=_("Keep it, or give it another date: {title}")),
    Step(
        "after-1",
        1,
        DAYS,
        AFTER,
        ours=("manager",),
        step=_("{who} is late: {title}"),
        step_owner="manager",
    ),
)
LADDERS: Mapping[str, tuple[Step, ...]] = {
    "maintenance": MAINTENANCE,
    "window": WINDOW,
    "parts": PARTS,
    "act": ACT,
    "renewal": RENEWAL,
    "review": REVIEW,
    "milestone": MILESTONE,
    "warranty": WARRANTY,
    "promise": PROMISE,
    "silence": CLIENT_SILENT,
}
