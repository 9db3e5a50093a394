"""`ExecSession`: one conversation over ``codex exec``, a process for each turn.

Owns the routing (a first turn by ``exec``, later ones by ``exec resume``), the thread's id, the
history, attempts and the budget. Does not know how a process is run (see `running`). Enter at
`ExecSession`.
"""

from __future__ import annotations

import contextlib
import logging
import random
import uuid
from collections import deque
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias, final

import attrs
import trio

from codex_runtime.errors import ConfigError, SessionBusy
from codex_runtime.errors.exec import ExecFailure, ExecThreadNotFound
from codex_runtime.exec.command import ExecCommand, ExecResumeCommand, check_exec_prompt
from codex_runtime.exec.config import ExecConfig
from codex_runtime.exec.launching import build_exec_launch
from codex_runtime.exec.recorded import Recorded, recorded_usage
from codex_runtime.exec.running import Expected, open_run
from codex_runtime.launch import prepare_home
from codex_runtime.model.checks import check_kind, check_text
from codex_runtime.model.usage import TokenUsage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Sequence
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.exec.running import ExecRun
    from codex_runtime.exec.turns import ExecTurn
    from codex_runtime.launch import LaunchSpec
    from codex_runtime.model.budget import BudgetMark, TokenBudget

__all__ = ["HISTORY_KEPT", "ExecSession"]

_Command: TypeAlias = ExecCommand | ExecResumeCommand

HISTORY_KEPT: Final = 32
"""Turns in `ExecSession.history`."""

_NOTHING: Final = TokenUsage(
    input_tokens=0,
    cached_input_tokens=0,
    output_tokens=0,
    reasoning_output_tokens=0,
    total_tokens=0,
)

_log: Final = logging.getLogger("codex_runtime")


@final
class ExecSession:
    """A conversation of which every turn is a process: ``codex exec``, then ``codex exec resume``.

    For where an app-server cannot be kept; `open_runtime` has deltas, approvals and steering, which
    ``exec`` has not. No process runs between turns. One turn at a time: another raises
    `SessionBusy`. It holds nothing that must be closed.

    Args:
        config: What every turn shares; by default a read-only sandbox and the bundled ``codex``.
        thread_id: A thread to go on with; see also `resume`.
    """

    def __init__(self, config: ExecConfig | None = None, *, thread_id: str | None = None) -> None:
        if config is not None:
            check_kind("config", config, ExecConfig, ConfigError)
        if thread_id is not None:
            _check_id(thread_id)
        self.config: Final[ExecConfig] = config or ExecConfig()
        self._thread_id = thread_id
        self._may_be_unwritten = False
        self._thread_usage: TokenUsage | None = None
        self._history: deque[ExecTurn] = deque(maxlen=HISTORY_KEPT)
        self._total_turns = 0
        self._usage: TokenUsage | None = None
        self._turns_without_usage = 0
        self._is_busy = False

    @classmethod
    def resume(cls, thread_id: str, config: ExecConfig | None = None) -> ExecSession:
        """Go on with a thread that was stored before; nothing is looked up yet.

        The first turn raises `ExecThreadNotFound` if there is none.
        """
        return cls(config, thread_id=thread_id)

    def __repr__(self) -> str:
        return f"<ExecSession of thread {self._thread_id}, {self._total_turns} turns>"

    # -- what is known ---------------------------------------------------------------------------

    @property
    def id(self) -> str | None:
        """The thread, from the first event of its first turn on, whatever became of that turn."""
        return self._thread_id

    @property
    def total_turns(self) -> int:
        """Turns that completed."""
        return self._total_turns

    @property
    def history(self) -> Sequence[ExecTurn]:
        """The last 32 turns, failed and cancelled ones too, oldest first."""
        return tuple(self._history)

    @property
    def last_turn(self) -> ExecTurn | None:
        """The newest of `history`."""
        return self._history[-1] if self._history else None

    @property
    def usage(self) -> TokenUsage | None:
        """What the turns of this handle used together, as far as it is known; None before."""
        return self._usage

    @property
    def turns_without_usage(self) -> int:
        """Turns that are not in `usage`: nobody told what they used."""
        return self._turns_without_usage

    def command_line(self, command: ExecCommand | ExecResumeCommand) -> str:
        """What would be run, quoted for a shell; secrets and every environment value are hidden.

        The prompt is not in it: it goes over stdin. Raises as `execute` does before it starts.
        """
        if not isinstance(command, ExecResumeCommand):
            check_kind("command", command, ExecCommand, ConfigError)
        return build_exec_launch(self.config, self._with_thread(command)).display()

    # -- turns -----------------------------------------------------------------------------------

    async def send(self, prompt: str) -> ExecTurn:
        """One turn: ``exec`` for the first, ``exec resume`` of `id` for every later one.

        Cancelling it ends the process, and takes ``config.shutdown_grace_s`` at most, or 2 s more
        where the disk is slow to tell the usage; the turn is in `history` as ``cancelled``, and
        `id` is kept. Where that was the first turn, ended before Codex had written anything of it,
        the next one begins another thread.

        Raises:
            ExecFailure: it did not complete, after the attempts that ``config.retry`` allows.
            BudgetExceeded: ``config.budget`` is used up; nothing was started.
            SessionBusy: another turn runs on this handle.
            StartError: the process cannot be started.
            ConfigError: what is needed on disk is not there, or full access is asked for.
        """
        return await self._attempt(partial(self._next_command, prompt))

    async def execute(self, command: ExecCommand) -> ExecTurn:
        """The first turn of a new thread, with every option; the session goes on with that thread.

        Cancelling and errors as with `send`.
        """
        check_kind("command", command, ExecCommand, ConfigError)
        return await self._attempt(lambda: command)

    async def execute_resume(self, command: ExecResumeCommand) -> ExecTurn:
        """A turn of a stored thread, with every option; `id` where the command names none.

        The session goes on with that thread. Cancelling and errors as with `send`.
        """
        check_kind("command", command, ExecResumeCommand, ConfigError)
        return await self._attempt(lambda: command)

    def stream(self, prompt: str) -> AbstractAsyncContextManager[ExecRun]:
        """`send`, event by event: the block gets an `ExecRun` to iterate and to `finish`.

        Leaving the block before the end ends the process. It is tried once, whatever
        ``config.retry`` says.
        """
        check_exec_prompt(prompt)
        return self._open(partial(self._next_command, prompt))

    def stream_execute(self, command: ExecCommand) -> AbstractAsyncContextManager[ExecRun]:
        """`execute`, event by event; see `stream`."""
        check_kind("command", command, ExecCommand, ConfigError)
        return self._open(lambda: command)

    def stream_execute_resume(
        self, command: ExecResumeCommand
    ) -> AbstractAsyncContextManager[ExecRun]:
        """`execute_resume`, event by event; see `stream`."""
        check_kind("command", command, ExecResumeCommand, ConfigError)
        return self._open(lambda: command)

    # -- inside ----------------------------------------------------------------------------------

    def _next_command(self, prompt: str) -> _Command:
        if self._thread_id is None:
            return ExecCommand(prompt)
        return ExecResumeCommand(prompt, session_id=self._thread_id)

    def _with_thread(self, command: _Command) -> _Command:
        if isinstance(command, ExecCommand) or command.last or command.session_id is not None:
            return command
        if self._thread_id is None:
            raise ConfigError(
                "session_id",
                None,
                "names no thread, and this session has none yet",
                "Give a session_id, or last=True",
            )
        return attrs.evolve(command, session_id=self._thread_id)

    async def _attempt(self, make: Callable[[], _Command]) -> ExecTurn:
        retry, attempts = self.config.retry, 0
        with self._alone():
            while True:
                attempts += 1
                command = self._with_thread(make())
                try:
                    async with self._run(command) as run:
                        return await run.finish()
                except ExecFailure as failure:
                    if isinstance(command, ExecResumeCommand) and isinstance(make(), ExecCommand):
                        continue  # there was nothing of the thread to resume: it is forgotten
                    if not retry.allows(failure, attempts):
                        raise
                    pause_s = retry.pause_s(attempts, random.random())  # noqa: S311 - jitter
                    _log.debug("attempt %d: %s; again in %.1f s", attempts, failure.kind, pause_s)
                await trio.sleep(pause_s)

    @asynccontextmanager
    async def _open(self, make: Callable[[], _Command]) -> AsyncGenerator[ExecRun, None]:
        with self._alone():
            async with self._run(self._with_thread(make())) as run:
                yield run

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        if self._is_busy:
            reason = "a turn runs in this ExecSession, which has one at a time"
            raise SessionBusy(self._thread_id or "(not known yet)", None, reason)
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False

    @asynccontextmanager
    async def _run(self, command: _Command) -> AsyncGenerator[ExecRun, None]:
        budget = self.config.budget
        if budget is not None:
            budget.check()
        launch = build_exec_launch(self.config, command)
        if self.config.codex_home is not None and launch.codex_home is not None:
            prepare_home(launch.codex_home)
        expected = _expected(command)
        base = await self._used_before(command, expected, launch)
        _log.debug("%s", launch.display())
        run: ExecRun | None = None
        try:
            async with open_run(
                launch,
                command.prompt,
                self.config,
                expected=expected,
                priced=partial(_priced, base, launch),
                on_thread=partial(self._note_thread, isinstance(command, ExecCommand)),
            ) as run:
                with _stopped_by(budget, run):
                    yield run
        except ExecThreadNotFound:
            # Codex tells the id of a thread before it writes anything of it, and was ended there.
            if self._may_be_unwritten and expected.thread_id == self._thread_id:
                self._thread_id, self._thread_usage = None, None
            raise
        finally:
            if run is not None and run.has_ended:
                self._record(run.turn, has_misled=run.has_misled)

    async def _used_before(
        self, command: _Command, expected: Expected, launch: LaunchSpec
    ) -> TokenUsage | None:
        """What the thread has used so far; None where it is not known."""
        if isinstance(command, ExecCommand):
            return _NOTHING
        if expected.thread_id is None:
            return None
        # First the record: what others used in between is no cost of this turn.
        recorded = await recorded_usage(launch, expected.thread_id)
        own = self._thread_usage if expected.thread_id == self._thread_id else None
        return recorded.thread or own

    def _note_thread(self, is_new: bool, thread_id: str) -> None:  # noqa: FBT001
        if thread_id != self._thread_id:
            self._thread_usage = None
        self._thread_id = thread_id
        self._may_be_unwritten = is_new

    def _record(self, turn: ExecTurn, *, has_misled: bool) -> None:
        self._history.append(turn)
        if turn.status == "completed":
            self._total_turns += 1
            self._may_be_unwritten = False
        if turn.usage is None:
            self._turns_without_usage += 1
        else:
            self._usage = turn.usage if self._usage is None else self._usage + turn.usage
        if not has_misled:
            self._thread_usage = turn.thread_usage
        budget = self.config.budget
        if budget is not None:
            key = turn.thread_id or "", f"exec {uuid.uuid4()}"
            budget.note(*key, turn.usage)
            budget.end(*key)
            budget.announce()


async def _priced(base: TokenUsage | None, launch: LaunchSpec, turn: ExecTurn) -> ExecTurn:
    """Codex tells what the thread has used, and only where a turn completed: the rest is here."""
    used, recorded = turn.thread_usage, Recorded()
    if turn.thread_id is not None and (used is None or base is None):
        recorded = await recorded_usage(launch, turn.thread_id)
    used = used or recorded.thread
    if used is not None and base is not None:
        cost: TokenUsage | None = used - base
    else:
        cost = recorded.turn if recorded.turn_at_s >= turn.started_at_s else None
    return attrs.evolve(turn, thread_usage=used, usage=cost)


@contextlib.contextmanager
def _stopped_by(budget: TokenBudget | None, run: ExecRun) -> Generator[None]:
    """In the block ``run`` is ended when others use up the budget, where its action says so."""
    if budget is None:
        yield
        return
    token = trio.lowlevel.current_trio_token()

    def on_mark(_mark: BudgetMark) -> None:
        if budget.is_overrun or budget.action == "interrupt":
            problem = f"{budget.used_tokens} of {budget.limit_tokens} tokens used"
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(run.stop_for_budget, problem)

    budget.add_listener(on_mark)
    try:
        yield
    finally:
        budget.remove_listener(on_mark)


def _expected(command: _Command) -> Expected:
    if isinstance(command, ExecCommand):
        return Expected()
    if command.session_id is None:
        return Expected(is_old=True)
    try:
        return Expected(thread_id=str(uuid.UUID(command.session_id)))
    except ValueError:  # a name
        return Expected(is_old=True)


def _check_id(thread_id: object) -> None:
    check_text("thread_id", thread_id, ConfigError)
    try:
        uuid.UUID(str(thread_id))
    except ValueError:
        raise ConfigError(
            "thread_id",
            thread_id,
            "is not the id of a thread",
            "Give an id; for a name, use execute_resume(ExecResumeCommand(session_id=...))",
        ) from None
