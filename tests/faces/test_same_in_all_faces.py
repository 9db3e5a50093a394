"""The core and its two faces are one API: names, parameters, results and docstrings."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import ModuleType
from typing import TYPE_CHECKING, Any, get_overloads

import pytest

import codex_runtime
from codex_runtime import aio, blocking
from codex_runtime.faces.generator.wording import PHRASES
from codex_runtime.session.turn import TurnStream
from codex_runtime.testing import open_fake_runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FACES: dict[str, ModuleType] = {"aio": aio, "blocking": blocking}
CORE: dict[str, Any] = {
    name: getattr(codex_runtime, name)
    for name in aio.__all__
    if name not in ("TurnStream", "open_fake_runtime")
} | {"TurnStream": TurnStream, "open_fake_runtime": open_fake_runtime}
BY_HAND = ["Throttle", "throttle"]
OPENERS = ["open_fake_runtime", "open_runtime"]
CLASSES = [name for name in CORE if inspect.isclass(CORE[name]) and name not in BY_HAND]
# What the rooms of the core call on each other's objects.
INTERNAL = {
    "ChildEvents": {"batch"},
    "Session": {"give_up"},
    "StateEvents": {"batch", "end", "put", "wake"},
    "StateView": {"newest"},
    "Subscription": {"end", "mailbox", "methods", "put", "rename", "wake", "wants"},
    "Turn": {"drop", "mailbox"},
}
# What the runtime awaits, in its own thread; users only name it.
HANDLERS = {"ApprovalRule", "answer_later"}
SPECIAL = ["aenter", "aexit", "aiter", "anext"]

each_class = pytest.mark.parametrize("name", CLASSES)
each_face = pytest.mark.parametrize("face", FACES)


def differences(core: type, of_face: type, face: str) -> list[str]:
    """What a face's class has otherwise than the core's, in words."""
    wanted = public(core) - INTERNAL.get(core.__name__, set())
    found = [f"{name} is missing" for name in sorted(wanted - public(of_face))]
    found += [f"{name} is not of the core" for name in sorted(public(of_face) - wanted)]
    if reworded(core.__doc__, face) != one_line(of_face.__doc__):
        found.append("its docstring is another")
    for name in sorted(wanted & public(of_face)):
        ours, theirs = inspect.getattr_static(core, name, None), vars(of_face).get(name)
        found += [f"{name}: {what}" for what in member_differences(ours, theirs, face)]
    for name in SPECIAL:
        there, here = f"__{name}__", f"__{name[1:] if face == 'blocking' else name}__"
        if hasattr(core, there) != hasattr(of_face, here):
            found.append(f"{here} does not follow the core's")
        elif here in vars(of_face):
            found += [
                f"{here}: {what}"
                for what in function_differences(getattr(core, there), vars(of_face)[here], face)
            ]
    return found


def member_differences(ours: object, theirs: object, face: str) -> Iterator[str]:
    if ours is None:  # an attribute of the object, which a face reads by a property
        if not isinstance(theirs, property) or not theirs.__doc__:
            yield "no property with a docstring"
    elif isinstance(ours, property) or isinstance(theirs, property):
        if isinstance(ours, property) and isinstance(theirs, property):
            yield from function_differences(ours.fget, theirs.fget, face)
        else:
            yield "a property in one of them alone"
    elif inspect.isfunction(ours) and inspect.isfunction(theirs):
        yield from function_differences(ours, theirs, face)
    else:
        yield "no method"


def function_differences(ours: Any, theirs: Any, face: str) -> Iterator[str]:
    if signature(ours) != signature(theirs):
        yield f"{signature(theirs)} in place of {signature(ours)}"
    if [*map(signature, get_overloads(ours))] != [*map(signature, get_overloads(theirs))]:
        yield "other overloads"
    waits = inspect.iscoroutinefunction(ours) and face == "aio"
    if inspect.iscoroutinefunction(theirs) != waits:
        yield "a coroutine function in one of them alone"
    if reworded(ours.__doc__, face) != one_line(theirs.__doc__):
        yield "another docstring"


def public(cls: type) -> set[str]:
    """Names of the class, and of what its ``__init__`` sets on ``self``."""
    names = {name for name in dir(cls) if not name.startswith("_")}
    for base in cls.__mro__[:-1]:
        if inspect.isfunction(init := vars(base).get("__init__")):
            try:
                source = textwrap.dedent(inspect.getsource(init))
            except (OSError, TypeError):  # made by attrs, of fields that are private here
                continue
            names |= {
                node.attr
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and ast.unparse(node.value) == "self"
                and not node.attr.startswith("_")
            }
    return names


def signature(function: Any) -> str:
    """Names, kinds, defaults and annotations."""
    return str(inspect.signature(function))


def one_line(doc: str | None) -> str:
    return " ".join((doc or "").split())


def reworded(doc: str | None, face: str) -> str:
    text = one_line(doc)
    for phrase, words in PHRASES[face].items():
        text = text.replace(phrase, words)
    return one_line(text)


# -- they are the same ---------------------------------------------------------------------------


def test_both_faces_have_the_same_names_in_order() -> None:
    assert aio.__all__ == blocking.__all__ == sorted(set(aio.__all__))


@each_face
@pytest.mark.parametrize("name", sorted(CORE))
def test_every_name_is_there_and_is_not_the_core_s(name: str, face: str) -> None:
    assert getattr(FACES[face], name) is not CORE[name]


def test_whatever_of_the_core_can_be_waited_for_is_in_the_faces() -> None:
    def waits(value: object) -> bool:
        return inspect.iscoroutinefunction(value) or hasattr(value, "__aenter__")

    def can_be_waited_for(name: str) -> bool:
        value = getattr(codex_runtime, name)
        members = vars(value).values() if isinstance(value, type) else []
        return waits(value) or any(map(waits, members))

    assert {*filter(can_be_waited_for, codex_runtime.__all__)} - HANDLERS <= {*aio.__all__}


@each_face
@each_class
def test_a_class_has_the_same_members_as_in_the_core(name: str, face: str) -> None:
    assert differences(CORE[name], getattr(FACES[face], name), face) == []


@each_face
@each_class
def test_a_class_is_final_in_every_face(name: str, face: str) -> None:
    assert getattr(FACES[face], name).__final__ is True


@each_face
def test_run_is_the_same(face: str) -> None:
    ours, theirs = CORE["run"], FACES[face].run
    assert [*function_differences(ours, theirs, face)] == []


@each_face
@pytest.mark.parametrize("name", OPENERS)
def test_what_opens_a_runtime_takes_the_same(name: str, face: str) -> None:
    ours, theirs = inspect.signature(CORE[name]), inspect.signature(getattr(FACES[face], name))
    assert theirs.parameters == ours.parameters
    assert one_line(getattr(FACES[face], name).__doc__) == reworded(CORE[name].__doc__, face)


@each_face
@pytest.mark.parametrize("name", BY_HAND)
def test_what_is_written_by_hand_has_the_same_names_and_parameters(name: str, face: str) -> None:
    ours, theirs = CORE[name], getattr(FACES[face], name)
    assert {*parameters(theirs)} >= {*parameters(ours)}
    assert theirs.__doc__
    if inspect.isclass(ours):
        assert public(theirs) == public(ours)
    else:
        assert parameters(theirs) == parameters(ours)


def parameters(function: Any) -> list[tuple[str, object, object]]:
    given = inspect.signature(function).parameters.values()
    return [(one.name, one.kind, one.default) for one in given]


@each_face
def test_views_of_one_child_are_equal_as_in_the_core(face: str) -> None:
    engine, child = object(), object()

    def view(of: object) -> object:
        return FACES[face].ChildThread(None, CORE["ChildThread"](engine, of))

    assert view(child) == view(child)
    assert hash(view(child)) == hash(view(child))
    assert view(child) != view(object())
    assert view(child) != CORE["ChildThread"](engine, child)


@each_face
def test_the_phrases_of_a_face_are_all_needed(face: str) -> None:
    docs = [one_line(CORE[name].__doc__) for name in CORE]
    for name in CLASSES:
        docs += [one_line(getattr(CORE[name], member).__doc__) for member in dir(CORE[name])]
    text = "\n".join(docs)
    for phrase, words in PHRASES[face].items():
        assert phrase in text
        text = text.replace(phrase, words)


# -- and they do not stay so by themselves -------------------------------------------------------


@pytest.fixture
def grown(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], None]:
    """Give the core's `Session` something that no face has."""
    return lambda name, value: monkeypatch.setattr(
        codex_runtime.Session, name, value, raising=False
    )


async def archive_all(self: object) -> None:
    """Archive all."""


async def steer(self: object, text: str, *, loudly: bool = False) -> None:
    """Add ``text`` to the active turn (``turn/steer``); raises `NoActiveTurn` without one."""


def rename(self: object, name: str) -> None:
    """Give the thread a title (``thread/name/set``); the server takes no empty one."""


async def detach(self: object) -> None:
    """End this handle."""


@each_face
@pytest.mark.parametrize(
    ("name", "value", "difference"),
    [
        ("archive_all", archive_all, "archive_all is missing"),
        ("title", property(str), "title is missing"),
        ("steer", steer, "steer: (self, text: 'str') -> 'None' in place of"),
        ("detach", detach, "detach: another docstring"),
        ("usage", detach, "usage: a property in one of them alone"),
    ],
)
def test_what_the_core_gets_is_missed_in_a_face(
    face: str, name: str, value: object, difference: str, grown: Callable[[str, object], None]
) -> None:
    grown(name, value)
    found = differences(codex_runtime.Session, FACES[face].Session, face)
    assert [what for what in found if what.startswith(difference)] != []


def test_a_method_that_no_longer_waits_is_noticed(grown: Callable[[str, object], None]) -> None:
    grown("rename", rename)
    found = differences(codex_runtime.Session, aio.Session, "aio")
    assert "rename: a coroutine function in one of them alone" in found


@each_face
def test_what_only_a_face_has_is_noticed(face: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FACES[face].Session, "ask_twice", archive_all, raising=False)
    found = differences(codex_runtime.Session, FACES[face].Session, face)
    assert found == ["ask_twice is not of the core"]
