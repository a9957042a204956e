"""Why a contract needs a look, in the active language."""

from django.utils.translation import gettext_lazy as _

from servicebook.contracts.rules.terms import Said

SENTENCES = {
    "weak_seldom_kept": _("Only %(percent)s %% of the promised times were kept."),
    "weak_slow": _("A ticket takes %(times)s times as long as under the usual contract."),
    "weak_many": _("It makes %(times)s times as many tickets as the usual contract."),
    "weak_imbalance": _("It takes %(hours)s %% of the hours and brings %(revenue)s %% of the revenue."),
}


def say(said: Said) -> str:
    return str(SENTENCES[said.code]) % said.facts
