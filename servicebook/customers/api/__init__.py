"""Customers, sites, contacts, promises and regions, for programs."""

from servicebook.customers.api.contacts import routes as contacts
from servicebook.customers.api.customers import regions
from servicebook.customers.api.customers import routes as customers
from servicebook.customers.api.promises import routes as promises
from servicebook.customers.api.sites import routes as sites

__all__ = ["contacts", "customers", "promises", "regions", "sites"]
