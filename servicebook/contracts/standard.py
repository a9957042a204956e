"""What a new installation starts with: reasons of refusal (S0.66) and templates of contracts (S2.5)."""

from typing import Any

REFUSAL_REASONS = (
    "Too dear",
    "Goes to another provider",
    "Does it with own people",
    "Equipment sold or written off",
    "Site closed",
    "Not satisfied with the service",
    "Terms could not be agreed",
)


def _targets(measure: str, *minutes: int) -> list[dict[str, Any]]:
    """Promised times for priorities 1, 2, 3…"""
    return [
        {"measure": measure, "priority": priority, "minutes": within}
        for priority, within in enumerate(minutes, start=1)
    ]


_WHO_DOES_WHAT = {
    "customer_does": "Access to the sites, power, network ports, one contact per site",
    "we_do": "Work and deadlines, confirmation of closure with the customer's signer",
    "vendor_does": "Warranty replacement within 10 days, returns through us",
    "access_by": "The responsible contact of the site",
    "closure_by": "Whoever asked, or the responsible contact of the site",
    "closure_criteria": "The unit works as before, and the customer has confirmed it.",
}
_NO_FAULT_OF_OURS = [{"unless": "tampering"}, {"unless": "misuse"}]

# Name → a `contracts.patterns.Pattern`, except that service hours stand by their names.
TEMPLATES: dict[str, dict[str, Any]] = {
    "SLA for servers": {
        "type": "sla",
        "billing_cycle": "month",
        "renews_itself": True,
        "index_rule": "Consumer price index",
        "terms": {
            **_WHO_DOES_WHAT,
            "hours": "24/7",
            "pauses": ["client", "access"],
            "uptime_percent": "99.5",
            "included": [
                {"code": "visit", "service": "visit", "limit": "12", "period": "year"},
                {"code": "diagnostic", "service": "diagnostic"},
                {"code": "labour", "service": "labour", "limit": "2400", "period": "year"},
                {"code": "remote", "service": "remote"},
                {"code": "parts", "service": "parts", "parts": "consumables"},
            ],
            "targets": [
                *_targets("response", 30, 60, 240, 480),
                *_targets("recovery", 240, 480, 1440, 2880),
            ],
            "exclusions": [*_NO_FAULT_OF_OURS, {"unless": "unsupported"}],
        },
    },
    "Remote support by subscription": {
        "type": "subscription",
        "billing_cycle": "month",
        "renews_itself": True,
        "index_rule": "Consumer price index",
        "terms": {
            "hours": "Mon–Fri 9–18",
            "channels": ["phone", "mail", "messenger"],
            "pauses": ["client", "access", "payment"],
            "included": [
                {
                    "code": "remote",
                    "service": "remote",
                    "limit": "600",
                    "period": "month",
                    "outside_factor": "1.5",
                    "rollover": True,
                },
            ],
            "targets": _targets("response", 60, 120, 240, 480),
            "exclusions": [{"unless": "unsupported"}],
        },
    },
    "Warranty extension": {
        "type": "one_off",
        "billing_cycle": "once",
        "terms": {
            "hours": "Mon–Fri 9–18",
            "pauses": ["client", "access", "part", "delivery"],
            "included": [
                {"code": "diagnostic", "service": "diagnostic"},
                {"code": "labour", "service": "labour"},
                {"code": "parts", "service": "parts"},
            ],
            "targets": [{"measure": "response", "minutes": 540}],
            "exclusions": _NO_FAULT_OF_OURS,
        },
    },
    "School network": {
        "type": "sla",
        "billing_cycle": "quarter",
        "index_rule": "Consumer price index",
        "terms": {
            **_WHO_DOES_WHAT,
            "hours": "Mon–Sat 8–20",
            "pauses": ["client", "access"],
            "included": [
                {"code": "visit", "service": "visit", "limit": "12", "period": "year"},
                {"code": "labour", "service": "labour", "outside_factor": "1.5"},
                {"code": "remote", "service": "remote"},
                {"code": "parts", "service": "parts", "limit": "150000", "period": "year"},
            ],
            "targets": [*_targets("response", 60, 240, 240, 480), *_targets("recovery", 480)],
            "exclusions": [{"unless": "tampering"}, {"unless": "unsupported"}],
        },
    },
}


def install(reason: Any, template: Any, service_hours: Any) -> None:
    """Write what is not there yet. Takes the models, today's or a migration's."""
    for position, name in enumerate(REFUSAL_REASONS, start=1):
        reason.objects.get_or_create(name=name, defaults={"position": position})
    for name, pattern in TEMPLATES.items():
        hours = service_hours.objects.filter(name=pattern["terms"]["hours"]).first()
        terms = {**pattern["terms"], "hours": hours and hours.pk}
        template.objects.get_or_create(
            name=name, defaults={"type": pattern["type"], "terms": {**pattern, "terms": terms}}
        )
