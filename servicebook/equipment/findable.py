"""How units are found: by serial, inventory number, model, place and customer."""

from django.utils.translation import gettext_lazy as _

from servicebook.customers.findable import custom_words, joined
from servicebook.equipment.models import Asset
from servicebook.search import Findable, findable


@findable(Asset, icon="server-2", plural=_("Equipment"), place=4)
def asset(one: Asset) -> Findable:
    words = [one.inventory_number, one.external_ref, one.place.name if one.place else "", custom_words(one)]
    return Findable(title=str(one), detail=joined(one.customer, one.site), words=" ".join(words))
