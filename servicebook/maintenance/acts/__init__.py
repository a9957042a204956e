"""What a person can do on the pages of maintenance: one line per act, its form and its action."""
