"""What follows from addresses that can be written to again."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from servicebook.agenda import Due, duty
from servicebook.customers.models import Contact
from servicebook.messaging import suppressing


@duty(
    "messaging.address_mended",
    subject=Contact,
    title=_("Take back that an address is to be mended"),
    gather=suppressing.look_for_mended,
)
class AddressMended:
    """Who was asked to mend an address need not tick it off, too."""

    def owed(self, contact: Contact) -> Iterator[Due]:
        if due := getattr(contact, "mended", None):
            yield due

    def fire(self, contact: Contact, due: Due, *, at: datetime) -> None:
        suppressing.drop_step(contact)
