"""Days as they are said where a month is no riddle (31 December 2026), and hours from 0 to 24."""
