"""Pages of reminder rules, of what customers were asked, and of what is to come."""
