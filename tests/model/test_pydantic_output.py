"""Typed output of pydantic's own models: the schema they give, fitted, and their own validation."""

from __future__ import annotations

import json
from typing import Any, Literal

import jsonschema_rs
import pytest
from pydantic import BaseModel, Field, RootModel, field_validator

from codex_runtime.errors import OutputTypeError
from codex_runtime.model.typed.output import output_spec


class Line(BaseModel):
    number: int = Field(ge=1, description="counted from 1")
    kind: Literal["code", "text"] = "code"


class Listing(BaseModel):
    title: str = Field(min_length=1, max_length=20)
    lines: list[Line]
    parent: Listing | None = None

    @field_validator("title")
    @classmethod
    def is_no_trap(cls, title: str) -> str:
        """Raise what pydantic does not turn into an error of its own."""
        if title == "trap":
            raise KeyError(title)
        return title


GOOD = {"title": "One", "lines": [{"number": 1, "kind": "text"}], "parent": None}


def test_a_model_gives_a_strict_schema_and_its_value_back() -> None:
    spec = output_spec(Listing)
    jsonschema_rs.validate(dict(spec.schema), GOOD)
    schema: Any = spec.schema
    for node in (schema, *(part for part in schema["$defs"].values() if "properties" in part)):
        assert node["additionalProperties"] is False
        assert set(node["required"]) == set(node["properties"])
    assert spec.decode(json.dumps(GOOD)) == Listing(
        title="One", lines=[Line(number=1, kind="text")]
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"lines": [{"number": 0}]}, r"greater than or equal to 1 - at `\$\.lines\[0\]\.number`"),
        ({"title": ""}, r"at least 1 character - at `\$\.title`"),
        ({"title": "trap"}, "KeyError: 'trap'"),
    ],
)
def test_what_a_model_refuses_says_what_and_where(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        output_spec(Listing).decode(json.dumps({**GOOD, **changes}))


def test_a_root_model_is_no_object() -> None:
    class Numbers(RootModel[list[int]]):
        """A bare list."""

    with pytest.raises(OutputTypeError):
        output_spec(Numbers)
