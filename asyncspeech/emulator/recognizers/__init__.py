"""Recognisers for the emulator, each a module of its own; see `asyncspeech.emulator.recognizer`."""
