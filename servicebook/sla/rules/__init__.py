"""Pure decisions about time: opening hours, deadlines, clocks."""
