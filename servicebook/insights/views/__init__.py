"""Pages of figures: compliance, the year in review, trends."""
