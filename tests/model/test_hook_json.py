"""What a hook's command reads and answers, byte by byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.errors import HookError
from codex_runtime.model.attachments import (
    Attachment,
    FileMention,
    ImageData,
    ImageUrl,
    LocalImage,
    Mention,
    Skill,
)
from codex_runtime.model.hooks.hooks import Block, HookContext, Mutate
from codex_runtime.model.hooks.shell_json import read_shell_answer, render_context

PNG = ImageData(b"\x89PNG\r\n\x1a\n0000", "high")
KEYS = {
    "phase",
    "prompt",
    "model",
    "attachments",
    "metadata",
    "cwd",
    "thread_id",
    "turn_id",
    "tool_name",
    "tool_input",
    "tool_output",
    "status",
    "text",
}
AS_JSON: list[tuple[Attachment, dict[str, object]]] = [
    (FileMention("a.py", "A"), {"type": "file_mention", "path": "a.py", "placeholder": "A"}),
    (LocalImage("a.png"), {"type": "local_image", "path": "a.png", "detail": None}),
    (
        ImageUrl("https://example.org/a", "high"),
        {"type": "image_url", "url": "https://example.org/a", "detail": "high"},
    ),
    (Skill("s", "/s/SKILL.md"), {"type": "skill", "name": "s", "path": "/s/SKILL.md"}),
    (Mention("m", "app://m"), {"type": "mention", "name": "m", "path": "app://m"}),
]


def shown(context: HookContext) -> Mapping[str, object]:
    line = render_context(context)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return cast("Mapping[str, object]", json.loads(line))


def answer(value: object) -> object:
    return read_shell_answer(0, json.dumps(value).encode(), "")


# -- what it reads -------------------------------------------------------------------------------


def test_every_key_is_always_there() -> None:
    empty = shown(HookContext(phase="pre_run"))
    assert set(empty) == KEYS
    given_keys = {key for key, value in empty.items() if value is not None}
    assert given_keys == {"phase", "attachments", "metadata"}


@given(
    prompt=st.text(st.characters()), metadata=st.dictionaries(st.text(min_size=1), st.integers())
)
def test_texts_and_metadata_arrive_as_they_are(prompt: str, metadata: dict[str, object]) -> None:
    context = HookContext(phase="post_turn", prompt=prompt, metadata=metadata, text=prompt)
    read = shown(context)
    assert (read["prompt"], read["metadata"], read["text"]) == (prompt, metadata, prompt)


def test_attachments_are_objects_and_the_bytes_of_an_image_are_only_counted() -> None:
    attachments = tuple(attachment for attachment, _ in AS_JSON)
    read = shown(HookContext(phase="pre_run", attachments=(*attachments, PNG)))
    assert read["attachments"] == [
        *(value for _, value in AS_JSON),
        {"type": "image_data", "detail": "high", "size_bytes": 12},
    ]


@pytest.mark.parametrize("tool_input", [object(), float("nan"), {1j: 2}])
def test_what_json_cannot_say_is_refused(tool_input: object) -> None:
    with pytest.raises(HookError, match="is not JSON"):
        render_context(HookContext(phase="pre_tool_use", tool_input=tool_input))


# -- what it answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("stdout", [b"", b" \n", b"{}", b'{"action": "proceed", "reason": "x"}'])
def test_exit_0_with_nothing_to_say_goes_on(stdout: bytes) -> None:
    assert read_shell_answer(0, stdout, "a warning") is None


def test_a_change_is_read_with_all_that_a_hook_may_change() -> None:
    changed = answer(
        {
            "action": "mutate",
            "prompt": "q",
            "model": None,
            "attachments": [value for _, value in AS_JSON],
            "metadata": {"a": [1, None]},
            "reason": "because",
        }
    )
    attachments = tuple(attachment for attachment, _ in AS_JSON)
    assert changed == Mutate(prompt="q", attachments=attachments, metadata={"a": [1, None]})
    assert answer({"action": "mutate"}) == Mutate()


def test_an_image_is_added_by_its_data_url() -> None:
    added = {"type": "image_data", "url": PNG.to_data_url(), "detail": "high"}
    assert answer({"action": "mutate", "attachments": [added]}) == Mutate(attachments=(PNG,))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"action": "block", "reason": " no "}, "no"),
        ({"action": "block"}, "no reason was given"),
        ({"action": "block", "reason": 5, "promt": "x"}, "no reason was given"),
        ({"action": "block", "reason": "half \ud800"}, "half ?"),
        ({"action": "block", "reason": "x" * 5000}, "x" * 4000),
    ],
)
def test_a_block_is_never_lost_to_a_detail(value: object, reason: str) -> None:
    assert answer(value) == Block(reason)


@pytest.mark.parametrize(
    ("stdout", "stderr", "reason"),
    [
        (b"not today\n", "ignored", "not today"),
        (b'{"reason": "as json"}', "", "as json"),
        (b'{"other": 1}', "as stderr", "as stderr"),
        (b'["a list"]', "", '["a list"]'),
        (b"", " as stderr ", "as stderr"),
        (b"\xff", "", "\N{REPLACEMENT CHARACTER}"),
        (b"", "", "no reason was given"),
        (b"x" * 5000, "", "x" * 4000),
        (b"[" * 100_000, "", "[" * 4000),
    ],
)
def test_exit_2_blocks_whatever_was_written(stdout: bytes, stderr: str, reason: str) -> None:
    assert read_shell_answer(2, stdout, stderr) == Block(reason)


@pytest.mark.parametrize(
    ("returncode", "problem"),
    [
        (1, "ended with exit code 1"),
        (127, "ended with exit code 127"),
        (-9, "was ended by signal 9"),
        (None, "could not be ended"),
    ],
)
def test_any_other_exit_is_a_failure_whatever_was_written(
    returncode: int | None, problem: str
) -> None:
    with pytest.raises(HookError, match=problem):
        read_shell_answer(returncode, b"{}", "")


@pytest.mark.parametrize(
    "stdout", [b"ok", b"[]", b"null", b'"block"', b"{", b"\xff", b"[" * 100_000]
)
def test_what_is_no_json_object_is_no_answer(stdout: bytes) -> None:
    with pytest.raises(HookError, match="is no JSON object"):
        read_shell_answer(0, stdout, "")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"prompt": "q"}, "action=None: is no action"),
        ({"action": "Block"}, "action='Block': is no action"),
        ({"action": ["mutate"]}, "is no action"),
        ({"action": "proceed", "prompt": "q"}, "key='prompt': has no place in 'proceed'"),
        ({"action": "mutate", "promt": "q"}, "key='promt': has no place in 'mutate'"),
        ({"action": "mutate", "prompt": 5}, "prompt=5: is not a str"),
        ({"action": "mutate", "model": ""}, "model='': is empty"),
        ({"action": "mutate", "metadata": [1]}, "is not a mapping"),
        ({"action": "mutate", "attachments": {}}, "is no list"),
        ({"action": "mutate", "attachments": ["a.py"]}, "is no object"),
        ({"action": "mutate", "attachments": [{"path": "a.py"}]}, "type=None: is no type"),
        ({"action": "mutate", "attachments": [{"type": []}]}, "is no type"),
        (
            {"action": "mutate", "attachments": [{"type": "skill", "x": 1}]},
            "has no place in a skill",
        ),
        ({"action": "mutate", "attachments": [{"type": "skill", "name": "s"}]}, "lacks a key"),
        (
            {"action": "mutate", "attachments": [{"type": "skill", "name": 5, "path": "p"}]},
            "name=5",
        ),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_and_says_why(value: object, problem: str) -> None:
    with pytest.raises(HookError) as raised:
        answer(value)
    assert problem in str(raised.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = ("action", "prompt", "model", "attachments", "metadata", "reason", "other")
VALUES = JSON | st.sampled_from(["mutate", "block", "proceed"])


@given(
    st.none() | st.integers(-64, 255),
    st.binary()
    | st.dictionaries(st.sampled_from(NAMES), VALUES).map(lambda value: json.dumps(value).encode()),
    st.text(),
)
@example(0, b'{"action": "mutate", "metadata": {"a": NaN}}', "")
def test_no_output_leads_to_anything_but_an_answer_or_a_hook_error(
    returncode: int | None, stdout: bytes, stderr: str
) -> None:
    try:
        read = read_shell_answer(returncode, stdout, stderr)
    except HookError:
        return
    assert read is None or isinstance(read, (Mutate, Block))
