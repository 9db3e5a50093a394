"""Rows about the model of a turn: which one is asked, and what its failures become.

Owns R7 and R11, and the naive habit that R7 needs. Both run against the real app-server and its
scripted model. See `catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.model.profile import RunProfile
from codex_runtime.testing import (
    bad_request,
    context_window_exceeded,
    cut,
    quota_exceeded,
    rate_limited,
    server_error,
    text,
    unauthorized,
)
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient

if TYPE_CHECKING:
    from codex_runtime.testing import Reply
    from codex_runtime.testing.faults.client import Client, Json
    from codex_runtime.testing.faults.trial import Trial

_OTHER_MODEL: Final = "gpt-5.4"


class ModelPerTurn(NaiveClient):
    """Takes a model with the prompt."""

    next_model: str | None = None

    def turn_params(self, thread_id: str, prompt: str, key: str | None) -> Json:
        """Habit: what is not asked for is not sent."""
        params = super().turn_params(thread_id, prompt, key)
        if self.next_model is not None:
            params["model"], self.next_model = self.next_model, None
        return params


async def _ask_on(trial: Trial, client: Client, thread: str, model: str) -> None:
    """One turn on another model."""
    if isinstance(client, OurClient):
        await client.sessions[thread].ask_with_profile("other", RunProfile(model=model))
    elif isinstance(client, ModelPerTurn):
        client.next_model = model
        await client.ask(thread, "other")
    else:
        raise trial.not_applicable("this client takes no model for one turn")


@scenario(
    "R7",
    "A model that was given for one turn is that turn's alone.",
    control=ModelPerTurn,
    habit="sends the model with the one turn, and nothing with the next",
    where="real",
    official=False,
)
async def override_of_one_turn(trial: Trial) -> None:
    """A turn on the thread's model, one on another, one more."""
    async with trial.real_codex() as model, trial.client() as client:
        thread = await client.start_thread()
        with trial.within(20, "three turns"):
            await client.ask(thread, "first")
            if trial.fault:
                await _ask_on(trial, client, thread, _OTHER_MODEL)
            await client.ask(thread, "last")
        first, *others, last = [request.model for request in model.requests]
        trial.check(others == [_OTHER_MODEL] * trial.fault, "the other model was not asked")
        trial.check(last == first, "the next turn ran on the other model")


_FAILURES: Final[tuple[tuple[Reply, str], ...]] = (
    (cut(text("half of it", finished=False)), "other"),
    (bad_request(), "other"),
    (unauthorized(), "httpConnectionFailed"),
    (rate_limited(), "responseTooManyFailedAttempts"),
    (server_error(), "internalServerError"),
    (quota_exceeded(), "usageLimitExceeded"),
    (context_window_exceeded(), "contextWindowExceeded"),
)
"""Each, and the ``codexErrorInfo`` that the server makes of it."""


@scenario(
    "R11",
    "A turn whose model fails has failed, and says of which kind the failure was.",
    habit="takes what was not interrupted for completed",
    where="real",
    official=False,
)
async def model_fails(trial: Trial) -> None:
    """A cut stream, four HTTP errors, a used-up quota, a full context; a thread for each."""
    async with trial.real_codex() as model, trial.client() as client:
        for failure, kind in _FAILURES if trial.fault else ():
            thread = await client.start_thread()
            model.enqueue(failure)
            with trial.within(10, "a turn whose model failed"):
                answer = await client.ask(thread, "hello")
            trial.check(answer.status == "failed", "a failure passes for success")
            trial.check(answer.error, "the failure says nothing")
            trial.check(answer.error_kind == kind, "not told of which kind the failure was")
        thread = await client.start_thread()
        model.enqueue(text("well"))
        with trial.within(10, "a turn that works"):
            answer = await client.ask(thread, "hello")
        trial.check((answer.status, answer.text) == ("completed", "well"), "a wrong answer")
