"""`Transcript`: what a session has heard, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.output import csv, json, save, segments, subtitles, text, txt

if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, BinaryIO, Self

    from matplotlib.figure import Figure

    from asyncspeech.audio.source import BytesLike
    from asyncspeech.model import Result, Word
    from asyncspeech.output.captions import CaptionStyle
    from asyncspeech.output.segments import Segment

__all__ = ("Transcript",)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The final results of a session, in order.

    Attributes:
        results: Every final, oldest first.
        duration: Seconds of audio that the session took.
    """

    results: tuple[Result, ...] = ()
    duration: float = 0.0

    @property
    def text(self) -> str:
        """All that was said, as running text."""
        return text.join(self.results)

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of all results; empty where the service gave none."""
        return tuple(word for result in self.results for word in result.words)

    def segments(self, *, pause: float | None = 1.0) -> tuple[Segment, ...]:
        """Who said what: a new segment where speaker, channel or language changes, or nobody speaks.

        They are sorted by their start. People who speak at once, each on a channel, are segments that
        overlap; a word on one channel in a pause on another divides the other. Every word with text
        around it is in one of them, in the order of its channel. Times that the service left out are
        interpolated, as `asyncspeech.output.spoken` describes.

        Args:
            pause: Seconds without speech on the channel that end a segment; None if a pause ends none.

        Raises:
            ConfigurationError: ``pause`` is negative or no number.
        """
        return segments.divide(self.results, pause)

    def to_txt(self) -> str:
        """This transcript as the content of a text file.

        That is `text` on one line or, if there are several speakers or channels, a line for each turn
        that begins with who speaks: ``"Speaker 1: "``, ``"Channel 2: "``.
        """
        return txt.dump(self.results)

    def to_srt(self, style: CaptionStyle | None = None) -> str:
        """This transcript as captions in SubRip's form.

        Args:
            style: How captions are divided, timed and labelled; the default is two lines of 42
                characters, 1 to 7 s.

        Raises:
            ConfigurationError: A caption is later than 100 hours, which the form has no place for.
        """
        return subtitles.srt(self.results, style)

    def to_vtt(self, style: CaptionStyle | None = None) -> str:
        """This transcript as captions in WebVTT, which browsers play.

        Args:
            style: How captions are divided, timed and labelled; the default is two lines of 42
                characters, 1 to 7 s.

        Raises:
            ConfigurationError: A caption is later than 100 hours, which is where the form ends here.
        """
        return subtitles.vtt(self.results, style)

    def to_csv(self) -> str:
        """This transcript's words as CSV, in the columns that `asyncspeech.output.csv` describes."""
        return csv.dump(self.results)

    def to_json(self) -> str:
        """This transcript as JSON, in the form that `asyncspeech.output.json` describes."""
        return json.dump(self.results, self.duration)

    @classmethod
    def from_json(cls, document: str) -> Self:
        """The transcript that `to_json` wrote: equal to the one that it was called on.

        Raises:
            ConfigurationError: The document is not a transcript, or of a version unknown here. The
                message says where it is wrong: ``results[3].alternatives[0].words[2].start``.
        """
        results, duration = json.load(document)
        return cls(results, duration)

    def save(self, path: str | PathLike[str]) -> None:
        """Write this transcript to a file, in the form that its suffix names.

        These are .txt, .srt, .vtt, .json and .csv, and what is written is what `to_txt` and the others
        give. Captions in a style of one's own are written by
        ``Path("talk.srt").write_text(transcript.to_srt(style), encoding="utf-8")``.

        The file is either written whole or not at all. This blocks while it writes; from a coroutine,
        call it by ``anyio.to_thread.run_sync(transcript.save, path)`` where that matters.

        Raises:
            ConfigurationError: The suffix names no known form.
            OSError: The file cannot be written.
        """
        writers = {
            ".txt": self.to_txt,
            ".srt": self.to_srt,
            ".vtt": self.to_vtt,
            ".json": self.to_json,
            ".csv": self.to_csv,
        }
        save.save(path, writers)

    def plot(self, audio: str | PathLike[str] | BytesLike | BinaryIO | None = None) -> Figure:
        """A picture of this transcript: its words in time, and how late each result came.

        This blocks while it reads the audio and draws; from a coroutine, call it by
        ``anyio.to_thread.run_sync(transcript.plot, audio)`` where that matters.

        Args:
            audio: The recording, to see its waveform above the words: a path, bytes, or a binary file.

        Returns:
            A Matplotlib figure, which a notebook shows; elsewhere, use its ``savefig``.

        Raises:
            AudioError: The recording cannot be read.
            MissingExtraError: The extra ``plot`` is not installed.
        """
        from asyncspeech.notebook.plot import draw  # noqa: PLC0415 - few transcripts are drawn

        return draw(self, audio)

    def _repr_html_(self) -> str:
        """This transcript as a notebook shows it."""
        from asyncspeech.notebook.table import render_table  # noqa: PLC0415 - few are looked at

        return render_table(self)

    def _repr_pretty_(self, printer: Any, _is_cycle: bool) -> None:
        """Write this transcript as IPython does in a terminal."""
        from asyncspeech.notebook.table import render_text  # noqa: PLC0415 - few are looked at

        printer.text(render_text(self))
