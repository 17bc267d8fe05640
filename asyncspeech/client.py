"""`Client`: opens sessions, counts them, closes them; and `transcribe`, for those who need no client."""

from __future__ import annotations

import asyncio
import math
import os
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import anyio

from asyncspeech.config import SessionConfig, check_compatibility, check_recognizer
from asyncspeech.config.values import check_range
from asyncspeech.core.purse import Purses
from asyncspeech.errors import ConfigurationError, UsageError
from asyncspeech.notebook.progress import Progress
from asyncspeech.process import check_loop, check_process
from asyncspeech.session import Session
from asyncspeech.telemetry.fleet import Fleet
from asyncspeech.transport.call import StreamingRecognizeCall
from asyncspeech.transport.channels import Channels
from asyncspeech.transport.configuration import check_raw
from asyncspeech.transport.credentials import as_client_options, check_credentials, check_options
from asyncspeech.transport.endpoint import find_endpoint
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from types import TracebackType
    from typing import Self

    from google.api_core.client_options import ClientOptions
    from google.auth.credentials import Credentials

    from asyncspeech.audio import AudioInput
    from asyncspeech.core.actions import OpenStream
    from asyncspeech.emulator import Recognizer
    from asyncspeech.telemetry.stats import ClientStats
    from asyncspeech.transcript import Transcript
    from asyncspeech.transport.endpoint import Endpoint

__all__ = ("Client", "transcribe")

# More than any project is allowed, and than any machine has room for.
_MOST_SESSIONS = 1_000_000


class Client:
    """A connection to Speech-to-Text V2, for any number of sessions on one event loop.

    Credentials are looked up when the client is entered, off the event loop. Leaving the block lets
    live sessions drain; leaving it by an exception ends them at once.

    Args:
        project: The Google Cloud project; else ``GOOGLE_CLOUD_PROJECT``, else that of the credentials.
        location: ``"global"``, a multi-region such as ``"eu"``, or a region.
        credentials: Google credentials; else Application Default Credentials.
        client_options: Options of the client library, as an object or a dict, such as ``api_endpoint``,
            ``quota_project_id`` and ``universe_domain``.
        emulator_host: ``host:port`` of an emulator, to be called without TLS and credentials; else
            ``SPEECH_EMULATOR_HOST``.
        max_sessions: How many sessions may be open at a time; further ones wait for their turn, in
            order. 300 is the service's quota of concurrent sessions per region.

    Raises:
        ConfigurationError: ``max_sessions`` is less than 1, a name is none, ``credentials`` are none or
            given twice, or an option is unknown.
    """

    def __init__(
        self,
        project: str | None = None,
        *,
        location: str = "global",
        credentials: Credentials | None = None,
        client_options: ClientOptions | dict[str, Any] | None = None,
        emulator_host: str | None = None,
        max_sessions: int = 300,
    ) -> None:
        check_range("max_sessions", max_sessions, range(1, _MOST_SESSIONS + 1))
        _check_name("location", location, hint='for instance location="global"')
        if project:
            _check_name("project", project, hint="its id, and not its name, as in the console's address")
        if emulator_host:
            _check_name(
                "emulator_host",
                emulator_host,
                hint="give host:port, such as localhost:8443",
                without=" ",
            )
        self._project = project
        self._location = location
        self._credentials = credentials
        self._client_options = as_client_options(client_options)
        check_options(self._client_options)
        check_credentials(credentials, self._client_options)
        self._emulator_host = emulator_host
        self._places = anyio.Semaphore(max_sessions)
        self._local_recognizer: Recognizer | None = None
        self._sessions: dict[Session, None] = {}
        self._fleet = Fleet(location)
        self._purses = Purses()
        self._resources = AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process: int | None = None
        self._closed = False
        self._endpoint: Endpoint
        self._channels: Channels

    @classmethod
    def local(cls, *, recognizer: Recognizer | None = None, max_sessions: int = 300) -> Self:
        """A client that recognises on this machine: no credentials, no network, nothing to pay.

        It runs an emulator of the service in this process, and talks to it as it would to the service.
        A session may last and be silent for as long as it likes.

        Args:
            recognizer: What recognises; else PocketSphinx, which comes with the extra ``local`` and
                knows US English.
            max_sessions: As for `Client`.

        Raises:
            MissingExtraError: PocketSphinx is wanted and not installed.
        """
        if recognizer is None:
            from asyncspeech.emulator import PocketSphinx  # noqa: PLC0415 - few clients need the emulator

            recognizer = PocketSphinx()
        client = cls(max_sessions=max_sessions)
        client._local_recognizer = recognizer
        return client

    async def __aenter__(self) -> Self:
        if self._loop is not None:
            raise UsageError("a client is entered once", hint="make another, or enter it further out")
        self._loop = asyncio.get_running_loop()
        self._process = os.getpid()
        try:
            self._endpoint = await self._find_endpoint()
        except BaseException:
            await self._resources.aclose()
            raise
        self._channels = Channels(self._endpoint)
        self._resources.push_async_callback(self._channels.close)
        self._fleet.start(self._loop)
        self._resources.callback(self._fleet.stop)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed = True
        if self._process != os.getpid():
            return  # what is open is open in the process that opened it
        try:
            if exc is None:
                async with anyio.create_task_group() as draining:  # all at once: each has its time
                    for session in self.sessions:
                        draining.start_soon(session.drain)
        finally:
            for session in self.sessions:
                session.abort()
            with anyio.CancelScope(shield=True):
                await self._resources.aclose()

    async def _find_endpoint(self) -> Endpoint:
        emulator_host = self._emulator_host
        if self._local_recognizer is not None:
            from asyncspeech.emulator import Emulator, Limits  # noqa: PLC0415 - few need the emulator

            # What the service must share with everybody, this machine need not ration.
            limits = Limits(
                stream_seconds=math.inf, idle_seconds=math.inf, concurrent_sessions=sys.maxsize
            )
            emulator = await self._resources.enter_async_context(
                Emulator(self._local_recognizer, limits=limits)
            )
            emulator_host = emulator.address
        return await find_endpoint(
            project=self._project,
            location=self._location,
            credentials=self._credentials,
            client_options=self._client_options,
            emulator_host=emulator_host,
        )

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that are open now, oldest first."""
        return tuple(self._sessions)

    @property
    def stats(self) -> ClientStats:
        """What all sessions of this client have done so far, whether they are over or open."""
        return self._fleet.stats

    async def connect(self, timeout: float = 30.0) -> None:  # noqa: ASYNC109 - bounds what is tried
        """Connect now, so that the first session need not: name, TCP, TLS, and a token.

        A session connects by itself. This is for services that want their first answer as soon as
        every other, and for those that would rather not start if the service cannot be reached.

        Args:
            timeout: For how many seconds to try.

        Raises:
            AuthenticationError: The credentials are no good.
            StreamLostError: The service cannot be reached in that time, or no token be had.
            UsageError: The client is not open, is closed meanwhile, or is used on another event loop.
        """
        self._check_open()
        await self._channels.connect(timeout)

    def session(
        self,
        config: SessionConfig | None = None,
        *,
        source: AudioInput | None = None,
        channel: int | None = None,
        pace: float | None = None,
        **changes: Any,
    ) -> Session:
        """A new session, to be entered by ``async with``.

        Above ``max_sessions`` open ones, entering it waits for its turn.

        Args:
            config: What it is to do; else `SessionConfig` with its defaults.
            source: What to feed it from, anything that `Session.send_from` takes. The session then
                feeds itself, and ends its audio with the source.
            channel: Feed it from this channel of the source, as `Session.send_from` does.
            pace: Feed it at this multiple of the speed of speech, as `Session.send_from` does.
            changes: Fields of the configuration to be changed.

        Raises:
            ConfigurationError: A setting cannot work.
            UsageError: The client is not open, or is used on another event loop.
        """
        self._check_open()
        config = _configuration(config, changes)
        self._check(config)
        return Session(
            config,
            open_call=self._open_call,
            place=self._place,
            check=self._check,
            fleet=self._fleet,
            purses=self._purses,
            source=source,
            channel=channel,
            pace=pace,
        )

    async def transcribe(
        self,
        source: AudioInput,
        config: SessionConfig | None = None,
        *,
        channel: int | None = None,
        pace: float | None = None,
        **changes: Any,
    ) -> Transcript:
        """The transcript of a recording. A notebook shows how far it is.

        Args:
            source: The recording: a path, bytes, a binary file, or whatever else `Session.send_from`
                takes.
            config: As for `session`.
            channel: As for `session`.
            pace: As for `session`.
            changes: Fields of the configuration to be changed.

        Raises:
            AudioError: The recording cannot be read.
            ConfigurationError: A setting cannot work.
            ServiceError: The service refused, or was lost; ``partial`` is what was final by then.
            UsageError: The client is not open, or is used on another event loop.
        """
        progress = Progress.in_notebook(source)
        changes.setdefault("interim_results", progress is not None)  # they tell how far it is
        session = self.session(config, source=source, channel=channel, pace=pace, **changes)
        events = session.events()
        async with session:
            if progress is None:
                await session.wait()
            else:
                await progress.follow(events, lambda: session.source_duration)
        return session.transcript

    def _check_open(self) -> None:
        check_process(self._process, "client")
        if self._loop is None or self._closed:
            state = "closed" if self._closed else "not open yet"
            raise UsageError(f"the client is {state}", hint="use it inside 'async with Client(...)'")
        check_loop(self._loop, "client", "gRPC channels belong to one loop: open a client on each")

    def _check(self, config: SessionConfig) -> None:
        """See that the service has what a configuration asks for, as far as that is known here."""
        _check_kind(config)
        check_raw(config.raw)
        check_compatibility(config, self._location)
        if self._local_recognizer is not None:
            check_recognizer(config, self._local_recognizer.language_codes)

    @asynccontextmanager
    async def _place(self, session: Session) -> AsyncGenerator[None, None]:
        """A place among the open sessions, waited for in turn."""
        self._check_open()
        async with self._turn(session):
            self._check_open()
            self._sessions[session] = None
            self._fleet.open(session)
            try:
                yield
            finally:
                del self._sessions[session]
                self._fleet.close(session, session.error_code)

    @asynccontextmanager
    async def _turn(self, session: Session) -> AsyncGenerator[None, None]:
        """One of the ``max_sessions`` places."""
        self._fleet.wait(1, session)
        try:
            await self._places.acquire()
        finally:
            self._fleet.wait(-1, session)
        try:
            yield
        finally:
            self._places.release()

    def _open_call(self, opening: OpenStream, on_sent: Callable[[int], None]) -> StreamingRecognizeCall:
        recognizer = self._endpoint.recognizer(opening.config.recognizer)
        return StreamingRecognizeCall(
            self._channels,
            opening.config,
            recognizer,
            stream=opening.stream,
            on_sent=on_sent,
            is_cautious=opening.is_cautious,
            needs_fresh_token=opening.needs_fresh_token,
        )


def _check_name(field: str, name: Any, *, hint: str, without: str = " /") -> None:
    """See that something may be part of a resource name, or an address."""
    is_text = isinstance(name, str) and name and name.isprintable()
    if not is_text or any(character in name for character in without):
        raise ConfigurationError(field, f"{brief(name)} is no {field.replace('_', ' ')}", hint=hint)


def _check_kind(config: Any) -> None:
    if not isinstance(config, SessionConfig):
        raise ConfigurationError("config", f"{brief(config)} is not a SessionConfig")


def _configuration(config: SessionConfig | None, changes: dict[str, Any]) -> SessionConfig:
    if config is not None:
        _check_kind(config)
    names = [field.name for field in fields(SessionConfig)]
    for name in changes:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "the settings are those of SessionConfig"
            raise ConfigurationError(name, "there is no such setting", hint=hint)
    return replace(SessionConfig() if config is None else config, **changes)


async def transcribe(
    source: AudioInput,
    config: SessionConfig | None = None,
    *,
    channel: int | None = None,
    pace: float | None = None,
    **changes: Any,
) -> Transcript:
    """The transcript of a recording, by a client with default settings.

    A notebook shows how far it is. A service that transcribes often keeps a `Client`, whose connection
    is then open already.

    Args:
        source: The recording, as for `Client.transcribe`.
        config: What the session is to do; else `SessionConfig` with its defaults.
        channel: Recognise this channel of the recording alone, counted from 1, and not the mean of all.
        pace: Send it at this multiple of the speed of speech; None for as fast as it is taken.
        changes: Fields of the configuration to be changed.

    Raises:
        CredentialsError: No credentials, or no project, can be found.
        AudioError: The recording cannot be read.
        ConfigurationError: A setting cannot work.
        ServiceError: The service refused, or was lost; ``partial`` is what was final by then.
    """
    async with Client() as client:
        return await client.transcribe(source, config, channel=channel, pace=pace, **changes)
