"""Pure decisions about customers: addresses, trees, likeness, who is told."""
