"""``asyncspeech doctor``: what keeps this machine from recognising speech, and what mends it.

The checks go from the near to the far: this machine, the network, the account, the service. What depends
on something that failed is not tried and says so, so that the first cross is the one to mend. Nothing of
the transport is imported before the packages were found to be whole: a doctor has to be well itself.
"""

from __future__ import annotations

from contextlib import aclosing

from asyncspeech.cli.doctor.examination import Question, examine
from asyncspeech.cli.doctor.finding import Finding, Outcome
from asyncspeech.cli.doctor.report import Report

__all__ = ("Finding", "Outcome", "Question", "examine", "run")


async def run(question: Question) -> bool:
    """Check everything, and print each finding as it is there. Returns whether nothing failed."""
    with Report() as report:
        async with aclosing(examine(question)) as findings:
            async for item in findings:
                if isinstance(item, Finding):
                    report.add(item)
                else:
                    report.begin(item)
    return not report.failures
