"""Pure sums: what was kept of what was promised, how long units ran, which contracts need a look."""
