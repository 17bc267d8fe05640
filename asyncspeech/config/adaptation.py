"""What a recogniser is told to expect: phrases, classes of words, and what to write for what it hears.

The values are those of V2's ``SpeechAdaptation`` and ``TranscriptNormalization``. A phrase set may be
spelled out, or be the name of one that the service keeps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from asyncspeech.config.values import check_flags, check_text, check_within, items
from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

__all__ = ("CustomClass", "NormalizationEntry", "Phrase", "PhraseSet", "SpeechAdaptation")

_HIGHEST_BOOST = 20.0
_PHRASE_SET_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/phraseSets/[^/]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that are likely to be said.

    Attributes:
        value: The words. ``${name}`` stands for any item of a `CustomClass`, ``$OPERAND`` and its like
            for the service's own classes.
        boost: How much likelier to make them, up to 20; 0 for what the phrase set has. High values make
            the service hear them where they were not said.

    Raises:
        ConfigurationError: The phrase is empty, or the boost out of range.
    """

    value: str
    boost: float = 0.0

    def __post_init__(self) -> None:
        check_text(self, "value")
        check_within(self, "boost", 0.0, _HIGHEST_BOOST)


@dataclass(frozen=True, slots=True)
class PhraseSet:
    """Phrases that belong together.

    Attributes:
        phrases: The phrases; one without a boost of its own may be given as a string.
        boost: The boost of those that have none of their own, up to 20; 0 for the service's choice.

    Raises:
        ConfigurationError: There is no phrase, or the boost is out of range.
    """

    phrases: tuple[Phrase | str, ...]
    boost: float = 0.0

    def __post_init__(self) -> None:
        phrases = items(self.phrases, "phrases", Phrase, str)
        if not phrases:
            raise ConfigurationError("phrases", "is empty", hint='for instance ("Zürich", "Bern")')
        if not all(phrases):
            raise ConfigurationError("phrases", "has an empty phrase")
        object.__setattr__(self, "phrases", phrases)
        check_within(self, "boost", 0.0, _HIGHEST_BOOST)


@dataclass(frozen=True, slots=True)
class CustomClass:
    """Words of a kind, such as the names of ships, that phrases refer to as ``${name}``.

    Attributes:
        name: What phrases call it.
        items: Its words.

    Raises:
        ConfigurationError: The name or an item is empty, or there is no item.
    """

    name: str
    items: tuple[str, ...]

    def __post_init__(self) -> None:
        check_text(self, "name")
        words = items(self.items, "items", str)
        if not words or not all(words):
            raise ConfigurationError("items", "is empty, or has an empty item")
        object.__setattr__(self, "items", words)


@dataclass(frozen=True, slots=True)
class SpeechAdaptation:
    """What is likely to be said.

    Attributes:
        phrase_sets: Phrase sets, or the full names of phrase sets that the service keeps
            (``projects/*/locations/*/phraseSets/*``).
        custom_classes: Classes of words that their phrases refer to. Classes that the service keeps are
            referred to by their full names, and need not be listed.

    Raises:
        ConfigurationError: One is neither, or a name is no phrase set's.
    """

    phrase_sets: tuple[PhraseSet | str, ...] = ()
    custom_classes: tuple[CustomClass, ...] = ()

    def __post_init__(self) -> None:
        phrase_sets = items(self.phrase_sets, "phrase_sets", PhraseSet, str)
        for name in phrase_sets:
            if isinstance(name, str) and not _PHRASE_SET_NAME.fullmatch(name):
                raise ConfigurationError(
                    "phrase_sets",
                    f"{brief(name)} is not the full name of a phrase set",
                    hint="projects/PROJECT/locations/LOCATION/phraseSets/ID, or "
                    f"PhraseSet(({brief(name)},)) if it is a phrase",
                )
        object.__setattr__(self, "phrase_sets", phrase_sets)
        classes = items(self.custom_classes, "custom_classes", CustomClass)
        object.__setattr__(self, "custom_classes", classes)


@dataclass(frozen=True, slots=True)
class NormalizationEntry:
    """Text that is replaced wherever it stands in a transcript.

    On streams, only in finals and in interims whose stability is above 0.8.

    Attributes:
        search: What to replace.
        replace: What to put in its place; may be empty.
        case_sensitive: Whether capitals and small letters differ.

    Raises:
        ConfigurationError: There is nothing to look for.
    """

    search: str
    replace: str
    case_sensitive: bool = False

    def __post_init__(self) -> None:
        check_text(self, "search")
        check_text(self, "replace", may_be_empty=True)
        check_flags(self, "case_sensitive")
