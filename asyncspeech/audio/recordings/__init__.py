"""Recordings: files that are there as a whole, and the truth about them."""
