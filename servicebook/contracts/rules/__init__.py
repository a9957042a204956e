"""Pure decisions about contracts: coverage, balances, states, renewals, the reading of terms."""
