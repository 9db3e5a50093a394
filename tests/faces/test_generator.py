"""The generator of the faces: what is committed is what it writes; it refuses what it cannot."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import codex_runtime
from codex_runtime.faces.generator import rules
from codex_runtime.faces.generator.__main__ import main, render_all
from codex_runtime.faces.generator.layout import Call, code, definition, docstring, import_lines
from codex_runtime.faces.generator.shapes import GeneratorError
from codex_runtime.faces.generator.wording import PHRASES, reworded

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = Path(codex_runtime.__file__).parent
SESSION = "session/session.py"
TURN = "session/turn.py"
RUNTIME = "runtime/runtime.py"
# Behind this a new member of `Session` stands well.
ANCHOR = "    async def detach(self) -> None:\n"


WRITTEN = render_all()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the core, to be changed."""
    copy = tmp_path / "codex_runtime"
    for room in ("engine", "history", "runtime", "session"):
        shutil.copytree(PACKAGE / room, copy / room)
    (copy / "testing").mkdir()
    shutil.copy(PACKAGE / "testing" / "fake_runtime.py", copy / "testing")
    return copy


@pytest.fixture
def change(package: Path) -> Callable[[str, str, str], None]:
    """Put a text in the place of another, which is there once, in a module of the copy."""

    def _change(path: str, old: str, new: str) -> None:
        text = (package / path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (package / path).write_text(text.replace(old, new), encoding="utf-8")

    return _change


def member(of: str, name: str, text: str) -> str:
    """The code of one member of a class in a generated module."""
    (cls,) = (node for node in ast.parse(text).body if getattr(node, "name", None) == of)
    assert isinstance(cls, ast.ClassDef)
    return "\n".join(
        ast.unparse(node)
        for node in cls.body
        if getattr(node, "name", None) == name or f"{name} = " in ast.unparse(node)[: len(name) + 3]
    )


# -- the command ---------------------------------------------------------------------------------


def test_what_is_committed_is_what_the_generator_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "codex_runtime.faces.generator", "--check"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_check_names_what_would_change_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--out", str(tmp_path)])
    (tmp_path / "aio.py").write_text("# by hand\n", encoding="utf-8")
    (tmp_path / "other.py").touch()
    capsys.readouterr()
    assert main(["--check", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "aio.py\nother.py\n"
    assert (tmp_path / "aio.py").read_text(encoding="utf-8") == "# by hand\n"


def test_writing_makes_the_folder_hold_exactly_its_files(tmp_path: Path) -> None:
    (tmp_path / "other.py").touch()
    assert main(["--out", str(tmp_path)]) == 0
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == WRITTEN
    assert main(["--check", "--out", str(tmp_path)]) == 0


def test_what_it_refuses_is_said_and_nothing_is_written(
    package: Path, change: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    change(SESSION, ANCHOR, f"    def shout(self) -> None:\n        pass\n\n{ANCHOR}")
    assert main(["--package", str(package)]) == 2
    assert "no rule says how a face calls Session.shout" in capsys.readouterr().err
    assert not (package / "faces" / "generated").exists()


# -- what the core gets, the faces get -----------------------------------------------------------


def test_a_new_waiting_method_needs_no_rule(package: Path, change: Callable[..., None]) -> None:
    method = '''    async def nap(self, for_s: float = 1.0, *, deeply: bool = False) -> str:
        """Sleep; cancelling wakes up."""

'''
    change(SESSION, ANCHOR, method + ANCHOR)
    files = render_all(package)
    assert member("Session", "nap", files["aio.py"]) == (
        "async def nap(self, for_s: float=1.0, *, deeply: bool=False) -> str:\n"
        '    """Sleep; cancelling wakes up."""\n'
        "    return await self._bridge.call(lambda: self._core.nap(for_s, deeply=deeply))"
    )
    assert member("Session", "nap", files["blocking.py"]) == (
        "def nap(self, for_s: float=1.0, *, deeply: bool=False) -> str:\n"
        '    """Sleep; Ctrl-C wakes up."""\n'
        "    return self._bridge.wait(lambda: self._core.nap(for_s, deeply=deeply))"
    )


def test_a_new_property_is_read_directly(package: Path, change: Callable[..., None]) -> None:
    change(
        SESSION,
        ANCHOR,
        f'    @property\n    def title(self) -> str | None:\n        """Its."""\n\n{ANCHOR}',
    )
    for text in render_all(package).values():
        if "class Session" in text:
            assert member("Session", "title", text).endswith("return self._core.title")


@pytest.mark.parametrize("face", ["aio", "blocking"])
def test_overloads_and_other_names_are_carried_over(face: str) -> None:
    text = WRITTEN[f"{face}.py"]
    assert member("Session", "ask", text).count("@overload") == 2
    assert member("Session", "ask_wait", text) == "ask_wait = ask"


def test_a_session_that_nobody_waited_for_is_let_go() -> None:
    assert "undo=CoreSession.detach" in member("Session", "fork", WRITTEN["aio.py"])
    assert "undo=CoreSession.detach" in member("Runtime", "start_session", WRITTEN["aio.py"])


@pytest.mark.parametrize(("face", "awaits"), [("aio", "await "), ("blocking", "")])
def test_a_handle_that_a_property_gives_is_one_of_the_face(face: str, awaits: str) -> None:
    text = WRITTEN[f"{face}.py"]
    assert member("Runtime", "threads", text).endswith(
        "return Threads(self._bridge, self._core.threads)"
    )
    given = member("Threads", "turns", text)
    assert "return TurnPager(self._bridge, self._core.turns(" in given
    assert f"return {awaits}self._bridge" in member("Threads", "rename", text)


@pytest.mark.parametrize(("face", "awaits"), [("aio", "await "), ("blocking", "")])
def test_a_pager_goes_to_the_thread_by_pages_alone(face: str, awaits: str) -> None:
    text = WRITTEN[f"{face}.py"]
    assert 'class ThreadPager(PagerHandle[CoreThreadPager, "ThreadSummary"]):' in text
    assert member("ThreadPager", "next_page", text).endswith(f"return {awaits}self._page()")
    following = "__anext__" if awaits else "__next__"
    assert member("ThreadPager", following, text).endswith(f"return {awaits}self._next()")
    assert "self._bridge" not in member("ThreadPager", "next_cursor", text)


def test_a_name_of_another_module_is_imported_from_there(
    package: Path, change: Callable[..., None]
) -> None:
    method = '    async def age(self) -> Deadlines:\n        """Of it."""\n\n'
    change(SESSION, ANCHOR, method + ANCHOR)
    change(
        SESSION,
        "if TYPE_CHECKING:\n",
        "if TYPE_CHECKING:\n    from codex_runtime.model.deadlines import Deadlines\n",
    )
    text = render_all(package)["aio.py"]
    head, _, below = text.partition("\nif TYPE_CHECKING:\n")
    assert "    from codex_runtime.model.deadlines import Deadlines\n" in below
    assert "Deadlines" not in head


# -- what no rule covers is refused --------------------------------------------------------------


def in_session(code_of_it: str) -> tuple[str, str, str]:
    return SESSION, ANCHOR, f"    {code_of_it}\n\n{ANCHOR}"


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            *in_session("def shout(self) -> None: ..."),
            "no rule says how a face calls Session.shout",
        ),
        (
            *in_session("async def twins(self) -> tuple[Session, Session]: ..."),
            "Session.twins waits for tuple",
        ),
        (*in_session("async def last(self) -> Repeat: ..."), "no rule of UNDO"),
        (*in_session("def pair(self) -> list[Session]: ..."), "gives Session in something"),
        (
            *in_session("@property\n    def now(self) -> list[Session]: ..."),
            "no rule wraps that for a face",
        ),
        (*in_session("def engine(self) -> Engine: ..."), "gives Engine of codex_runtime.engine"),
        (*in_session("def all(self, *names: str) -> None: ..."), r"no \*args"),
        (*in_session("def some(self, name) -> None: ..."), r"some\(name\) has no annotation"),
        (*in_session("async def other(self) -> trio.Event: ..."), "trio is no class that"),
        (*in_session("def __len__(self) -> int: ..."), "Session has .'__len__'."),
        (*in_session("limit = 3"), "no class variables"),
        (
            *in_session('async def rest(self) -> None:\n        """As a task of a nursery."""'),
            "add a phrase",
        ),
        (TURN, "        super().__init__()\n", "        self.limit: int = 3\n", "a new attribute"),
        (TURN, "    def drop(self)", "    def let_go(self)", "Turn.drop"),
        (TURN, "class Turn(Consuming):", "class Turns:", "has no class Turn"),
        (TURN, "class Turn(Consuming):", "class Turn(list[str]):", "is no module"),
        (RUNTIME, "May be used by any number of tasks", "Is for tasks", "no docstring has these"),
        (
            RUNTIME,
            "async def open_runtime(",
            "async def start_runtime(",
            "no function open_runtime",
        ),
        (
            RUNTIME,
            "    from codex_runtime.protocol.base import JsonValue\n",
            "    from codex_runtime.wire.frames import TurnResult as JsonValue\n",
            "JsonValue is no class that",
        ),
        (
            RUNTIME,
            "    from codex_runtime.model.results import TurnResult, TypedResult\n",
            "    from codex_runtime.model.others import TurnResult, TypedResult\n",
            "a face has one of a name",
        ),
    ],
)
def test_what_no_rule_covers_is_refused(
    path: str, old: str, new: str, message: str, package: Path, change: Callable[..., None]
) -> None:
    change(path, old, new)
    with pytest.raises(GeneratorError, match=message):
        render_all(package)


def test_a_method_that_gives_something_of_the_trio_thread_is_refused(
    package: Path, change: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "IN_THE_TRIO_THREAD", {*rules.IN_THE_TRIO_THREAD, "Session.shout"})
    change(SESSION, ANCHOR, f"    def shout(self) -> str: ...\n\n{ANCHOR}")
    with pytest.raises(GeneratorError, match="gives str from the trio thread"):
        render_all(package)


# -- words and layout ----------------------------------------------------------------------------


def test_only_paragraphs_that_change_are_wrapped_again() -> None:
    doc = "Kept\nas it is.\n\nCancelling\nends it."
    assert reworded(doc, "blocking", "    ", "it") == "Kept\nas it is.\n\nCtrl-C ends it."


def test_the_lines_of_a_list_stay_and_those_without_words_go() -> None:
    (dropped,) = (phrase for phrase, words in PHRASES["aio"].items() if words == "")
    doc = f"Args:\n    {dropped}\n    one: Of them."
    assert reworded(doc, "aio", "    ", "it") == "Args:\n    one: Of them."


def test_a_line_of_a_list_that_gets_too_long_is_refused() -> None:
    doc = f"Args:\n    one: {'x' * 50} ``nursery.start_soon(repeat.run)``"
    with pytest.raises(GeneratorError, match="of it gets too long for blocking"):
        reworded(doc, "blocking", "        ", "it")


def test_code_is_broken_as_the_formatter_would() -> None:
    long = "a" * 50
    call = Call("return f", ("one", Call("g", (long, "key=1"))))
    assert code(call, "") == [f"return f(one, g({long}, key=1))"]
    assert code(Call("func", (long, "b" * 44)), "") == ["func(", f"    {long}, {'b' * 44}", ")"]
    assert code(Call("f", (long, "b" * 46)), "") == ["f(", f"    {long},", f"    {'b' * 46},", ")"]
    assert code(Call("f", (Call("g", (long, "b" * 41)),)), "    ") == [
        "    f(",
        "        g(",
        f"            {long},",
        f"            {'b' * 41},",
        "        )",
        "    )",
    ]
    assert definition("def", "f", ["self"], "None", "", " ...") == ["def f(self) -> None: ..."]


def test_docstrings_and_imports_are_laid_out() -> None:
    assert docstring("One line.", "  ") == ['  """One line."""']
    assert docstring("One.\n\nTwo.", "  ") == ['  """One.', "", "  Two.", '  """']
    names = {f"name_{'x' * 15}_{number}" for number in range(5)}
    assert import_lines({"b": {"f", "C as D", "B", "A_B"}, "a": names}) == [
        "from a import (",
        *(f"    {name}," for name in sorted(names)),
        ")",
        "from b import A_B, B, f",
        "from b import C as D",
    ]
