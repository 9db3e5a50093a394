"""What the faces make of the core: which classes, which of their members, and how each is called.

Owns the decisions; a member that no rule here covers is an error of the generator. The words of
docstrings are ``wording``'s. Enter at `CLASSES`.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = [
    "ATTRIBUTE_DOCS",
    "CALLED_DIRECTLY",
    "CASTS",
    "CLASSES",
    "FACES",
    "FAKE_RUNTIME",
    "INTERNAL",
    "IN_THE_TRIO_THREAD",
    "OPENER",
    "OPEN_RUNTIME",
    "PAGERS",
    "RUN",
    "SAME_IN_ALL",
    "UNDO",
    "Face",
]

CLASSES: Final = {
    "ChildEvents": "codex_runtime.session.children",
    "ChildThread": "codex_runtime.session.children",
    "ItemPager": "codex_runtime.history.pages",
    "Repeat": "codex_runtime.session.repeating",
    "Runtime": "codex_runtime.runtime.runtime",
    "Session": "codex_runtime.session.session",
    "StateEvents": "codex_runtime.session.state.view",
    "StateView": "codex_runtime.session.state.view",
    "Subscription": "codex_runtime.engine.subscriptions",
    "ThreadPager": "codex_runtime.history.pages",
    "Threads": "codex_runtime.history.catalogue",
    "Turn": "codex_runtime.session.turn",
    "TurnPager": "codex_runtime.history.pages",
    "TurnStream": "codex_runtime.session.turn",
}
"""The classes that a face has of its own, and where the core has them."""

OPEN_RUNTIME: Final = ("codex_runtime.runtime.runtime", "open_runtime")
OPENER: Final = "open_unwarned"
"""What opens one for a face, of the same module: the face warns itself, in its user's frame."""

FAKE_RUNTIME: Final = ("codex_runtime.testing.fake_runtime", "open_fake_runtime")
RUN: Final = ("codex_runtime.runtime.one_call", "run")

INTERNAL: Final = {
    "ChildEvents.batch",
    "Session.give_up",
    "StateEvents.batch",
    "StateEvents.end",
    "StateEvents.put",
    "StateEvents.wake",
    "StateView.newest",
    "Subscription.end",
    "Subscription.mailbox",
    "Subscription.methods",
    "Subscription.put",
    "Subscription.rename",
    "Subscription.wake",
    "Subscription.wants",
    "Turn.drop",
    "Turn.mailbox",
}
"""What the core's rooms call on each other's objects: no user's business, and in no face."""

PAGERS: Final = {"ItemPager", "ThreadPager", "TurnPager"}
"""What is iterated by rows and goes to the trio thread by pages, with ``next_page``."""

CALLED_DIRECTLY: Final = {
    "Runtime.command_line",
    "Runtime.statistics",
    "Session.explain",
    "Session.profile",
}
"""Plain methods that only read: they are called in the caller's own thread."""

IN_THE_TRIO_THREAD: Final = {
    "ChildThread.answer",
    "ChildThread.text",
    "Repeat.stop",
    "Runtime.register_hooks",
    "Session.answer",
}
"""Plain methods, and one property, that change something: they run where everything runs."""

UNDO: Final = {"Session": "detach"}
"""For a class that a waiting method gives: what lets go of one that its caller did not wait for."""

CASTS: Final = {"Runtime.call": {"params": "P"}}
"""Arguments whose type the overloads promise and the last signature does not."""

SAME_IN_ALL: Final = {
    "DeliveryPolicy",
    "OnRepeatError",
    "Preflight",
    "RepeatStatus",
    "ServerInfo",
    "Statistics",
    "StoredTurn",
    "ThreadSummary",
    "ThreadTail",
}
"""Types of the rooms with trio that are plain values: every face gives them as they are."""

ATTRIBUTE_DOCS: Final = {
    "Repeat.every_s": "Seconds from one tick to the next.",
    "Session.config": "What it was opened with.",
}
"""Attributes of the core are properties in the faces, which have a docstring."""


@attrs.frozen
class Face:
    """The words of one face."""

    name: str
    base: str
    """The module of what is written by hand."""

    async_: str
    """Before a definition or a block that waits."""

    await_: str
    wait: str
    """The method of the bridge that runs a coroutine function of the core."""

    letter: str
    """Of the special methods: ``__aenter__`` or ``__enter__``."""

    doc: str
    leaving: str
    """Behind a line that waits in ``__aexit__``: there is no scope to shield it with in asyncio."""

    def special(self, name: str) -> str:
        """The name of a special method of the core in this face."""
        return f"__{self.letter}{name}__"


FACES: Final = (
    Face(
        name="aio",
        base="codex_runtime.faces.in_asyncio",
        async_="async ",
        await_="await ",
        wait="call",
        letter="a",
        doc="The public classes for asyncio",
        leaving="  # noqa: ASYNC102 - this is asyncio",
    ),
    Face(
        name="blocking",
        base="codex_runtime.faces.in_threads",
        async_="",
        await_="",
        wait="wait",
        letter="",
        doc="The public classes for plain threads",
        leaving="",
    ),
)
