"""``asyncspeech demo``: many sessions on an emulator that makes trouble, in figures.

Coded audio says which words it holds (`asyncspeech.emulator.coded`), so that what was lost, repeated or
misplaced can be counted while it runs.
"""

from __future__ import annotations
