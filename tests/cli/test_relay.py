"""``codex-runtime relay`` as its user meets it: a child process, and a real app-server on it."""

from __future__ import annotations

import re
import signal
import stat
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime.cli.commands import run_command
from codex_runtime.testing import http_error, open_scripted_chat, silence, text
from tests.cli.command import Running, open_setup
from tests.cli.test_refusals import run_without

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedChat

KEY = "sk-not-to-be-seen-4f1d"
TOKEN = "token-not-to-be-seen-9a2c"
UPSTREAM = "http://127.0.0.1:9/v1"
QUIET = """
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
plugins = false
apps = false
shell_snapshot = false
"""


async def started(command: Running) -> dict[str, Any]:
    """Return the block of a relay, once it was printed."""
    await command.read_until("supports_websockets")
    await command.read_until("\n")
    return tomllib.loads(command.out)


def host_and_port(block: dict[str, Any]) -> tuple[str, int]:
    url = block["model_providers"][block["model_provider"]]["base_url"]
    found = re.fullmatch(r"http://([\d.]+):(\d+)/v1", url)
    assert found is not None
    return found[1], int(found[2])


async def begin_a_stream(chat: ScriptedChat, block: dict[str, Any]) -> trio.SocketStream:
    """Ask the relay for an answer that hangs; returns once it has begun."""
    chat.enqueue(text("A beginning", finished=False) + silence())
    stream = await trio.open_tcp_stream(*host_and_port(block))
    body = b'{"model": "m", "input": "Hello?", "stream": true}'
    head = f"POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    await stream.send_all(head.encode() + body)
    seen = b""
    while b"A beginning" not in seen:
        seen += await stream.receive_some()
    return stream


# ------------------------------------------------------------------------------- the block


async def test_the_block_that_is_printed_puts_the_users_codex_on_the_relay(tmp_path: Path) -> None:
    async with open_scripted_chat() as chat, open_setup(tmp_path / "home") as setup:
        options = ("--upstream", chat.base_url, "--port", "0", "--store", "memory")
        async with setup.start("relay", *options, "--model-map", "gpt-5.5=theirs") as command:
            await started(command)
            await trio.Path(setup.home, "config.toml").write_text(command.out + QUIET)
            chat.enqueue(text("Fine, thanks."))
            done = await setup.run("ask", "How are you?")
            command.send(signal.SIGINT)
            ended = await command.end()
    assert (done.code, done.out) == (0, "Fine, thanks.\n")
    assert [request.model for request in chat.requests] == ["theirs"]
    assert ended.code == 130
    assert setup.model.requests == []


async def test_everything_but_the_block_is_said_on_stderr(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        options = ("--upstream", UPSTREAM, "--port", "0", "--store", "memory")
        async with setup.start("relay", *options) as command:
            block = await started(command)
            command.send(signal.SIGINT)
            done = await command.end()
    assert tomllib.loads(done.out) == block
    assert "model" not in block
    host, port = host_and_port(block)
    assert f"listening on http://{host}:{port}/v1; Ctrl-C ends it" in done.err


async def test_the_block_alone_is_printed_without_listening_and_without_the_extra() -> None:
    arguments = ["relay", "--upstream", UPSTREAM, "--print-config", "-m", "m", "--port", "4321"]
    done = run_without("httpcore2", "hypercorn", "starlette", arguments=arguments)
    assert (done.returncode, done.stderr) == (0, "")
    block = tomllib.loads(done.stdout)
    assert (block["model"], host_and_port(block)) == ("m", ("127.0.0.1", 4321))


@pytest.mark.parametrize(
    ("options", "model"),
    [
        (["--model-map", "a=b,c=d", "--default-model", "z"], "a"),
        (["--default-model", "z"], "z"),
        ([], None),
        (["--model-map", "a=b", "-m", "c"], "c"),
    ],
)
def test_the_block_names_a_model_that_the_relay_serves(
    capsys: pytest.CaptureFixture[str], options: list[str], model: str | None
) -> None:
    assert run_command(["relay", "--upstream", UPSTREAM, "--print-config", *options]) == 0
    assert tomllib.loads(capsys.readouterr().out).get("model") == model


async def test_the_variable_of_the_token_is_in_the_block_and_no_secret_is(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        options = ("--upstream", UPSTREAM, "--port", "0", "--store", "memory")
        secrets = ("--api-key-env", "MY_KEY", "--token-env", "MY_TOKEN")
        env = {"MY_KEY": KEY, "MY_TOKEN": TOKEN}
        async with setup.start("relay", *options, *secrets, **env) as command:
            block = await started(command)
            command.send(signal.SIGINT)
            done = await command.end()
    assert block["model_providers"][block["model_provider"]]["env_key"] == "MY_TOKEN"
    assert KEY not in done.out + done.err
    assert TOKEN not in done.out + done.err


# ----------------------------------------------------------------------------------- --ask


async def test_one_prompt_is_asked_through_it_and_only_the_answer_is_printed(
    tmp_path: Path,
) -> None:
    async with open_scripted_chat() as chat, open_setup(tmp_path / "home") as setup:
        chat.enqueue(text("Fine, thanks."))
        options = ("--upstream", chat.base_url, "--store", "memory", "-m", "gpt-5.5")
        done = await setup.run("relay", *options, "--ask", "How are you?")
        assert (done.code, done.out) == (0, "Fine, thanks.\n")
        assert "--resume" not in done.err
        assert [request.model for request in chat.requests] == ["gpt-5.5"]
        assert setup.model.requests == []
        assert setup.processes_left() == []


async def test_what_the_options_say_reaches_the_upstream_and_secrets_reach_nobody_else(
    tmp_path: Path,
) -> None:
    async with open_scripted_chat() as chat, open_setup(tmp_path / "home") as setup:
        chat.enqueue(http_error(401, {"error": {"message": f"Incorrect API key: {KEY}"}}))
        done = await setup.run(
            *("relay", "--upstream", chat.base_url, "--store", "memory", "-m", "gpt-5.5"),
            *("--model-map", "gpt-5.5=theirs", "--api-key-env", "MY_KEY"),
            *("--header-env", "X-Team=MY_TEAM", "--token-env", "MY_TOKEN"),
            *("--extra-params", '{"top_k": 20}', "--drop-param", "parallel_tool_calls"),
            *("--deny-tool", "update_plan", "--ask", "Hello?"),
            MY_KEY=KEY,
            MY_TOKEN=TOKEN,
            MY_TEAM="red",
        )
        (request,) = chat.requests
    assert done.code == 1
    assert "HTTP 401" in done.err
    assert request.credentials["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-team"] == "red"
    assert (request.model, request.body["top_k"]) == ("theirs", 20)
    assert "parallel_tool_calls" not in request.body
    assert "update_plan" not in request.tool_names
    assert KEY not in done.out + done.err
    assert TOKEN not in done.out + done.err


async def test_ctrl_c_interrupts_the_prompt_and_the_upstream(tmp_path: Path) -> None:
    async with open_scripted_chat() as chat, open_setup(tmp_path / "home") as setup:
        chat.enqueue(text("A beginning", finished=False) + silence())
        options = ("--upstream", chat.base_url, "--store", "memory", "-m", "gpt-5.5")
        async with setup.start("relay", *options, "--ask", "Never end.") as command:
            await command.read_until("A beginning")
            command.send(signal.SIGINT)
            done = await command.end()
        await chat.wait_disconnected(0)
        assert (done.code, done.out) == (130, "A beginning\n")
        assert setup.processes_left() == []


# ------------------------------------------------------------------------------ the end


async def test_a_first_ctrl_c_lets_the_answer_under_way_end(tmp_path: Path) -> None:
    async with open_scripted_chat() as chat, open_setup(tmp_path / "home") as setup:
        options = ("--upstream", chat.base_url, "--port", "0", "--store", "memory")
        async with (
            setup.start("relay", *options) as command,
            await begin_a_stream(chat, await started(command)) as stream,
        ):
            command.send(signal.SIGINT)
            await command.read_error_until("Ctrl-C again")
            chat.release()
            seen = b"".join([data async for data in stream])
            done = await command.end()
    assert b"response.completed" in seen
    assert done.code == 130
    assert "closed; 1 request answered, 0 failed" in done.err
    assert "Traceback" not in done.err


async def test_a_second_ctrl_c_cuts_what_runs(tmp_path: Path) -> None:
    async with open_scripted_chat() as chat, open_setup(tmp_path / "home") as setup:
        options = ("--upstream", chat.base_url, "--port", "0", "--store", "memory")
        async with (
            setup.start("relay", *options) as command,
            await begin_a_stream(chat, await started(command)),
        ):
            command.send(signal.SIGINT)
            await command.read_error_until("Ctrl-C again")
            command.send(signal.SIGINT)
            done = await command.end()
        await chat.wait_disconnected(0)
    assert done.code == 130
    assert "Traceback" not in done.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_to_end_ends_it_at_once(tmp_path: Path, number: signal.Signals) -> None:
    async with open_scripted_chat() as chat, open_setup(tmp_path / "home") as setup:
        options = ("--upstream", chat.base_url, "--port", "0", "--store", "memory")
        async with (
            setup.start("relay", *options) as command,
            await begin_a_stream(chat, await started(command)),
        ):
            command.send(number)
            done = await command.end()
        await chat.wait_disconnected(0)
    assert done.code == 128 + number
    assert "Traceback" not in done.err


# --------------------------------------------------------------------------- refused


BAD_OPTIONS = [
    ((), "Missing option '--upstream'"),
    (("--upstream", "host/v1"), "--upstream='host/v1'"),
    (("--upstream", "http://me:hunter2@host/v1"), "--api-key-env"),
    (("--upstream", "http://host/v1/chat/completions"), "ends with /chat/completions"),
    (("--model-map", "a"), "--model-map 'a' is not NAME=VALUE"),
    (("--model-map", "a=b", "--model-map", "a=c"), "--model-map names 'a' twice"),
    (("--header-env", "X-Team"), "--header-env 'X-Team' is not NAME=VALUE"),
    (("--header-env", "Host=MY_HOST"), "--header-env['Host']"),
    (("--header-env", "X-Team=not a name"), "--header-env"),
    (("--api-key-env", "not a name"), "--api-key-env"),
    (("--bind", "0.0.0.0"), "name the variable of a token in --token-env"),
    (("--port", "70000"), "--port"),
    (("--port", "0", "--print-config"), "--print-config needs a --port"),
    (("--filter", "unheard_of"), "--filter='unheard_of'"),
    (("--extra-params", "{"), "--extra-params is not JSON"),
    (("--extra-params", "[1]"), "--extra-params is no JSON object"),
    (("--extra-params", '{"model": "x"}'), "--extra-params='model'"),
    (("--drop-param", "messages"), "--drop-param='messages'"),
    (("--max-tokens-field", "model"), "--max-tokens-field='model'"),
    (("--ttl", "0"), "--ttl"),
    (("--ttl", "nan"), "--ttl"),
    (("--idle-timeout", "1e9"), "--idle-timeout=1000000000.0"),
    (("--max-threads", "0"), "--max-threads"),
    (("--max-store-mb", "99999999999"), "--max-store-mb"),
    (("--ask", ""), "prompt='': is empty"),
    (("--ask", "x", "--print-config"), "exclude each other"),
    (("--codex-bin", "codex"), "--codex-bin needs --ask"),
    (("--unheard-of",), "No such option"),
]


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS)
def test_what_cannot_be_used_is_named_by_its_option_and_exits_with_2(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], words: str
) -> None:
    given = () if not options or "--upstream" in options else ("--upstream", UPSTREAM)
    assert run_command(["relay", *given, *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert "hunter2" not in err
    assert "RelayConfig" not in err


@pytest.mark.parametrize("module", ["httpcore2", "hypercorn", "starlette"])
def test_without_its_extra_it_says_what_to_install(module: str) -> None:
    done = run_without(module, arguments=["relay", "--upstream", UPSTREAM])
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"codex-runtime: the relay needs {module}, which is not installed. "
        "Install it with pip install 'codex-runtime[relay]'\n"
    )


@pytest.mark.parametrize("arguments", [["--help"], ["relay", "--help"]])
def test_help_needs_no_extra(arguments: list[str]) -> None:
    done = run_without("httpcore2", "hypercorn", "starlette", arguments=arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "relay" in done.stdout


async def test_a_port_that_is_taken_is_named_with_a_way_out(tmp_path: Path) -> None:
    async with open_scripted_chat() as chat, open_setup(tmp_path / "home") as setup:
        port = chat.base_url.rpartition(":")[2].removesuffix("/v1")
        done = await setup.run(
            *("relay", "--upstream", chat.base_url, "--store", "memory", "--port", port)
        )
    assert (done.code, done.out) == (3, "")
    assert f"127.0.0.1:{port}" in done.err
    assert "Traceback" not in done.err


async def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        options = ("--upstream", UPSTREAM, "--store", "memory", "--port", "0")
        done = await setup.run("relay", *options, "--api-key-env", "NO_SUCH_KEY")
    assert (done.code, done.out) == (3, "")
    assert "NO_SUCH_KEY is not set" in done.err
    assert "Traceback" not in done.err


async def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Not to be lost.")
    async with open_setup(tmp_path / "home") as setup:
        options = ("--upstream", UPSTREAM, "--port", "0", "--store", str(notes))
        done = await setup.run("relay", *options)
    assert (done.code, done.out) == (3, "")
    assert str(notes) in done.err
    assert "Traceback" not in done.err
    assert notes.read_text() == "Not to be lost."


# --------------------------------------------------------------------------- the store


@pytest.mark.parametrize(
    ("state", "folder"),
    [("{tmp}/state", "state"), ("", "home/.local/state"), ("odd", "home/.local/state")],
)
async def test_conversations_are_kept_in_the_users_state_folder_for_its_owner_alone(
    tmp_path: Path, state: str, folder: str
) -> None:
    store = tmp_path / folder / "codex-runtime" / "relay.sqlite3"
    async with open_setup(tmp_path / "home") as setup:
        options = ("--upstream", UPSTREAM, "--port", "0")
        env = {"XDG_STATE_HOME": state.format(tmp=tmp_path)}
        async with setup.start("relay", *options, **env) as command:
            await started(command)
            assert stat.S_IMODE(store.stat().st_mode) == 0o600
            assert stat.S_IMODE(store.parent.stat().st_mode) == 0o700
            command.send(signal.SIGINT)
            assert (await command.end()).code == 130
