"""What a mail says, decided from its bytes alone."""
