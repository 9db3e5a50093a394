"""The committed schema file: made from a binary's own dump, read by the generator.

Owns the canonical form: one flat map of definitions (experimental ones included), the methods of
each direction with what is stable of them, and the fields that need the experimental capability.
Keys are sorted and indented by one so that two versions diff well. Knows nothing of Python types.
Entry points: `import_schema`, `dump_from_binary`, `load`.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "BUNDLE",
    "SCHEMA_FOLDER",
    "Json",
    "Schema",
    "SchemaError",
    "dump_from_binary",
    "import_binary",
    "import_schema",
    "load",
    "schema_file",
]

# A JSON Schema node: any JSON value, looked into key by key.
Json: TypeAlias = Any

BUNDLE = "codex_app_server_protocol.schemas.json"
"""The file of a dump that holds every definition, old and v2."""

SCHEMA_FOLDER = Path(__file__).resolve().parent.parent / "schema"
_DUMP_TIMEOUT_S = 60

_DIRECTIONS = {
    "clientMethods": "ClientRequest",
    "clientNotifications": "ClientNotification",
    "notifications": "ServerNotification",
    "serverRequests": "ServerRequest",
}


class SchemaError(Exception):
    """The schema has a shape this generator does not know; the message names the place."""


@dataclass(frozen=True)
class Schema:
    """The committed schema, loaded."""

    version: str
    file_name: str
    sha256: str
    definitions: dict[str, Json]
    client_methods: dict[str, Json]
    client_notifications: dict[str, Json]
    notifications: dict[str, Json]
    server_requests: dict[str, Json]
    experimental_fields: dict[str, list[str]]


def schema_file(folder: Path = SCHEMA_FOLDER) -> Path:
    """The one committed schema file."""
    found = sorted(folder.glob("codex-*.json"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise SchemaError(f"expected one codex-*.json in the schema folder, found: {names}")
    return found[0]


def load(path: Path) -> Schema:
    """Read a schema file written by `import_schema`."""
    text = path.read_bytes()
    content = json.loads(text)
    return Schema(
        version=content["codex"],
        file_name=path.name,
        sha256=hashlib.sha256(text).hexdigest(),
        definitions=content["definitions"],
        client_methods=content["clientMethods"],
        client_notifications=content["clientNotifications"],
        notifications=content["notifications"],
        server_requests=content["serverRequests"],
        experimental_fields=content["experimentalFields"],
    )


def dump_from_binary(codex: Path, folder: Path) -> tuple[str, Path, Path]:
    """Ask a binary for its schema; returns its version and the stable and experimental dumps."""
    stable, experimental = folder / "stable", folder / "experimental"
    generate = ("app-server", "generate-json-schema", "--out")
    _run(codex, *generate, str(stable))
    _run(codex, *generate, str(experimental), "--experimental")
    return _run(codex, "--version").split()[-1], stable, experimental


def _run(codex: Path, *arguments: str) -> str:
    # The developer names the binary on the command line; nothing else reaches this.
    return subprocess.run(  # noqa: S603
        [str(codex), *arguments],
        check=True,
        timeout=_DUMP_TIMEOUT_S,
        capture_output=True,
        text=True,
    ).stdout


def import_binary(codex: Path, target: Path = SCHEMA_FOLDER) -> Path:
    """Rewrite the schema file from a binary; returns its path."""
    with tempfile.TemporaryDirectory() as folder:
        version, stable, experimental = dump_from_binary(codex, Path(folder))
        return import_schema(stable, experimental, version, target)


def import_schema(
    stable: Path, experimental: Path, version: str, target: Path = SCHEMA_FOLDER
) -> Path:
    """Rewrite the schema file from two dump folders; returns its path."""
    text = canonical_text(_bundle(stable), _bundle(experimental), version)
    for old in target.glob("codex-*.json"):
        old.unlink()
    path = target / f"codex-{version}.json"
    path.write_text(text, encoding="utf-8")
    return path


def canonical_text(stable: Json, experimental: Json, version: str) -> str:
    """The schema file's text for two bundles, as parsed JSON."""
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
