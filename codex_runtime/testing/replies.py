"""Replies that work: text, reasoning, tool calls, silence, usage, and the cut stream.

Owns the functions that build a `Reply` and refuse what could not be sent. Replies add up with ``+``
(see `steps.py`); those that fail are in `failures.py`. Enter at `text`, `shell` and `silence`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from codex_runtime.errors import InvalidInput
from codex_runtime.testing.checks import check_at_least, check_delay, to_json, to_utf8
from codex_runtime.testing.steps import (
    Cut,
    Finish,
    Gate,
    Raw,
    Reasoning,
    Reply,
    Text,
    ToolCall,
    Usage,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "apply_patch",
    "cut",
    "finish",
    "raw",
    "reasoning",
    "several",
    "shell",
    "silence",
    "text",
    "tool_call",
    "usage",
]


def text(
    content: str,
    *,
    deltas: int | None = None,
    delta_chars: int | None = None,
    delay_s: float = 0.0,
    phase: str | None = None,
    finished: bool = True,
) -> Reply:
    """One agent message.

    Args:
        content: The message.
        deltas: In how many deltas, as even as can be. Default one.
        delta_chars: In deltas of so many characters. Given with `deltas`, `content` is repeated
            until it fills exactly `deltas` times `delta_chars` characters.
        delay_s: Pause between two deltas, in seconds; 0 sends them as fast as they are read.
        phase: "commentary" or "final_answer"; None leaves it out. Chat Completions know none.
        finished: False leaves the item open (for a reply that then waits, or is cut).

    Raises:
        InvalidInput: The pieces cannot be made, or `content` has no UTF-8 form.
    """
    if phase is not None:
        to_utf8("phase", phase)
    step = Text(
        pieces=_pieces(content, deltas, delta_chars),
        delay_s=check_delay("delay_s", delay_s),
        phase=phase,
        finished=finished,
    )
    return Reply((step,))


def reasoning(
    content: str,
    *,
    deltas: int | None = None,
    delta_chars: int | None = None,
    delay_s: float = 0.0,
    raw: bool = False,
) -> Reply:
    """One reasoning item; pieces and delay as in `text`.

    The deltas are those of a summary (`item/reasoning/summaryTextDelta`), or with `raw` of the
    reasoning itself (`item/reasoning/textDelta`). Of Chat Completions it is `reasoning_content`.
    """
    step = Reasoning(
        pieces=_pieces(content, deltas, delta_chars),
        delay_s=check_delay("delay_s", delay_s),
        raw=raw,
    )
    return Reply((step,))


def tool_call(
    name: str,
    arguments: Mapping[str, object] | str,
    *,
    call_id: str | None = None,
    namespace: str | None = None,
) -> Reply:
    """One call of a tool that the app-server offered (see `ModelRequest.tool_names`).

    Args:
        name: The tool.
        arguments: A mapping for a function tool, a text for a freeform ("custom") one.
        call_id: Comes back with the output; None makes one that is unique in the model.
        namespace: The tool's namespace, where it has one. Chat Completions know none, nor
            freeform tools: there the name is sent alone, and the text as the arguments.
    """
    for field, value in (("name", name), ("call_id", call_id), ("namespace", namespace)):
        if value is not None:
            to_utf8(field, value)
    if isinstance(arguments, str):
        to_utf8("arguments", arguments)
    step = ToolCall(
        name=name,
        payload=arguments if isinstance(arguments, str) else to_json("arguments", arguments),
        call_id=call_id,
        namespace=namespace,
        freeform=isinstance(arguments, str),
    )
    return Reply((step,))


def shell(command: str, *, call_id: str | None = None, **extra: object) -> Reply:
    """Run `command` in the shell: a call of `exec_command`, which the real server executes.

    The thread's sandbox and approval policy hold for it as for any command. `extra` are more
    arguments of that tool: `workdir`, `yield_time_ms`, `tty`, and
    `sandbox_permissions="require_escalated"` with a `justification`, which asks for approval
    unless the policy is "never" or the sandbox is off.
    """
    return tool_call("exec_command", {"cmd": command, **extra}, call_id=call_id)


def apply_patch(patch: str, *, call_id: str | None = None) -> Reply:
    """Change files: a call of the freeform tool `apply_patch` (``*** Begin Patch`` …)."""
    return tool_call("apply_patch", patch, call_id=call_id)


def several(*replies: Reply) -> Reply:
    """Combine replies into one response, in order; the same as adding them up."""
    return sum(replies, Reply())


def silence(gate: Gate | None = None, *, opened: bool = True) -> Reply:
    """Send nothing until released: by `gate`, or without one by `ScriptedModel.release`.

    The response is open by then: the status was sent, of the Responses API `response.created` too.
    With `opened=False` not even the status was; such a silence comes first, and an HTTP error may
    follow it. What is added is sent afterwards: ``silence(gate) + text("done")``.
    """
    return Reply((Wait(gate, opened),))


def raw(data: bytes) -> Reply:
    """Put `data` into the body as it is: a comment, a broken event, what no other reply makes.

    The rest of the reply is sent around it. For a body that is nothing but `data`, let a Chat
    Completions server send ``raw(data) + cut(abrupt=False)``.

    Raises:
        InvalidInput: `data` is no bytes.
    """
    if not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped users
        raise InvalidInput("data", data, "is no bytes", "Encode it")
    return Reply((Raw(data),))


def finish(reason: str) -> Reply:
    """End the response for `reason`; nothing after it is sent.

    Of Chat Completions it is the `finish_reason`. Of the Responses API "length" and
    "content_filter" end with `response.incomplete`, every other one with `response.completed`.
    """
    to_utf8("reason", reason)
    return Reply((Finish(reason),))


def usage(
    *,
    input_tokens: int,
    output_tokens: int,
    cached_input_tokens: int = 0,
    reasoning_output_tokens: int = 0,
) -> Reply:
    """Report these figures, in place of computed ones.

    To be added to a reply: ``text("Hi") + usage(…)``. The input includes its cached part, the
    output its reasoning.
    """
    for name, value in (
        ("input_tokens", input_tokens),
        ("output_tokens", output_tokens),
        ("cached_input_tokens", cached_input_tokens),
        ("reasoning_output_tokens", reasoning_output_tokens),
    ):
        check_at_least(name, value, 0)
    figures = Usage(
        input_tokens=input_tokens,
        cached_input_tokens=cached_input_tokens,
        output_tokens=output_tokens,
        reasoning_output_tokens=reasoning_output_tokens,
    )
    return Reply((), figures)


def cut(after: Reply | None = None, *, abrupt: bool = True) -> Reply:
    """Send `after`, then end the stream without its last event (`response.completed`, `[DONE]`).

    `abrupt` breaks the connection in the middle of the body, as a lost network would; otherwise
    the body ends in good HTTP order and only the last event is missing.
    """
    return (after or Reply()) + Reply((Cut(abrupt=abrupt),))


def _pieces(content: str, deltas: int | None, delta_chars: int | None) -> Sequence[str]:
    to_utf8("content", content)
    if deltas is not None:
        check_at_least("deltas", deltas, 1)
    if delta_chars is None:
        return _even_pieces(content, 1 if deltas is None else deltas)
    check_at_least("delta_chars", delta_chars, 1)
    if deltas is not None:
        content = _repeated(content, deltas * delta_chars)
    return tuple(content[at : at + delta_chars] for at in range(0, len(content), delta_chars))


def _repeated(content: str, chars: int) -> str:
    if not content:
        raise InvalidInput("content", content, "cannot be repeated", "Give at least a character")
    return (content * (chars // len(content) + 1))[:chars]


def _even_pieces(content: str, count: int) -> Sequence[str]:
    if count == 1:
        return (content,) if content else ()
    if count > len(content):
        raise InvalidInput(
            "deltas",
            count,
            f"is more than the {len(content)} characters of the content",
            "Give delta_chars too to have the content repeated",
        )
    bounds = [len(content) * at // count for at in range(count + 1)]
    return tuple(content[start:end] for start, end in pairwise(bounds))
