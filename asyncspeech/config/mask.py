"""Which of a configuration's settings go before those of a recogniser resource: its field mask.

Paths are those of ``RecognitionConfig`` (google.protobuf.FieldMask). The format of the audio is always
among them, because the session counts frames by it: it is what the user sends. Which of its channels are
recognised is as well, because the session counts by them what it is owed.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from asyncspeech.config.values import items
from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("AUDIO_PATH", "CHANNELS_PATH", "EVERYTHING", "PATHS", "config_mask")

EVERYTHING = "*"

AUDIO_PATH = "explicit_decoding_config"

CHANNELS_PATH = "features.multi_channel_mode"

PATHS = (
    "model",
    "language_codes",
    "features",
    "features.profanity_filter",
    "features.enable_word_time_offsets",
    "features.enable_word_confidence",
    "features.enable_automatic_punctuation",
    "features.enable_spoken_punctuation",
    "features.enable_spoken_emojis",
    CHANNELS_PATH,
    "features.diarization_config",
    "features.max_alternatives",
    "features.custom_prompt_config",
    "adaptation",
    "adaptation.phrase_sets",
    "adaptation.custom_classes",
    "transcript_normalization",
    "transcript_normalization.entries",
    "translation_config",
    "translation_config.target_language",
    "denoiser_config",
    "denoiser_config.denoise_audio",
    "denoiser_config.snr_threshold",
)
"""The paths that a mask may name, but for those of the audio's format."""


def config_mask(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths of a mask, checked.

    Raises:
        ConfigurationError: They are not a tuple of paths, or one is no field's.
    """
    if isinstance(paths, str):
        path = brief(paths)
        raise ConfigurationError("config_mask", f"{path} is one path", hint=f"give ({path},)")
    mask = items(paths, "config_mask", str)
    for path in mask:
        if path not in (*PATHS, AUDIO_PATH, EVERYTHING):
            near = get_close_matches(path, PATHS, n=1)
            raise ConfigurationError(
                "config_mask",
                f"{brief(path)} is no field of RecognitionConfig that may be masked",
                hint=f"did you mean {near[0]!r}?"
                if near
                else "for instance 'features.profanity_filter'",
            )
    if EVERYTHING in mask and len(mask) > 1:
        raise ConfigurationError("config_mask", "'*' stands alone")
    return mask
