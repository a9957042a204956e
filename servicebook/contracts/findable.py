"""How a contract is found (S1.1). Who may not see a sensitive one does not find it."""

from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models import Contract
from servicebook.customers.findable import custom_words, joined
from servicebook.search import Findable, findable


@findable(Contract, icon="file-certificate", plural=_("Contracts"), place=4)
def contract(one: Contract) -> Findable:
    words = [one.external_ref, one.considerations, one.owner.name, custom_words(one)]
    return Findable(
        title=f"{one.number} · {one.title}",
        detail=joined(one.customer, one.get_type_display(), one.get_state_display()),
        words=" ".join(words),
    )
