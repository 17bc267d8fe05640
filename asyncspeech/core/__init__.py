"""The session engine: what to do next, decided without doing it.

Nothing here reads a clock, opens a connection or starts a task. Time comes in as ``now``, what has
happened as events, and what is to be done goes out as actions, so that every course of a session can
be tested in microseconds. The supervisor is the shell around it.
"""
