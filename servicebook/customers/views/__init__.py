"""Pages of customers, sites, contacts, promises and regions."""
