"""Pure decisions about equipment: readings, warranties, parts that are often replaced."""
