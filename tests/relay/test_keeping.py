"""What was thought comes back with its own turn, and with no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codex_runtime.relay.keeping import Keeper
from codex_runtime.relay.request.options import RequestOptions
from codex_runtime.relay.store.memory import MemoryStore
from codex_runtime.relay.store.protocol import FinishedTurn
from tests.relay.request.asking import Json, call_of, called, gave, said

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE = said("developer", "base")
SKILLS = said("developer", "skills")
QUESTION = said("user", "q")
ANSWER = said("assistant", "a")
GO_ON = said("user", "go on")
PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}


class Model:
    """A model behind one keeper: it answers, and reads what it thought before."""

    def __init__(self, options: RequestOptions) -> None:
        self._options = options
        self._keeper = Keeper(MemoryStore(), strict_ids=False)
        self._turns = 0

    async def turn(
        self, thread: str | None, asked: Sequence[Json], reply: Sequence[Json], reasoning: str
    ) -> None:
        """One turn of a thread: this was asked, that replied, after some reasoning."""
        self._turns += 1
        call = call_of(input=asked, options=self._options)
        mark = call.fingerprint_of([json.dumps(item).encode() for item in reply])
        place = self._keeper.thread_for(call, thread, mark, f"resp_{self._turns}")
        ids = tuple(item["call_id"] for item in reply if "call_id" in item)
        turn = FinishedTurn(
            thread=place,
            response_id=None,
            after=None,
            messages=(),
            reasoning=reasoning,
            call_ids=() if thread is None else ids,
            fingerprint=mark,
        )
        await self._keeper.keep(turn)

    async def reads(self, thread: str | None, asked: Sequence[Json]) -> list[str | None]:
        """The reasoning of each earlier answer, as the model is sent it."""
        call = call_of(input=asked, options=self._options)
        await self._keeper.recall(call, thread)
        sent = json.loads(call.encode())["messages"]
        return [each.get("reasoning_content") for each in sent if each["role"] == "assistant"]


@pytest.fixture(
    params=[
        RequestOptions(),
        RequestOptions(strict_roles=True),
        RequestOptions(gemini_signatures=True),
    ],
    ids=["plain", "strict", "signed"],
)
def model(request: pytest.FixtureRequest) -> Model:
    return Model(request.param)


async def test_an_id_that_two_threads_use_brings_each_its_own(model: Model) -> None:
    calls = [BASE, SKILLS, QUESTION, called("call_0"), gave("call_0")]
    await model.turn("A", calls[:3], [called("call_0")], "of A")
    assert await model.reads("A", calls) == ["of A"]
    assert await model.reads("B", calls) == [None]


async def test_an_id_that_one_thread_uses_twice_brings_each_turn_its_own(model: Model) -> None:
    asked = [BASE, QUESTION]
    for reasoning in ("first", "second"):
        await model.turn("A", asked, [called("call_0")], reasoning)
        asked += [called("call_0"), gave("call_0", reasoning)]
    assert await model.reads("A", asked) == ["first", "second"]


async def test_a_call_is_known_by_its_id_once_the_thread_was_summed_up(model: Model) -> None:
    await model.turn("A", [BASE, QUESTION], [called("call_0")], "hm")
    summary = {"type": "compaction", "encrypted_content": "x"}
    assert await model.reads("A", [BASE, summary, called("call_0"), gave("call_0")]) == ["hm"]


@pytest.mark.parametrize(
    "asked",
    [
        [BASE, {"role": "user", "content": [{"type": "input_text", "text": "look"}, PICTURE]}],
        [BASE, QUESTION, called("c"), gave("c", [PICTURE])],
        [BASE, QUESTION, said("assistant", "x"), said("developer", "late"), GO_ON],
        [BASE, SKILLS, QUESTION, GO_ON],
    ],
    ids=["picture", "picture of a tool", "late system message", "two of the user"],
)
async def test_an_answer_is_known_again_after(model: Model, asked: list[Json]) -> None:
    await model.turn("A", asked, [ANSWER], "hm")
    assert (await model.reads("A", [*asked, ANSWER, GO_ON]))[-1] == "hm"


async def test_a_reply_of_many_kinds_is_known_again(model: Model) -> None:
    patch = {"type": "custom_tool_call", "call_id": "p", "name": "apply_patch", "input": "***"}
    reply = [said("assistant", "so"), called("z", arguments="no json"), patch]
    await model.turn("A", [QUESTION], reply, "hm")
    outputs = [gave("z"), {"type": "custom_tool_call_output", "call_id": "p", "output": "ok"}]
    assert await model.reads("A", [QUESTION, *reply, *outputs]) == ["hm"]


async def test_without_a_named_thread_the_same_answers_lead_to_the_reasoning(model: Model) -> None:
    await model.turn(None, [QUESTION], [ANSWER], "one")
    await model.turn(None, [QUESTION, ANSWER, GO_ON], [said("assistant", "b")], "two")
    whole = [QUESTION, ANSWER, GO_ON, said("assistant", "b"), GO_ON]
    assert await model.reads(None, whole) == ["one", "two"]


async def test_without_a_named_thread_an_id_of_a_stranger_means_nothing(model: Model) -> None:
    await model.turn(None, [QUESTION], [called("call_0")], "a stranger's")
    other = [said("user", "another"), called("call_0"), gave("call_0")]
    assert await model.reads(None, other) == [None]
    second = [QUESTION, called("call_0"), gave("call_0"), said("assistant", "else"), GO_ON]
    assert await model.reads(None, second) == ["a stranger's", None]


async def test_without_a_named_thread_other_answers_are_another_conversation(model: Model) -> None:
    await model.turn(None, [QUESTION], [ANSWER], "hm")
    assert await model.reads(None, [QUESTION, said("assistant", "other"), GO_ON]) == [None]
