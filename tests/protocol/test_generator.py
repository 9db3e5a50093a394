"""The generator: what is committed is what it writes, and what it does not know it refuses."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime.protocol.generator import errata, naming, selection, wording
from codex_runtime.protocol.generator.__main__ import main, render_all
from codex_runtime.protocol.generator.declarations import Struct
from codex_runtime.protocol.generator.plan import constant_of, domain_of_name, make_plan
from codex_runtime.protocol.generator.render import render_types
from codex_runtime.protocol.generator.shapes import Reader, camel, pascal, snake
from codex_runtime.protocol.generator.tables import render_tables
from codex_runtime.protocol.generator.text import (
    alias,
    assignment,
    attribute_doc,
    call,
    class_head,
    docstring,
    entry,
    import_lines,
)
from codex_runtime.protocol.schema_file import (
    BUNDLE,
    Schema,
    SchemaError,
    canonical_text,
    load,
    schema_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

# A JSON Schema node.
Json = Any

COMMITTED = load(schema_file())


def _schema(definitions: Mapping[str, Json], **rows: Json) -> Schema:
    return Schema(
        version="0",
        file_name="codex-0.json",
        sha256="0",
        definitions={**definitions},
        client_methods=rows.get("methods", {}),
        client_notifications={},
        notifications=rows.get("notifications", {}),
        server_requests=rows.get("requests", {}),
        experimental_fields={},
    )


def _object(properties: Json, *required: str, **more: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(required), **more}


def _read(node: Json, name: str = "Thing", **others: Json) -> Any:
    return Reader(_schema({name: node, **others})).read(name).declarations


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing decided by hand but one module for all, for schemas made up here."""
    for name in ("CONTROL", "SLOW", "MERGEABLE", "OPAQUE"):
        monkeypatch.setattr(selection, name, ())
    for name in ("RESULTS", "DOMAIN_OF_DEFINITION"):
        monkeypatch.setattr(selection, name, {})
    for name in vars(naming):
        if name.isupper():
            monkeypatch.setattr(naming, name, {})
    for name in ("FIELD_DOCS", "STRUCT_DOCS"):
        monkeypatch.setattr(wording, name, {})
    monkeypatch.setattr(errata, "WIRE_NAMES", {})
    monkeypatch.setattr(selection, "DOMAIN_OF_PREFIX", {"": "server", "thread/": "threads"})


def test_the_committed_modules_are_what_the_generator_writes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_the_committed_schema_is_the_pinned_binarys_own(codex_path: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--codex", codex_path, "--schema", str(tmp_path), "--out", str(out)]) == 0
    (made,) = tmp_path.glob("codex-*.json")
    assert made.name == schema_file().name
    assert made.read_text() == schema_file().read_text()
    assert (out / "events.py").is_file()


def test_the_command_runs_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["generator", "--check"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(Path(selection.__file__).with_name("__main__.py")), run_name="__main__")
    assert ended.value.code == 0


def test_writing_twice_gives_the_same_bytes_and_removes_what_is_left_over(tmp_path: Path) -> None:
    (tmp_path / "stale.py").write_text("")
    assert main(["--out", str(tmp_path), "--check"]) == 1
    assert main(["--out", str(tmp_path)]) == 0
    assert not (tmp_path / "stale.py").exists()
    assert main(["--out", str(tmp_path), "--check"]) == 0


def test_everything_in_the_schema_can_be_generated() -> None:
    files = render_all(schema_file())
    for name, text in files.items():
        compile(text, name, "exec")
    assert files["tables.py"].count(": Final[Method[") + files["tables.py"].count(
        ": Final[\n    Method["
    ) == len(COMMITTED.client_methods)


def test_a_new_schema_is_taken_in_from_two_dumps(tmp_path: Path) -> None:
    def dump(folder: str, extra: Json) -> str:
        method = {"properties": {"method": {"enum": ["a/b"]}, "params": {"$ref": "#/d/v2/P"}}}
        union = {"oneOf": [{**method, "description": "Says."}]}
        empty: Json = {"oneOf": []}
        one = {"title": "x", "properties": {"k": {"enum": ["one"]}, **extra}}
        definitions = {
            "ClientRequest": union,
            "ClientNotification": empty,
            "ServerNotification": empty,
            "ServerRequest": empty,
            "Same": {"type": "string", "title": "Same"},
            "v2": {
                "P": _object({"x": True, **extra}),
                "Same": {"type": "string"},
                "Sum": {"oneOf": [one, {"enum": ["plain"], "type": "string"}]},
            },
        }
        path = tmp_path / folder
        path.mkdir()
        (path / BUNDLE).write_text(json.dumps({"definitions": definitions}))
        return str(path)

    stable, experimental = dump("s", {}), dump("x", {"new": {"type": "string"}})
    arguments = ["--schema", str(tmp_path), "--import-schema", stable, experimental]
    (tmp_path / "codex-8.json").write_text("{}")
    with pytest.raises(SystemExit):
        main(arguments)
    assert main([*arguments, "--codex-version", "9", "--out", str(tmp_path / "o")]) == 2
    assert [path.name for path in tmp_path.glob("codex-*.json")] == ["codex-9.json"]
    taken = load(tmp_path / "codex-9.json")
    assert taken.client_methods == {
        "a/b": {"description": "Says.", "params": {"$ref": "P"}, "stable": True}
    }
    assert taken.experimental_fields == {"P": ["new"], "Sum": ["new"]}
    assert taken.definitions["Same"] == {"type": "string"}


def test_a_folder_that_is_no_dump_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--import-schema", str(tmp_path), str(tmp_path), "--codex-version", "9"]
    assert main([*given, "--schema", str(tmp_path)]) == 2
    assert "not a dump" in capsys.readouterr().err


def test_a_schema_folder_with_no_schema_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--schema", str(tmp_path)]) == 2
    assert "found: none" in capsys.readouterr().err


def test_two_generations_that_disagree_are_refused() -> None:
    old = {"A": {"type": "string"}, "v2": {"A": {"type": "integer"}}}
    with pytest.raises(SchemaError, match="definition A differs"):
        canonical_text({"definitions": old}, {"definitions": old}, "9")


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"type": "object", "patternProperties": {}, "properties": {}}, "patternProperties"),
        (_object({"x": {"type": "string", "pattern": "a"}}), "Thing.x: keywords not known"),
        (_object({"x": {"type": ["string", "integer"]}}), "not one type"),
        (_object({"x": {"type": "date"}}), "unknown type 'date'"),
        (_object({"x": {"not": {}}}), "unknown type None"),
        (_object({}, "ghost"), "requires fields it does not have"),
        (_object({"aB": True, "a_b": True}), "share a Python name"),
        (
            {"oneOf": [{"type": "integer"}, {"type": "string"}], "properties": {"x": True}},
            "properties beside a union without a tag",
        ),
        (_object({"x": {"anyOf": [{"$ref": "A"}, {"$ref": "B"}]}}), "no tag tells apart"),
    ],
)
def test_a_shape_that_is_not_known_is_refused_by_name(node: Json, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        _read(node, A=_object({}), B=_object({}))


def test_a_definition_that_is_not_there_is_refused() -> None:
    with pytest.raises(SchemaError, match="Nope: no such definition"):
        Reader(_schema({})).read("Nope")


def test_two_shapes_of_one_name_are_refused() -> None:
    inner = [_object({"x": {"type": kind}}) for kind in ("string", "integer")]
    node = _object({"a/b": inner[0], "a-b": inner[1]})
    with pytest.raises(SchemaError, match="two shapes named ThingAB"):
        _read(node)


def test_one_inline_shape_under_one_name_is_written_once() -> None:
    both = _object({"a/b": _object({}), "a+b": _object({})})
    with pytest.raises(SchemaError, match="share a Python name"):
        _read({**both, "properties": {"aB": _object({}), "a_b": _object({})}})


def test_alternatives_inside_a_variant_become_optional_fields() -> None:
    variant = {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": ["image"]}},
        "required": ["type"],
        "anyOf": [_object({"url": {"type": "string"}}, "url"), _object({"id": {"type": "string"}})],
    }
    struct = _read({"oneOf": [variant]})[0]
    assert isinstance(struct, Struct)
    assert [(entry.name, entry.required) for entry in struct.fields] == [
        ("id", False),
        ("url", False),
    ]


def test_untagged_objects_become_one_struct_of_what_all_require() -> None:
    parts = [_object({"uri": {"type": "string"}, key: True}, "uri") for key in ("text", "blob")]
    struct = _read({"anyOf": parts})[0]
    assert isinstance(struct, Struct)
    assert [entry.name for entry in struct.fields if entry.required] == ["uri"]


def test_a_python_keyword_as_a_field_gets_an_underscore() -> None:
    struct = _read(_object({"from": {"type": "string"}}))[0]
    assert isinstance(struct, Struct)
    assert struct.fields[0].name == "from_"


def _text_of(wire: str, node: Json) -> str:
    struct = _read(_object({wire: node}))[0]
    assert isinstance(struct, Struct)
    return struct.fields[0].doc


@pytest.mark.parametrize(
    ("wire", "kind", "description", "text"),
    [
        ("startedAtMs", "integer", "", "Unix timestamp, in milliseconds."),
        ("timeoutMs", "integer", "How long to wait", "How long to wait. In milliseconds."),
        ("timeoutMs", ["integer", "null"], "Milliseconds to wait.", "Milliseconds to wait."),
        ("rssKb", "number", "", "In kilobytes."),
        ("limit", "integer", "", ""),
        ("itemMs", "string", "", ""),
    ],
)
def test_a_number_whose_name_tells_a_unit_says_it(
    wire: str, kind: Json, description: str, text: str
) -> None:
    assert _text_of(wire, {"type": kind, "description": description}) == text


@pytest.mark.parametrize(
    ("description", "text"),
    [
        ("EXPERIMENTAL - x.", "Experimental: x."),
        ("[UNSTABLE] FOR SOMEBODY - DO NOT USE.", "Unstable: for SOMEBODY, do not use."),
        ("@deprecated Gone.", "Deprecated: Gone."),
        ("Says. TODO: more.", "Says."),
        ("NEW APIs Sent when.", "Sent when."),
    ],
)
def test_a_description_is_put_into_the_words_of_the_others(description: str, text: str) -> None:
    assert _text_of("x", {"type": "string", "description": description}) == text


def test_params_without_a_text_take_that_of_their_method() -> None:
    row = {**PARAMS, "description": "Goes."}
    unit = Reader(_schema(TYPES, methods={"go": row})).read("GoParams")
    assert [made.doc for made in unit.declarations] == ["Goes."]


def _structs() -> list[Struct]:
    units = make_plan(COMMITTED).units.values()
    declarations = [made for unit in units for made in unit.declarations]
    return [made for made in declarations if isinstance(made, Struct)]


def test_no_text_by_hand_hides_behind_one_of_the_schema() -> None:
    docs = {struct.name: struct.doc for struct in _structs()}
    assert {name: docs[name] for name in wording.STRUCT_DOCS} == wording.STRUCT_DOCS


def test_every_time_size_and_share_says_its_unit() -> None:
    told = re.compile(r"seconds|minutes|hours|days|bytes|percent|tokens|hertz|UTF-16|cells")
    asks = re.compile(r"(_at|_s|_ms|_secs?|_mins|bytes|_percent|_rate|_window)$|duration|timeout")
    silent = {
        f"{struct.name}.{field.name}"
        for struct in _structs()
        for field in struct.fields
        if field.type.text in {"int", "float"}
        if asks.search(field.name) and not told.search(field.doc)
    }
    # Nobody who could be asked says whether these are seconds or milliseconds.
    assert silent == {
        "ModelUpgradeInfo.retirement_at",
        "RemoteControlClient.last_seen_at",
        "ImageUsageLimitExceeded.resets_at",
    }


def test_an_enum_written_inside_a_field_is_open_too() -> None:
    struct = _read(_object({"x": {"type": "string", "enum": ["a", "b"]}}))[0]
    assert isinstance(struct, Struct)
    assert struct.fields[0].type.text == 'Literal["a", "b"] | str'


def test_names_go_both_ways() -> None:
    assert snake("threadId") == "thread_id"
    assert snake("URLPath") == "url_path"
    assert camel("thread_id") == "threadId"
    assert pascal("openai/form_x") == "OpenaiFormX"
    assert constant_of("thread/backgroundTerminals/list") == "THREAD_BACKGROUND_TERMINALS_LIST"
    assert domain_of_name("thread/realtime/start") == "realtime"
    assert constant_of("account/gatewayOAuth/read") == "ACCOUNT_GATEWAY_OAUTH_READ"
    assert domain_of_name("thread/read") == "thread_catalogue"


PARAMS = {"params": {"$ref": "GoParams"}, "stable": True}
TYPES = {"GoParams": _object({}), "GoResponse": _object({})}


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("definitions", "rows", "message"),
    [
        (TYPES, {"methods": {"go": {"params": {"type": "string"}}}}, "unknown shape"),
        (
            TYPES,
            {"methods": {"go": {"params": {"anyOf": [{"type": "null"}, {"type": "string"}]}}}},
            "unknown shape",
        ),
        (TYPES, {"methods": {"go": {"params": {"type": "null"}, "stable": True}}}, "no result"),
        (TYPES, {"requests": {"go": {"params": {"type": "null"}}}}, "without params"),
        (TYPES, {"notifications": {"went": {"params": {"type": "null"}}}}, "without params"),
        (
            TYPES,
            {"notifications": {"a": PARAMS, "b": PARAMS}},
            "shares GoParams",
        ),
        (
            {"GoParams": _object({"x": {"$ref": "GoParams"}}), "GoResponse": _object({})},
            {"methods": {"go": PARAMS}},
            "need each other",
        ),
        (
            {
                "GoParams": _object({"x": {"$ref": "Method"}}),
                "GoResponse": _object({}),
                "Method": {"type": "string"},
            },
            {"methods": {"go": PARAMS}},
            "Method would name both hand-written and Method",
        ),
    ],
)
def test_a_schema_that_needs_a_decision_says_which(
    definitions: Json, rows: Json, message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        make_plan(_schema(definitions, **rows))


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("module", "name", "value", "message"),
    [
        (selection, "CONTROL", ("gone/name",), "client method gone/name"),
        (selection, "MERGEABLE", ("gone/name",), "notification gone/name"),
        (selection, "OPAQUE", ("Gone",), "definition Gone"),
        (naming, "VARIANT_NAMES", {"Kind.gone": "X"}, "part of a definition Kind.gone"),
        (naming, "INLINE_NAMES", {"Gone.field": "X"}, "part of a definition Gone.field"),
        (wording, "FIELD_DOCS", {"Kind.gone": "X"}, "part of a definition Kind.gone"),
        (wording, "STRUCT_DOCS", {"Gone": "X"}, "struct Gone"),
    ],
)
def test_what_is_decided_by_hand_for_something_that_is_gone_is_refused(
    module: ModuleType, name: str, value: Json, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = {"Kind": {"oneOf": [{"type": "string", "enum": ["here"]}]}, **TYPES}
    monkeypatch.setattr(naming, "VARIANT_SUFFIX", {"Kind": ""})
    monkeypatch.setattr(module, name, value)
    with pytest.raises(SchemaError, match=f"gone from the schema: {message}"):
        make_plan(_schema(definitions))


def test_a_name_that_the_schema_has_wrong_is_the_servers_own() -> None:
    variants = make_plan(COMMITTED).schema.definitions["ThreadTimelineEntry"]["oneOf"]
    names = {name for variant in variants for name in variant["properties"]}
    required = {name for variant in variants for name in variant["required"]}
    assert "turn_id" not in names | required
    assert "turnId" in names & required


def test_a_correction_of_what_is_gone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Gone", "ThreadTimelineEntry"):
        monkeypatch.setattr(errata, "WIRE_NAMES", {name: {"no_such": "noSuch"}})
        with pytest.raises(SchemaError, match=rf"{name}: corrected by hand, but gone .*no_such"):
            make_plan(COMMITTED)


def test_a_method_of_a_new_family_needs_a_module() -> None:
    with pytest.raises(SchemaError, match=r"weather/read: no module; give its prefix one"):
        domain_of_name("weather/read")


@pytest.mark.usefixtures("bare")
def test_a_module_below_its_users_cannot_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "DOMAIN_OF_DEFINITION", {"GoParams": "server"})
    with pytest.raises(SchemaError, match="GoParams is placed in server but used by threads"):
        make_plan(_schema(TYPES, methods={"thread/go": PARAMS}))


@pytest.mark.usefixtures("bare")
def test_a_row_says_that_it_is_not_in_the_stable_schema() -> None:
    row = {**PARAMS, "stable": False}
    plan = make_plan(_schema(TYPES, methods={"go": row}, notifications={"went": row}))
    assert render_tables(plan)["tables.py"].count("experimental=True") == 2


@pytest.mark.usefixtures("bare")
def test_two_methods_of_one_constant_are_refused() -> None:
    rows = {"a/b": PARAMS, "a_b": PARAMS}
    plan = make_plan(_schema(TYPES, methods=rows))
    with pytest.raises(SchemaError, match="share a constant"):
        render_tables(plan)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"type": "string"}, "no plain object"),
        (_object({"x": {"type": "string", "default": 3.5j}}), "default of an unknown shape"),
    ],
)
def test_a_payload_that_cannot_be_written_is_refused(payload: Json, message: str) -> None:
    row = {"params": {"$ref": "WentNotification"}, "stable": True}
    schema = _schema({"WentNotification": payload}, notifications={"went": row})
    with pytest.raises(SchemaError, match=message):
        render_types(make_plan(schema))


@pytest.mark.usefixtures("bare")
def test_a_union_by_a_tag_field_without_a_stand_in_is_refused() -> None:
    union = {"oneOf": [_object({"flavour": {"type": "string", "enum": ["sweet"]}}, "flavour")]}
    row = {"params": {"$ref": "WentNotification"}, "stable": True}
    schema = _schema(
        {"Taste": union, "WentNotification": _object({"x": {"$ref": "Taste"}})},
        notifications={"went": row},
    )
    with pytest.raises(SchemaError, match="no stand-in for the tag field flavour"):
        render_types(make_plan(schema))


def test_text_is_broken_where_a_formatter_would_break_it() -> None:
    long = ["a" * 40, "b" * 40, "c" * 40]
    assert alias("X", ["A", "B"]) == ["X: TypeAlias = A | B"]
    assert alias("X" * 20, long[:2])[1] == f"    {long[0]} | {long[1]}"
    assert alias("X", long)[2] == f"    | {long[1]}"
    assert call("f", ["x"]) == ["f(x)"]
    assert call("f" * 60, long[:1]) == [f"{'f' * 60}(", f"    {long[0]}", ")"]
    assert call("f", long) == ["f(", *(f"    {name}," for name in long), ")"]
    assert entry("f", ["x"], "") == ["f(x),"]
    assert entry("f", ["x" * 97], "") == ["f(", f"    {'x' * 97}", "),"]
    assert assignment("x", "int", "") == ["    x: int"]
    assert assignment("x", "int", "3") == ["    x: int = 3"]
    assert assignment("x", "i" * 86, "field", ["a"])[1] == f"        {'i' * 86}"
    assert class_head("X", "Y", []) == ["class X(Y):"]
    assert class_head("X" * 60, "Y", ["z" * 40])[1] == f"    Y, {'z' * 40}"
    assert class_head("X", "Y", long)[1:3] == ["    Y,", f"    {long[0]},"]
    assert docstring("Short.", [""]) == ['    """Short."""']
    assert attribute_doc("") == []
    assert attribute_doc("say 'x'\u2026 \"now\"") == ['    """Say \'x\'... \'now\'."""']
    assert attribute_doc("word " * 30)[-1] == '    """'
    assert import_lines({"m": ["b", "A", "C_D"]}) == ["from m import C_D, A, b"]
    assert import_lines({"m": long})[0] == "from m import ("
