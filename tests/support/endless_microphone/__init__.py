"""A microphone that goes on until it is closed."""
