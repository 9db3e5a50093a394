"""Tools of a session on the real server: offered, called, failed, cancelled, kept over a resume.

Here the model answers with what the test put into ``replies`` under the prompt, and says "done"
when the tools of that were used.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs
import msgspec
import pytest
import trio

from codex_runtime import (
    Block,
    ConfigError,
    Hook,
    HookConfig,
    HookContext,
    Runtime,
    SessionBusy,
    SessionConfig,
    StdioMcpServer,
    TurnInterrupted,
    mcp_servers_config,
    tool,
)
from codex_runtime.protocol import (
    DynamicToolCall,
    FileChange,
    InputImageDynamicToolContent,
    InputTextDynamicToolContent,
    McpToolCall,
)
from codex_runtime.testing import (
    ModelRequest,
    Reply,
    apply_patch,
    open_scripted_model,
    several,
    shell,
    text,
    tool_call,
)
from tests.real.faces import EVERY_FACE, needs_cancelling, one_after_the_other, open_runtime
from tests.real.waiting import until, until_settled

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime import RuntimeConfig, TurnResult
    from codex_runtime.model.typed.tools import AnyTool
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


@tool
async def double(number: int, unit: Literal["m", "km"] = "m") -> str:
    """Double a length."""
    return f"{2 * number} {unit}"


@pytest.fixture
async def model(replies: dict[str, Reply]) -> AsyncGenerator[ScriptedModel]:
    def respond(request: ModelRequest) -> Reply:
        if str(request.input_items[-1].get("type")).endswith("_output"):
            return text("done")
        return replies.get(request.last_user_text, text(f"re: {request.last_user_text}"))

    async with open_scripted_model(respond) as model:
        yield model
    assert model.errors == ()


@pytest.fixture
def config(model: ScriptedModel, home: Path) -> RuntimeConfig:
    return model.runtime_config(home, experimental_api=True)


@pytest.fixture
async def runtime(config: RuntimeConfig) -> AsyncGenerator[Runtime]:
    async with open_runtime(config) as runtime:
        yield runtime


def calls_of(result: TurnResult) -> list[DynamicToolCall]:
    return [item for item in result.items if isinstance(item, DynamicToolCall)]


def told(model: ScriptedModel) -> list[str]:
    """What the newest request to the model says that tools gave back."""
    return [output.text for output in model.requests[-1].tool_outputs]


def named(name: str, says: str) -> AnyTool:
    """A tool of that name, which says that."""

    @tool(name=name)
    async def say() -> str:
        """Say it."""
        return says

    return say


async def test_the_model_is_offered_the_tool_and_its_calls_run_in_order(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    model.enqueue(
        several(
            tool_call("double", {"number": 4, "unit": "km"}),
            tool_call("double", {"number": "4"}),
        ),
        text("done"),
    )
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[double]))
    result = await session.ask("Double it")
    offered = next(entry for entry in model.requests[0].body["tools"] if entry["name"] == "double")
    assert offered == {
        "type": "function",
        "name": "double",
        "description": "Double a length.",
        "strict": False,
        "parameters": double.input_schema,
    }
    assert [output.text for output in model.requests[1].tool_outputs] == [
        "8 km",
        "invalid arguments: Expected `int`, got `str` - at `$.number`",
    ]
    assert [call.status for call in calls_of(result)] == ["completed", "failed"]


async def test_a_plain_function_is_called_in_a_thread(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    threads: list[int] = []

    @tool
    def halve(number: int) -> float:
        """Divide by two."""
        threads.append(threading.get_ident())
        return number / 2

    model.enqueue(tool_call("halve", {"number": 5}), text("done"))
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[halve]))
    assert (await session.ask("Halve it")).text == "done"
    assert model.requests[1].tool_outputs[0].text == "2.5"
    assert threading.get_ident() not in threads


async def test_a_failing_tool_costs_its_call_alone(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    @tool
    async def fail() -> None:
        raise LookupError("no such thing")

    model.enqueue(tool_call("fail", {}), text("done"))
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[fail]))
    assert (await session.ask("Try")).text == "done"
    assert model.requests[1].tool_outputs[0].text == "LookupError: no such thing"


@needs_cancelling
async def test_an_interrupt_ends_the_tool(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    started, ended = trio.Event(), trio.Event()

    @tool
    async def hang() -> None:
        started.set()
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    model.enqueue(tool_call("hang", {}))
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[hang]))
    async with session.ask_stream("Hang") as turn:
        await started.wait()
        await turn.interrupt()
    await ended.wait()
    model.enqueue(text("fine"))
    assert (await session.ask("Go on")).text == "fine"


async def test_a_tool_that_asks_its_own_session_is_told_it_is_busy(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    refused: list[SessionBusy] = []

    @tool
    async def ask_again() -> str:
        with pytest.raises(SessionBusy) as caught:
            await session.ask("again")
        refused.append(caught.value)
        return "no"

    model.enqueue(tool_call("ask_again", {}), text("done"))
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[ask_again]))
    assert (await session.ask("Ask")).text == "done"
    assert len(refused) == 1


@pytest.mark.parametrize("again", ["resume", "fork"])
@pytest.mark.parametrize("experimental", [True, False])
async def test_a_thread_keeps_its_tools_in_another_process(
    config: RuntimeConfig,
    model: ScriptedModel,
    workspace: Path,
    again: str,
    *,
    experimental: bool,
) -> None:
    first = SessionConfig(cwd=workspace, tools=[double], on_exit="detach")
    async with open_runtime(config) as runtime, await runtime.start_session(first) as session:
        await session.ask("Hello")
    later = attrs.evolve(config, experimental_api=experimental)

    @tool
    async def added() -> None: ...

    @tool(name="double")
    async def halve(number: int) -> str:
        """Another function under the old name."""
        return f"{number // 2}"

    async def answers(*tools: object) -> list[str]:
        config = SessionConfig(cwd=workspace, tools=tools, on_exit="detach")  # type: ignore[arg-type]
        async with open_runtime(later) as runtime:
            open_again = runtime.resume_session if again == "resume" else runtime.fork_session
            async with await open_again(session.thread_id, config) as second:
                model.enqueue(tool_call("double", {"number": 4}), text("done"))
                result = await second.ask("Double it")
        assert "double" in model.requests[-1].tool_names
        assert "added" not in model.requests[-1].tool_names
        assert len(calls_of(result)) == 1
        return [model.requests[-1].tool_outputs[-1].text]

    assert await answers(double, added) == ["8 m"]
    assert await answers(halve) == ["2"]
    (gone,) = await answers()
    assert gone == "this client offers no such tool"


async def test_tools_need_the_experimental_api(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    async with open_runtime(model.runtime_config(home)) as runtime:
        with pytest.raises(ConfigError, match="experimental_api=True"):
            await runtime.start_session(SessionConfig(cwd=workspace, tools=[double]))


async def test_content_of_every_kind_reaches_the_model(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    """The server's: of a very long text it passes on the beginning and the end."""
    pixel = f"data:image/png;base64,{PIXEL}"

    @tool
    async def draw() -> list[InputTextDynamicToolContent | InputImageDynamicToolContent]:
        """Draw it."""
        return [
            InputTextDynamicToolContent(text="Here it is."),
            InputImageDynamicToolContent(image_url=pixel),
        ]

    @tool
    async def report() -> dict[str, int]:
        """Tell figures."""
        return {"open": 3}

    @tool
    async def dump() -> str:
        """Tell all."""
        return "begin" + "." * 200_000 + "end"

    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[draw, report, dump]))
    replies["Show"] = several(*(tool_call(name, {}) for name in ("draw", "report", "dump")))
    await session.ask("Show")
    drawn, reported, dumped = (item["output"] for item in model.requests[-1].input_items[-3:])
    assert [part["type"] for part in drawn] == ["input_text", "input_image"]
    assert drawn[1]["image_url"] == pixel
    assert reported == '{"open":3}'
    assert len(dumped) < 60_000
    assert dumped.endswith("end")
    assert "begin" in dumped


# -- deadlines ---------------------------------------------------------------------------------


@needs_cancelling
async def test_a_tool_that_takes_too_long_is_ended_and_the_turn_goes_on(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    ended = trio.Event()

    @tool(timeout_s=0.05)
    async def hang() -> None:
        """Take for ever."""
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[hang]))
    replies["Hang"] = several(tool_call("hang", {}), shell("echo next"))
    result = await session.ask("Hang")
    assert ended.is_set()
    assert told(model)[0] == "the tool took longer than 0.05 s and was ended"
    assert [use.succeeded for use in result.tool_uses] == [False, True]


async def test_a_tool_may_take_longer_than_a_handler(
    model: ScriptedModel, config: RuntimeConfig, workspace: Path, replies: dict[str, Reply]
) -> None:
    config = attrs.evolve(config, server_request_timeout_s=0.05)

    @tool
    async def slow() -> str:
        """Wait until a handler would have been given up."""
        begun_s = trio.current_time()
        await until(lambda: trio.current_time() > begun_s + 0.1)
        return "worth it"

    replies["Go"] = tool_call("slow", {})
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[slow]))
        assert (await session.ask("Go")).text == "done"
    assert told(model) == ["worth it"]


@needs_cancelling
@pytest.mark.parametrize("end", ["close", "detach", "cancel"])
async def test_a_tool_does_not_outlive_its_session(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply], end: str
) -> None:
    started, ended = trio.Event(), trio.Event()

    @tool
    async def hang() -> None:
        """Take for ever."""
        started.set()
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[hang]))
    replies["Hang"] = tool_call("hang", {})

    async def ask() -> None:
        if end == "cancel":
            await session.ask("Hang")
        else:
            with pytest.raises(TurnInterrupted):
                await session.ask("Hang")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await started.wait()
        if end == "cancel":
            nursery.cancel_scope.cancel()
        else:
            await getattr(session, end)()
    await ended.wait()
    await until_settled(runtime)


# -- other sessions ----------------------------------------------------------------------------


async def test_tools_of_different_sessions_run_side_by_side(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Each waits for the other one, while a third session is asked as ever."""
    arrived: list[str] = []
    both = trio.Event()

    def meeting(name: str) -> AnyTool:
        @tool(name="meet")
        async def meet() -> str:
            """Wait for the other one."""
            arrived.append(name)
            if len(arrived) == 2:
                both.set()
            await both.wait()
            return f"I am {name}"

        return meet

    answers: dict[str, object] = {}

    async def ask(name: str) -> None:
        config = SessionConfig(cwd=workspace, tools=[meeting(name)])
        (met,) = calls_of(await (await runtime.start_session(config)).ask("Meet"))
        answers[name] = met.content_items

    replies["Meet"] = tool_call("meet", {})
    bystander = await runtime.start_session(SessionConfig(cwd=workspace))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask, "a")
        await until(lambda: arrived == ["a"])
        assert (await bystander.ask("meanwhile")).text == "re: meanwhile"
        nursery.start_soon(ask, "b")
    assert answers == {
        name: [InputTextDynamicToolContent(text=f"I am {name}")] for name in ("a", "b")
    }


async def test_a_session_calls_its_own_tool_of_a_name_that_others_have_too(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    replies["Say"] = tool_call("say", {})
    sessions = [
        await runtime.start_session(SessionConfig(cwd=workspace, tools=[named("say", name)]))
        for name in ("a", "b")
    ]
    bare = await runtime.start_session(SessionConfig(cwd=workspace))
    said: dict[str, list[str]] = {}
    for name, session in zip(("b", "a", "none"), (*reversed(sessions), bare), strict=True):
        await session.ask("Say")
        said[name] = told(model)
    assert said == {"a": ["a"], "b": ["b"], "none": ["unsupported call: say"]}


async def test_the_handle_that_asks_runs_the_tool(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Two handles on one thread: who has no such tool does not get it from the other one."""
    replies["Say"] = tool_call("say", {})
    first = await runtime.start_session(
        SessionConfig(cwd=workspace, tools=[named("say", "the first")])
    )
    await first.ask("Hello")
    second = await runtime.resume_session(
        first.thread_id, SessionConfig(cwd=workspace, tools=[named("say", "the second")])
    )
    third = await runtime.resume_session(first.thread_id, SessionConfig(cwd=workspace))
    said: list[str] = []
    for session in (first, second, third, first):
        await session.ask("Say")
        said.append(told(model)[-1])
    assert said == ["the first", "the second", "this client offers no such tool", "the first"]


async def test_a_tool_may_ask_another_session(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    other = await runtime.start_session(SessionConfig(cwd=workspace))

    @tool
    async def consult(question: str) -> str:
        """Ask somebody else."""
        return (await other.ask(question)).text

    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[consult]))
    replies["Ask"] = tool_call("consult", {"question": "Is it?"})
    assert (await session.ask("Ask")).text == "done"
    assert told(model) == ["re: Is it?"]


async def test_a_sub_agent_is_not_offered_the_tools(home: Path, workspace: Path) -> None:
    """The server's: they are the parent thread's alone."""

    def respond(request: ModelRequest) -> Reply:
        if request.thread_id != session.thread_id:
            return text("nothing to call") if request.tool_outputs else tool_call("say", {})
        if len(request.tool_outputs) == 0:
            return tool_call("spawn_agent", {"message": "Work"}, namespace="multi_agent_v1")
        if len(request.tool_outputs) == 1:
            agent = msgspec.json.decode(request.tool_outputs[0].text)["agent_id"]
            return tool_call("wait_agent", {"targets": [agent]}, namespace="multi_agent_v1")
        return text("done")

    async with (
        open_scripted_model(respond) as model,
        open_runtime(model.runtime_config(home, experimental_api=True)) as runtime,
        await runtime.start_session(
            SessionConfig(cwd=workspace, tools=[named("say", "the parent")])
        ) as session,
    ):
        assert (await session.ask("Delegate")).text == "done"
        childs = [r for r in model.requests if r.thread_id != session.thread_id]
        assert not any("say" in request.tool_names for request in childs)
        assert [output.text for output in childs[-1].tool_outputs] == ["unsupported call: say"]


# -- hooks -------------------------------------------------------------------------------------


@one_after_the_other
async def test_a_hook_may_keep_a_tool_from_being_called(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    seen: list[tuple[str | None, object]] = []

    async def guard(context: HookContext) -> Block | None:
        seen.append((context.tool_name, context.tool_input))
        return Block("nothing above 100") if context.tool_input == {"number": 101} else None

    hooks = HookConfig(hooks=(Hook("guard", "pre_tool_use", guard),))
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[double], hooks=hooks))
    replies["Double"] = several(
        tool_call("double", {"number": 101}), tool_call("double", {"number": 100})
    )
    result = await session.ask("Double")
    assert told(model) == ["The call was refused: nothing above 100", "200 m"]
    assert [use.succeeded for use in result.tool_uses] == [False, True]
    assert seen == [("double", {"number": 101}), ("double", {"number": 100})]
    assert [record.outcome for record in result.hook_report.records] == ["blocked", "proceeded"]


@one_after_the_other
async def test_a_hook_sees_what_a_tool_was_given_and_gave(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply]
) -> None:
    seen: list[HookContext] = []

    async def note(context: HookContext) -> None:
        seen.append(context)

    hooks = HookConfig(hooks=(Hook("note", "post_tool_use", note),))
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[double], hooks=hooks))
    replies["Double"] = several(
        tool_call("double", {"number": 4}), tool_call("double", {"number": "4"})
    )
    result = await session.ask("Double")
    assert [(c.tool_name, c.tool_input, c.status) for c in seen] == [
        ("double", {"number": 4}, "completed"),
        ("double", {"number": "4"}, "failed"),
    ]
    assert seen[0].tool_output == [{"type": "inputText", "text": "8 m"}]
    assert [use.name for use in result.tool_uses] == ["double", "double"]


async def test_a_guard_that_fails_lets_no_tool_be_called(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    called: list[int] = []

    @tool
    async def count() -> None:
        """Count."""
        called.append(1)

    async def fail(_context: HookContext) -> None:
        raise LookupError("no rules")

    hooks = HookConfig(hooks=(Hook("guard", "pre_tool_use", fail),))
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[count], hooks=hooks))
    replies["Count"] = tool_call("count", {})
    assert (await session.ask("Count")).text == "done"
    assert called == []
    assert told(model)[0].startswith("The call was refused: ")


# -- what was used -----------------------------------------------------------------------------


async def test_a_result_tells_which_tools_were_used_for_what(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply]
) -> None:
    """In order of their start; messages are none."""
    session = await runtime.start_session(
        SessionConfig(
            cwd=workspace,
            sandbox="workspace-write",
            approval_policy="never",
            tools=[double],
        )
    )
    replies["Work"] = several(
        text("Here I go."),
        shell("echo out; exit 3"),
        apply_patch("*** Begin Patch\n*** Add File: new.txt\n+here\n*** End Patch"),
        tool_call("double", {"number": 4}),
        tool_call("double", {}),
    )
    result = await session.ask("Work")
    command, change, doubled, refused = result.tool_uses
    assert (command.kind, command.name, command.exit_code) == ("command", "shell", 3)
    assert (command.output, command.succeeded) == ("out\n", False)
    assert "echo out; exit 3" in str(command.input)
    assert (change.kind, change.name, change.succeeded) == ("file_change", "apply_patch", True)
    assert isinstance(change.item, FileChange)
    assert [Path(made.path).name for made in change.item.changes] == ["new.txt"]
    assert (doubled.kind, doubled.name, doubled.input) == ("dynamic", "double", {"number": 4})
    assert (doubled.status, doubled.succeeded) == ("completed", True)
    assert doubled.output == [InputTextDynamicToolContent(text="8 m")]
    assert (refused.status, refused.succeeded) == ("failed", False)
    assert all(use.item in result.items for use in result.tool_uses)


async def test_a_tool_of_an_mcp_server_is_a_use_too(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply]
) -> None:
    program = str(Path(__file__).parent / "mcp_process.py")
    server = StdioMcpServer(command=sys.executable, args=[program], approval="approve")
    config = SessionConfig(
        cwd=workspace,
        model="a-model-of-no-name",  # known ones get a search in place of the tools of MCP servers
        config=mcp_servers_config({"demo": server}),
    )
    replies["Tell"] = tool_call("tell", {"what": "all"}, namespace="mcp__demo")
    async with await runtime.start_session(config) as session:
        (told,) = (await session.ask("Tell")).tool_uses
    assert (told.kind, told.name, told.input) == ("mcp", "demo.tell", {"what": "all"})
    assert (told.status, told.succeeded) == ("completed", True)
    assert isinstance(told.item, McpToolCall)
    assert told.output is told.item.result is not None


async def test_a_call_that_was_cut_off_is_not_said_to_be_of_no_tool(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    config = model.runtime_config(home, experimental_api=True, server_request_timeout_s=0.1)

    @tool(timeout_s=0.1)
    async def quick() -> str:
        """Be quick."""
        return "done"

    async def hang(_context: HookContext) -> None:
        await trio.sleep_forever()

    hooks = HookConfig(hooks=(Hook("guard", "pre_tool_use", hang, timeout_s=5),))
    model.enqueue(tool_call("quick", {}), text("done"))
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(
            SessionConfig(cwd=workspace, tools=[quick], hooks=hooks)
        )
        await session.ask("Go")
    assert model.requests[1].tool_outputs[0].text != "this client offers no such tool"
