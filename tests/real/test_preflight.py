"""What a runtime tells before the first turn: the server's version, and who it is logged in as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime import Runtime
from codex_runtime.testing import endpoint
from tests.real.faces import EVERY_FACE, open_runtime
from tests.real.waiting import prompts, stored

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def test_a_preflight_on_a_provider_without_a_login_is_well(
    runtime: Runtime, model: ScriptedModel
) -> None:
    flight = await runtime.preflight()
    assert (flight.version, flight.judgement) == (runtime.server.version, "tested")
    assert (flight.auth.kind, flight.auth.is_ready, flight.problems) == ("not_needed", True, ())
    assert flight.is_well
    assert prompts(model) == []


@pytest.mark.parametrize("variable", [None, "OPENAI_API_KEY", "CODEX_API_KEY"])
@pytest.mark.parametrize("has_account", [False, True])
async def test_a_preflight_says_whose_credentials_there_are(
    has_account: bool, variable: str | None, model: ScriptedModel, home: Path
) -> None:
    if has_account:
        (home / "auth.json").write_text('{"OPENAI_API_KEY": "sk-secret"}', encoding="utf-8")
    env: dict[str, str] = dict.fromkeys(
        ("OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_ACCESS_TOKEN"), ""
    )
    if variable is not None:
        env[variable] = "sk-secret"
    config = model.runtime_config(
        home, env=env, config_overrides={"model_providers.scripted.requires_openai_auth": True}
    )
    async with open_runtime(config) as runtime:
        flight = await runtime.preflight()
    kinds = {
        (False, False): "none",
        (True, False): "stored",
        (False, True): "environment",
        (True, True): "mixed",
    }
    assert flight.auth.kind == kinds[has_account, variable is not None]
    assert flight.auth.is_ready is has_account
    assert flight.auth.account == ("apiKey" if has_account else None)
    assert flight.auth.variables == (() if variable is None else (variable,))
    assert flight.is_well is has_account
    assert "sk-secret" not in repr(flight)
    if not has_account:
        (problem,) = flight.problems
        assert "log in" in problem
        assert variable is None or variable in problem


async def test_credentials_of_the_environment_are_not_used_by_the_server(
    model: ScriptedModel, home: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "public_headers", dict)
    config = model.runtime_config(
        home,
        env={"OPENAI_API_KEY": "sk-of-the-environment"},
        config_overrides={"model_providers.scripted.requires_openai_auth": True},
    )
    async with open_runtime(config) as runtime:
        await stored(runtime, workspace, "hello")
        assert (await runtime.preflight()).auth.kind == "environment"
    (request,) = model.requests
    assert "authorization" not in request.headers
