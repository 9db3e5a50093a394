"""Where the schema is wrong about the server, and the schema without that.

Owns the corrections alone, each with how it is known; the committed file stays what the binary
prints. Knows nothing of Python types. Enter at `corrected`; a plan's ``schema`` is corrected.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from codex_runtime.protocol.schema_file import Json, Schema, SchemaError

__all__ = ["WIRE_NAMES", "corrected"]

# Fields of unions that the schema names in snake_case although the server says camelCase: the
# schema misses a renaming. Those of a timeline were seen in answers of thread/timeline/list; those
# of a realtime item are declared in the same way, and no realtime session was there to show them.
WIRE_NAMES: Final[dict[str, dict[str, str]]] = {
    "ThreadRealtimeItem": {"item_id": "itemId", "turn_id": "turnId"},
    "ThreadTimelineEntry": {
        "completed_at": "completedAt",
        "duration_ms": "durationMs",
        "started_at": "startedAt",
        "turn_id": "turnId",
    },
}


def corrected(schema: Schema) -> Schema:
    """The schema as the server keeps it; raises `SchemaError` for what is no longer wrong."""
    definitions = {**schema.definitions}
    for name, names in WIRE_NAMES.items():
        union = definitions.get(name, {"oneOf": []})
        there = {field for variant in union["oneOf"] for field in variant["properties"]}
        if gone := sorted(names.keys() - there):
            raise SchemaError(f"{name}: corrected by hand, but gone from the schema: {gone}")
        variants = [_renamed(variant, names) for variant in union["oneOf"]]
        definitions[name] = {**union, "oneOf": variants}
    return replace(schema, definitions=definitions)


def _renamed(variant: Json, names: dict[str, str]) -> Json:
    def right(field: str) -> str:
        return names.get(field, field)

    properties = {right(field): node for field, node in variant["properties"].items()}
    required = sorted(right(field) for field in variant["required"])
    return {**variant, "properties": properties, "required": required}
