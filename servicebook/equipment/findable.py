"""How units are found: by serial, inventory number, model, place and customer."""

from servicebook.customers.findable import custom_words, joined
from servicebook.equipment.models import Asset
from servicebook.search import Findable, findable


@findable(Asset, icon="server")
def asset(one: Asset) -> Findable:
    words = [one.inventory_number, one.external_ref, one.place.name if one.place else "", custom_words(one)]
    return Findable(title=str(one), detail=joined(one.customer, one.site), words=" ".join(words))
