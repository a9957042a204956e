"""Reads of many rows into the few figures that a page shows."""
