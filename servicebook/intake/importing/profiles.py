"""Ready-made mappings: exports of other programs, recognised by their headings.

A profile fits when all of `signs` are among the headings. Headings are compared plainly, so case,
spaces and punctuation do not matter. What a profile does not map is guessed as for any file.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from servicebook.intake.importing.rules.headings import plain
from servicebook.intake.models import ImportRun

E = ImportRun.Entity


@dataclass(frozen=True, slots=True)
class Profile:
    """How one export of one program maps. `ref_prefix` keeps its numbers apart from others'."""

    name: str
    program: str
    entity: str
    signs: Sequence[str]
    mapping: Mapping[str, str]  # field → heading
    ref_prefix: str = ""
    leave: Collection[str] = ()  # headings that would be guessed wrongly


PROFILES = (
    # ERPNext: Data Export writes the labels of the document's fields.
    Profile("erpnext-customer", "ERPNext", E.CUSTOMERS, ("ID", "Customer Name", "Customer Group", "Territory"),
            {"external_ref": "ID", "name": "Customer Name", "customer_class": "Customer Group", "region": "Territory",
             "tax_id": "Tax ID", "email": "Email Id", "phone": "Mobile No", "address": "Primary Address",
             "currency": "Billing Currency", "owner": "Account Manager", "language": "Print Language",
             "notes": "Customer Details"}, leave=("Customer Type", "Disabled")),
    Profile("erpnext-contact", "ERPNext", E.CONTACTS, ("ID", "First Name", "Email Address", "Company Name"),
            {"external_ref": "ID", "first_name": "First Name", "last_name": "Last Name", "email": "Email Address",
             "phone": "Phone", "other_phone": "Mobile No", "position": "Designation", "customer": "Company Name",
             "is_main": "Is Primary Contact"}, leave=("Status", "Salutation", "Gender", "Department")),
    Profile("erpnext-address", "ERPNext", E.SITES, ("Address Title", "Address Type", "Address Line 1", "City/Town"),
            {"external_ref": "ID", "name": "Address Title", "address": "Address Line 1", "city": "City/Town",
             "region": "State/Province", "customer": "Link Name (Links)"},
            leave=("Address Type", "Country", "Phone", "Email Address")),
    Profile("erpnext-serial-no", "ERPNext", E.ASSETS, ("Serial No", "Item Code", "Warranty Expiry Date"),
            {"serial": "Serial No", "model": "Item Name", "maker": "Brand", "category": "Item Group",
             "customer": "Customer", "state": "Status", "warranty_until": "Warranty Expiry Date",
             "commissioned_on": "Delivery Date", "configuration": "Serial No Details", "site": "Location"},
            leave=("ID", "Item Code", "Company", "Asset Status", "Maintenance Status", "Description")),
    Profile("erpnext-issue", "ERPNext", E.TICKETS, ("ID", "Subject", "Issue Type", "Opening Date"),
            {"external_ref": "ID", "title": "Subject", "customer": "Customer", "contact": "Raised By (Email)",
             "status": "Status", "priority": "Priority", "reason": "Issue Type", "text": "Description",
             "opened_at": "Opening Date", "closed_at": "Resolution Date", "done": "Resolution Details"},
            ref_prefix="ERPNext ", leave=("Company", "Opening Time", "Series")),
    Profile("erpnext-warranty-claim", "ERPNext", E.TICKETS, ("ID", "Issue Date", "Serial No", "Warranty / AMC Status"),
            {"external_ref": "ID", "title": "Issue", "customer": "Customer", "contact": "Contact Email",
             "status": "Status", "opened_at": "Issue Date", "closed_at": "Resolution Date", "asset": "Serial No",
             "owner": "Resolved By", "done": "Resolution Details"},
            ref_prefix="ERPNext ", leave=("Company", "Series", "Item Name", "Description")),
    # Odoo: exports carry the field labels; "import-compatible" ones the technical names.
    Profile("odoo-partner", "Odoo", E.CUSTOMERS, ("External ID", "Name", "Is a Company", "Tax ID"),
            {"external_ref": "External ID", "name": "Name", "parent": "Related Company", "tax_id": "Tax ID",
             "email": "Email", "phone": "Phone", "address": "Street", "city": "City", "region": "State",
             "customer_class": "Tags", "language": "Language", "owner": "Salesperson", "notes": "Notes"},
            leave=("Country", "Company Type", "Mobile", "Website", "Zip", "Street2")),
    Profile("odoo-partner-technical", "Odoo", E.CUSTOMERS, ("id", "name", "is_company", "vat"),
            {"external_ref": "id", "name": "name", "parent": "parent_id", "tax_id": "vat", "email": "email",
             "phone": "phone", "address": "street", "city": "city", "region": "state_id", "language": "lang"},
            leave=("country_id", "mobile", "zip", "street2", "company_type")),
    Profile("odoo-contact", "Odoo", E.CONTACTS, ("External ID", "Name", "Job Position", "Related Company"),
            {"external_ref": "External ID", "name": "Name", "customer": "Related Company", "email": "Email",
             "phone": "Phone", "other_phone": "Mobile", "position": "Job Position", "language": "Language",
             "notes": "Notes"}, leave=("Title", "Company Name")),
    Profile("odoo-helpdesk-ticket", "Odoo", E.TICKETS, ("Ticket IDs Sequence", "Subject", "Customer", "Stage"),
            {"external_ref": "Ticket IDs Sequence", "title": "Subject", "customer": "Customer",
             "contact": "Customer Email", "status": "Stage", "reason": "Type", "owner": "Assigned to",
             "text": "Description", "opened_at": "Created on", "closed_at": "Close date",
             "changed_at": "Last Updated on"}, ref_prefix="Odoo ", leave=("External ID", "Priority", "Helpdesk Team")),
    Profile("odoo-equipment", "Odoo", E.ASSETS, ("Equipment Name", "Equipment Category", "Serial Number"),
            {"external_ref": "External ID", "model": "Model", "maker": "Vendor", "category": "Equipment Category",
             "serial": "Serial Number", "commissioned_on": "Effective Date",
             "vendor_warranty_until": "Warranty Expiration Date", "customer": "Owner", "site": "Used in location",
             "notes": "Note"}, leave=("Equipment Name", "Company", "Cost", "Technician", "Department", "Employee")),
    Profile("odoo-lot", "Odoo", E.ASSETS, ("Lot/Serial Number", "Product", "Internal Reference"),
            {"external_ref": "External ID", "serial": "Lot/Serial Number", "model": "Product",
             "inventory_number": "Internal Reference", "customer": "Last Delivery To", "notes": "Description"},
            leave=("Company", "Quantity", "Location")),
    # GLPI: the CSV of a search is parted by semicolons; headings are the columns shown.
    Profile("glpi-computer", "GLPI", E.ASSETS, ("Name", "Entity", "Serial number", "Manufacturer", "Model"),
            {"external_ref": "ID", "customer": "Entity", "state": "Status", "maker": "Manufacturer",
             "serial": "Serial number", "inventory_number": "Inventory number", "category": "Type", "model": "Model",
             "software": "Operating System - Name", "site": "Location", "configuration": "Components - Processor",
             "notes": "Comments"}, ref_prefix="GLPI ", leave=("Name", "Last update", "Alternate username")),
    Profile("glpi-ticket", "GLPI", E.TICKETS, ("ID", "Title", "Entity", "Opening date", "Requester - Requester"),
            {"external_ref": "ID", "title": "Title", "customer": "Entity", "status": "Status",
             "changed_at": "Last update", "opened_at": "Opening date", "priority": "Priority",
             "contact": "Requester - Requester", "owner": "Assigned to - Technician", "reason": "Type",
             "text": "Description", "closed_at": "Closing date", "done": "Solution - Solution",
             "site": "Location"}, ref_prefix="GLPI ", leave=("Category", "Time to resolve", "Time to own")),
    # Snipe-IT: the list of assets with its usual columns, and the file that its importer takes.
    Profile("snipe-it-assets", "Snipe-IT", E.ASSETS, ("Asset Tag", "Serial", "Model", "Category", "Company"),
            {"inventory_number": "Asset Tag", "serial": "Serial", "model": "Model", "maker": "Manufacturer",
             "category": "Category", "customer": "Company", "site": "Location", "state": "Status",
             "commissioned_on": "Purchase Date", "warranty_until": "Warranty Expires", "external_ref": "ID",
             "notes": "Notes"}, ref_prefix="Snipe-IT ",
            leave=("Asset Name", "Name", "Model No.", "Checked Out To", "Warranty", "Supplier", "EOL Date")),
    Profile("snipe-it-sample", "Snipe-IT", E.ASSETS, ("Company", "Asset Tag", "Category", "Model Number", "Asset Notes"),
            {"inventory_number": "Asset Tag", "serial": "Serial", "model": "Model", "maker": "Manufacturer",
             "category": "Category", "customer": "Company", "site": "Location", "notes": "Asset Notes",
             "commissioned_on": "Purchase Date"},
            leave=("Name", "Model Number", "Model Notes", "Supplier", "Order Number", "Purchase Cost")),
    # Zendesk: the CSV of a view, and the CSV of organizations and users.
    Profile("zendesk-tickets", "Zendesk", E.TICKETS, ("Id", "Requester", "Requester email", "Subject", "Created at"),
            {"external_ref": "Id", "contact": "Requester email", "owner": "Assignee", "title": "Subject",
             "status": "Status", "priority": "Priority", "reason": "Ticket type", "opened_at": "Created at",
             "changed_at": "Updated at", "closed_at": "Solved at", "customer": "Organization"}, ref_prefix="Zendesk ",
            leave=("Requester", "Requester id", "Requester external id", "Submitter", "Group", "Due date", "Via")),
    Profile("zendesk-organizations", "Zendesk", E.CUSTOMERS, ("Id", "Name", "Domain names", "Shared tickets"),
            {"external_ref": "Id", "name": "Name", "mail_domains": "Domain names", "notes": "Notes"},
            ref_prefix="Zendesk ", leave=("Details", "Group", "Tags", "Url", "External id")),
    Profile("zendesk-users", "Zendesk", E.CONTACTS, ("Id", "Name", "Email", "Role", "Organization"),
            {"external_ref": "Id", "name": "Name", "email": "Email", "phone": "Phone", "customer": "Organization",
             "language": "Locale", "notes": "Notes", "active": "Active"}, ref_prefix="Zendesk ",
            leave=("Role", "Details", "External id", "Url", "Alias", "Time zone", "Verified", "Suspended")),
    # Freshdesk: exports of tickets, companies and contacts.
    Profile("freshdesk-tickets", "Freshdesk", E.TICKETS, ("Ticket ID", "Subject", "Created time", "Resolution status"),
            {"external_ref": "Ticket ID", "title": "Subject", "status": "Status", "priority": "Priority",
             "reason": "Type", "owner": "Agent", "opened_at": "Created time", "closed_at": "Closed time",
             "changed_at": "Last update time", "contact": "Email", "customer": "Company Name"}, ref_prefix="Freshdesk ",
            leave=("Full name", "Title", "Contact ID", "Source", "Group", "Resolved time", "Product",
                   "First response status", "Association type")),
    Profile("freshdesk-companies", "Freshdesk", E.CUSTOMERS, ("Company Name", "Company Domains", "Health score"),
            {"name": "Company Name", "mail_domains": "Company Domains", "notes": "Company Description",
             "customer_class": "Account tier"}, leave=("Industry", "Renewal date", "Health score")),
    Profile("freshdesk-contacts", "Freshdesk", E.CONTACTS, ("Full name", "Email", "Work phone", "Company Name"),
            {"name": "Full name", "position": "Title", "customer": "Company Name", "email": "Email",
             "phone": "Work phone", "other_phone": "Mobile phone", "language": "Language",
             "external_ref": "Contact ID"}, ref_prefix="Freshdesk ",
            leave=("Twitter ID", "Unique external ID", "Facebook ID", "Time zone", "Tags", "Address")),
)  # fmt: skip
BY_NAME = {profile.name: profile for profile in PROFILES}


def recognise(headings: Collection[str]) -> Profile | None:
    """Return the profile that fits `headings` best: the one with the most of its columns there."""
    there = {plain(heading) for heading in headings}
    fitting = [one for one in PROFILES if all(plain(sign) in there for sign in one.signs)]

    def known(profile: Profile) -> int:
        return sum(1 for heading in profile.mapping.values() if plain(heading) in there)

    return max(fitting, key=known, default=None)


def mapped(profile: Profile, headings: Sequence[str]) -> dict[str, str]:
    """Return field → heading as it stands in the file, for the columns that are there."""
    by_plain = {plain(heading): heading for heading in reversed(headings)}
    return {
        field: by_plain[plain(heading)]
        for field, heading in profile.mapping.items()
        if plain(heading) in by_plain
    }
