"""``asyncspeech doctor``: what keeps this machine from recognising speech, and what mends it.

The checks go from the near to the far: this machine, the network, the account, the service. What depends
on something that failed is not tried and says so, so that the first cross is the one to mend. Nothing of
the transport is imported before the packages were found to be whole: a doctor has to be well itself.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import aclosing
from typing import NoReturn

from asyncspeech.cli.doctor.examination import Question, examine
from asyncspeech.cli.doctor.finding import Finding, Outcome
from asyncspeech.cli.doctor.report import Report

__all__ = ("Finding", "Outcome", "Question", "examine", "leave", "run")

_THREADS_END_SECONDS = 0.2


async def run(question: Question) -> bool:
    """Check everything, and print each finding as it is there. Returns whether nothing failed."""
    # What google-auth logs is said by the findings, in order.
    logging.getLogger("google").addHandler(logging.NullHandler())
    with Report() as report:
        async with aclosing(examine(question)) as findings:
            async for item in findings:
                if isinstance(item, Finding):
                    report.add(item)
                else:
                    report.begin(item)
    return not report.failures


def leave(code: int) -> NoReturn:
    """End the process, even if a thread still waits for a server that does not answer.

    Names are looked up and tokens fetched in threads, which cannot be told to stop; Python would wait
    for them for as long as they do.
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(_THREADS_END_SECONDS)
            if thread.is_alive():
                if sys.stdout is not None:
                    sys.stdout.flush()
                os._exit(code)
    sys.exit(code)
