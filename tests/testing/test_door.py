"""`open_scripted_model`: what comes out of the block, and what is left behind. Nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import trio

import codex_runtime.testing
from codex_runtime.testing import open_scripted_model, silence, text

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

BOUND_S = 20


def port_of(model: ScriptedModel) -> int:
    port = urlsplit(model.base_url).port
    assert port is not None
    return port


async def test_leaving_closes_the_port() -> None:
    async with open_scripted_model() as model:
        pass
    with pytest.raises(OSError, match="all attempts to connect"):
        await trio.open_tcp_stream("127.0.0.1", port_of(model))


async def test_leaving_cuts_the_streams_that_are_open() -> None:
    with trio.fail_after(BOUND_S):
        async with open_scripted_model() as model:
            model.enqueue(silence())
            stream = await trio.open_tcp_stream("127.0.0.1", port_of(model))
            await stream.send_all(
                b"POST /v1/responses HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\n\r\n{}"
            )
            received = b""
            while b"response.created" not in received:
                received += await stream.receive_some()
        async with stream:
            assert [chunk async for chunk in stream] == []
        assert model.active_streams == 0


@pytest.mark.parametrize("error", [KeyError("x"), ExceptionGroup("ours", [KeyError("x")])])
async def test_an_error_of_the_block_comes_out_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        async with open_scripted_model():
            raise error
    assert caught.value is error


async def test_a_keyboard_interrupt_of_the_block_comes_out_bare() -> None:
    with pytest.raises(KeyboardInterrupt):
        async with open_scripted_model():
            raise KeyboardInterrupt


async def test_a_cancelled_block_ends_and_its_model_serves_until_then() -> None:
    with trio.fail_after(BOUND_S):
        with trio.CancelScope() as scope:
            async with open_scripted_model() as model:
                scope.cancel()
                try:
                    await trio.sleep_forever()
                finally:
                    with trio.CancelScope(shield=True):
                        stream = await trio.open_tcp_stream("127.0.0.1", port_of(model))
                        async with stream:
                            await stream.send_all(b"GET /v1/models HTTP/1.1\r\nhost: t\r\n\r\n")
                            assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")
        assert scope.cancelled_caught


async def test_a_port_that_is_taken_is_an_os_error() -> None:
    async with open_scripted_model() as model:
        with pytest.raises(OSError, match="in use"):
            async with open_scripted_model(port=port_of(model)):
                pytest.fail("the door opened")


async def test_the_same_port_can_be_opened_again_at_once() -> None:
    async with open_scripted_model() as first:
        pass
    async with open_scripted_model(port=port_of(first)) as second:
        assert second.base_url == first.base_url


async def test_an_address_of_ipv6_is_bracketed() -> None:
    async with open_scripted_model(host="::1") as model:
        assert model.base_url.startswith("http://[::1]:")


async def test_the_runtime_config_points_at_the_model_and_keeps_the_caller_s_wishes(
    tmp_path: Path,
) -> None:
    async with open_scripted_model() as model:
        config = model.runtime_config(
            tmp_path,
            config_overrides={"features.apps": True, "model": "mine", '"quoted.key"': 1},
            env={"MINE": "1"},
            request_timeout_s=5.0,
        )
        ours = model.config_overrides()
        features = ours["features"]
        assert isinstance(features, dict)
        assert config.codex_home == tmp_path
        assert config.request_timeout_s == 5.0
        assert config.env == {**model.environment(), "MINE": "1"}
        assert config.config_overrides == {
            **ours,
            "features": {**features, "apps": True},
            "model": "mine",
            '"quoted.key"': 1,
        }


def test_every_public_name_can_be_had_and_is_listed() -> None:
    for name in codex_runtime.testing.__all__:
        assert getattr(codex_runtime.testing, name).__name__ == name
    assert list(codex_runtime.testing.__all__) == sorted(codex_runtime.testing.__all__)
    assert dir(codex_runtime.testing) == codex_runtime.testing.__all__
    assert codex_runtime.testing.text is text


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = codex_runtime.testing.nonsense  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import codex_runtime.testing as t; t.text", ""),
        ("import codex_runtime.testing as t; t.open_scripted_model", "needs h11: pip install"),
    ],
)
def test_without_h11_only_the_server_is_missing_and_says_what_to_install(
    statement: str, said: str
) -> None:
    code = f"import sys; sys.modules['h11'] = None\n{statement}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) == (not said)
    assert said in ran.stderr
