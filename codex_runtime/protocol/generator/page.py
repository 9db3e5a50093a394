"""The page of the documentation that lists everything the protocol has.

Owns its text, in Markdown: every method, notification and server request with its types, whether it
is stable, and its gate, domain by domain. Knows nothing of the types' inside. Entry point:
`render_page`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.protocol.generator import selection
from codex_runtime.protocol.generator.plan import constant_of, domain_of_name
from codex_runtime.protocol.generator.text import tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol, TypeVar

    from codex_runtime.protocol.generator.plan import (
        MethodPlan,
        NotificationPlan,
        Plan,
        ServerRequestPlan,
    )

    Row = TypeVar("Row", bound="_Named")

    class _Named(Protocol):
        @property
        def name(self) -> str: ...
        @property
        def experimental(self) -> bool: ...


__all__ = ["render_page"]

_NAMED_BY = {
    "turn_id": "`turn_id`",
    "turn": "`turn.id`",
    "thread": "`thread_id`",
    "none": "-",
}


def render_page(plan: Plan) -> str:
    """The whole page."""
    lines = [
        "# Every method, notification and server request",
        "",
        f"Generated from the schema of the app-server {plan.schema.version}, with the code of",
        "`codex_runtime.protocol.generated`: do not edit. All names are imported from",
        "`codex_runtime.protocol`, whose [own page](protocol.md) tells what they are for.",
        "*Experimental* is what needs `RuntimeConfig(experimental_api=True)`.",
        "",
        "## Methods",
        "",
        f"{_counted(plan.methods, 'methods')} `await runtime.call(VALUE, params)` sends the",
        "params and returns the result; `-` stands for none, and a `?` says that None may be sent",
        "instead. The gate says with which others a method shares its places at the server: see",
        "[limits](../limits.md#how-much-we-hold).",
        *_by_domain(
            plan.methods,
            ("Method", "Value", "Params", "Result", "Stability", "Gate"),
            lambda row: _method(plan, row),
        ),
        "",
        "## Notifications",
        "",
        f"{_counted(plan.notifications, 'notifications')} Each is a struct, the event",
        "itself. A turn's stream has those that name its turn; `runtime.subscribe` has them all.",
        *_by_domain(
            plan.notifications,
            ("Notification", "Event", "Names its turn or thread by", "Stability", "What it says"),
            lambda row: _notification(plan, row),
        ),
        "",
        "## Server requests",
        "",
        f"{_counted(plan.server_requests, 'server requests')} What the server asks of this client.",
        *_by_domain(
            plan.server_requests,
            ("Server request", "Params", "Answer", "Stability"),
            lambda row: _server_request(plan, row),
        ),
    ]
    return "\n".join(lines) + "\n"


def _counted(rows: Iterable[_Named], what: str) -> str:
    all_of_them = list(rows)
    experimental = sum(row.experimental for row in all_of_them)
    return f"{len(all_of_them)} {what}, {experimental} of them experimental."


def _by_domain(
    rows: Iterable[Row], head: tuple[str, ...], cells: Callable[[Row], tuple[str, ...]]
) -> list[str]:
    lines: list[str] = []
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(domain_of_name(row.name), []).append(row)
    for domain in selection.DOMAINS:
        if domain in found:
            lines += ["", f"### {domain}", "", _line(head), _line(("---",) * len(head))]
            lines += [_line(cells(row)) for row in found[domain]]
    return lines


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _stability(row: _Named) -> str:
    return "experimental" if row.experimental else "stable"


def _method(plan: Plan, row: MethodPlan) -> tuple[str, ...]:
    params = "-" if row.params is None else f"`{plan.reader.name_of(row.params)}`"
    params += "?" if row.params is not None and row.optional else ""
    result = f"`{plan.reader.name_of(row.result)}`"
    value = f"`{constant_of(row.name)}`"
    return f"`{row.name}`", value, params, result, _stability(row), row.gate


def _notification(plan: Plan, row: NotificationPlan) -> tuple[str, ...]:
    described = tidy(plan.schema.definitions[row.payload].get("description", ""))
    told = described.partition(". ")[0].removesuffix(".")
    event = f"`{row.type_name}`"
    return f"`{row.name}`", event, _NAMED_BY[row.route], _stability(row), told or "-"


def _server_request(plan: Plan, row: ServerRequestPlan) -> tuple[str, ...]:
    params = f"`{plan.reader.name_of(row.params)}`"
    return f"`{row.name}`", params, f"`{plan.reader.name_of(row.response)}`", _stability(row)
