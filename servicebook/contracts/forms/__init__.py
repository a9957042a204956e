"""What people type about contracts: forms read it and keep it, the rules are in the actions."""
