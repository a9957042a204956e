"""What a message from a messenger or an SMS gateway says, decided from what came alone."""
