"""Sound files that arrive in pieces, decoded as they come."""
