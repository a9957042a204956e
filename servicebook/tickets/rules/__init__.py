"""What is decided about tickets: pure, without Django, clock or I/O."""
