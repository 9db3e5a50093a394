"""Who decides about what the agent may not do by itself: code, rules, or somebody later."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    ApprovalAnswer,
    ApprovalRequest,
    ApprovalRule,
    CommandApproval,
    FileChangeApproval,
    OtherAnswer,
    OtherRequest,
    RunProfile,
    Runtime,
    RuntimeConfig,
    Session,
    SessionConfig,
    UserInputRequest,
    accept_commands,
    accept_reads,
    accept_within,
    answer_later,
    open_runtime,
)
from codex_runtime.testing import Reply, apply_patch, open_scripted_model, shell, text, tool_call


async def decide(request: ApprovalRequest) -> ApprovalAnswer | None:
    match request:
        case CommandApproval(params=params):
            print("  wants to run", params.command)
            return request.decline()
        case FileChangeApproval(item=item) if item is not None:
            print("  wants to change", *(Path(change.path).name for change in item.changes))
            return request.accept()
        case _:
            return None  # the default, which is no


async def with_a_handler(runtime: Runtime, folder: Path) -> None:
    config = SessionConfig(cwd=folder, approval_policy="untrusted", approvals=decide)
    async with await runtime.start_session(config) as session:
        await session.ask("Leave a note, then remove it")


def rules(folder: Path) -> ApprovalRule:
    git = accept_commands("git") & ~accept_commands("git push")
    return accept_reads() | git | accept_within(folder / "notes")


async def with_rules(runtime: Runtime, folder: Path) -> None:
    rule = rules(folder)

    async def show(request: ApprovalRequest) -> ApprovalAnswer | None:
        print(rule.explain(request))  # the dry run
        return await rule(request)

    profile = RunProfile(approval_policy="untrusted", approvals=show)
    async with await runtime.start_session(SessionConfig(cwd=folder)) as session:
        await session.ask_with_profile("Look around, then push", profile)


class Inbox:
    """Requests wait in it until a person looks."""

    def __init__(self) -> None:
        self._send, self.requests = trio.open_memory_channel[ApprovalRequest](100)

    async def put(self, request: ApprovalRequest) -> ApprovalAnswer | None:
        self._send.send_nowait(request)
        return await answer_later(request)


async def person(inbox: Inbox, session: Session) -> None:
    async for request in inbox.requests:
        print("  waiting:", [one.method for one in session.pending_approvals])
        session.answer(request.request_id, request.decline())


async def with_a_person(runtime: Runtime, folder: Path) -> None:
    inbox = Inbox()
    config = SessionConfig(cwd=folder, approval_policy="untrusted", approvals=inbox.put)
    async with await runtime.start_session(config) as session, trio.open_nursery() as nursery:
        nursery.start_soon(person, inbox, session)
        result = await session.ask("Ask me before you do anything")
        print(" ", result.status)
        nursery.cancel_scope.cancel()


async def answer_questions(request: OtherRequest) -> OtherAnswer | None:
    if isinstance(request, UserInputRequest):
        for question in request.params.questions:
            print("  asks:", question.question, [option.label for option in question.options or ()])
        return request.answer({"colour": "Blue"})
    return None


async def approvals(config: RuntimeConfig, folder: Path) -> None:
    async with open_runtime(config) as runtime:
        print("a handler:")
        await with_a_handler(runtime, folder)
        print("rules:")
        await with_rules(runtime, folder)
        print("a person:")
        await with_a_person(runtime, folder)
        print("a question:")
        async with await runtime.start_session(SessionConfig(cwd=folder)) as session:
            await session.ask("Paint it")


NOTE = "*** Begin Patch\n*** Add File: note.txt\n+Bought milk.\n*** End Patch\n"
QUESTION = {
    "id": "colour",
    "header": "Colour",
    "question": "Which colour?",
    "options": [
        {"label": "Red", "description": "Like a rose"},
        {"label": "Blue", "description": "Like the sea"},
    ],
}


def script() -> list[Reply]:
    return [
        *(apply_patch(NOTE), shell("rm note.txt"), text("There is a note.")),
        *(shell("ls -l"), shell("git push"), text("I looked.")),
        *(shell("touch done"), text("As you like.")),
        *(tool_call("request_user_input", {"questions": [QUESTION]}), text("Blue it is.")),
    ]


async def on_a_scripted_model() -> None:
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
        async with open_scripted_model() as model:
            model.enqueue(*script())
            config = model.runtime_config(
                Path(home),
                on_server_request=answer_questions,
                # This tool of the agent is behind a switch of the server.
                config_overrides={"features": {"default_mode_request_user_input": True}},
            )
            await approvals(config, Path(folder))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
