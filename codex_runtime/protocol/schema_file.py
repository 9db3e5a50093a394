"""The committed schema: its canonical form, and where the file is.

Owns how two dumps of ``generate-json-schema`` become one text: a flat map of definitions
(experimental ones included), the methods of each direction with what is stable of them, and the
fields that need the experimental capability; keys sorted, indented by one, so that two versions
diff well. Runs nothing and knows no Python types. Enter at `load` and `from_dumps`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "BUNDLE",
    "DUMPS",
    "ODD_SHAPE",
    "SCHEMA_FOLDER",
    "Json",
    "Schema",
    "SchemaError",
    "canonical_text",
    "dump_arguments",
    "from_dumps",
    "load",
    "odd_shape",
    "parse",
    "schema_file",
]

# A JSON Schema node: any JSON value, looked into key by key.
Json: TypeAlias = Any

BUNDLE: Final = "codex_app_server_protocol.schemas.json"
"""The file of a dump that holds every definition, old and v2."""

DUMPS: Final = ("stable", "experimental")
"""The two dumps that a schema is made of."""

SCHEMA_FOLDER: Final = Path(__file__).resolve().parent / "schema"

_DIRECTIONS: Final = {
    "clientMethods": "ClientRequest",
    "clientNotifications": "ClientNotification",
    "notifications": "ServerNotification",
    "serverRequests": "ServerRequest",
}


class SchemaError(Exception):
    """The schema has a shape that is not known here; the message names the place."""


ODD_SHAPE: Final = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
"""What reading raises for JSON that is no schema of an app-server."""


def odd_shape(problem: Exception) -> SchemaError:
    """The error for one of `ODD_SHAPE`; it quotes no more than the beginning."""
    said = f"{type(problem).__name__}: {problem}"[:200]
    return SchemaError(f"the schema has a shape that is not known here: {said}")


@dataclass(frozen=True)
class Schema:
    """A schema in its canonical form, loaded."""

    version: str
    """Of the binary it comes from."""
    file_name: str
    sha256: str
    definitions: dict[str, Json]
    client_methods: dict[str, Json]
    """By wire name: ``params`` (a node), ``stable``, and ``description`` where there is one."""
    client_notifications: dict[str, Json]
    notifications: dict[str, Json]
    server_requests: dict[str, Json]
    experimental_fields: dict[str, list[str]]
    """By definition, the fields that the stable dump does not have."""


def schema_file(folder: Path = SCHEMA_FOLDER) -> Path:
    """The one schema file of ``folder``; raises `SchemaError` for none or several."""
    found = sorted(folder.glob("codex-*.json"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise SchemaError(f"expected one codex-*.json in the schema folder, found: {names}")
    return found[0]


def load(path: Path) -> Schema:
    """Read a file of the canonical form."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, file_name: str) -> Schema:
    """Read a text of the canonical form."""
    content = json.loads(text)
    return Schema(
        version=content["codex"],
        file_name=file_name,
        sha256=hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest(),
        definitions=content["definitions"],
        client_methods=content["clientMethods"],
        client_notifications=content["clientNotifications"],
        notifications=content["notifications"],
        server_requests=content["serverRequests"],
        experimental_fields=content["experimentalFields"],
    )


def dump_arguments(folder: Path, dump: str) -> tuple[str, ...]:
    """What to call a binary with so that it writes one of `DUMPS` to a folder inside ``folder``."""
    generate = ("app-server", "generate-json-schema", "--out", str(folder / dump))
    return (*generate, "--experimental") if dump == "experimental" else generate


def from_dumps(stable: Path, experimental: Path, version: str) -> str:
    """The canonical text of two dump folders; raises `SchemaError` for what is no dump."""
    try:
        return canonical_text(_bundle(stable), _bundle(experimental), version)
    except ODD_SHAPE as problem:
        raise odd_shape(problem) from problem


def canonical_text(stable: Json, experimental: Json, version: str) -> str:
    """The canonical text of two bundles, given as parsed JSON."""
    stable_types, all_types = _flatten(stable), _flatten(experimental)
    content: dict[str, Json] = {"codex": version, "experimentalFields": {}}
    for key, union in _DIRECTIONS.items():
        known = _methods(stable_types[union])
        content[key] = {
            name: {**row, "stable": name in known}
            for name, row in _methods(all_types[union]).items()
        }
    fields: dict[str, list[str]] = {}
    for name, definition in all_types.items():
        if name in stable_types and name not in _DIRECTIONS.values():
            _new_fields(stable_types[name], definition, name, fields)
    content["experimentalFields"] = {name: sorted(fields[name]) for name in fields}
    content["definitions"] = {
        name: definition
        for name, definition in all_types.items()
        if name not in _DIRECTIONS.values()
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _bundle(folder: Path) -> Json:
    path = folder / BUNDLE
    if not path.is_file():
        raise SchemaError(f"{folder} holds no {BUNDLE}: not a dump of generate-json-schema")
    return json.loads(path.read_text(encoding="utf-8"))


def _flatten(bundle: Json) -> dict[str, Json]:
    """One flat map of definitions: v2 moved up, references rewritten, noise dropped."""
    old = {name: node for name, node in bundle["definitions"].items() if name != "v2"}
    flat = {name: _clean(node) for name, node in bundle["definitions"]["v2"].items()}
    for name, node in old.items():
        cleaned = _clean(node)
        if name in flat and _bare(flat[name]) != _bare(cleaned):
            raise SchemaError(f"definition {name} differs between the two generations")
        flat.setdefault(name, cleaned)
    if missing := [union for union in _DIRECTIONS.values() if union not in flat]:
        raise SchemaError(f"the dump has no definition of {', '.join(missing)}")
    return flat


def _clean(node: Json) -> Json:
    if isinstance(node, dict):
        members = cast("Mapping[str, Json]", node)
        return {
            key: value.rpartition("/")[2] if key == "$ref" else _clean(value)
            for key, value in members.items()
            if key != "$schema"
        }
    if isinstance(node, list):
        return [_clean(value) for value in cast("Sequence[Json]", node)]
    return node


def _bare(node: Json) -> Json:
    return {key: value for key, value in node.items() if key not in {"title", "description"}}


def _methods(union: Json) -> dict[str, Json]:
    rows: dict[str, Json] = {}
    for variant in union["oneOf"]:
        properties = variant["properties"]
        (name,) = properties["method"]["enum"]
        row = {"params": properties.get("params", {"type": "null"})}
        if "description" in variant:
            row["description"] = variant["description"]
        rows[name] = row
    return rows


def _new_fields(old: Json, new: Json, name: str, found: dict[str, list[str]]) -> None:
    before, after = old.get("properties", {}), new.get("properties", {})
    added = [field for field in after if field not in before]
    if added:
        found.setdefault(name, []).extend(added)
    for key in ("oneOf", "anyOf"):
        earlier = {_identity(variant): variant for variant in old.get(key, [])}
        for variant in new.get(key, []):
            if _identity(variant) in earlier:
                _new_fields(earlier[_identity(variant)], variant, name, found)


def _identity(variant: Json) -> str:
    """What tells one variant of a union from its siblings: its constants, else all of it."""
    properties: dict[str, Json] = variant.get("properties", {})
    constants: dict[str, Json] = {
        key: node["enum"] for key, node in properties.items() if node is not True and "enum" in node
    }
    return json.dumps(constants or variant.get("title") or variant, sort_keys=True)
