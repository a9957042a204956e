"""Forms of reminder rules and of silence."""
