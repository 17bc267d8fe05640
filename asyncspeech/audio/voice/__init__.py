"""Who speaks: detectors, what is made of what they say, and what is worth sending."""
