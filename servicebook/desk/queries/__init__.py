"""What the desk shows about everything else: figures, and what waits for one person."""
