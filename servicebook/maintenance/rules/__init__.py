"""What maintenance decides, without Django, clock or rows."""
