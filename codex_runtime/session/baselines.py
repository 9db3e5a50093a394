"""What a thread goes back to after a turn of its own options: looked up, and put back.

Owns two steps around a turn: finding the baselines that the thread's start did not tell, and
telling the server the thread's own options again once the turn has ended. Does not decide what a
turn carries (see `model.overrides`). Source: ``config/read``, ``model/list``,
``thread/settings/update``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from codex_runtime.errors import CodexRuntimeError, ProfileError, RequestError, ThreadNotFound
from codex_runtime.model.overrides import Baseline, configured_fields, put_back_fields
from codex_runtime.protocol import (
    CONFIG_READ,
    MODEL_LIST,
    THREAD_SETTINGS_UPDATE,
    ConfigReadParams,
    ModelListParams,
    ThreadSettingsUpdateParams,
)
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.session.handle import Handle

__all__ = [
    "complete_baseline",
    "find_baselines",
    "known_baseline",
    "note_in_force",
    "pinned_baseline",
    "put_back_after",
    "put_back_now",
]

_CONFIGURED: Final = frozenset({"summary", "personality"})
"""Where the thread's start tells nothing, so that the configuration says what it has."""

_MAX_PAGES: Final = 16
"""Of ``model/list``: a cursor that never ends is not followed for ever."""


async def find_baselines(handle: Handle, wanted: Collection[str]) -> None:
    """Look up what ``handle`` lacks of ``wanted`` and of what the thread's turns have touched.

    What is found, and what of the touched is not, is asked for once. No checkpoint when nothing is
    lacking. Raises as `complete_baseline`, if anything of ``wanted`` is lacking.
    """
    touched = handle.line.touched_fields - handle.looked_up
    try:
        found = await complete_baseline(
            handle.engine,
            handle.baseline,
            touched.union(wanted),
            handle.model(handle.profile),
            handle.cwd,
        )
    except RequestError as problem:
        if handle.baseline.lacking(wanted):
            raise
        handle.engine.log.warning("the baselines of %s stay unknown: %s", handle.thread_id, problem)
        found = Baseline({})
        if problem.retryable:
            touched = frozenset[str]()
    handle.looked_up |= touched
    handle.baseline = handle.baseline.or_else(found)  # another ask may have found something too


def known_baseline(handle: Handle) -> Baseline:
    """What the next turn goes back to, as far as is known.

    What neither this handle nor the server knows is what another handle of the thread goes back to:
    the server keeps that one's option anyway.
    """
    pinned = handle.line.pinned
    return handle.baseline if pinned is None else handle.baseline.or_else(pinned)


def pinned_baseline(handle: Handle) -> Baseline:
    """The same for the turn that is about to be sent, noted for the thread's other handles."""
    known = handle.line.pinned = known_baseline(handle)
    return known


async def complete_baseline(
    engine: Engine, baseline: Baseline, wanted: Collection[str], model: str | None, cwd: str
) -> Baseline:
    """``baseline`` with what the server can tell of the ``wanted`` fields that have none.

    Summary and personality come from the configuration as seen from ``cwd`` (``config/read``). The
    effort of a thread that reported none is the default of ``model``, its own, and of every other
    listed model (``model/list``). A field that neither tells stays without a baseline. Sends
    nothing when nothing is lacking. Raises `RequestError`, `RequestTimeout`, `AppServerExited`.
    """
    lacking = baseline.lacking(wanted)
    if lacking & _CONFIGURED:
        answer = await engine.call(CONFIG_READ, ConfigReadParams(cwd=cwd))
        config = answer.config
        told: dict[str, object] = {"model_reasoning_summary": config.model_reasoning_summary}
        if config.extra_fields is not UNSET:
            told["personality"] = config.extra_fields.get("personality")
        baseline = baseline.or_else(Baseline(configured_fields(told)))
    if "effort" in lacking and model is not None:
        baseline = baseline.or_else(Baseline({}, await _default_efforts(engine)))
    return baseline


async def _default_efforts(engine: Engine) -> dict[str, str]:
    """The effort that each model takes when none is asked of it."""
    efforts: dict[str, str] = {}
    cursor: str | None = None
    for _ in range(_MAX_PAGES):
        params = ModelListParams(include_hidden=True, cursor=cursor)
        page = await engine.call(MODEL_LIST, params)
        efforts |= {model.model: model.default_reasoning_effort for model in page.data}
        cursor = page.next_cursor
        if cursor is None:
            break
    return efforts


def put_back_after(handle: Handle, route: TurnRoute) -> None:
    """Once ``route``'s turn has ended, tell the server the thread's own options again.

    For whoever opens the thread next: the server's record keeps the options of the last turn, and
    another client, or another runtime later, would start from them. Nobody waits for it but the
    shutdown, within its deadline. Needs ``experimental_api``; without it nothing is sent.
    """
    engine, line = handle.engine, handle.line
    if not engine.config.experimental_api or handle.config.ephemeral:
        return

    async def put_back() -> None:
        try:
            await _put_back(handle)
        except ThreadNotFound:
            engine.log.debug("%s is gone; it has nothing to be put back", line.thread_id)
        except CodexRuntimeError as problem:
            engine.log.warning(
                "%s keeps the options of its last turn until the next: %s", line.thread_id, problem
            )

    def begin() -> None:
        engine.spawn(put_back, cleanup=True)

    def ended() -> None:
        result, failure = route.result, route.failure
        if result is not None:
            has_run = result.status != "lost"
        else:  # one that was given up may have reached the server all the same
            has_run = failure is not None and not failure.outcome_certain
        if has_run:
            begin()

    route.on_end.append(ended)
    route.on_late_end = begin


async def _put_back(handle: Handle) -> None:
    line = handle.line
    fields = put_back_fields(handle.profile, known_baseline(handle), line.touched_fields)
    params = ThreadSettingsUpdateParams(thread_id=line.thread_id, **fields)
    await handle.engine.call(THREAD_SETTINGS_UPDATE, params)
    note_in_force(line, fields)


def note_in_force(line: ThreadLine, fields: Mapping[str, object]) -> None:
    """The server was told these; a field that is not sticky does not matter here."""
    line.in_force = MappingProxyType({**line.in_force, **fields})


async def put_back_now(handle: Handle) -> None:
    """Undo what an earlier turn was told, before a request that starts one and carries no options.

    Raises `ProfileError` for an option of another turn that still holds where only an experimental
    client may undo it, and what ``thread/settings/update`` raises.
    """
    line = handle.line
    wanted = put_back_fields(handle.profile, known_baseline(handle), line.touched_fields)
    told = line.in_force
    holding = [name for name, value in wanted.items() if name in told and told[name] != value]
    if not holding:
        return
    if not handle.engine.config.experimental_api:
        raise ProfileError(
            holding[0],
            told[holding[0]],
            "still holds from an earlier turn, and this request cannot carry another value",
            "Ask something without options of its own first, or set experimental_api=True",
        )
    await _put_back(handle)
