"""What an account, a provider and an environment come to, for each kind of account there is."""

from __future__ import annotations

import pytest

from codex_runtime.protocol import AmazonBedrockAccount, ApiKeyAccount, ChatgptAccount
from codex_runtime.protocol.unknown import UnknownVariant
from codex_runtime.runtime.preflight import auth_status

KEYS = ("OPENAI_API_KEY",)


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (ApiKeyAccount(), ("apiKey", None, None)),
        (
            ChatgptAccount(email="me@example.org", plan_type="plus"),
            ("chatgpt", "me@example.org", "plus"),
        ),
        (ChatgptAccount(email=None, plan_type="a-newer-plan"), ("chatgpt", None, "a-newer-plan")),
        (AmazonBedrockAccount(), ("amazonBedrock", None, None)),
        (UnknownVariant(name="newer", raw=b"{}"), ("newer", None, None)),
    ],
)
@pytest.mark.parametrize("needs_openai", [False, True])
def test_an_account_of_any_kind_is_ready(
    account: ApiKeyAccount | ChatgptAccount | AmazonBedrockAccount | UnknownVariant,
    told: tuple[str, str | None, str | None],
    needs_openai: bool,
) -> None:
    auth = auth_status(account, needs_openai=needs_openai, variables=())
    assert (auth.account, auth.email, auth.plan) == told
    assert (auth.kind, auth.is_ready) == ("stored", True)
    assert auth_status(account, needs_openai=needs_openai, variables=KEYS).kind == "mixed"


@pytest.mark.parametrize(
    ("needs_openai", "variables", "kind", "is_ready"),
    [
        (False, (), "not_needed", True),
        (False, KEYS, "not_needed", True),
        (True, (), "none", False),
        (True, KEYS, "environment", False),
    ],
)
def test_without_an_account_it_depends_on_the_provider(
    needs_openai: bool, variables: tuple[str, ...], kind: str, is_ready: bool
) -> None:
    auth = auth_status(None, needs_openai=needs_openai, variables=variables)
    assert (auth.kind, auth.is_ready, auth.account) == (kind, is_ready, None)
    assert (auth.needs_openai, auth.variables) == (needs_openai, variables)
