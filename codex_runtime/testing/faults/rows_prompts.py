"""Rows about prompts that the real server drops in silence or refuses.

Owns R4 and R5. Both run against the real app-server. See `catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from codex_runtime.testing.faults.client import Client
    from codex_runtime.testing.faults.trial import Trial

_MAX_CHARS: Final = 1_048_576


async def refusal(trial: Trial, client: Client, thread: str, prompt: str) -> ClientError:
    """What the client says of a prompt that cannot be sent, soon."""
    with trial.within(2, "the ask"):
        try:
            await client.ask(thread, prompt)
        except ClientError as problem:
            return problem
    trial.check(False, "taken as a prompt")  # noqa: FBT003 - says so
    raise AssertionError


@scenario(
    "R4",
    "A prompt with a lone surrogate is refused here, at once; the next one is answered.",
    where="real",
    habit="sends it; the server drops the line in silence",
)
async def lone_surrogate(trial: Trial) -> None:
    """As a text that was cut in the middle of an emoji."""
    async with trial.real_codex() as model, trial.client() as client:
        thread = await client.start_thread()
        if trial.fault:
            for prompt in ("cut \ud83d", "\ude00 cut", "\udc80"):
                problem = await refusal(trial, client, thread, prompt)
                trial.check(problem.kind == "invalid", "a wrong error")
        trial.check(not model.requests, "the model was asked")
        with trial.within(10, "the next ask"):
            answer = await client.ask(thread, "whole \N{GRINNING FACE}")
        trial.check(answer.status == "completed", "the next ask went wrong")


@scenario(
    "R5",
    "A prompt over the server's limit is refused with both sizes; one at the limit is answered.",
    where="real",
    habit="passes on the server's words, which do not name the size",
)
async def prompt_too_large(trial: Trial) -> None:
    """One character over 1,048,576, of one byte and of four."""
    async with trial.real_codex() as model, trial.client() as client:
        thread = await client.start_thread()
        if trial.fault:
            for character in ("x", "\N{GRINNING FACE}"):
                problem = await refusal(trial, client, thread, character * (_MAX_CHARS + 1))
                trial.check(problem.kind == "too_large", "a wrong error")
                said = str(problem).replace(",", "")
                sizes = (str(_MAX_CHARS), str(_MAX_CHARS + 1))
                trial.check(all(size in said for size in sizes), "the sizes are not named")
        trial.check(not model.requests, "the model was asked")
        prompt = "x" * (_MAX_CHARS if trial.fault else 10)
        with trial.within(10, "an ask at the limit"):
            answer = await client.ask(thread, prompt)
        trial.check(answer.status == "completed", "an ask at the limit went wrong")
