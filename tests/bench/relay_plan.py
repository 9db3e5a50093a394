"""What is asked of a relay under test, and what its upstream is to answer: bodies and plans.

Owns the three sizes of request, each as a Responses body and as a Chat Completions body of the same
content for the direct connection, and the plan of an answer, which travels as the model's name: the
one thing that every relay hands on unchanged. Knows no process and no socket. Enter at `Asked`.
"""

from __future__ import annotations

import itertools
import json
import re
import tempfile
from pathlib import Path
from typing import Any, Final, Self

import attrs

from codex_runtime import SessionConfig, open_runtime
from codex_runtime.testing import open_scripted_model

__all__ = [
    "DONE",
    "FIRST_CHAT",
    "FIRST_RESPONSES",
    "PLANS",
    "Asked",
    "Plan",
    "codex_turn",
    "long_thread",
]

FIRST_RESPONSES: Final = b"response.output_text.delta"
FIRST_CHAT: Final = b'"content":"word'
"""What the first text delta is known by, through a relay and without one."""
DONE: Final = b"response.completed"
PAIRS: Final = 400
WORD: Final = "The build of step {0} passed, file {0} was viewed; the next is {1}. "
WORDS_PER_MESSAGE: Final = 5

Body = dict[str, Any]
"""Any: a JSON object."""


@attrs.frozen
class Plan:
    """An answer: so many text deltas, one each so many milliseconds; 0 is as fast as it goes."""

    deltas: int
    pace_ms: int = 0
    reasons: bool = False
    """Whether reasoning comes first."""

    @property
    def model(self) -> str:
        """The name that asks for it."""
        return f"d{self.deltas}p{self.pace_ms}{'r' * self.reasons}"

    @classmethod
    def of(cls, model: str) -> Self:
        """Read the name of a model."""
        found = re.fullmatch(r"d(\d+)p(\d+)(r?)", model)
        if found is None:
            raise ValueError(f"no plan: {model!r}")
        return cls(int(found[1]), int(found[2]), bool(found[3]))

    @property
    def last_word(self) -> str:
        """What the last delta says."""
        return word(self.deltas - 1)

    def chunks(self) -> list[bytes]:
        """The stream up to its finish reason, one server-sent event each."""
        deltas: list[Body] = [{"role": "assistant", "content": ""}]
        if self.reasons:
            deltas.append({"reasoning_content": "What was asked is clear."})
        # No two in a row are the same: LiteLLM takes a hundred of those for a loop.
        deltas += [{"content": word(number)} for number in range(self.deltas)]
        choices: list[Body] = [
            {"index": 0, "delta": delta, "finish_reason": None} for delta in deltas
        ]
        choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
        return [event(chunk(self.model, choices=[choice])) for choice in choices]

    def ending(self, prompt_bytes: int) -> list[bytes]:
        """What follows: the usage, which tells how long the request was, and the end."""
        usage = {
            "prompt_tokens": prompt_bytes,
            "completion_tokens": self.deltas,
            "total_tokens": prompt_bytes + self.deltas,
        }
        return [event(chunk(self.model, choices=[], usage=usage)), event(b"[DONE]")]


PLANS: Final = (
    Plan(1),
    Plan(20),
    Plan(20, reasons=True),
    Plan(1_000),
    Plan(100, pace_ms=5),
)
"""Those that a run asks for; LiteLLM has to know its models."""


def word(number: int) -> str:
    """A delta of eight bytes."""
    return f"word{number:03} "


def event(payload: bytes) -> bytes:
    """A server-sent event."""
    return b"data: " + payload + b"\n\n"


def chunk(model: str, **fields: object) -> bytes:
    """One payload as most servers write it."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    return encode({**head, **fields})


def encode(body: object) -> bytes:
    """Without spaces, as Codex writes it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@attrs.frozen
class Asked:
    """One request, in both forms."""

    body: Body

    @classmethod
    def small(cls, text: str = "Say something short.", **fields: object) -> Self:
        """One message; more fields as they are given."""
        return cls({"stream": True, "input": [message("user", text)], **fields})

    @property
    def kilobytes(self) -> int:
        """Of its body."""
        return round(len(encode(self.body)) / 1000)

    def responses(self, plan: Plan) -> bytes:
        """For a relay."""
        return encode({"model": plan.model, **self.body})

    def chat(self, plan: Plan) -> bytes:
        """For the upstream itself: the same texts and tools."""
        messages = [
            {"role": item["role"], "content": "".join(part["text"] for part in item["content"])}
            for item in self.body["input"]
        ]
        body: Body = {"model": plan.model, "messages": messages, "stream": True}
        if "tools" in self.body:
            body["tools"] = [{"type": "function", "function": tool} for tool in self.body["tools"]]
        return encode(body)


def message(role: str, text: str) -> Body:
    """A Responses item."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def long_thread() -> Asked:
    """A thread of 400 message pairs."""
    numbers = itertools.count()

    def said() -> str:
        begin = next(numbers) * WORDS_PER_MESSAGE
        return "".join(WORD.format(n, n + 1) for n in range(begin, begin + WORDS_PER_MESSAGE))

    pairs = [message(role, said()) for _ in range(PAIRS) for role in ("user", "assistant")]
    small = Asked.small().body
    return Asked({**small, "input": [*pairs, *small["input"]]})


async def codex_turn() -> Asked:
    """What the real app-server sends as its first turn, recorded now."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as home:
        async with (
            open_scripted_model() as model,
            open_runtime(model.runtime_config(Path(home))) as runtime,
            await runtime.start_session(SessionConfig(cwd=home)) as session,
        ):
            await session.ask("Say something short.")
            (request,) = model.requests
    return Asked({name: value for name, value in request.body.items() if name != "model"})
