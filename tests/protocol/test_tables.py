"""The tables: every row has its types, and the package loads them only when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from codex_runtime import protocol
from codex_runtime.protocol import (
    ACCOUNT_READ,
    CLIENT_METHODS,
    NOTIFICATIONS,
    SERVER_REQUESTS,
    THREAD_COMPACT_START,
    THREAD_LIST,
    THREAD_SETTINGS_UPDATE,
    THREAD_START,
    TURN_INTERRUPT,
    Method,
    ThreadListParams,
    ThreadListResponse,
    gate_of,
)
from codex_runtime.protocol.generator import selection
from codex_runtime.protocol.generator.schema import load, schema_file
from codex_runtime.protocol.rows import NotificationRow, ServerRequestRow


def test_every_selected_name_has_a_row() -> None:
    assert set(CLIENT_METHODS) == set(selection.CLIENT_METHODS)
    assert set(NOTIFICATIONS) == set(selection.NOTIFICATIONS)
    assert set(SERVER_REQUESTS) == set(selection.SERVER_REQUESTS)


@pytest.mark.parametrize("row", CLIENT_METHODS.values(), ids=lambda row: row.name)
def test_a_method_has_types_that_decode(row: Method[Any, Any]) -> None:
    msgspec.json.Decoder(row.params_type)
    msgspec.json.Decoder(row.result_type)


@pytest.mark.parametrize("row", NOTIFICATIONS.values(), ids=lambda row: row.method)
def test_a_notification_has_a_type_that_decodes_and_names_it(row: NotificationRow) -> None:
    msgspec.json.Decoder(row.payload_type)
    assert row.method == row.payload_type.METHOD


@pytest.mark.parametrize("row", NOTIFICATIONS.values(), ids=lambda row: row.method)
def test_a_notification_has_the_fields_its_route_says(row: NotificationRow) -> None:
    fields = row.payload_type.__struct_fields__
    wanted = {"turn_id": "turn_id", "turn": "turn", "thread": "thread_id", "none": None}[row.route]
    assert wanted is None or wanted in fields
    assert not row.mergeable or {"delta", "merged"} <= set(fields)


@pytest.mark.parametrize("row", SERVER_REQUESTS.values(), ids=lambda row: row.method)
def test_a_server_request_has_types_that_decode(row: ServerRequestRow) -> None:
    msgspec.json.Decoder(row.params_type)
    msgspec.json.Decoder(row.response_type)


def test_routes_are_as_the_real_server_was_seen_to_send_them() -> None:
    routes = {name: NOTIFICATIONS[name].route for name in NOTIFICATIONS}
    assert routes["turn/completed"] == routes["turn/started"] == "turn"
    assert routes["item/agentMessage/delta"] == routes["error"] == "turn_id"
    assert routes["warning"] == routes["serverRequest/resolved"] == "thread"
    assert routes["account/rateLimits/updated"] == "none"


def test_a_constant_is_the_row_of_its_wire_name() -> None:
    assert CLIENT_METHODS["thread/compact/start"] is THREAD_COMPACT_START
    assert THREAD_LIST.params_type is ThreadListParams
    assert THREAD_LIST.result_type is ThreadListResponse
    assert THREAD_SETTINGS_UPDATE.experimental
    assert not ACCOUNT_READ.experimental


def test_a_method_without_params_has_no_params_type() -> None:
    assert Method[None, Any]("account/logout", "", "threads:ThreadListResponse").params_type is None


def test_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CLIENT_METHODS["thread/start"] = THREAD_LIST  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def test_gates_cover_every_method_of_the_schema() -> None:
    gates = {name: gate_of(name) for name in load(schema_file()).client_methods}
    assert {name for name, gate in gates.items() if gate == "control"} == set(selection.CONTROL)
    assert {name for name, gate in gates.items() if gate == "slow"} == set(selection.SLOW)
    assert gate_of("thread/list") == "quick"


def test_a_row_has_the_gate_of_its_name() -> None:
    assert TURN_INTERRUPT.gate == "control"
    assert THREAD_START.gate == "slow"
    assert all(row.gate == gate_of(name) for name, row in CLIENT_METHODS.items())


def test_a_method_nobody_knows_may_run_long() -> None:
    assert gate_of("no/such") == "slow"


def test_every_public_name_can_be_had_and_is_listed_once() -> None:
    assert len(set(protocol.__all__)) == len(protocol.__all__)
    assert all(getattr(protocol, name) is not None for name in protocol.__all__)
    assert set(protocol.__all__) <= set(dir(protocol))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'NoSuchThing'"):
        _ = getattr(protocol, "NoSuch" + "Thing")


def _loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(ran.stdout.split())


def test_importing_the_package_loads_neither_msgspec_nor_any_type() -> None:
    loaded = _loaded_after("import codex_runtime.protocol")
    assert "msgspec" not in loaded
    assert "codex_runtime.protocol.generated.items" not in loaded


def test_decoding_an_event_loads_only_what_events_need() -> None:
    loaded = _loaded_after(
        "from codex_runtime.protocol import decode_notification\n"
        "decode_notification('item/agentMessage/delta', b'{}')"
    )
    prefix = "codex_runtime.protocol.generated."
    domains = {name.removeprefix(prefix) for name in loaded if name.startswith(prefix)}
    assert domains == {"events", "items", "names", "tables", "turns"}
