"""Reads of maintenance that several pages share."""
