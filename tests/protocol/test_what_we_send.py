"""Whatever a caller builds of our types is what the schema says, and nothing more."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_runtime.protocol import CLIENT_METHODS, SERVER_REQUESTS, encode_params
from codex_runtime.protocol.generator.plan import make_plan
from codex_runtime.protocol.schema_file import load, schema_file
from tests.support.schema_check import SchemaCheck
from tests.support.struct_strategies import values_of

PLAN = make_plan(load(schema_file()))
CHECK = SchemaCheck(PLAN.schema.definitions)
PARAMS = {row.name: row.params for row in PLAN.methods if row.params is not None}
ANSWERS = {row.name: row.response for row in PLAN.server_requests}

few = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def _problems(value: object, definition: str) -> list[str]:
    return CHECK.problems(msgspec.json.decode(encode_params(value)), definition)


@pytest.mark.parametrize("name", PARAMS)
@few
@given(data=st.data())
def test_params_of_a_method_are_valid(name: str, data: st.DataObject) -> None:
    value: Any = data.draw(values_of(CLIENT_METHODS[name].params_type))
    assert _problems(value, PARAMS[name]) == []


@pytest.mark.parametrize("name", ANSWERS)
@few
@given(data=st.data())
def test_an_answer_to_a_server_request_is_valid(name: str, data: st.DataObject) -> None:
    value: Any = data.draw(values_of(SERVER_REQUESTS[name].response_type))
    assert _problems(value, ANSWERS[name]) == []


def test_methods_without_params_are_the_rest() -> None:
    without = {name for name, row in CLIENT_METHODS.items() if row.params_type is None}
    assert without == CLIENT_METHODS.keys() - PARAMS.keys()
