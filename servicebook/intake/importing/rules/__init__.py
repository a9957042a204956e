"""Pure decisions of the import: what the bytes say, which column is which, what a cell means."""
