"""Pure decisions about files: what they are called, what they are, and which are dangerous."""
