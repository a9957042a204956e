"""Messages from a messenger and by SMS: kept as they came, then understood, once."""
