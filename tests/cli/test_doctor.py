"""What the doctor says of each thing that may be wrong, and of nothing wrong."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import ssl
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock

import google.auth
import grpc
import pytest
from google.api_core.client_options import ClientOptions

from asyncspeech import Client, SessionConfig
from asyncspeech.cli.doctor import Finding, Outcome, Question, examine, run
from asyncspeech.cli.doctor.account import find_account
from asyncspeech.emulator import Abort, Coded, Emulator, Faults, Limits, Project, coded
from asyncspeech.emulator.models import MODELS, ReleaseState
from asyncspeech.transport.credentials import Authorization
from tests.support.keys import impersonation, service_account_key, user_key, workload_identity
from tests.support.servers import serving
from tests.support.tls import encrypting, self_signed
from tests.support.tokens import CLIENT_SECRET, REFRESH_TOKEN, token_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from google.auth.credentials import Credentials

    from asyncspeech.emulator.models import Model
    from tests.support.tokens import TokenServer

CERTIFICATE = self_signed("a test")
NUMBER = Project().number
SERVICE_CHECKS = ["answer", "caller", "API", "permission", "quota", "model"]
NO_PORT = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in tuple(os.environ):
        if name.startswith(("GOOGLE_", "GCLOUD_", "GRPC_", "SPEECH_")) or name.lower().endswith(
            "_proxy"
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with token_server() as server:
        yield server


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tests' certificate, trusted by gRPC and by the doctor."""
    roots = tmp_path / "roots.pem"
    roots.write_bytes(CERTIFICATE.certificate)
    trusting = partial(grpc.ssl_channel_credentials, CERTIFICATE.certificate)
    monkeypatch.setattr(grpc, "ssl_channel_credentials", trusting)
    monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(roots))


def question(**changes: Any) -> Question:
    session = {name: changes.pop(name) for name in ("model", "language_codes") if name in changes}
    return Question(config=SessionConfig(**session), **{"timeout": 30.0, **changes})


async def examined(**changes: Any) -> dict[str, Finding]:
    """What is found, by name."""
    findings = [item async for item in examine(question(**changes)) if isinstance(item, Finding)]
    assert len({finding.name for finding in findings}) == len(findings)
    for finding in findings:
        assert "\n" not in finding.text + finding.remedy
        assert "'asyncspeech doctor'" not in finding.remedy  # where its reader is already
        assert bool(finding.remedy) == (finding.outcome in {Outcome.FAILED, Outcome.WARNING})
    return {finding.name: finding for finding in findings}


def crosses(findings: dict[str, Finding]) -> list[str]:
    return [name for name, finding in findings.items() if finding.outcome is Outcome.FAILED]


def only_cross(findings: dict[str, Finding]) -> Finding:
    """The only cross; what comes after it in its section must not have been tried."""
    (name,) = crosses(findings)
    return findings[name]


def outcomes(findings: dict[str, Finding], names: list[str]) -> list[str]:
    return [findings[name].outcome.value for name in names]


@asynccontextmanager
async def emulating(monkeypatch: pytest.MonkeyPatch, **options: Any) -> AsyncGenerator[Emulator, None]:
    """An emulator that the environment names."""
    async with Emulator(Coded(), **options) as emulator:
        monkeypatch.setenv("SPEECH_EMULATOR_HOST", emulator.address)
        yield emulator


class TestService:
    """The refusals of the service, as the emulator has them."""

    async def test_nothing_is_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with emulating(monkeypatch) as emulator:
            address = emulator.address
            findings = await examined(project="mine")
        assert not crosses(findings)
        assert outcomes(findings, SERVICE_CHECKS) == ["ok"] * 6
        assert address in findings["endpoint"].text
        assert findings["model"].text == "long, in en-US, in global"
        assert findings["project"].text == "mine, as asked for"

    async def test_what_it_costs_is_a_second_at_the_most(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with emulating(monkeypatch) as emulator:
            await examined()
        (stream,) = emulator.streams
        assert stream.audio_bytes == 3_200
        assert stream.status == "OK"

    async def test_a_wrong_token_is_the_callers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with emulating(monkeypatch, project=Project(access_token="another")):
            findings = await examined()
        assert outcomes(findings, SERVICE_CHECKS) == ["ok", "failed", *["skipped"] * 4]
        assert "UNAUTHENTICATED" in only_cross(findings).text
        assert "gcloud auth application-default login" in only_cross(findings).remedy
        assert findings["API"].text == "not tried: see 'caller'"

    async def test_a_service_that_is_not_enabled_has_a_link(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with emulating(monkeypatch, project=Project(enabled=False)):
            findings = await examined(project="mine")
        assert outcomes(findings, SERVICE_CHECKS) == ["ok", "ok", "failed", *["skipped"] * 3]
        assert only_cross(findings).remedy == (
            "https://console.developers.google.com/apis/api/speech.googleapis.com/overview"
            f"?project={NUMBER}   (or: gcloud services enable speech.googleapis.com --project=mine)"
        )

    async def test_a_missing_permission_is_named_and_the_command_that_grants_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with emulating(monkeypatch, project=Project(permissions=frozenset())):
            findings = await examined(project="mine")
        assert outcomes(findings, SERVICE_CHECKS) == ["ok", "ok", "ok", "failed", *["skipped"] * 2]
        cross = only_cross(findings)
        assert "'speech.recognizers.recognize'" in cross.text
        assert "projects/mine/locations/global/recognizers/_" in cross.text
        assert cross.remedy == (
            "gcloud projects add-iam-policy-binding mine --member=user:ADDRESS "
            "--role=roles/speech.client"
        )

    async def test_a_quota_that_is_used_up_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with emulating(monkeypatch, limits=Limits(concurrent_sessions=1)) as emulator:
            async with Client("p", emulator_host=emulator.address) as client:
                async with client.session() as session:
                    await session.send(coded.encode(2).audio)
                    await session.next_final()
                    findings = await examined(project="p")
        assert outcomes(findings, SERVICE_CHECKS) == [*["ok"] * 4, "failed", "skipped"]
        assert "ConcurrentStreamingSessionsPerProjectPerRegion" in only_cross(findings).text
        assert "https://cloud.google.com/docs/quotas" in only_cross(findings).remedy

    async def test_a_model_that_the_service_lacks_is_told_by_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        models = [model for model in MODELS if model.name != "long"]
        async with emulating(monkeypatch, models=models):
            findings = await examined()
        assert outcomes(findings, SERVICE_CHECKS) == [*["ok"] * 5, "failed"]
        assert 'The model "long" does not exist in the location' in only_cross(findings).text
        assert "'asyncspeech models' shows what is where" in only_cross(findings).remedy

    async def test_an_endpoint_of_another_location_is_told(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with emulating(monkeypatch, location="eu"):
            findings = await examined()
        assert outcomes(findings, SERVICE_CHECKS) == [*["ok"] * 5, "failed"]
        assert "Expected resource location to be eu" in only_cross(findings).text

    async def test_a_model_that_only_the_service_has_is_no_more_than_strange(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        models = [_moved(model, "global") if model.name == "chirp_3" else model for model in MODELS]
        async with emulating(monkeypatch, models=models):
            findings = await examined(model="chirp_3", location="global")
        assert not crosses(findings)
        assert findings["model"].outcome is Outcome.WARNING
        assert "strict=False" in findings["model"].remedy

    async def test_a_service_that_is_down_is_told_from_one_that_refuses(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with emulating(monkeypatch, faults=Faults(Abort("UNAVAILABLE"))):
            findings = await examined()
        assert outcomes(findings, SERVICE_CHECKS) == ["failed", *["skipped"] * 5]
        assert only_cross(findings).text == "UNAVAILABLE: The service is currently unavailable."
        assert "https://status.cloud.google.com" in only_cross(findings).remedy

    async def test_a_server_of_another_kind_is_no_service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with listening(b"SSH-2.0-no\r\n") as port:
            monkeypatch.setenv("SPEECH_EMULATOR_HOST", f"127.0.0.1:{port}")
            findings = await examined()
        assert outcomes(findings, SERVICE_CHECKS) == ["failed", *["skipped"] * 5]
        assert "UNAVAILABLE: failed to connect to all addresses" in only_cross(findings).text
        assert only_cross(findings).remedy == "see that this machine reaches the endpoint"

    async def test_a_project_that_is_none_is_told_where_the_api_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with emulating(monkeypatch):
            findings = await examined(project="My Project/x")
        assert outcomes(findings, SERVICE_CHECKS) == ["ok", "ok", "failed", *["skipped"] * 3]
        assert "is the id of a project, and not its name" in only_cross(findings).remedy

    async def test_a_service_that_says_nothing_is_not_waited_for_for_ever(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        over = asyncio.Event()

        async def wait(_: Any, __: Any) -> None:
            await over.wait()

        async with serving(wait) as address:
            monkeypatch.setenv("SPEECH_EMULATOR_HOST", address)
            findings = await examined(timeout=0.3)
            over.set()
        assert only_cross(findings).text == "none came within 0.3 s"
        assert outcomes(findings, SERVICE_CHECKS) == ["failed", *["skipped"] * 5]


class TestModel:
    """What the table says before anything is sent."""

    @pytest.mark.parametrize(
        ("changes", "text", "remedy"),
        [
            ({"model": "chirp_3"}, "model: chirp_3 is not in global", "use location='eu' or 'us'"),
            ({"model": "lnog"}, "model: there is none called 'lnog'", "did you mean 'long'?"),
            (
                {"location": "mars"},
                "location: there is none called 'mars'",
                "there are ",
            ),
            (
                {"language_codes": ("zh-CN",)},
                "language_codes: long does not know zh-CN",
                "use language_codes='cmn-",
            ),
        ],
        ids=["not there", "unknown", "no such location", "language"],
    )
    async def test_is_crossed_by_the_table_without_a_network(
        self, changes: dict[str, Any], text: str, remedy: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SPEECH_EMULATOR_HOST", NO_PORT)
        findings = await examined(**changes)
        assert crosses(findings) == ["TCP", "model"]
        assert findings["model"].text == text
        assert remedy in findings["model"].remedy

    async def test_is_crossed_by_the_table_even_if_the_service_refuses_for_another_reason(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with emulating(monkeypatch, project=Project(enabled=False)):
            findings = await examined(model="chirp_3")
        assert crosses(findings) == ["API", "model"]

    async def test_is_crossed_once_if_table_and_service_agree(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with emulating(monkeypatch):
            findings = await examined(model="chirp_3")
        assert only_cross(findings).name == "model"
        assert "use location='eu' or 'us'" in only_cross(findings).remedy


@asynccontextmanager
async def listening(answer: bytes) -> AsyncGenerator[int, None]:
    """The port of a server that says the same to everybody, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


class TestNetwork:
    async def test_a_name_that_nobody_knows(self) -> None:
        findings = await examined(endpoint="speech.invalid")
        assert findings["name look-up"].outcome is Outcome.FAILED
        assert findings["name look-up"].text.startswith("speech.invalid is not found: ")
        assert findings["name look-up"].remedy.endswith("getent hosts speech.invalid")
        assert outcomes(findings, ["TCP", "TLS", "answer"]) == ["skipped"] * 3
        assert findings["answer"].text == "not tried: see 'name look-up'"

    async def test_a_name_server_that_says_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        over = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait())
        try:
            findings = await examined(endpoint="speech.invalid", timeout=0.1)
        finally:
            over.set()
        assert findings["name look-up"].text == "no answer about speech.invalid within 0.1 s"

    async def test_a_port_that_nobody_listens_on(self) -> None:
        findings = await examined(endpoint=NO_PORT)
        assert findings["TCP"].text == f"{NO_PORT} cannot be connected to: Connection refused"
        assert "firewall" in findings["TCP"].remedy
        assert outcomes(findings, ["name look-up", "TLS", "answer"]) == ["ok", "skipped", "skipped"]

    async def test_an_emulator_that_does_not_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SPEECH_EMULATOR_HOST", NO_PORT)
        cross = only_cross(await examined())
        assert cross.name == "TCP"
        assert cross.remedy == "asyncspeech emulator --port 1   (or: unset SPEECH_EMULATOR_HOST)"

    @pytest.mark.parametrize("address", ["http://localhost:1", "localhost", "localhost:x", "unix:/x"])
    async def test_an_emulators_address_that_is_none(
        self, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SPEECH_EMULATOR_HOST", address)
        cross = only_cross(await examined())
        assert cross.name == "endpoint"
        assert cross.text == f"SPEECH_EMULATOR_HOST: {address!r} is not host:port"

    async def test_a_server_that_speaks_no_tls(self) -> None:
        async with listening(b"SSH-2.0-no\r\n") as port:
            findings = await examined(endpoint=f"127.0.0.1:{port}")
        assert findings["TCP"].outcome is Outcome.OK
        assert findings["TLS"].outcome is Outcome.FAILED
        assert f"127.0.0.1:{port} does not speak it: " in findings["TLS"].text
        assert f"openssl s_client -connect 127.0.0.1:{port}" in findings["TLS"].remedy

    async def test_a_server_that_hangs_up_on_tls(self) -> None:
        async with listening(b"") as port:
            findings = await examined(endpoint=f"127.0.0.1:{port}")
        assert "does not speak it: the connection was closed" in findings["TLS"].text

    async def test_a_server_that_says_nothing_to_tls(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            findings = await examined(endpoint=f"127.0.0.1:{port}", timeout=0.2)
        assert findings["TLS"].text == f"no answer of 127.0.0.1:{port} within 0.2 s"

    async def test_a_certificate_that_is_not_trusted(self, tmp_path: Path) -> None:
        async with encrypting(NO_PORT, self_signed("a stranger"), tmp_path) as endpoint:
            findings = await examined(endpoint=endpoint)
        assert "the certificate of localhost is not trusted: self" in findings["TLS"].text
        assert "export GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=" in findings["TLS"].remedy

    @pytest.mark.usefixtures("trusted")
    async def test_a_server_without_http_2(self, tmp_path: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pem = tmp_path / "key.pem"
        pem.write_bytes(CERTIFICATE.certificate + CERTIFICATE.key)
        context.load_cert_chain(pem)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            findings = await examined(endpoint=f"localhost:{port}")
        assert findings["TLS"].text == f"localhost:{port} speaks no HTTP/2"

    async def test_certificates_to_trust_that_are_none(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        async with listening(b"") as port:
            for content in (None, "nonsense"):
                roots = tmp_path / "roots.pem"
                if content:
                    roots.write_text(content)
                monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(roots))
                cross = (await examined(endpoint=f"127.0.0.1:{port}"))["TLS"]
                assert cross.text.startswith("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH names no certificates: ")
                assert cross.remedy.endswith("unset GRPC_DEFAULT_SSL_ROOTS_FILE_PATH")

    async def test_a_grpc_without_certificates_of_its_own_trusts_the_systems(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
        async with encrypting(NO_PORT, CERTIFICATE, tmp_path) as endpoint:
            findings = await examined(endpoint=endpoint)
        assert "is not trusted" in findings["TLS"].text

    async def test_client_certificates_that_cannot_be_had(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GOOGLE_API_USE_MTLS_ENDPOINT", "nonsense")
        findings = await examined()
        assert "no channel can be made" in findings["endpoint"].text
        assert outcomes(findings, ["name look-up", "TCP", "TLS"]) == ["skipped"] * 3


class TestProxy:
    """Ways through proxies; which proxy that is, tests.cli.test_doctor_proxy says."""

    async def test_that_lets_nobody_through(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with listening(b"HTTP/1.1 403 Forbidden\r\n\r\n") as port:
            monkeypatch.setenv("https_proxy", f"http://me:proxy-secret@127.0.0.1:{port}")
            findings = await examined(endpoint="speech.invalid:443")
        assert findings["proxy"].text == f"127.0.0.1:{port}, by https_proxy"
        assert outcomes(findings, ["name look-up", "TCP"]) == ["ok", "ok"]
        cross = findings["way through the proxy"]
        assert cross.text.endswith("it answers 'HTTP/1.1 403 Forbidden'")
        assert cross.remedy.endswith("export no_proxy=speech.invalid")
        assert "proxy-secret" not in str(findings)

    async def test_that_hangs_up_on_the_way_to_an_emulator(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with listening(b"") as port, emulating(monkeypatch):
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
            cross = only_cross(await examined())
        assert cross.text == "the proxy does not let us through: it hung up"
        assert cross.remedy == "export no_proxy=127.0.0.1"

    async def test_that_does_not_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", f"http://{NO_PORT}")
        findings = await examined(endpoint="speech.invalid:443")
        assert "Connection refused" in findings["TCP"].text
        assert findings["TCP"].remedy.endswith("echo $https_proxy")

    async def test_is_gone_through(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            request = await reader.readuntil(b"\r\n\r\n")
            seen.append(request)
            host, _, port = request.split()[1].decode().rpartition(":")
            there_reader, there = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_pump(reader, there), _pump(there_reader, writer))

        async with emulating(monkeypatch) as emulator:
            address = emulator.address
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            async with server:
                port = server.sockets[0].getsockname()[1]
                monkeypatch.setenv("grpc_proxy", f"http://me:pa%20ss@127.0.0.1:{port}")
                findings = await examined()
        assert not crosses(findings)
        assert findings["way through the proxy"].text == f"it connects us to {address}"
        ours, grpcs = seen
        assert ours.splitlines()[0] == grpcs.splitlines()[0]
        credentials = b"Proxy-Authorization: Basic " + base64.b64encode(b"me:pa ss")
        assert credentials in ours
        assert credentials.lower() in grpcs.lower()


class TestAccount:
    async def test_no_credentials(self) -> None:
        findings = await examined(endpoint=NO_PORT)
        assert findings["credentials"].text == "no Google credentials were found on this machine"
        assert findings["credentials"].remedy == (
            "gcloud auth application-default login"
            "   (or: export GOOGLE_APPLICATION_CREDENTIALS=/path/to/key.json)"
        )
        assert outcomes(findings, ["token", "project"]) == ["skipped", "skipped"]

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            (None, "was not found"),
            ("{", "is not a valid json file"),
            (json.dumps({**service_account_key(), "private_key": "x"}), "Unable to load PEM file"),
        ],
        ids=["no file", "no JSON", "a broken key"],
    )
    async def test_a_key_file_that_cannot_be_read(
        self, content: str | None, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "key.json"
        if content is not None:
            path.write_text(content)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        findings = await examined(endpoint=NO_PORT, project="mine")
        assert text in findings["credentials"].text
        assert findings["credentials"].remedy == (
            f"see what is in {path}, or go without: unset GOOGLE_APPLICATION_CREDENTIALS"
        )
        assert findings["project"].text == "mine, as asked for"

    async def test_a_search_that_does_not_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        over = threading.Event()
        monkeypatch.setattr(google.auth, "default", lambda **_: over.wait())
        try:
            findings = await examined(endpoint=NO_PORT, timeout=0.1)
        finally:
            over.set()
        assert findings["credentials"].text == "none were found within 0.1 s"
        assert findings["credentials"].remedy.endswith("export NO_GCE_CHECK=true")

    async def test_credentials_that_were_revoked(
        self, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens.refusal = "invalid_grant"
        _default(monkeypatch, tokens.credentials(), "theirs")
        findings = await examined(endpoint=NO_PORT)
        assert "invalid_grant: Token has been expired or revoked." in findings["token"].text
        assert findings["token"].remedy == "gcloud auth application-default login"

    async def test_a_token_server_that_is_down(
        self, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        credentials = tokens.credentials()
        credentials._token_uri = f"http://{NO_PORT}/token"
        _default(monkeypatch, credentials, "theirs")
        findings = await examined(endpoint=NO_PORT)
        assert findings["token"].outcome is Outcome.FAILED
        assert findings["token"].remedy == "let this machine connect to 127.0.0.1"

    async def test_a_token_server_that_says_nothing(
        self, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens.delay = 0.3
        _default(monkeypatch, tokens.credentials(), "theirs")
        findings = await examined(endpoint=NO_PORT, timeout=0.1)
        assert findings["token"].text == "none came within 0.1 s"

    async def test_no_project(self, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
        _default(monkeypatch, tokens.credentials(), None)
        findings = await examined(endpoint=NO_PORT)
        assert findings["project"].text == "none is known"
        assert "export GOOGLE_CLOUD_PROJECT=PROJECT" in findings["project"].remedy

    async def test_the_project_of_the_environment_goes_before_that_of_the_credentials(
        self, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _default(monkeypatch, tokens.credentials(), "theirs")
        assert (await examined(endpoint=NO_PORT))["project"].text.startswith("theirs, by the cred")
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "set")
        assert (await examined(endpoint=NO_PORT))["project"].text == "set, by GOOGLE_CLOUD_PROJECT"

    async def test_a_person_without_a_quota_project_is_warned(
        self, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _default(monkeypatch, tokens.credentials(), "theirs")
        finding = (await examined(endpoint=NO_PORT))["quota project"]
        assert finding.outcome is Outcome.WARNING
        assert finding.remedy == "gcloud auth application-default set-quota-project PROJECT"
        _default(monkeypatch, tokens.credentials().with_quota_project("payer"), "theirs")
        assert (await examined(endpoint=NO_PORT))["quota project"].text == "payer"

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            (service_account_key(), "service account me@theirs.iam.gserviceaccount.com"),
            (user_key(), "a person"),
            (impersonation(), "service account other@theirs.iam.gserviceaccount.com, impersonated"),
            (workload_identity(), "workload identity"),
        ],
        ids=["service account", "person", "impersonation", "workload identity"],
    )
    async def test_whose_credentials_they_are_and_from_where(
        self, key: dict[str, Any], text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "application_default_credentials.json"
        path.write_text(json.dumps(key))
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "set")  # gcloud need not be asked
        monkeypatch.setattr(Authorization, "headers", AsyncMock())
        options = ClientOptions()
        account = await find_account(None, "global", options, 30.0)
        assert account.findings[0].text == f"{text}, by {path}"
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        account = await find_account(None, "global", options, 30.0)
        assert account.findings[0].text == f"{text}, by {path} (GOOGLE_APPLICATION_CREDENTIALS)"


def _default(monkeypatch: pytest.MonkeyPatch, credentials: Credentials, project: str | None) -> None:
    monkeypatch.setattr(google.auth, "default", lambda **_: (credentials, project))


@pytest.mark.usefixtures("trusted")
class TestEverything:
    """All the way over TLS, with credentials, as in earnest."""

    async def test_nothing_is_wrong(
        self, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        _default(monkeypatch, tokens.credentials().with_quota_project("payer"), "theirs")
        async with Emulator(Coded(), project=Project(access_token="token-secret-1")) as emulator:
            async with encrypting(emulator.address, CERTIFICATE, tmp_path) as endpoint:
                findings = await examined(endpoint=endpoint)
        assert not crosses(findings)
        assert findings["TLS"].text == "TLSv1.3, by a certificate of a test"
        assert outcomes(findings, SERVICE_CHECKS) == ["ok"] * 6

    async def test_a_refusal_says_who_was_refused(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "key.json"
        path.write_text(json.dumps(service_account_key()))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        async with Emulator(Coded(), project=Project(permissions=frozenset())) as emulator:
            async with encrypting(emulator.address, CERTIFICATE, tmp_path) as endpoint:
                cross = only_cross(await examined(endpoint=endpoint))
        assert cross.remedy == (
            "gcloud projects add-iam-policy-binding theirs "
            "--member=serviceAccount:me@theirs.iam.gserviceaccount.com --role=roles/speech.client"
        )

    async def test_nothing_that_is_printed_is_secret(
        self,
        tokens: TokenServer,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        _default(monkeypatch, tokens.credentials(), "theirs")
        for project in (Project(), Project(access_token="another"), Project(enabled=False)):
            async with Emulator(Coded(), project=project) as emulator:
                async with encrypting(emulator.address, CERTIFICATE, tmp_path) as endpoint:
                    await run(question(endpoint=endpoint))
        tokens.refusal = "invalid_grant"
        await run(question(endpoint=NO_PORT))
        printed = "".join(capsys.readouterr())
        assert printed.count("This machine") == 4
        for secret in (*tokens.given, REFRESH_TOKEN, CLIENT_SECRET):
            assert secret not in printed


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)
    sink.close()


def _moved(model: Model, *locations: str) -> Model:
    return replace(model, locations=dict.fromkeys(locations, ReleaseState.GA))
