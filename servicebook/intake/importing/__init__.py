"""Spreadsheets in: read, understood, checked, written. See `engine` for the way of a row."""
