"""Somebody calls, or a colleague asks: find who and what, note it, give the number back."""
