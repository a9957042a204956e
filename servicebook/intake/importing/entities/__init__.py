"""What the rows of each kind of file become."""

from servicebook.intake.importing.entities.assets import Assets
from servicebook.intake.importing.entities.base import Entity
from servicebook.intake.importing.entities.contacts import Contacts
from servicebook.intake.importing.entities.contracts import Contracts
from servicebook.intake.importing.entities.customers import Customers
from servicebook.intake.importing.entities.sites import Sites
from servicebook.intake.importing.entities.tickets import Tickets
from servicebook.intake.models import ImportRun

ENTITIES: dict[str, type[Entity]] = {
    ImportRun.Entity.CUSTOMERS: Customers,
    ImportRun.Entity.CONTACTS: Contacts,
    ImportRun.Entity.SITES: Sites,
    ImportRun.Entity.ASSETS: Assets,
    ImportRun.Entity.CONTRACTS: Contracts,
    ImportRun.Entity.TICKETS: Tickets,
}

__all__ = ["ENTITIES", "Entity"]
