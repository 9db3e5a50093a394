"""What the documentation says is so: its programs run, its numbers and names are the code's."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
import trio

import codex_runtime
from codex_runtime import CodexRuntimeError, RuntimeConfig, protocol
from codex_runtime.connection import connection, gate, reading
from codex_runtime.engine import (
    child_thread,
    child_threads,
    generations,
    interrupts,
    merging,
    router,
    subscriptions,
    thread_line,
    turn_record,
    turn_watch,
    user_code,
)
from codex_runtime.exec import ExecConfig, ExecRetry
from codex_runtime.exec import recorded as exec_recorded
from codex_runtime.exec import session as exec_session
from codex_runtime.faces import in_asyncio
from codex_runtime.faces import thread as face_thread
from codex_runtime.faces import user_code as face_user_code
from codex_runtime.history import pages
from codex_runtime.history.export import prose
from codex_runtime.history.journal import ahead, lane
from codex_runtime.history.rollouts import backwards, found, reader, story
from codex_runtime.launch import command, render_overrides, toml
from codex_runtime.launch.version import MIN_SUPPORTED, TESTED
from codex_runtime.model.deadlines import DEFAULT_DEADLINES
from codex_runtime.model.fold import MAX_LOOSE
from codex_runtime.model.journal import JournalConfig
from codex_runtime.model.prompt import MAX_INPUT_CHARS
from codex_runtime.protocol.generator.page import render_page
from codex_runtime.protocol.generator.plan import make_plan
from codex_runtime.protocol.schema_file import load, schema_file
from codex_runtime.relay import RelayConfig, StoreLimits
from codex_runtime.relay import hosting as relay_hosting
from codex_runtime.relay import provider as relay_provider
from codex_runtime.relay import reading as relay_reading
from codex_runtime.relay import sending as relay_sending
from codex_runtime.relay import upstream as relay_upstream
from codex_runtime.relay.config import FILTERS
from codex_runtime.relay.store import database as relay_database
from codex_runtime.relay.stream import sse as relay_sse
from codex_runtime.session import keyed, reviving, tally
from codex_runtime.session.hooks import shell as shell_hooks
from codex_runtime.testing import open_scripted_model, text
from codex_runtime.transport import process, shutdown
from codex_runtime.wire.peer import MAX_FORGOTTEN

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PROGRAMS = sorted((DOCS / "examples").glob("*.py"))
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("*/*.md"))]
}
FENCED = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = [(page, block) for page, body in PAGES.items() for block in FENCED.findall(body)]
LINKS = [
    (page, target)
    for page, body in PAGES.items()
    for target in re.findall(r"\]\(([^)\s]+)\)", body)
    # The last two stand beside README.md in a checkout alone.
    if "://" not in target and target not in ("LICENSE", "CHANGELOG.md")
]
MIB = 1024 * 1024
CONFIG = RuntimeConfig()
JOURNAL = JournalConfig(path="journal.jsonl")
RELAY = RelayConfig(upstream="http://127.0.0.1/v1")
STORE = StoreLimits()
DAY_S = 24 * 3600
RELAY_BODY_MIB = relay_reading.MAX_WHOLE_BYTES // MIB
RELAY_STREAM_GIB = relay_reading.MAX_STREAM_BYTES // (1024 * MIB)
REAPER_PAUSES_S = interrupts._REAPER_FIRST_PAUSE_S, interrupts._REAPER_LAST_PAUSE_S
RETRY_PAUSES_S = connection._RETRY_BASE_S, connection._RETRY_CAP_S
START_PAUSES_S = 2 * generations._START_PAUSE_S, generations._START_PAUSE_MAX_S
IN_USE_PAUSES_S = reviving._IN_USE_PAUSE_S, reviving._IN_USE_PAUSE_MAX_S
EARLY_KIB = child_thread.MAX_EARLY_BYTES // 1024
RECORD_PAUSES_S = turn_watch._RETRY_PAUSES_S
BOUND_S = 60


def test_every_program_is_shown_on_a_page() -> None:
    included = re.compile(r"literalinclude\} examples/(\S+)$", re.MULTILINE)
    shown = set(included.findall("".join(PAGES.values())))
    assert shown == {path.name for path in PROGRAMS}


@pytest.mark.parametrize(
    ("name", "said"), [("test_my_service", "4 passed"), ("test_faults", "2 passed")]
)
def test_the_tests_of_a_page_pass_as_they_are_shown(name: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(DOCS / "examples" / f"{name}.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert said in done.stdout


async def test_the_program_of_the_readme_runs_on_the_set_up_of_its_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program,) = FENCED.findall(PAGES["README.md"])
    async with open_scripted_model(lambda _request: text("A library.")) as model:
        settings = "\n".join(render_overrides(model.config_overrides()))
        (tmp_path / "config.toml").write_text(settings, encoding="utf-8")
        for name, value in {**model.environment(), "CODEX_HOME": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        with trio.fail_after(BOUND_S):
            done = await trio.run_process([sys.executable, "-c", program], capture_stdout=True)
        assert len(model.requests) == 1
    *events, last = done.stdout.decode().splitlines()
    assert {"TurnStarted", "AgentMessageDelta", "TurnCompleted"} <= set(events)
    assert last.startswith("completed A library. TokenUsage(")


@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_a_block_of_python_is_python_and_imports_what_there_is(page: str, block: str) -> None:
    tree = compile(block, page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = import_module(str(node.module))
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


@pytest.mark.parametrize(("page", "target"), LINKS)
def test_a_link_leads_somewhere(page: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    file = (ROOT / page).parent / path if path else ROOT / page
    assert file.is_file()
    if anchor:
        titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
        assert anchor in slugs


def test_every_test_that_a_page_names_exists() -> None:
    named = {
        (path, name)
        for body in PAGES.values()
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", body)
    }
    assert named
    sources = {path: (ROOT / path).read_text(encoding="utf-8") for path, _ in named}
    assert [item for item in sorted(named) if f"def {item[1]}(" not in sources[item[0]]] == []


def test_the_map_of_the_house_names_every_module_of_the_rooms_in_the_middle() -> None:
    package = Path(codex_runtime.__file__).parent
    rooms = ("protocol", "connection", "engine", "session")
    there = {
        path.relative_to(package).as_posix()
        for room in rooms
        for path in package.glob(f"{room}/**/[!_]*.py")
        if not {"generated", "generator"} & set(path.parts)
    }
    named = re.findall(r"^\| `([\w/]+\.py)` \|", PAGES["docs/design.md"], re.MULTILINE)
    assert set(named) == there


@pytest.mark.parametrize("room", ["history", "exec", "relay"])
def test_the_map_of_a_room_names_every_module(room: str) -> None:
    """Of the exports it names the room, as a whole."""
    home = Path(codex_runtime.__file__).parent
    paths = (path.relative_to(home).with_suffix("") for path in (home / room).rglob("[!_]*.py"))
    there = {".".join(path.parts) for path in paths}
    there = {name for name in there if not name.startswith("history.export.")}
    named = set(re.findall(rf"^\| `({room}\.[\w.]+)` \|", PAGES["docs/design.md"], re.MULTILINE))
    assert named - {"history.export"} == there


def test_the_map_of_the_faces_names_every_module() -> None:
    room = Path(codex_runtime.__file__).parent / "faces"
    there = {path.stem for path in room.iterdir() if not path.name.startswith("_")}
    named = re.findall(r"^\| `faces\.(\w+)` \|", PAGES["docs/design.md"], re.MULTILINE)
    assert set(named) == there - {"generated"}


@pytest.mark.parametrize(
    "row",
    [
        f"| `start_timeout_s` | {CONFIG.start_timeout_s:g} s |",
        f"| `request_timeout_s` | {CONFIG.request_timeout_s:g} s |",
        f"| `queue_timeout_s` | {str(CONFIG.queue_timeout_s).lower()} |",
        f"| `interrupt_timeout_s` | {CONFIG.interrupt_timeout_s:g} s |",
        f"| `cancel_grace_s` | {CONFIG.cancel_grace_s:g} s |",
        f"| `close_timeout_s` | {CONFIG.close_timeout_s:g} s |",
        f"| `server_request_timeout_s` | {CONFIG.server_request_timeout_s:g} s |",
        f"| `shutdown_grace_s` | {CONFIG.shutdown_grace_s:g} s |",
        f"| `idle_s` | {DEFAULT_DEADLINES.idle_s:g} s |",
        f"| `first_pause_s` | {CONFIG.restart.first_pause_s:g} s |",
        f"| `longest_pause_s` | {CONFIG.restart.longest_pause_s:g} s |",
        f"| `max_restarts` | {CONFIG.restart.max_restarts} | starts within `window_s`, ",
        f"within `window_s`, {CONFIG.restart.window_s:g} s |",
        f"| `max_concurrent_resumes` | {CONFIG.restart.max_concurrent_resumes} |",
        f"not told to end | {turn_watch._GRACE_S:g} s |",
        f"`page_size`, 50; at most {pages.MAX_PAGE_SIZE} |",
        f"| `max_line_bytes`, {reader.MAX_LINE_BYTES // MIB} MiB | it is reported",
        f"that are kept | {reader.PROBLEMS_KEPT} |",
        f"tells of a thread | {found._HEAD_ENTRIES} |",
        f"`RolloutInfo.preview` | {found._PREVIEW_CHARS:,} |",
        f"the end of a rollout | {backwards.BLOCK_BYTES // 1024} KiB |",
        f"in a `story` | {story._MAX_OPEN_CALLS} |",
        f"an export reads as Markdown | {prose.LONG_LINE_CHARS:,} characters |",
        f"| `max_queue_bytes`, {JOURNAL.max_queue_bytes // MIB} MiB |",
        f"nobody has read yet | {ahead._READ_AHEAD_BYTES // MIB} MiB |",
        f"| `keep_files`, {JOURNAL.keep_files} |",
        f"a journal, at the end | {lane.LAST_WRITE_S:g} s |",
        f"| `start_timeout_s` | {ExecConfig().start_timeout_s:g} s | to the first event",
        f"| `max_line_bytes` | {ExecConfig().max_line_bytes // MIB} MiB |",
        f"| `max_attempts` | {ExecRetry().max_attempts} |",
        f"| {ExecRetry().longest_pause_s:g} s | every pause between two of them; the first",
        f"the first is up to {ExecRetry().first_pause_s:g} s |",
        f"`ExecSession.history` | {exec_session.HISTORY_KEPT} turns |",
        f"{exec_recorded._LOOK_S:g} s and {exec_recorded._LOOKED_THROUGH_BYTES // MIB} MiB from",
        f"status | {len(RECORD_PAUSES_S)}, over {sum(RECORD_PAUSES_S):g} s |",
        f"does not tell | asked again after {turn_watch._NO_ANSWER_PAUSE_S:g} s |",
        f"late by | 1/{turn_watch._LOOKS_PER_DEADLINE} of its deadline",
        f"sent again after | {interrupts._QUIET_AFTER_YES_S:g} s |",
        f"still holds | {IN_USE_PAUSES_S[0] * 1000:g} ms, doubling to {IN_USE_PAUSES_S[1]:g} s |",
        f"| random, up to {START_PAUSES_S[0] * 1000:g} ms, doubling to {START_PAUSES_S[1]:g} s |",
        f"deaths in between | {keyed._MAX_SENDS} |",
        f"beyond `shutdown_grace_s` | {shutdown._REAP_S:g} s |",
        f"of a session, known | {child_threads.MAX_CHILDREN} |",
        f"| {child_thread.MAX_EARLY_EVENTS:,} events or {EARLY_KIB} KiB |",
        f"a key is looked for | {keyed.MAX_LOOKED_THROUGH:,}, ",
        f"is looked for | {sum(turn_record._PAGES)}, ",
        f"command | {shell_hooks.MAX_ANSWER_BYTES // MIB} MiB, and ",
        f", and {shell_hooks._STDERR_TAIL_BYTES // 1024} KiB of its stderr |",
        f"| {interrupts._FIRST_PAUSE_S * 1000:g} ms, doubling to {interrupts._LAST_PAUSE_S:g} s |",
        f"| {REAPER_PAUSES_S[0]:g} s, doubling to {REAPER_PAUSES_S[1]:g} s |",
        f"| random, up to {RETRY_PAUSES_S[0] * 1000:g} ms, doubling to {RETRY_PAUSES_S[1]:g} s |",
        f"stdout | {process._AFTER_EOF_S:g} s |",
        f"after the exit | {process._AFTER_EXIT_S:g} s |",
        f"left alone | {face_user_code._CANCEL_S:g} s |",
        f"has shut down | {face_thread._LAST_JOBS_S:g} s |",
        f"exit of the interpreter | {face_thread._EXIT_S:g} s |",
        f"of its loop run | those of {in_asyncio._SLICE_S * 1000:g} ms |",
        f"hung ones included | {user_code._MAX_THREADS} |",
        f"less than {reading._NAP_CHUNK_BYTES // 1024} KiB in a hot stream",
        f"cuts it short | {reading._NAP_S * 1000:g} ms |",
        f"| {router._PATIENCE_S * 1000:g} ms and {router._PATIENCE_EACH_S * 1e6:g} us for each",
        f"at most {router._PATIENCE_MAX_S * 1000:g} ms, and only",
        f"| `ttl_s`, {STORE.ttl_s / DAY_S:g} days |",
        f"| `max_threads`, {STORE.max_threads} |",
        f"| `max_bytes`, {STORE.max_bytes // MIB} MiB |",
        f"| connections of clients | {relay_hosting.MAX_CONNECTIONS:,} |",
        f"| the head of a client's request | {relay_hosting.MAX_HEADER_BYTES // 1024} KiB |",
        f"| a connection without a request | {relay_hosting.IDLE_S:g} s |",
        f"has not taken | {relay_sending.MAX_WAITING_BYTES // MIB} MiB |",
        f"| an upstream's answer in one piece | {RELAY_BODY_MIB} MiB |",
        f"| an upstream's stream | {RELAY_STREAM_GIB} GiB |",
        f"| one event of it | {relay_sse.MAX_EVENT_BYTES // MIB} MiB |",
        f"{relay_upstream._MAX_ERROR_BYTES // 1024} KiB, {relay_upstream._ERROR_BODY_S:g} s |",
        f"once the model has finished | {relay_reading._AFTER_FINISH_S:g} s |",
        f"| the list of the upstream's models | {relay_upstream._MODELS_S:g} s |",
        f"that another process holds | {relay_database._BUSY_S:g} s |",
        f"| `max_frame_bytes`, {CONFIG.max_frame_bytes // MIB} MiB |",
        f"unsubscribe) | {gate.CONTROL_PLACES} |",
        f"| `max_in_flight`, {CONFIG.max_in_flight} |",
        f"not know) | {gate.SLOW_PLACES} |",
        f"lets {gate.CONTROL_PLACES + CONFIG.max_in_flight + gate.SLOW_PLACES} through |",
        f"| `coalesce_after_events`, {CONFIG.coalesce_after_events:,} |",
        f"| {merging.MAX_PARTS:,} deltas or {merging.MAX_CHARS:,} code points |",
        f"| `max_backlog_events`, {subscriptions.MAX_BACKLOG_EVENTS:,} |",
        f"past {merging.FAR} times the mark",
        f"newest {MAX_LOOSE:,} deltas",
        f"| `max_backlog_bytes`, {subscriptions.MAX_BACKLOG_BYTES // MIB} MiB |",
        f"| {tally._HISTORY_KEPT} results",
        f"| {thread_line._ENDED_IDS_KEPT} |",
        f"| {MAX_FORGOTTEN:,} |",
        f"| {process._STDERR_TAIL_BYTES // 1024} KiB |",
        f"| 1 to {MAX_INPUT_CHARS:,} code points",
        f"| {command.MAX_ARGUMENT_BYTES:,} bytes |",
        f"| {toml._MAX_DEPTH} levels |",
        f"| older than {MIN_SUPPORTED} |",
        f"| {MIN_SUPPORTED} to {TESTED} | tested |",
    ],
)
def test_a_number_on_the_page_of_limits_is_the_codes(row: str) -> None:
    assert row in PAGES["docs/limits.md"]


@pytest.mark.parametrize(
    "name", [name for name in dir(RELAY) if name.endswith("_s") or name.startswith("max_")]
)
def test_a_bound_on_the_page_of_the_relay_is_the_codes(name: str) -> None:
    value = getattr(RELAY, name)
    size = f"{value // MIB} MiB" if name.endswith("_bytes") else f"{value:,}"
    shown = f"{value:,.0f} s" if name.endswith("_s") else size
    assert f"| `{name}` | {shown} |" in PAGES["docs/relay.md"]


def test_the_page_of_the_relay_says_how_often_codex_asks_again() -> None:
    assert (relay_provider._REQUEST_RETRIES, relay_provider._STREAM_RETRIES) == (2, 3)
    said = "twice more where no stream began, and three times where one broke off"
    assert said in PAGES["docs/relay.md"]


def test_the_page_of_the_relay_names_every_filter() -> None:
    page = PAGES["docs/relay.md"].split("Filters mend")[1].split("## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == sorted(FILTERS)


def test_the_page_of_errors_has_the_whole_tree_and_says_what_each_error_says_of_itself() -> None:
    row = re.compile(r"^\|.*?`~codex_runtime\.(\w+)` \| (\S*) ?\|", re.MULTILINE)
    rows = row.findall(PAGES["docs/errors.md"])
    public = {
        name: value
        for name in codex_runtime.__all__
        if isinstance(value := getattr(codex_runtime, name), type)
        and issubclass(value, CodexRuntimeError)
    }
    assert sorted(name for name, _ in rows) == sorted(public)
    for name, letters in rows:
        kind = public[name]
        told = ("r" if kind.retryable else "-") + ("c" if kind.outcome_certain else "-")
        assert letters in {told, told[0] + "?", ""}, name


def test_every_public_name_has_its_place_in_the_reference() -> None:
    reference = "".join(body for page, body in PAGES.items() if page.startswith("docs/reference/"))
    named = set(re.findall(r"(?:auto\w+:: |`)(?:codex_runtime\.)?(\w+)", reference))
    assert set(codex_runtime.__all__) - named == set()


def test_the_page_of_the_protocol_names_events_and_every_item() -> None:
    page = PAGES["docs/reference/protocol.md"]
    events, items = page.split("## Items")
    rows = re.findall(r"^\| `(\S+)` \| `(\w+)` \|", events, re.MULTILINE)
    assert rows
    for name, event in rows:
        assert protocol.NOTIFICATIONS[name].payload_type.__name__ == event
    kinds = [kind.__name__ for kind in get_args(protocol.ThreadItem)]
    assert re.findall(r"`(\w+)`(?=,|\.$)", items, re.MULTILINE)[-len(kinds) :] == kinds


def test_the_page_of_methods_is_the_generators() -> None:
    assert PAGES["docs/reference/methods.md"] == render_page(make_plan(load(schema_file())))


def test_the_page_of_methods_lists_what_the_tables_have() -> None:
    methods, rest = PAGES["docs/reference/methods.md"].split("## Notifications")
    events, requests = rest.split("## Server requests")
    rows = re.findall(r"^\| `(\S+)` \| `(\w+)` .* (\w+) \| (\w+) \|$", methods, re.MULTILINE)
    assert sorted(name for name, *_ in rows) == sorted(protocol.CLIENT_METHODS)
    for name, value, stability, place in rows:
        method = protocol.CLIENT_METHODS[name]
        assert getattr(protocol, value) is method
        assert (stability == "experimental", place) == (method.experimental, method.gate)
    for part, table in ((events, protocol.NOTIFICATIONS), (requests, protocol.SERVER_REQUESTS)):
        assert sorted(re.findall(r"^\| `(\S+)`", part, re.MULTILINE)) == sorted(table)
