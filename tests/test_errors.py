from __future__ import annotations

import inspect
import pickle
import re
import traceback

import pytest

from asyncspeech import errors
from asyncspeech.errors import (
    AsyncSpeechError,
    AudioError,
    BudgetExceededError,
    BufferOverflowError,
    ConfigurationError,
    DrainTimeoutError,
    MissingExtraError,
    QuotaExceededError,
    StreamLostError,
    UsageError,
)

# Nothing is raised as one of these.
BASES = {"AsyncSpeechError", "ConfigurationWarning", "ServiceError"}

EXAMPLES = [
    UsageError("twice", hint="once"),
    ConfigurationError("model", "is empty", hint="name one"),
    AudioError("a.wav", "no audio"),
    BufferOverflowError(31.5, 30.0),
    BudgetExceededError(0.0123, 0.01),
    MissingExtraError("The local recogniser", "local"),
    QuotaExceededError("RESOURCE_EXHAUSTED", "enough", details=("x",)),
    QuotaExceededError("RESOURCE_EXHAUSTED", "enough", retry_after=7.5),
    StreamLostError("UNAVAILABLE", "gone", unsent=2.5),
    StreamLostError("UNAVAILABLE", "gone", hint="wait", retry_after=0.5),
    DrainTimeoutError("DEADLINE_EXCEEDED", "silence", unsent=1.0),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
class TestEveryError:
    def test_is_one_line_with_a_code(self, error: AsyncSpeechError) -> None:
        assert str(error) == error.message
        assert "\n" not in str(error)
        assert error.code.isupper()

    def test_shows_its_hint_in_a_traceback(self, error: AsyncSpeechError) -> None:
        printed = "".join(traceback.format_exception(error))
        assert (f"Hint: {error.hint}" in printed) == bool(error.hint)

    def test_survives_pickling(self, error: AsyncSpeechError) -> None:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert type(copy) is type(error)
        assert (str(copy), vars(copy)) == (str(error), vars(error))


@pytest.mark.parametrize("text", ["two\nlines", "a\r\ttab", "a\x1b[2Jred", "a\u2028b", "a" * 5_000])
def test_other_peoples_words_are_put_on_one_readable_line(text: str) -> None:
    error = StreamLostError("UNAVAILABLE", text, hint=f"see {text}")
    for line in (str(error), error.message, error.hint, *error.__notes__):
        assert line.isprintable()
        assert len(line) <= 1_010


def test_the_tree_is_drawn_as_it_is() -> None:
    assert errors.__doc__ is not None
    drawn = set(re.findall(r"\w+Error\b", errors.__doc__.split("An error's text")[0]))
    classes = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, AsyncSpeechError)
    }
    assert drawn == classes == set(errors.__all__) - {"ConfigurationWarning"}


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - BASES))
@pytest.mark.parametrize("heading", ["Cause", "Cure"])
def test_every_kind_says_what_it_comes_of_and_what_helps(name: str, heading: str) -> None:
    text = inspect.cleandoc(getattr(errors, name).__doc__)
    assert re.search(rf"^{heading}:\n    \w", text, re.MULTILINE)


@pytest.mark.parametrize("kind", [QuotaExceededError, StreamLostError, DrainTimeoutError])
def test_an_error_of_the_service_tells_how_long_it_asks_to_wait(
    kind: type[QuotaExceededError | StreamLostError],
) -> None:
    assert kind("UNAVAILABLE", "busy").retry_after is None
    assert kind("UNAVAILABLE", "busy", retry_after=7.5).retry_after == 7.5


def test_errors_are_also_what_python_calls_such_things() -> None:
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(MissingExtraError, ImportError)
    assert issubclass(UsageError, RuntimeError)
