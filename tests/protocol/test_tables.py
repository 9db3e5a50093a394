"""The tables: every row has its types, and the package loads them only when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, get_args

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
from codex_runtime.protocol.base import EXTRA_FIELDS
from codex_runtime.protocol.generator import naming, selection
from codex_runtime.protocol.generator.shapes import Reader
from codex_runtime.protocol.rows import NotificationRow, ServerRequestRow
from codex_runtime.protocol.schema_file import load, schema_file
from codex_runtime.protocol.unknown import UnknownTagged

# A JSON Schema node.
Json = Any

SCHEMA = load(schema_file())
READER = Reader(SCHEMA)


def _params_definition(row: Json) -> str | None:
    """The definition that a method's row in the schema names, None for no params."""
    node = row["params"]
    parts = [part for part in node.get("anyOf", [node]) if part != {"type": "null"}]
    return parts[0]["$ref"] if parts else None


def _result_definition(name: str) -> str:
    """The schema names no results: by hand, else the params' name says it."""
    rows = {**SCHEMA.client_methods, **SCHEMA.server_requests}
    params = _params_definition(rows[name]) or ""
    return selection.RESULTS.get(name) or f"{params.removesuffix('Params')}Response"


def _shape(kind: Any) -> Json:
    """What a type takes: of a struct, each wire name and whether it must be there."""
    if members := [part for part in get_args(kind) if not issubclass(part, UnknownTagged)]:
        return {part.__struct_config__.tag: _shape(part) for part in members}
    fields = [field for field in msgspec.structs.fields(kind) if not _is_ours(field.name)]
    return {field.encode_name: field.required for field in fields}


def _is_ours(field: str) -> bool:
    return field in {EXTRA_FIELDS, "merged"}


def _promised_shape(definition: str) -> Json:
    """The same, as the schema says it."""
    node = SCHEMA.definitions[definition]
    if "oneOf" in node:
        return dict(_promised_variant(node, variant) for variant in node["oneOf"])
    return {name: name in node.get("required", ()) for name in node.get("properties", {})}


def _promised_variant(union: Json, variant: Json) -> tuple[str, Json]:
    own = {**union.get("properties", {}), **variant["properties"]}
    required = {*union.get("required", ()), *variant.get("required", ())}
    constants = [name for name, node in own.items() if node is not True and "enum" in node]
    (tag_field,) = [name for name in constants if len(own[name]["enum"]) == 1]
    (tag,) = own[tag_field]["enum"]
    return tag, {name: name in required for name in own if name != tag_field}


def _is_of(kind: Any, definition: str | None, name: str | None = None) -> bool:
    """Whether a type has the name and the shape of its definition (a union has no name)."""
    if kind is None or definition is None:
        return kind is definition
    wanted = name or READER.name_of(definition)
    named = kind.__name__ == wanted if isinstance(kind, type) else get_args(kind) != ()
    return (
        named and kind == getattr(protocol, wanted) and _shape(kind) == _promised_shape(definition)
    )


def test_the_schema_and_the_tables_name_the_same_methods() -> None:
    assert CLIENT_METHODS.keys() == SCHEMA.client_methods.keys()
    assert NOTIFICATIONS.keys() == SCHEMA.notifications.keys()
    assert SERVER_REQUESTS.keys() == SCHEMA.server_requests.keys()


@pytest.mark.parametrize(("name", "promised"), SCHEMA.client_methods.items())
def test_a_client_method_has_the_types_that_the_schema_gives_it(name: str, promised: Json) -> None:
    row = CLIENT_METHODS[name]
    assert _is_of(row.params_type, _params_definition(promised))
    assert _is_of(row.result_type, _result_definition(name))
    assert row.experimental is not promised["stable"]


@pytest.mark.parametrize(("name", "promised"), SCHEMA.notifications.items())
def test_a_notification_has_the_type_that_the_schema_gives_it(name: str, promised: Json) -> None:
    row = NOTIFICATIONS[name]
    shared = naming.NOTIFICATION_NAMES.get(name)
    assert _is_of(row.payload_type, _params_definition(promised), shared)
    assert row.experimental is not promised["stable"]


@pytest.mark.parametrize(("name", "promised"), SCHEMA.server_requests.items())
def test_a_server_request_has_the_types_that_the_schema_gives_it(name: str, promised: Json) -> None:
    row = SERVER_REQUESTS[name]
    assert _is_of(row.params_type, _params_definition(promised))
    assert _is_of(row.response_type, _result_definition(name))
    assert row.experimental is not promised["stable"]


def test_no_result_of_the_schema_is_left_without_its_method() -> None:
    taken = {_result_definition(name) for name in (*CLIENT_METHODS, *SERVER_REQUESTS)}
    results = {name for name in SCHEMA.definitions if name.endswith("Response")}
    assert results - taken == {"JSONRPCResponse"}


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
    gates = {name: gate_of(name) for name in SCHEMA.client_methods}
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


def _domains(loaded: set[str]) -> set[str]:
    prefix = "codex_runtime.protocol.generated."
    return {name.removeprefix(prefix) for name in loaded if name.startswith(prefix)}


def test_decoding_an_event_loads_only_what_events_need() -> None:
    loaded = _loaded_after(
        "from codex_runtime.protocol import decode_notification\n"
        "decode_notification('item/agentMessage/delta', b'{}')"
    )
    assert _domains(loaded) == {"events", "items", "names", "tables", "turns"}


def test_starting_a_thread_loads_only_what_threads_need() -> None:
    loaded = _loaded_after(
        "from codex_runtime.protocol import THREAD_START, decode_result\n"
        "from codex_runtime.errors import RemoteProtocolError\n"
        "params = THREAD_START.params_type\n"
        "try: decode_result(THREAD_START, b'{}')\n"
        "except RemoteProtocolError: pass"
    )
    assert _domains(loaded) == {"items", "names", "tables", "threads", "turns"}
