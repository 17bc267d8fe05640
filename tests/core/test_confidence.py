from __future__ import annotations

from asyncspeech.core.confidence import ConfidenceGate
from asyncspeech.model import Alternative, Result


def result(text: str, confidence: float | None, *, segment: int = 0, is_final: bool = True) -> Result:
    return Result((Alternative(text, confidence),), is_final=is_final, segment=segment, end=1.0)


def test_what_the_service_is_sure_enough_of_passes() -> None:
    gate = ConfidenceGate(0.5)
    sure = result("yes", 0.5)
    assert gate.passed(sure) is sure


def test_what_it_says_nothing_about_passes() -> None:
    gate = ConfidenceGate(1.0)
    final, interim = result("yes", None), result("yes", None, is_final=False)
    assert (gate.passed(interim), gate.passed(final)) == (interim, final)


def test_what_it_is_not_sure_enough_of_is_kept_back() -> None:
    gate = ConfidenceGate(0.5)
    assert gate.passed(result("perhaps", 0.49, is_final=False)) is None
    assert gate.passed(result("perhaps", 0.49)) is None


def test_a_final_takes_back_the_interims_that_were_handed_on() -> None:
    gate = ConfidenceGate(0.5)
    gate.passed(result("perh", None, segment=3, is_final=False))
    taken_back = gate.passed(result("perhaps", 0.1, segment=3))
    assert taken_back is not None
    assert (taken_back.text, taken_back.segment, taken_back.is_final) == ("", 3, True)
    assert (taken_back.words, taken_back.end) == ((), 1.0)


def test_it_takes_back_no_interims_of_other_segments() -> None:
    gate = ConfidenceGate(0.5)
    gate.passed(result("one", None, segment=1, is_final=False))
    assert gate.passed(result("two", 0.1, segment=2)) is None
    gate.passed(result("one", 0.9, segment=1))
    assert gate.passed(result("one", 0.1, segment=1)) is None  # its interims have been replaced
