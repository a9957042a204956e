"""What reminders decide, without Django, clock or rows."""
