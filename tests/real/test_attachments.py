"""Attachments on the real app-server: what it keeps of them, and what the model is then asked."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Literal

import pytest
import trio

from codex_runtime import (
    Attachment,
    AttachmentNotFound,
    FileMention,
    Hook,
    HookConfig,
    HookContext,
    ImageData,
    ImageUrl,
    LocalImage,
    Mention,
    Mutate,
    PromptParams,
    RequestError,
    RunProfile,
    Runtime,
    Session,
    SessionConfig,
    ShellCommand,
    Skill,
)
from codex_runtime.model.hooks.hooks import HookPhase
from codex_runtime.protocol import (
    ImageUserInput,
    LocalImageUserInput,
    MentionUserInput,
    SkillUserInput,
    TextUserInput,
    UserInput,
    UserMessage,
)
from tests.real.faces import AIO_TOO
from tests.real.waiting import prompts

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import TurnResult
    from codex_runtime.testing import ModelRequest, ScriptedModel

pytestmark = AIO_TOO

Way = Literal["ask", "stream"]

PIXEL = {
    "png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLv"
    "AAAAAElFTkSuQmCC",
    "gif": "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
    "webp": "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
    "jpeg": "/9j/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQH/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAA"
    "AAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z",
}
PNG = base64.b64decode(PIXEL["png"])


def kept(result: TurnResult) -> list[UserInput]:
    """The user's message as the server has it."""
    (message,) = [item for item in result.items if isinstance(item, UserMessage)]
    return message.content


def elements(given: UserInput) -> list[tuple[str, object]]:
    """What each element of a text stands on, by its range of bytes, and its placeholder."""
    assert isinstance(given, TextUserInput)
    data = given.text.encode()
    return [
        (data[one.byte_range.start : one.byte_range.end].decode(), one.placeholder)
        for one in given.text_elements
    ]


def parts(request: ModelRequest) -> list[dict[str, Any]]:
    """Every part of the user's messages in one request, as JSON."""
    messages = [item for item in request.input_items if item.get("role") == "user"]
    return [part for item in messages for part in item["content"]]


def images(request: ModelRequest) -> list[tuple[str, str]]:
    """What the model is shown: each data URL, and its detail."""
    return [
        (part["image_url"], part["detail"])
        for part in parts(request)
        if part["type"] == "input_image"
    ]


def heads(request: ModelRequest) -> list[tuple[str, str]]:
    """The same, of each data URL what is before its data."""
    return [(url.partition(",")[0], detail) for url, detail in images(request)]


async def run_turn(session: Session, way: Way, prompt: str, *attachments: Attachment) -> TurnResult:
    if way == "ask":
        return await session.ask(prompt, attachments=attachments)
    async with session.ask_stream(prompt, attachments=attachments) as turn:
        return await turn.finish()


both_ways = pytest.mark.parametrize("way", ["ask", "stream"])


# -- mentions of files -------------------------------------------------------------------------


@both_ways
async def test_mentions_reach_the_model_as_text_and_come_back_as_elements(
    way: Way, session: Session, workspace: Path, model: ScriptedModel
) -> None:
    """Ranges count bytes: what stands before and within is not ASCII, nor in the BMP."""
    for name in ("ä.py", "b c.py"):
        (workspace / name).touch()
    mentions = FileMention("ä.py", "that one"), FileMention("b c.py"), FileMention(".")
    result = await run_turn(session, way, "𝄞 Grüße, see (@ä.py:3)!", *mentions)
    assert prompts(model) == ["𝄞 Grüße, see (@ä.py:3)! @b c.py @."]
    (given,) = kept(result)
    assert elements(given) == [("@ä.py", "that one"), ("@b c.py", "b c.py"), ("@.", ".")]


async def test_what_looks_like_a_mention_and_is_not_attached_stays_text(
    session: Session, workspace: Path, model: ScriptedModel
) -> None:
    (workspace / "a.py").touch()
    result = await session.ask("see @a.py and me@a.py")
    (given,) = kept(result)
    assert elements(given) == []
    assert prompts(model) == ["see @a.py and me@a.py"]


async def test_a_relative_path_is_taken_from_the_cwd_of_the_turn(
    session: Session, workspace: Path, model: ScriptedModel
) -> None:
    (workspace / "sub").mkdir()
    (workspace / "sub" / "x.png").write_bytes(PNG)
    attachments = FileMention("x.png"), LocalImage("x.png")
    params = PromptParams(prompt="look", cwd=workspace / "sub", attachments=attachments)
    result = await session.ask_with(params)
    told = LocalImageUserInput(path=str(workspace / "sub" / "x.png"), detail=None)
    assert kept(result)[1] == told
    assert len(images(model.requests[0])) == 1
    with pytest.raises(AttachmentNotFound):
        await session.ask("look", attachments=attachments)


# -- images ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PIXEL)
async def test_every_type_that_is_let_through_is_shown_to_the_model(
    session: Session, workspace: Path, model: ScriptedModel, kind: str
) -> None:
    """The server's: what it cannot read it replaces by a remark; a GIF becomes a PNG."""
    data = base64.b64decode(PIXEL[kind])
    (workspace / "image").write_bytes(data)
    attachments = LocalImage("image", "original"), ImageData(data, "auto")
    result = await session.ask("Look", attachments=attachments)
    shown = "png" if kind == "gif" else kind
    head = f"data:image/{shown};base64"
    assert heads(model.requests[0]) == [(head, "original"), (head, "auto")]
    assert kept(result)[1:] == [
        LocalImageUserInput(path=str(workspace / "image"), detail="original"),
        ImageUserInput(url=ImageData(data).to_data_url(), detail="auto"),
    ]


@both_ways
async def test_the_bytes_of_an_image_are_shown_as_they_are_in_the_order_of_the_caller(
    way: Way, session: Session, workspace: Path, model: ScriptedModel
) -> None:
    jpeg = base64.b64decode(PIXEL["jpeg"])
    (workspace / "x").write_bytes(PNG)
    of_url = ImageData.from_data_url(f"data:image/jpeg;base64,{PIXEL['jpeg']}")
    assert of_url == ImageData(jpeg)
    await run_turn(session, way, "Look", of_url, LocalImage("x"), ImageData(jpeg))
    png_url = ImageData(PNG).to_data_url()
    expected = [of_url.to_data_url(), png_url, of_url.to_data_url()]
    assert images(model.requests[0]) == [(url, "high") for url in expected]


async def test_a_file_that_only_begins_like_an_image_becomes_a_remark(
    session: Session, workspace: Path, model: ScriptedModel
) -> None:
    """The server's: the turn goes on, so the model may say that it saw nothing."""
    (workspace / "x.png").write_bytes(PNG[:20])
    await session.ask("Look", attachments=[LocalImage("x.png")])
    texts = [part.get("text") for part in parts(model.requests[0])]
    assert "image content omitted because it could not be processed" in texts


async def test_a_large_image_comes_back_whole(session: Session) -> None:
    """It passes the pipe three times; a chunk of 4 MiB pads the PNG."""
    padded = PNG[:33] + (4 << 20).to_bytes(4) + b"prVt" + bytes(4 << 20) + bytes(4) + PNG[33:]
    _, given = kept(await session.ask("Look", attachments=[ImageData(padded)]))
    assert isinstance(given, ImageUserInput)
    assert (given.url == ImageData(padded).to_data_url()) is True  # no diff of 5 million letters


@both_ways
async def test_the_url_of_an_image_is_refused_by_the_server_and_the_thread_goes_on(
    way: Way, session: Session, model: ScriptedModel
) -> None:
    """The server's: 0.163 and 0.169 take no remote image."""
    with pytest.raises(RequestError, match="remote image URLs are not supported"):
        await run_turn(session, way, "Look", ImageUrl("https://example.invalid/x.png"))
    assert (await session.ask("Still there?")).text == "re: Still there?"
    assert prompts(model) == ["Still there?"]


# -- skills and mentions -----------------------------------------------------------------------


async def test_a_skill_that_the_server_knows_is_put_before_the_model(
    session: Session, workspace: Path, model: ScriptedModel
) -> None:
    skill = workspace / ".agents" / "skills" / "greet" / "SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: greet\ndescription: greets\n---\nSay hello.\n")
    (workspace / "link").symlink_to(skill.parent)
    result = await session.ask("Begin", attachments=[Skill("greet", "link/SKILL.md")])
    assert kept(result)[1] == SkillUserInput(name="greet", path=str(skill))
    assert "Say hello." in model.requests[-1].last_user_text


async def test_a_skill_that_the_server_does_not_know_is_left_out_in_silence(
    session: Session, workspace: Path, model: ScriptedModel
) -> None:
    (workspace / "SKILL.md").write_text("---\nname: greet\ndescription: greets\n---\nSay hello.\n")
    await session.ask("Begin", attachments=[Skill("greet", "SKILL.md")])
    assert prompts(model) == ["Begin"]


async def test_a_mention_of_an_app_or_plugin_is_taken(
    session: Session, model: ScriptedModel
) -> None:
    mentions = Mention("demo", "app://demo"), Mention("sample", "plugin://sample@test")
    result = await session.ask("Use $demo", attachments=mentions)
    assert kept(result)[1:] == [
        MentionUserInput(name="demo", path="app://demo"),
        MentionUserInput(name="sample", path="plugin://sample@test"),
    ]
    assert prompts(model) == ["Use $demo"]


# -- what is missing ---------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize(
    "attachment",
    [FileMention("gone.py"), LocalImage("gone.py"), Skill("gone", "gone.py")],
    ids=["mention", "image", "skill"],
)
async def test_a_path_that_does_not_exist_is_told_as_resolved_and_nothing_is_sent(
    attachment: Attachment, way: Way, session: Session, workspace: Path, model: ScriptedModel
) -> None:
    (workspace / "a.py").touch()
    with pytest.raises(AttachmentNotFound) as caught:
        await run_turn(session, way, "go", FileMention("a.py"), attachment)
    assert caught.value.value == str(workspace / "gone.py")
    assert caught.value.name == "attachments[1].path"
    assert str(workspace / "gone.py") in str(caught.value)
    assert (await session.read()).turns == []
    assert (await session.ask("next")).text == "re: next"
    assert prompts(model) == ["next"]


# -- layers ------------------------------------------------------------------------------------


async def test_a_layer_replaces_the_attachments_of_those_below_for_its_turn_alone(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    for name in "abc":
        (workspace / name).touch()
    of_session, of_profile, of_call = map(FileMention, "abc")
    session = await runtime.start_session(SessionConfig(cwd=workspace, attachments=[of_session]))
    await session.ask("1")
    await session.ask_with_profile("2", RunProfile(attachments=[of_profile]))
    await session.ask("3", attachments=[of_call])
    await session.ask("4", attachments=[])
    await session.ask("5")
    assert prompts(model) == ["1 @a", "2 @b", "3 @c", "4", "5 @a"]


@pytest.mark.parametrize("phase", ["pre_run", "pre_turn"])
async def test_a_hook_adds_to_the_attachments_of_the_ask(
    phase: HookPhase, session: Session, workspace: Path, model: ScriptedModel
) -> None:
    for name in "ab":
        (workspace / name).touch()

    async def add(_context: HookContext) -> Mutate:
        await trio.lowlevel.checkpoint()
        return Mutate(attachments=(FileMention("b"), ImageData(PNG)))

    more = ShellCommand(
        """echo '{"action": "mutate", "attachments": [{"type": "file_mention", "path": "."}]}'"""
    )
    hooks = HookConfig([Hook("add", phase, add), Hook("more", phase, more)])
    result = await session.ask("see", attachments=[FileMention("a")], hooks=hooks)
    assert result.hook_report.is_clean
    assert prompts(model)[0].startswith("see @a @b @.")
    assert [name for name, _ in elements(kept(result)[0])] == ["@a", "@b", "@."]
    assert len(images(model.requests[0])) == 1
    await session.ask("next")
    assert prompts(model)[-1] == "next"


@pytest.mark.parametrize("phase", ["pre_run", "pre_turn"])
async def test_what_a_hook_attaches_must_exist_too(
    phase: HookPhase, session: Session, workspace: Path, model: ScriptedModel
) -> None:
    async def add(_context: HookContext) -> Mutate:
        await trio.lowlevel.checkpoint()
        return Mutate(attachments=(FileMention("gone"),))

    with pytest.raises(AttachmentNotFound) as caught:
        await session.ask("go", hooks=HookConfig([Hook("add", phase, add)]))
    assert caught.value.value == str(workspace / "gone")
    assert (await session.ask("next")).text == "re: next"
    assert prompts(model) == ["next"]
