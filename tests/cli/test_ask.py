"""``codex-runtime ask`` as a person or a script meets it: a child process, the real app-server."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime.testing import (
    apply_patch,
    cut,
    reasoning,
    shell,
    silence,
    text,
    unauthorized,
    usage,
)
from tests.cli.command import open_setup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_runtime.testing import ModelRequest, Reply

CONTROL_CODES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
HANG = text("A beginning", finished=False) + silence()


def json_lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


async def test_the_scripted_model_needs_no_set_up_and_shows_a_command_and_an_answer(
    tmp_path: Path,
) -> None:
    (tmp_path / "seen.txt").touch()
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("ask", "--demo-model", "-C", str(tmp_path), "Who are you?")
        assert done.code == 0
        assert "$ ls -a\n" in done.out
        assert "  seen.txt\n" in done.out
        assert "✔ exit 0" in done.out
        assert "You asked: Who are you?" in done.out
        assert done.err.strip().startswith("completed · ")
        assert "--resume" not in done.err
        assert setup.model.requests == []
        assert setup.processes_left() == []


async def test_a_prompt_runs_on_the_users_own_set_up_and_prints_its_answer(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        setup.model.enqueue(
            text("Fine, thanks.", deltas=3) + usage(input_tokens=7, output_tokens=2)
        )
        done = await setup.run("ask", "How are you?")
        assert (done.code, done.out) == (0, "Fine, thanks.\n")
        assert "9 tokens: 7 in, 2 out" in done.err
        assert setup.model.requests[-1].last_user_text == "How are you?"


async def test_the_last_line_says_how_to_go_on_and_going_on_remembers(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        first = await setup.run("ask", "My name is Ada.")
        found = re.search(r"to go on: codex-runtime ask --resume (\S+) ", first.err)
        assert found is not None
        second = await setup.run("ask", "--resume", found[1], "Who am I?")
        assert second.code == 0
        assert "My name is Ada." in setup.model.requests[-1].input_texts


async def test_an_ephemeral_thread_cannot_be_gone_on_with(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("ask", "--ephemeral", "Hello?")
        assert done.code == 0
        assert "--resume" not in done.err


@pytest.mark.parametrize("arguments", [(), ("-",)])
async def test_the_prompt_is_read_from_stdin(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run("ask", *arguments, stdin="Grüße,\nzwei Zeilen\n".encode())
        assert done.code == 0
        assert setup.model.requests[-1].last_user_text == "Grüße,\nzwei Zeilen"


async def test_options_reach_the_model(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        done = await setup.run(
            *("ask", "x", "-m", "gpt-5.4", "-e", "high"),
            *("-c", "model_reasoning_summary=detailed", "-c", 'instructions = "Be brief."'),
        )
        assert done.code == 0
        asked = setup.model.requests[-1]
        assert (asked.model, asked.effort, asked.summary) == ("gpt-5.4", "high", "detailed")


async def test_everything_a_turn_does_is_shown_and_what_nobody_allowed_is_declined(
    tmp_path: Path,
) -> None:
    async with open_setup(tmp_path / "home") as setup:
        patch = "*** Begin Patch\n*** Add File: made.txt\n+x\n*** End Patch"
        setup.model.enqueue(
            reasoning("I think.", deltas=2) + shell("seq 1 14; exit 3"),
            apply_patch(patch),
            text("I may not."),
        )
        done = await setup.run("ask", "-C", str(tmp_path), "Do something.")
        assert done.code == 0
        assert done.out.startswith("I think.\n\n$ seq 1 14; exit 3\n  … ")
        assert "  13\n  14\n  ✘ exit 3" in done.out
        assert f"+ {tmp_path / 'made.txt'}\n  ✘ declined\n\nI may not.\n" in done.out
        assert not (tmp_path / "made.txt").exists()
        assert "note: declined item/fileChange/requestApproval" in done.err


async def test_piped_output_has_no_control_codes_whatever_the_texts_hold(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        setup.model.enqueue(
            shell(r"printf '\033[31mred\033[0m \033]0;title\007 \010 gone\rover\n'"),
            text("\x1b[1mbold\x1b[0m \x9b31m \x07 end"),
        )
        done = await setup.run("ask", "x", FORCE_COLOR="1", TERM="xterm-256color")
        assert done.code == 0
        assert "over\n" in done.out
        assert "bold" in done.out
        assert CONTROL_CODES.findall(done.out + done.err) == []


async def test_json_prints_the_events_as_they_came_and_the_result_last(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        setup.model.enqueue(text("Fine.", deltas=2) + usage(input_tokens=7, output_tokens=2))
        done = await setup.run("ask", "--json", "How are you?")
        *events, last = json_lines(done.out)
        assert done.code == 0
        deltas = [event for event in events if event["method"] == "item/agentMessage/delta"]
        assert "".join(delta["params"]["delta"] for delta in deltas) == "Fine."
        assert set(deltas[0]["params"]) == {"delta", "itemId", "threadId", "turnId"}
        assert events[-1]["method"] == "turn/completed"
        result = last["result"]
        assert (result["status"], result["text"], result["error"]) == ("completed", "Fine.", None)
        assert result["turnId"] == events[-1]["params"]["turn"]["id"]
        assert result["usage"]["totalTokens"] == 9


FAILURES: list[tuple[Callable[[ModelRequest], Reply], str]] = [
    (lambda _request: unauthorized(), "codex login"),
    (lambda _request: cut(text("Half")), "the turn failed"),
]


@pytest.mark.parametrize(("respond", "words"), FAILURES)
async def test_a_turn_that_fails_says_why_and_exits_with_1(
    tmp_path: Path, respond: Callable[[ModelRequest], Reply], words: str
) -> None:
    async with open_setup(tmp_path / "home", respond) as setup:
        done = await setup.run("ask", "x")
        assert done.code == 1
        assert "failed · " in done.err
        assert words in done.err
        shown = await setup.run("ask", "--json", "x")
        assert shown.code == 1
        assert json_lines(shown.out)[-1]["result"]["status"] == "failed"


async def test_ctrl_c_interrupts_the_turn_and_shows_what_there_was(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home", lambda _request: HANG) as setup:
        async with setup.start("ask", "Never end.") as command:
            await command.read_until("A beginning")
            command.send(signal.SIGINT)
            done = await command.end()
        assert (done.code, done.out) == (130, "A beginning\n")
        assert "interrupted · " in done.err
        assert "Traceback" not in done.err
        await setup.model.wait_disconnected(0)
        assert setup.processes_left() == []


async def test_an_interrupted_turn_has_its_result_as_the_last_line_of_json(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home", lambda _request: HANG) as setup:
        async with setup.start("ask", "--json", "Never end.") as command:
            await command.read_until("item/agentMessage/delta")
            command.send(signal.SIGINT)
            done = await command.end()
        assert done.code == 130
        result = json_lines(done.out)[-1]["result"]
        assert (result["status"], result["text"]) == ("interrupted", "A beginning")
        assert setup.processes_left() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_to_end_ends_cleanly_at_once(tmp_path: Path, number: signal.Signals) -> None:
    async with open_setup(tmp_path / "home", lambda _request: HANG) as setup:
        async with setup.start("ask", "--json", "Never end.") as command:
            await command.read_until("item/agentMessage/delta")
            assert setup.processes_left() != []
            command.send(number)
            done = await command.end()
        assert done.code == 128 + number
        assert json_lines(done.out)[-1]["error"]["type"] == "Stopped"
        assert done.err == f"codex-runtime: stopped by {number.name}\n"
        assert setup.processes_left() == []


async def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home") as setup:
        setup.model.enqueue(text("word ", deltas=5_000, delta_chars=100) + silence())
        async with setup.start("ask", "x") as command:
            await command.read_until("word")
            await command.stop_reading()
            done = await command.end()
        assert (done.code, done.err) == (141, "")
        assert setup.processes_left() == []
