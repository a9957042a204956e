"""What people type about maintenance: forms read it and keep it, the rules are in the actions."""
