"""One real app-server and one scripted model per test, on a home that has been started once.

Owns the fixtures of this folder, the bound of every test, the look for processes that a module
left, and the check of every message that a test sent against the schema of the binary. A prompt is
answered by what the test put into ``replies`` under it, else by ``re: <prompt>``.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import shutil
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import SessionConfig
from codex_runtime.testing import ModelRequest, Reply, open_scripted_model, text
from tests.real.faces import faces_of, open_runtime, use
from tests.real.processes import TEST_RUN, marked_processes
from tests.real.sending import problems_of, schema_of
from tests.support.taped_transport import taped_transports

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
    from pathlib import Path

    from codex_runtime import Runtime, Session
    from codex_runtime.testing import ScriptedModel
    from tests.real.faces import FaceName
    from tests.support.sent_messages import MessageCheck

BOUND_S = 60
"""A test that takes so long is stuck; nothing is measured by it."""

ONE_FACE = "CODEX_RUNTIME_TEST_ONE_FACE"
"""A variable; set where the same tests run through every face elsewhere."""

SENDS_UNKNOWN = "sends_what_the_schema_lacks"


def pytest_configure(config: pytest.Config) -> None:
    """Name the one marker that is this folder's alone."""
    text = "what the schema of the binary lacks and this test sends on purpose, raw: each problem"
    config.addinivalue_line("markers", f"{SENDS_UNKNOWN}(*problems): {text}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once through each face that it names, or through the first alone."""
    if inspect.iscoroutinefunction(metafunc.function):
        faces = faces_of(metafunc.definition.iter_markers())
        chosen = faces[:1] if os.environ.get(ONE_FACE) else faces
        metafunc.parametrize("face", chosen, indirect=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Bound every test of this folder (an async fixture that nobody names is not run)."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
        item.obj = _bounded(item.obj)
    return (yield)


def _bounded(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def run(**fixtures: object) -> None:
        with trio.fail_after(BOUND_S):
            await test(**fixtures)

    return run


@pytest.fixture(scope="module", autouse=True)
def no_process_is_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the module's last test if something that it spawned still runs, and end that.

    The server runs login shells: what somebody's own start-up files do there is kept out.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*TEST_RUN.split("="))
        patch.setenv("HOME", str(tmp_path_factory.mktemp("user")))
        patch.delenv("BASH_ENV", raising=False)
        yield
    left = marked_processes()
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    assert left == {}


@pytest.fixture(scope="session")
def message_check(codex_path: str, tmp_path_factory: pytest.TempPathFactory) -> MessageCheck:
    """What may be said to exactly this binary."""
    return schema_of(codex_path, tmp_path_factory.mktemp("schema"))


@pytest.fixture(autouse=True)
def nothing_is_sent_that_the_schema_lacks(
    request: pytest.FixtureRequest, message_check: MessageCheck
) -> Iterator[None]:
    """Fail a test whose runtimes sent what the schema of the binary lacks, or call invalid.

    A test that does so on purpose says what by the marker, all of it.
    """
    with taped_transports() as transports:
        yield
    expected = [told for mark in request.node.iter_markers(SENDS_UNKNOWN) for told in mark.args]
    problems = problems_of(message_check, transports)
    if problems != expected:
        lines = ["sent:", *problems, "expected:", *expected]
        pytest.fail("\n".join(lines), pytrace=False)


@pytest.fixture(autouse=True)
def face(
    request: pytest.FixtureRequest,
    nothing_is_sent_that_the_schema_lacks: None,  # noqa: ARG001 - ends after this
) -> Iterator[FaceName]:
    """What the test runs through; nothing of it is left afterwards."""
    name: FaceName = getattr(request, "param", "trio")
    with use(name):
        yield name


@pytest.fixture(scope="session")
def warm_home(message_check: MessageCheck, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a server has run: a first start takes three times as long."""
    home = tmp_path_factory.mktemp("codex") / "home"

    async def start_once() -> None:
        with trio.fail_after(BOUND_S):
            async with (
                open_scripted_model() as model,
                open_runtime(model.runtime_config(home)),
            ):
                pass

    with taped_transports() as transports:
        trio.run(start_once)
    assert problems_of(message_check, transports) == []
    return home


@pytest.fixture
def home(warm_home: Path, tmp_path: Path) -> Path:
    """A home of this test's own."""
    return shutil.copytree(warm_home, tmp_path / "home", symlinks=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An empty directory to work in."""
    path = tmp_path / "workspace"
    path.mkdir()
    return path


@pytest.fixture
def replies() -> dict[str, Reply]:
    """What the model answers, by the prompt."""
    return {}


@pytest.fixture
async def model(replies: dict[str, Reply]) -> AsyncGenerator[ScriptedModel]:
    def respond(request: ModelRequest) -> Reply:
        prompt = request.last_user_text
        return replies[prompt] if prompt in replies else text(f"re: {prompt}")

    async with open_scripted_model(respond) as model:
        yield model
    assert model.errors == ()


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    async with open_runtime(model.runtime_config(home)) as runtime:
        yield runtime


@pytest.fixture
async def session(runtime: Runtime, workspace: Path) -> Session:
    return await runtime.start_session(SessionConfig(cwd=workspace))
