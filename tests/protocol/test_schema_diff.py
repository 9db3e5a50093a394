"""Two schemas side by side: what differs is told once, where it is, and who uses it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.protocol.schema_diff import Change, SchemaDiff, compare
from codex_runtime.protocol.schema_facts import facts_of
from codex_runtime.protocol.schema_file import (
    BUNDLE,
    Json,
    Schema,
    SchemaError,
    dump_arguments,
    from_dumps,
    load,
    parse,
    schema_file,
)

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
NULL = {"type": "null"}
DIRECTIONS = ("client_methods", "client_notifications", "notifications", "server_requests")


def row(params: Json = NULL, *, stable: bool = True) -> Json:
    return {"params": params, "stable": stable}


def ref(name: str) -> Json:
    return {"$ref": name}


def thing(required: tuple[str, ...] = (), **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}


def constant(value: str) -> Json:
    return {"type": "string", "enum": [value]}


# Any: the parts of a Schema by name, each with its own type.
def schema(definitions: Json = None, version: Any = "1", **parts: Any) -> Schema:
    rows: dict[str, Any] = {direction: {} for direction in DIRECTIONS}
    return Schema(
        version=version,
        file_name="",
        sha256="",
        definitions=definitions or {},
        **{"experimental_fields": {}, **rows, **parts},
    )


def told(diff: SchemaDiff) -> list[tuple[str, str, str, str]]:
    return [(one.place, one.change, one.before, one.after) for one in diff.changes]


def changes(before: Json, after: Json) -> list[tuple[str, str, str, str]]:
    """What is told of two forms of a definition."""
    return told(compare(schema({"X": before}), schema({"X": after})))


@pytest.mark.parametrize(
    ("before", "after", "place", "change", "was", "now"),
    [
        (thing(), thing(a=TEXT), "X.a", "added", "", "string, optional"),
        (thing(("a",), a=TEXT), thing(), "X.a", "removed", "string, required", ""),
        (thing(("a",), a=TEXT), thing(a=TEXT), "X.a", "required", "required", "optional"),
        (thing(a=TEXT), thing(a={"type": "boolean"}), "X.a", "type", "string", "boolean"),
        (
            thing(a={"type": "integer", "format": "int64"}),
            thing(a={"type": ["string", "null"]}),
            "X.a",
            "type",
            "int64",
            "string | null",
        ),
        (
            thing(a=ref("Y")),
            thing(a={"anyOf": [ref("Y"), NULL]}),
            "X.a",
            "type",
            "Y",
            "Y | null",
        ),
        (thing(a={"allOf": [ref("Y")]}), thing(a=True), "X.a", "type", "Y", "any"),
        (
            thing(a={"type": "array", "items": TEXT}),
            thing(a={"type": "array", "items": {"anyOf": [ref("Y"), TEXT]}}),
            "X.a",
            "type",
            "list of string",
            "list of (Y | string)",
        ),
        (
            thing(a={"type": "object", "additionalProperties": TEXT}),
            thing(a={"type": "object"}),
            "X.a",
            "type",
            "map of string",
            "object",
        ),
        (
            thing(a={"type": "array", "items": thing()}),
            thing(a={"type": "array", "items": thing(b=TEXT)}),
            "X.a[].b",
            "added",
            "",
            "string, optional",
        ),
        (
            thing(a={"type": "object", "additionalProperties": thing(b=TEXT)}),
            thing(a={"type": "object", "additionalProperties": thing()}),
            "X.a{}.b",
            "removed",
            "string, optional",
            "",
        ),
        (constant("a"), {"type": "string", "enum": ["a", "b"]}, 'X "b"', "added", "", ""),
        (
            {"oneOf": [constant("a"), constant("b")]},
            {"oneOf": [constant("a")]},
            'X "b"',
            "removed",
            "",
            "",
        ),
        (constant("a"), TEXT, "X", "type", "enum", "string"),
        (
            {"oneOf": [thing(("type",), type=constant("a"))]},
            {"oneOf": [thing(("type",), type=constant("a"), b=TEXT)]},
            "X[a].b",
            "added",
            "",
            "string, optional",
        ),
        (
            {"oneOf": [constant("a"), thing(b=TEXT)]},
            {"oneOf": [constant("a"), thing(b=TEXT), thing(c=ref("Y"))]},
            "X[c]",
            "added",
            "",
            "Y",
        ),
        (
            {"anyOf": [thing(("a", "b"), a=TEXT, b=TEXT), thing(("a",), a=TEXT, c=TEXT)]},
            {"anyOf": [thing(("a", "b"), a=TEXT, b=TEXT), thing(("a",), a=TEXT)]},
            "X.c",
            "removed",
            "string, optional",
            "",
        ),
        (
            {"properties": {"a": TEXT}, "oneOf": [thing(type=constant("k"))]},
            {"properties": {}, "oneOf": [thing(type=constant("k"))]},
            "X.a",
            "removed",
            "string, optional",
            "",
        ),
    ],
)
def test_a_difference_is_told_with_what_it_was_and_what_it_is(
    before: Json, after: Json, place: str, change: str, was: str, now: str
) -> None:
    others = {"Y": thing()}
    diff = compare(schema({"X": before, **others}), schema({"X": after, **others}))
    place_alone = [entry for entry in told(diff) if entry[0] == place]
    assert place_alone == [(place, change, was, now)]
    assert {one.owner for one in diff.changes} == {"X"}


def test_an_alternative_that_nothing_tells_apart_makes_its_fields_optional() -> None:
    old = {"oneOf": [thing(("type", "url"), type=constant("audio"), url=TEXT)]}
    forms = [thing(("url",), url=TEXT), thing(("file",), file=TEXT)]
    new = {"oneOf": [{**thing(("type",), type=constant("audio")), "anyOf": forms}]}
    assert changes(old, new) == [
        ("X[audio].file", "added", "", "string, optional"),
        ("X[audio].url", "required", "required", "optional"),
    ]


@pytest.mark.parametrize("kind", DIRECTIONS)
def test_methods_of_every_direction_are_compared(kind: str) -> None:
    old = {"gone": row(), "same": row(), "other": row(ref("P")), "young": row(stable=False)}
    new = {"same": row(), "other": row({"anyOf": [ref("P"), NULL]}), "young": row()}
    new["born"] = row(ref("Q"), stable=False)
    diff = compare(schema(**{kind: old}), schema(**{kind: new}, version="2"))
    assert (diff.before, diff.after) == ("1", "2")
    assert told(diff) == [
        ("born", "added", "", "Q, experimental"),
        ("gone", "removed", "no params", ""),
        ("other", "type", "P", "P | null"),
        ("young", "stability", "experimental", "stable"),
    ]


def test_one_name_in_two_directions_is_two_methods() -> None:
    old = schema(client_methods={"a": row()}, notifications={"a": row()})
    new = schema(client_methods={"a": row()}, notifications={"a": row(ref("P"))})
    (change,) = compare(old, new).changes
    assert (change.kind, change.place) == ("notification", "a")


def test_a_field_that_becomes_stable_is_told() -> None:
    node = {"X": thing(a=TEXT)}
    assert told(compare(schema(node, experimental_fields={"X": ["a"]}), schema(node))) == [
        ("X.a", "stability", "experimental", "stable")
    ]


def test_what_is_inside_something_new_is_not_told_again() -> None:
    form = thing(("type",), type=constant("new"), deep=thing(deeper=TEXT))
    old = {"oneOf": [thing(("type",), type=constant("old"))]}
    new = {"oneOf": [*old["oneOf"], form]}
    assert changes(old, new) == [("X[new]", "added", "", "")]


def test_a_new_definition_is_told_by_what_names_it_alone() -> None:
    old = schema({"X": thing()})
    new = schema({"X": thing(a=ref("New")), "New": thing(b=TEXT), "Lonely": TEXT})
    assert told(compare(old, new)) == [("X.a", "added", "", "New, optional")]
    assert told(compare(new, old)) == [("X.a", "removed", "New, optional", "")]


def test_words_for_people_and_defaults_do_not_count() -> None:
    plain = thing(a=TEXT, b={})
    wordy = {**thing(a={**TEXT, "description": "A.", "default": "x"}, b=True), "title": "X"}
    assert changes(plain, wordy) == []


def test_methods_come_first_and_then_types_by_name() -> None:
    old = schema({"A": thing(), "B": thing()})
    new = schema(
        {"B": thing(z=TEXT, a=TEXT), "A": thing(x=TEXT)},
        server_requests={"c": row()},
        notifications={"b": row()},
        client_methods={"z": row(), "a": row()},
    )
    order = [one.place for one in compare(old, new).changes]
    assert order == ["a", "z", "b", "c", "A.x", "B.a", "B.z"]


def test_what_is_reached_from_a_used_method_is_used_by_it() -> None:
    def one(**leaf: Json) -> Schema:
        return schema(
            {
                "TurnStartParams": thing(next=ref("Node")),
                "Node": thing(again=ref("Node"), leaf=ref("Leaf")),
                "Leaf": thing(**leaf),
                "Other": thing(**leaf),
            },
            client_methods={"turn/start": row(ref("TurnStartParams"))},
            notifications={"turn/started": row(ref("Leaf"))},
        )

    diff = compare(one(), one(a=TEXT))
    used, unused = diff.changes
    assert (used.place, used.used_by) == ("Leaf.a", ("turn/start", "turn/started"))
    assert (unused.place, unused.used_by) == ("Other.a", ())
    assert diff.used().changes == (used,)


def test_results_and_answers_of_used_methods_are_used() -> None:
    old = schema({"TurnSteerResponse": thing(), "DynamicToolCallResponse": thing()})
    new = schema({name: thing(a=TEXT) for name in old.definitions})
    assert [one.used_by for one in compare(old, new).changes] == [
        ("item/tool/call",),
        ("turn/steer",),
    ]


def test_a_used_method_that_is_gone_is_used_and_so_is_what_only_one_version_reaches() -> None:
    old = schema({"X": thing()}, client_methods={"thread/read": row(ref("X"))})
    new = schema({"X": thing(a=TEXT)}, client_notifications={"initialized": row()})
    assert {one.place: one.used_by for one in compare(old, new).changes} == {
        "thread/read": ("thread/read",),
        "initialized": ("initialized",),
        "X.a": ("thread/read",),
    }


def test_the_vendored_schema_does_not_differ_from_itself() -> None:
    vendored = load(schema_file())
    assert compare(vendored, vendored) == SchemaDiff(
        before=vendored.version, after=vendored.version, changes=()
    )


NODES = st.recursive(
    st.sampled_from([True, {}, TEXT, NULL, constant("a"), ref("X"), {"type": ["integer", "null"]}]),
    lambda inner: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda values: {"type": "object", "additionalProperties": values}, inner),
        st.builds(
            lambda parts: {"type": "object", "properties": parts, "required": sorted(parts)[:1]},
            st.dictionaries(st.sampled_from(["a", "b", "type"]), inner, max_size=3),
        ),
        *(
            st.builds(lambda parts, key=key: {key: parts}, st.lists(inner, max_size=3))
            for key in ("oneOf", "anyOf", "allOf")
        ),
    ),
    max_leaves=12,
)


@given(NODES)
def test_no_definition_differs_from_itself(node: Json) -> None:
    assert changes(node, node) == []


@given(NODES, NODES)
def test_the_difference_the_other_way_round_is_the_same_mirrored(one: Json, other: Json) -> None:
    def mirrored(change: Change) -> tuple[str, str, str, str]:
        what = {"added": "removed", "removed": "added"}.get(change.change, change.change)
        return (change.place, what, change.after, change.before)

    there = compare(schema({"X": one}), schema({"X": other}))
    back = compare(schema({"X": other}), schema({"X": one}))
    assert sorted(told(back)) == sorted(map(mirrored, there.changes))


@given(NODES)
def test_every_fact_has_a_parent_that_is_a_fact(node: Json) -> None:
    facts = facts_of(schema({"X": node}))
    assert {fact.parent for fact in facts.values()} <= {"", *facts}


@pytest.mark.parametrize("node", [{"type": 5}, {"$ref": 7}, {"oneOf": 3}])
def test_what_is_no_schema_is_refused_in_a_few_words(node: Json) -> None:
    schema = load(schema_file())
    odd = replace(schema, definitions={**schema.definitions, "Thread": node})
    with pytest.raises(SchemaError, match="has a shape that is not known here") as refused:
        compare(schema, odd)
    assert len(str(refused.value)) < 300


def test_a_text_is_read_as_the_file_of_it() -> None:
    path = schema_file()
    assert parse(path.read_text(encoding="utf-8"), path.name) == load(path)


def test_a_binary_is_asked_for_both_dumps(tmp_path: Path) -> None:
    stable = ("app-server", "generate-json-schema", "--out", str(tmp_path / "stable"))
    wanted = ("app-server", "generate-json-schema", "--out", str(tmp_path / "experimental"))
    assert dump_arguments(tmp_path, "stable") == stable
    assert dump_arguments(tmp_path, "experimental") == (*wanted, "--experimental")


def test_a_dump_without_its_methods_is_refused(tmp_path: Path) -> None:
    (tmp_path / BUNDLE).write_text(json.dumps({"definitions": {"v2": {}}}))
    with pytest.raises(SchemaError, match="no definition of ClientRequest, ClientNotification"):
        from_dumps(tmp_path, tmp_path, "1")


METHODS = {
    name: {"oneOf": [{"properties": {"method": {"enum": ["a", "b"]}}}]}
    for name in ("ClientRequest", "ClientNotification", "ServerNotification", "ServerRequest")
}


@pytest.mark.parametrize(
    "bundle", ["no json", "[]", "{}", json.dumps({"definitions": {"v2": METHODS}})]
)
def test_a_dump_of_a_shape_that_is_not_known_is_refused(tmp_path: Path, bundle: str) -> None:
    (tmp_path / BUNDLE).write_text(bundle)
    with pytest.raises(SchemaError, match="shape that is not known"):
        from_dumps(tmp_path, tmp_path, "1")
