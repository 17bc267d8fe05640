"""What sessions cost, and how they do, against the bare client: ``__main__`` tells how to run it."""
