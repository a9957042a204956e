"""A clock is a fold over what happened: it can be read at any time, to the same second."""
