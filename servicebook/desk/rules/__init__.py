"""Decisions of the desk, without Django, clock or rows."""
