"""Everything that has to hold: ``nox`` runs it, ``nox -s NAME`` a part; ``nox -l`` lists the parts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)


def without(*paths: str) -> list[str]:
    """The arguments that make pytest leave out ``paths``."""
    return [f"--ignore={path}" for path in paths]


# Takes long and depends little on the Python: it has a session of its own.
DOCUMENTATION = "tests/test_documentation.py"
EXAMPLES = "tests/examples"
# Many tests wait for something, so more of them run at once than there are cores.
AT_ONCE = "4"
# Sessions at the pace of speech: they wait most of the time, and so many can do so at once.
PACED = "tests/session"
PACED_AT_ONCE = "14"
SOME_PACED = [
    f"{PACED}/test_{name}.py"
    for name in ("faults", "finalize", "leaving", "outage", "settings", "tokens", "turns")
]
# Other people's clients have a session of their own as well.
MOST = ["--numprocesses", AT_ONCE, *without(DOCUMENTATION, EXAMPLES, PACED, "tests/peers")]
# Many made-up cases: to trace every line of them takes six times as long.
PROPERTIES = [
    "tests/audio/test_frontend.py",
    "tests/config/test_triage.py",
    "tests/core/test_course.py",
    "tests/core/test_replay.py",
    "tests/core/test_seam.py",
    "tests/emulator/test_fuzz.py",
]
# What sessions are made of, and how they talk to the service.
SESSIONS = [
    "tests/test_session.py",
    "tests/test_supervisor.py",
    "tests/test_client.py",
    "tests/transport",
]
# Kernels, browsers and processes, which are slow to begin, and what depends little on the Python: the
# first one runs them.
ONCE = [
    "tests/benchmarks",
    "tests/cli",
    "tests/emulator",
    "tests/notebook",
    "tests/output",
    "tests/telemetry/dashboard",
    *PROPERTIES,
]

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv|virtualenv"
# Else each of the many processes that the tests start would compile what it imports, if Python may not
# write that down (PYTHONDONTWRITEBYTECODE).
os.environ["UV_COMPILE_BYTECODE"] = "1"
# A Python that is not on this machine is skipped, and the summary says so.
nox.options.error_on_missing_interpreters = False
nox.options.download_python = "never"  # every Python that is here, and no other


# What the tests want installed: everything that no model of one's own is needed for.
EXTRAS = "cli,local,media,mic,vad,denoise,plot,notebook,telemetry,dashboard"


def install(session: nox.Session, *groups: str, extras: str = EXTRAS) -> None:
    """Install the project with extras, and groups of tools."""
    session.install("-e", f".[{extras}]", *nox.project.dependency_groups(PROJECT, *groups))


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Style, and spelling."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")


@nox.session(python=PYTHONS[0])
def types(session: nox.Session) -> None:
    """Types, in the package, its tests and its examples."""
    install(session, "types")
    session.run("mypy")


@nox.session(python=PYTHONS[0])
def layers(session: nox.Session) -> None:
    """Imports run one way."""
    install(session, "layers", extras="cli")
    session.run("lint-imports")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The tests. Arguments go to pytest: ``nox -s tests-3.12 -- -k session``.

    The first Python runs all of them, and the last leaves out what takes long and depends little on the
    Python. One between them has little to add to both, and runs what the others are built on.
    """
    install(session, "test")
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    if session.python == PYTHONS[0]:
        session.run("pytest", *MOST)
        session.run("pytest", PACED, "--numprocesses", PACED_AT_ONCE)
    elif session.python == PYTHONS[-1]:
        session.run("pytest", *MOST, *without(*ONCE))
    else:
        session.run("pytest", "tests/core", *SESSIONS, *without(*PROPERTIES), "--numprocesses", AT_ONCE)


@nox.session(python=PYTHONS[0], default=False)
def coverage(session: nox.Session) -> None:
    """How much of the package its tests run: to trace that makes them twice as long."""
    install(session, "test")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *MOST, *without(*PROPERTIES))
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session(python=PYTHONS[-1])
def uvloop(session: nox.Session) -> None:
    """Sessions on the event loop of uvloop, and on the last Python."""
    install(session, "uvloop")
    where = session.posargs or ["tests/test_loops.py", *SESSIONS, *SOME_PACED]
    session.run("pytest", "--uvloop", "--numprocesses", PACED_AT_ONCE, *where)


@nox.session(python=PYTHONS[0], default=False)
def lowest(session: nox.Session) -> None:
    """Sessions on the oldest libraries that are allowed: each at its lower bound."""
    bounds = [dependency.replace(">=", "==") for dependency in PROJECT["project"]["dependencies"]]
    session.install("-e", ".[cli]", *bounds, *nox.project.dependency_groups(PROJECT, "test"))
    where = session.posargs or [*SESSIONS, *SOME_PACED]
    # Google's packages warn of what they will not run on for long: Pythons, and versions of gRPC.
    session.run("pytest", "-W", "ignore::FutureWarning", "--numprocesses", AT_ONCE, *where)


# One Python will do: what differs between them is in the libraries, which install on all three.
@nox.session(python=PYTHONS[0])
def peers(session: nox.Session) -> None:
    """Other people's clients, unmodified, against the emulator. None may be missing."""
    install(session, "peers", extras="cli")
    session.run("pytest", "tests/peers", *session.posargs, env={"PEERS": "required"})


@nox.session(python=PYTHONS[0], default=False)
def endurance(session: nox.Session) -> None:
    """Sessions on a service that makes trouble: ``nox -s endurance -- --seed 7 --minutes 5``."""
    install(session, "test", extras="cli")
    session.run("python", "-m", "tests.session.endurance", *session.posargs)


@nox.session(python=PYTHONS[0], default=False)
def bench(session: nox.Session) -> None:
    """What sessions cost, against the bare client: ``nox -s bench``, or ``-- full`` (45 minutes)."""
    install(session, "test", extras="cli,plot")
    session.run("python", "-m", "tests.benchmarks.sessions", *(session.posargs or ["quick"]))


@nox.session(name="bench-check", python=PYTHONS[0], default=False)
def bench_check(session: nox.Session) -> None:
    """Whether sessions cost no more than is on record, before a release: ratios to the bare client."""
    install(session, "test", extras="cli,plot")
    session.run("python", "-m", "tests.benchmarks.sessions", "check", *session.posargs)


@nox.session(python=PYTHONS[0])
def plugin(session: nox.Session) -> None:
    """The pytest plugin, in somebody else's project: from the wheel alone, outside of this tree."""
    folder = Path(session.create_tmp()).resolve()
    project, wheels = folder / "project", folder / "wheels"
    for old in (project, wheels):
        shutil.rmtree(old, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(wheels))
    (wheel,) = wheels.iterdir()
    session.install(f"asyncspeech[pytest] @ {wheel.as_uri()}")
    shutil.copytree("tests/scratch", project)
    with session.chdir(project):
        session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS[0])
def docs(session: nox.Session) -> None:
    """Build the documentation, into docs/_build/html, and test what builds it."""
    install(session, "docs", "test", extras=f"{EXTRAS},pytest")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")
    session.run("pytest", "tests/docs")


@nox.session(python=PYTHONS[0])
def examples(session: nox.Session) -> None:
    """Run every example, and every snippet of the README and the documentation."""
    install(session, "test")
    session.run("pytest", DOCUMENTATION, EXAMPLES, "--numprocesses", AT_ONCE, *session.posargs)
