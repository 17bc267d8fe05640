"""What a session has done, in figures."""
