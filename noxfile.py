"""Every check of the project, each in an environment of its own: ``nox`` or ``nox -s NAME``.

Owns how checks are installed and run; what they ask for stands in ``pyproject.toml``. Needs nothing
but Python 3.11 or newer and nox.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_external_run = True
nox.options.sessions = ["lint", "types", "tests", "docs", "examples", "wheel"]

ROOT = Path(__file__).resolve().parent
GROUPS = nox.project.load_toml(ROOT / "pyproject.toml")
EXTRAS = "[codex,testing,cli,history,relay]"
ALL_EXTRAS = f".{EXTRAS}"
# Rooms without I/O: nothing there is hard to reach, so every branch is tested.
PURE_ROOMS = ("wire", "protocol", "model", "launch")
# The same holds for what the relay computes; its server and its files are beside it.
PURE_RELAY = (
    "shapes/*",
    "request/*",
    "stream/*",
    "addresses.py",
    "config.py",
    "failure_table.py",
    "failures.py",
    "upstream_words.py",
    "store/protocol.py",
    "store/memory.py",
    "store/limits.py",
)
PURE_RELAY_TESTS = ("request", "stream", "store", "test_config.py", "test_failures.py")
EXAMPLE_TIMEOUT_S = 300
ASYNC = re.compile("async|await|trio")
SDK_VERSION = "0.163.0"
"""The official SDK that ours is measured beside; the same version as the pinned binary."""
LITELLM = "litellm[proxy]==1.106.2"
CODEX_RELAY = "codex-relay==0.5.8"
"""The relays that ours is measured beside. Their pins are their own, so is their environment."""
# What runs the real app-server and takes the one of CODEX_BIN.
REAL_SERVER_TESTS = (
    "tests/real",
    "tests/testing/test_with_the_real_app_server.py",
    "tests/launch/test_real_binary.py",
    "tests/transport/test_process.py",
)


# What would miss a module, a data file, an entry point or an extra of the wheel.
WHEEL_TESTS = (
    "tests/cli",
    "tests/faces/test_generator.py",
    "tests/launch",
    "tests/protocol",
    "tests/real/test_session.py",
    "tests/test_public_api.py",
    "tests/testing/test_with_the_real_app_server.py",
)


def install(session: nox.Session, *groups: str, package: tuple[str, ...] = ()) -> None:
    """Install dependency groups and the package; works with a pip that knows no groups."""
    wanted = nox.project.dependency_groups(GROUPS, *groups) if groups else ()
    session.install(*wanted, *package)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the whole test suite, the real app-server included."""
    install(session, "test", package=("-e", ALL_EXTRAS))
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, async rules, who imports whom, and what generators wrote."""
    install(session, "lint", package=("-e", ALL_EXTRAS))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    # This one takes files, no folders. A test may be async for its fixtures alone (124),
    # and naming what to leave out would turn on the optional rules (9).
    for folder, options in (
        ("codex_runtime", ()),
        ("tests", ("--disable", "ASYNC124,ASYNC9")),
        ("docs/examples", ("--disable", "ASYNC124,ASYNC9")),
    ):
        found = sorted(Path(folder).rglob("*.py"))
        # It is slow; what names none of these has nothing that it looks for.
        sources = [str(path) for path in found if ASYNC.search(path.read_text("utf-8"))]
        session.run("flake8-async", *options, *sources)
    session.run("lint-imports", "--no-cache")
    session.run("python", "-m", "codex_runtime.protocol.generator", "--check")
    session.run("python", "-m", "codex_runtime.faces.generator", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types twice, and that every public name has one."""
    install(session, "test", "types", package=("-e", ALL_EXTRAS))
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--ignoreexternal", "--verifytypes", "codex_runtime")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    install(session, "docs", package=("-e", ALL_EXTRAS))
    options = ("-n", "-W", "--keep-going", "-E", "-b", "html")
    session.run("sphinx-build", *options, "docs", "docs/_build/html")


@nox.session
def examples(session: nox.Session) -> None:
    """Run every program of the documentation for real."""
    install(session, "examples", package=("-e", ALL_EXTRAS))
    programs = sorted((ROOT / "docs" / "examples").glob("*.py"))
    if not programs:
        session.error("there are no programs in docs/examples")
    bounded = (
        "import subprocess, sys; sys.exit(subprocess.run("
        f"[sys.executable, sys.argv[1]], timeout={EXAMPLE_TIMEOUT_S}).returncode)"
    )
    with session.chdir(session.create_tmp()):
        for program in programs:
            session.run("python", "-c", bounded, str(program))


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel and test what was installed from it, with the checkout out of reach."""
    folder = Path(session.create_tmp()).resolve()
    for old in folder.iterdir():
        shutil.rmtree(old)
    (folder / "dist").mkdir()
    session.install("build")
    session.run("python", "-m", "build", "--outdir", str(folder / "dist"), str(ROOT))
    (built,) = (folder / "dist").glob("*.whl")
    install(session, "test", package=(f"{built}{EXTRAS}",))
    away = folder / "away"
    shutil.copytree(ROOT / "tests", away / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "docs", away / "docs", ignore=shutil.ignore_patterns("_build"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, away)
    from_the_wheel = (
        "import pathlib, sys, codex_runtime; "
        "home = pathlib.Path(codex_runtime.__file__).resolve().parent; "
        "sys.exit(home == pathlib.Path(sys.argv[1]) and f'the checkout was imported: {home}')"
    )
    # Whether something is missing from the wheel shows through one face.
    env = {"PYTHONPATH": "", "CODEX_RUNTIME_TEST_ONE_FACE": "1"}
    with session.chdir(away):
        session.run("python", "-c", from_the_wheel, str(ROOT / "codex_runtime"), env=env)
        session.run("python", "-m", "pytest", *WHEEL_TESTS, *session.posargs, env=env)


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure branches; every one of the pure rooms must be run by that room's own tests."""
    install(session, "test", package=("-e", ALL_EXTRAS))
    session.run("coverage", "erase")
    rooms = [f"tests/{room}" for room in PURE_ROOMS]
    rooms += [f"tests/relay/{part}" for part in PURE_RELAY_TESTS]
    session.run("coverage", "run", "-m", "pytest", *rooms, *session.posargs)
    session.run("coverage", "combine")
    measured = [f"codex_runtime/{room}/*" for room in PURE_ROOMS]
    include = ",".join(measured + [f"codex_runtime/relay/{part}" for part in PURE_RELAY])
    omit = "codex_runtime/protocol/generated/*"
    session.run("coverage", "report", f"--include={include}", f"--omit={omit}", "--fail-under=100")


@nox.session
def cost(session: nox.Session) -> None:
    """Measure what importing and idling cost, beside the official SDK of the same version."""
    install(session, package=(ALL_EXTRAS,))
    session.install(f"openai-codex=={SDK_VERSION}")
    session.run("python", "tests/bench/cost.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure decoding, then delivery beside the official SDK.

    ``-- --quick``; ``-- --only NAME``; with ``-- --json`` each of the two prints a document. Both
    run; whoever misses a target fails the session.
    """
    install(session, "test", package=(ALL_EXTRAS,))
    session.install(f"openai-codex=={SDK_VERSION}")
    as_json = [option for option in session.posargs if option == "--json"]
    failed: list[str] = []
    for part, options in (("decode", as_json), ("delivery", session.posargs)):
        try:
            session.run("python", f"tests/bench/{part}.py", *options)
        except CommandFailed:
            failed.append(part)
    if failed:
        session.error(f"a target is missed: {', '.join(failed)}")


@nox.session
def bench_stored(session: nox.Session) -> None:
    """Measure reading a rollout of 1 GiB, a catalogue of 10,000 threads, and what a journal costs.

    Takes 2 GiB of disk and some minutes. All three run; a missed target fails the session.
    """
    install(session, "test", package=(ALL_EXTRAS,))
    failed: list[str] = []
    for part in ("rollouts", "threads", "journal"):
        try:
            session.run("python", f"tests/bench/{part}.py", env={"PYTHONPATH": str(ROOT)})
        except CommandFailed:
            failed.append(part)
    if failed:
        session.error(f"a target is missed: {', '.join(failed)}")


@nox.session
def relay_peers(session: nox.Session) -> None:
    """Put the relay between programs of others: the official client and a proxy as upstream."""
    install(session, "test", package=("-e", ALL_EXTRAS))
    programs = install_apart(session, LITELLM)
    env = {"LITELLM_BIN": str(programs / "litellm")}
    session.run("python", "-m", "pytest", "tests/peers", *session.posargs, env=env)


@nox.session
def bench_relay(session: nox.Session) -> None:
    """Measure the relay beside codex-relay and LiteLLM on one upstream; takes some minutes."""
    install(session, "test", package=(ALL_EXTRAS,))
    programs = install_apart(session, CODEX_RELAY, LITELLM)
    env = {
        "CODEX_RELAY_BIN": str(programs / "codex-relay"),
        "LITELLM_BIN": str(programs / "litellm"),
        "PYTHONPATH": str(ROOT),
    }
    session.run("python", "tests/bench/relay.py", *session.posargs, env=env)


def install_apart(session: nox.Session, *packages: str) -> Path:
    """Install packages whose pins may contradict ours; returns the folder of their programs."""
    apart = Path(session.create_tmp()).resolve() / "apart"
    session.run("python", "-m", "venv", str(apart))
    session.run(str(apart / "bin" / "python"), "-m", "pip", "install", *packages, external=True)
    return apart / "bin"


@nox.session
def soak(session: nox.Session) -> None:
    """Kill the real app-server at random under fifty sessions, then look for leaks in full.

    ``-- --minutes 3`` of killing, then 10,000 asks and 50 restarts; ``-- --only storm``;
    ``-- --seed N`` (each run prints its own). Whatever hangs or is left fails the session.
    """
    install(session, package=(ALL_EXTRAS,))
    session.run("python", "tests/soak/soak.py", *session.posargs)


@nox.session
def protocol(session: nox.Session) -> None:
    """Generate the protocol from the pinned binary's own schema; ``-- --check`` only compares."""
    install(session, "lint", package=("-e", ALL_EXTRAS))
    session.run("python", "-m", "codex_runtime.protocol.generator", *session.posargs)


@nox.session
def compat(session: nox.Session) -> None:
    """Test on the newest app-server of npm, or on that of ``-- VERSION``; pytest gets the rest."""
    version, arguments = "latest", session.posargs
    if arguments and arguments[0][:1].isdigit():
        version, *arguments = arguments
    codex = install_from_npm(session, version)
    install(session, "test", package=("-e", ALL_EXTRAS))
    session.run(codex, "--version", external=True)
    # That it was not tested with this one yet is known.
    quiet = ("-W", "ignore::codex_runtime.launch.version.UntestedServerWarning")
    tests = (*REAL_SERVER_TESTS, *arguments)
    session.run("python", "-m", "pytest", *quiet, *tests, env={"CODEX_BIN": codex})


def install_from_npm(session: nox.Session, version: str) -> str:
    """Install ``@openai/codex`` into the session's folder; returns this platform's binary."""
    npm = shutil.which("npm")
    if npm is None:
        session.error("npm is not on PATH: it brings the app-server; install Node.js, which has it")
    folder = Path(session.create_tmp()).resolve() / "npm"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts")
    package = f"@openai/codex@{version}"
    session.run(npm, "install", "--prefix", str(folder), *quiet, package, external=True)
    found = sorted(folder.glob("node_modules/@openai/codex-*/vendor/*/bin/codex"))
    if len(found) != 1:
        session.error(f"{package} brought {len(found)} binaries for this platform, not one")
    return str(found[0])


# What a developer's shell says must not change what a check says.
os.environ.pop("PYTHONPATH", None)
