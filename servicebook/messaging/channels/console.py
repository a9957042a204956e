"""For the demo: mails are written into the log instead of being sent."""

import logging

from servicebook.messaging.channels import Outcome
from servicebook.messaging.channels.mail import BadAddress, receiver
from servicebook.messaging.models import Delivery

log = logging.getLogger("servicebook.mail")


class Console:
    def send(self, row: Delivery) -> Outcome:
        try:
            receiver(row.to_address)
        except BadAddress as error:
            return Outcome("never", str(error))
        log.info("mail to %s <%s>: %s\n%s", row.to_name, row.to_address, row.subject_line, row.body)
        return Outcome("sent", "written to the log")

    def close(self) -> None:
        """Nothing is open."""
