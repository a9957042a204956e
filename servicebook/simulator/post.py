"""The simulator's post: every letter arrives, and none leaves the house."""

from servicebook.messaging.channels import Outcome
from servicebook.messaging.models import Delivery


class Letterbox:
    """A way out that ends here."""

    def send(self, row: Delivery) -> Outcome:
        return Outcome("sent", "kept by the simulator")

    def close(self) -> None:
        """Nothing is open."""
