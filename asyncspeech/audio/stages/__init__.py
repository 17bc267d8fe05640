"""Stages: what happens to samples on their way, one small step each."""
