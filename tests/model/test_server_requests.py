"""Requests of the server: each is read as its kind, and only a fitting answer passes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codex_runtime.errors import AnswerRefused
from codex_runtime.model.requests.approvals import (
    CommandApproval,
    FileChangeApproval,
    PermissionsApproval,
)
from codex_runtime.model.requests.kinds import (
    UnrecognisedRequest,
    read_server_request,
    with_item,
)
from codex_runtime.model.requests.legacy import LegacyCommandApproval, LegacyPatchApproval
from codex_runtime.model.requests.others import (
    AttestationRequest,
    CurrentTimeRequest,
    ElicitationRequest,
    TokenRefreshRequest,
    ToolCallRequest,
    UserInputRequest,
)
from codex_runtime.protocol import (
    SERVER_REQUESTS,
    AcceptWithExecpolicyAmendment,
    AdditionalFileSystemPermissions,
    AdditionalNetworkPermissions,
    CommandExecution,
    CommandExecutionApprovalDecisionDetail,
    CommandExecutionRequestApprovalResponse,
    DynamicToolCallResponse,
    ExecCommandApprovalResponse,
    FileChange,
    FileChangeRequestApprovalResponse,
    FileSystemSandboxEntry,
    GrantedPermissionProfile,
    InputImageDynamicToolContent,
    McpServerElicitationRequestResponse,
    NetworkPolicyAmendment,
    PathFileSystemPath,
    PermissionsRequestApprovalResponse,
    ReviewDecisionDetail,
    ToolRequestUserInputResponse,
)
from codex_runtime.protocol.codec import encode_params, to_builtins
from codex_runtime.protocol.drift import Drift
from tests.support.struct_strategies import values_of

COMMAND = "item/commandExecution/requestApproval"
CHANGE = "item/fileChange/requestApproval"
PERMISSIONS = "item/permissions/requestApproval"
THREAD = {"threadId": "thread", "turnId": "turn"}
PLACE = THREAD | {"itemId": "item"}
TURN = PLACE | {"startedAtMs": 1}
KINDS = {
    COMMAND: CommandApproval,
    CHANGE: FileChangeApproval,
    PERMISSIONS: PermissionsApproval,
    "execCommandApproval": LegacyCommandApproval,
    "applyPatchApproval": LegacyPatchApproval,
    "item/tool/requestUserInput": UserInputRequest,
    "mcpServer/elicitation/request": ElicitationRequest,
    "item/tool/call": ToolCallRequest,
    "account/chatgptAuthTokens/refresh": TokenRefreshRequest,
    "attestation/generate": AttestationRequest,
    "currentTime/read": CurrentTimeRequest,
}
DEFAULTS: dict[str, Any] = {
    COMMAND: {"decision": "decline"},
    CHANGE: {"decision": "decline"},
    PERMISSIONS: {"permissions": {}},
    "execCommandApproval": {"decision": {"denied": {"rejection": "declined by the client"}}},
    "applyPatchApproval": {"decision": {"denied": {"rejection": "declined by the client"}}},
    "mcpServer/elicitation/request": {"action": "decline"},
    "item/tool/requestUserInput": {"answers": {}},
    "item/tool/call": {
        "success": False,
        "contentItems": [{"type": "inputText", "text": "this client offers no such tool"}],
    },
}
REFUSABLE = set(DEFAULTS) - {"item/tool/requestUserInput", "item/tool/call"}
# Any: a test looks at what its kind has.


def read(method: str, params: object, **options: Any) -> Any:
    return read_server_request(7, method, json.dumps(params).encode(), **options)


def command(**fields: Any) -> Any:
    return read(COMMAND, TURN | {"command": "ls"} | fields)


def permissions(**sections: Any) -> Any:
    return read(PERMISSIONS, TURN | {"cwd": "/w", "permissions": sections})


def elicitation(**fields: Any) -> Any:
    form = {"mode": "form", "message": "?", "serverName": "s", "requestedSchema": {}}
    return read("mcpServer/elicitation/request", form | {"threadId": "thread"} | fields)


def sent(answer: object) -> Any:
    return json.loads(bytes(encode_params(answer)))


# -- reading ---------------------------------------------------------------------------------------


def test_every_request_of_the_protocol_has_a_kind() -> None:
    assert set(KINDS) == set(SERVER_REQUESTS)


@settings(max_examples=25)
@given(data=st.data(), request_id=st.integers() | st.text())
@pytest.mark.parametrize("method", KINDS)
def test_a_request_is_read_as_its_kind_and_its_default_answer_passes(
    method: str, data: st.DataObject, request_id: int | str
) -> None:
    params = data.draw(values_of(SERVER_REQUESTS[method].params_type))
    raw = bytes(encode_params(params))
    request = read_server_request(request_id, method, raw)
    assert type(request) is KINDS[method]
    assert (request.request_id, request.method, request.params) == (request_id, method, params)
    plain = to_builtins(params)
    assert request.thread_id == plain.get("threadId", plain.get("conversationId"))
    assert request.turn_id == plain.get("turnId")
    assert request.item_id == plain.get("itemId", plain.get("callId"))
    default = request.default_answer
    if default is None:
        assert method not in DEFAULTS
    else:
        assert sent(default) == DEFAULTS[method]
        request.check(default)
    assert request.refuses(default) is (method in REFUSABLE)


@pytest.mark.parametrize("method", KINDS)
def test_one_that_cannot_be_read_still_gets_the_no_of_its_kind(method: str) -> None:
    request = read_server_request(7, method, b'{"threadId": 5, "turnId": "t", "x"')
    assert isinstance(request, UnrecognisedRequest)
    assert (request.thread_id, request.turn_id, request.item_id) == (None, None, None)
    default = request.default_answer
    assert (None if default is None else sent(default)) == DEFAULTS.get(method)
    assert request.refuses(default) is (method in REFUSABLE)
    if default is not None:
        request.check(default)


def test_no_default_answer_says_yes() -> None:
    told = json.dumps(DEFAULTS)
    assert "accept" not in told
    assert "approved" not in told


def test_one_of_an_unknown_method_has_its_ids_and_takes_no_answer() -> None:
    request = read("future/thing", {"threadId": "a", "turnId": "b"})
    assert (request.thread_id, request.turn_id, request.method) == ("a", "b", "future/thing")
    assert request.default_answer is None
    assert request.refuses(None) is False
    answers: list[Any] = [None, {}, FileChangeRequestApprovalResponse(decision="accept")]
    for answer in answers:
        with pytest.raises(AnswerRefused, match="future/thing could not be read"):
            request.check(answer)


def test_an_elicitation_of_an_unknown_mode_can_only_be_declined() -> None:
    request = read("mcpServer/elicitation/request", {"mode": "odour", "threadId": "thread"})
    assert isinstance(request, UnrecognisedRequest)
    assert request.thread_id == "thread"
    with pytest.raises(AnswerRefused):
        request.check(McpServerElicitationRequestResponse(action="accept"))
    request.check(McpServerElicitationRequestResponse(action="decline"))


def test_what_is_not_known_in_a_request_is_counted() -> None:
    drift = Drift()
    request = read(COMMAND, TURN | {"newer": 1}, drift=drift)
    assert request.params.extra_fields == {"newer": 1}
    assert drift.unknown_fields == 1


RAN = CommandExecution(command="ls", command_actions=[], cwd="/w", id="item", status="inProgress")
CHANGED = FileChange(changes=[], id="item", status="inProgress")
OTHER_RAN = CommandExecution(
    command="ls", command_actions=[], cwd="/w", id="other", status="inProgress"
)
OTHER_CHANGED = FileChange(changes=[], id="other", status="inProgress")


@pytest.mark.parametrize(("method", "item"), [(COMMAND, RAN), (CHANGE, CHANGED)])
def test_the_item_that_waits_comes_with_the_request(method: str, item: Any) -> None:
    request = read(method, TURN)
    assert request.item is None
    filled: Any = with_item(request, item)
    assert filled.item is item
    assert read(method, TURN, item=item).item is item


@pytest.mark.parametrize(
    ("method", "item"),
    [(COMMAND, CHANGED), (COMMAND, OTHER_RAN), (CHANGE, RAN), (CHANGE, OTHER_CHANGED)],
)
def test_another_item_does_not(method: str, item: Any) -> None:
    assert read(method, TURN, item=item).item is None


# -- what every kind refuses -----------------------------------------------------------------------


def simple(method: str) -> Any:
    by_method: dict[str, Any] = {
        COMMAND: TURN,
        CHANGE: TURN,
        PERMISSIONS: TURN | {"cwd": "/w", "permissions": {}},
        "execCommandApproval": {
            "callId": "c",
            "conversationId": "t",
            "command": ["ls"],
            "cwd": "/w",
            "parsedCmd": [],
        },
        "applyPatchApproval": {"callId": "c", "conversationId": "t", "fileChanges": {}},
        "item/tool/requestUserInput": PLACE | {"isBlocking": True, "questions": []},
        "item/tool/call": THREAD | {"tool": "t", "arguments": {}, "callId": "c"},
        "mcpServer/elicitation/request": {
            "mode": "url",
            "message": "?",
            "serverName": "s",
            "threadId": "t",
            "url": "https://a.example",
            "elicitationId": "e",
        },
        "account/chatgptAuthTokens/refresh": {"reason": "unauthorized"},
        "attestation/generate": {},
        "currentTime/read": {"threadId": "t"},
    }
    return read(method, by_method[method])


@pytest.mark.parametrize("method", KINDS)
def test_an_answer_of_another_kind_is_refused(method: str) -> None:
    request: Any = simple(method)
    others: list[Any] = [None, "accept", True, {"decision": "accept"}, object()]
    for other in KINDS:
        answer: Any = simple(other).default_answer
        if other != method and answer is not None:
            others.append(answer)
    for other_answer in others:
        with pytest.raises(AnswerRefused):
            request.check(other_answer)
        assert request.refuses(other_answer) is False


# -- commands --------------------------------------------------------------------------------------

AMENDMENT = {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["ls"]}}
HOST: dict[str, Any] = {"action": "allow", "host": "a.example"}
PLAIN = ["accept", "acceptForSession", "decline", "cancel"]


@given(
    st.lists(st.sampled_from([*PLAIN, "newer"]), unique=True), st.sampled_from([*PLAIN, "newer"])
)
@example([], "accept")
@example([], "cancel")
@example(["accept"], "accept")
def test_a_decision_passes_if_it_was_offered_or_is_a_no(offered: list[str], decision: str) -> None:
    request = command(availableDecisions=offered)
    assert request.offered == tuple(offered)
    answer = request.choose(decision)
    if decision in offered or decision in ("decline", "cancel"):
        request.check(answer)
    else:
        with pytest.raises(AnswerRefused, match="was not offered"):
            request.check(answer)
    assert request.refuses(answer) is (decision in ("decline", "cancel"))


def test_where_the_server_offers_nothing_in_particular_the_plain_decisions_pass() -> None:
    request = command()
    assert request.offered is None
    answers = [
        request.accept(),
        request.accept_for_session(),
        request.decline(),
        request.cancel(),
    ]
    for answer in answers:
        request.check(answer)
    assert [sent(answer)["decision"] for answer in answers] == PLAIN
    with pytest.raises(AnswerRefused):
        request.check(request.choose("newer"))


@pytest.mark.parametrize("told", [None, [AMENDMENT], ["accept", AMENDMENT]])
def test_the_proposed_rule_passes_and_no_other(told: list[Any] | None) -> None:
    request = command(proposedExecpolicyAmendment=["ls"], availableDecisions=told)
    answer = request.accept_with_amendment()
    assert sent(answer) == {"decision": AMENDMENT}
    request.check(answer)
    for wider in (["rm"], [], ["ls", "-l"]):
        decision = CommandExecutionApprovalDecisionDetail(
            accept_with_execpolicy_amendment=AcceptWithExecpolicyAmendment(
                execpolicy_amendment=wider
            )
        )
        with pytest.raises(AnswerRefused, match="was not offered"):
            request.check(request.choose(decision))


def test_a_rule_that_was_proposed_and_not_offered_is_refused() -> None:
    request = command(proposedExecpolicyAmendment=["ls"], availableDecisions=["accept"])
    with pytest.raises(AnswerRefused, match="was not offered"):
        request.check(request.accept_with_amendment())


def test_there_is_no_amendment_where_none_was_proposed() -> None:
    with pytest.raises(AnswerRefused, match="proposed no rule"):
        command().accept_with_amendment()


def test_the_rule_for_a_host_passes_if_it_was_proposed() -> None:
    request = command(proposedNetworkPolicyAmendments=[HOST])
    request.check(request.apply_network_rule(NetworkPolicyAmendment(**HOST)))
    other = NetworkPolicyAmendment(action="allow", host="b.example")
    with pytest.raises(AnswerRefused, match="was not offered"):
        request.check(request.apply_network_rule(other))


def test_a_newer_form_of_a_decision_passes_as_it_was_offered_alone() -> None:
    request = command(availableDecisions=[{"acceptUntilNoon": {"zone": 1}}])
    (newer,) = request.offered
    request.check(request.choose(newer))
    assert sent(request.choose(newer)) == {"decision": {"acceptUntilNoon": {"zone": 1}}}
    for other in ({"zone": 2}, {}):
        changed = CommandExecutionApprovalDecisionDetail(extra_fields={"acceptUntilNoon": other})
        with pytest.raises(AnswerRefused):
            request.check(request.choose(changed))


@pytest.mark.parametrize("decision", [None, 5, ["accept"], {"accept": 1}, "ac\ud800cept"])
def test_a_decision_that_makes_no_sense_is_refused(decision: Any) -> None:
    with pytest.raises(AnswerRefused):
        command().check(CommandExecutionRequestApprovalResponse(decision=decision))


# -- file changes and the older kinds --------------------------------------------------------------


def test_the_decisions_on_a_file_change_pass_and_no_other() -> None:
    request = read(CHANGE, TURN)
    answers = [
        request.accept(),
        request.accept_for_session(),
        request.decline(),
        request.cancel(),
    ]
    for answer in answers:
        request.check(answer)
    assert [sent(answer)["decision"] for answer in answers] == PLAIN
    assert [request.refuses(answer) for answer in answers] == [False, False, True, True]
    with pytest.raises(AnswerRefused, match="was not offered"):
        request.check(FileChangeRequestApprovalResponse(decision="newer"))


@pytest.mark.parametrize("method", ["execCommandApproval", "applyPatchApproval"])
def test_the_decisions_of_the_older_kinds_pass_and_no_other(method: str) -> None:
    request = simple(method)
    answers = [
        request.accept(),
        request.accept_for_session(),
        request.decline("not today"),
        request.cancel(),
    ]
    for answer in answers:
        request.check(answer)
    assert [sent(answer)["decision"] for answer in answers] == [
        "approved",
        "approved_for_session",
        {"denied": {"rejection": "not today"}},
        "abort",
    ]
    assert [request.refuses(answer) for answer in answers] == [False, False, True, True]
    kind = type(request.accept())
    newer: list[Any] = [
        "newer",
        "approved_mcp_policy_amendment",
        ReviewDecisionDetail(),
        ReviewDecisionDetail(extra_fields={"newer": {}}),
    ]
    for decision in newer:
        with pytest.raises(AnswerRefused):
            request.check(kind(decision=decision))
        assert request.refuses(kind(decision=decision)) is False


def test_a_denial_with_something_else_beside_it_is_no_denial() -> None:
    request = simple("execCommandApproval")
    decision = request.decline().decision
    mixed = ReviewDecisionDetail(denied=decision.denied, extra_fields={"approved": {}})
    with pytest.raises(AnswerRefused):
        request.check(ExecCommandApprovalResponse(decision=mixed))


# -- permissions -----------------------------------------------------------------------------------


def entry(access: str, path: str) -> dict[str, Any]:
    return {"access": access, "path": {"type": "path", "path": path}}


def files(*entries: tuple[str, str], **more: Any) -> AdditionalFileSystemPermissions:
    return AdditionalFileSystemPermissions(
        entries=[
            FileSystemSandboxEntry(access=access, path=PathFileSystemPath(path=path))
            for access, path in entries
        ],
        **more,
    )


ASKED: dict[str, Any] = {
    "network": {"enabled": True},
    "fileSystem": {
        "read": ["/r"],
        "write": ["/a", "/b"],
        "entries": [entry("read", "/r"), entry("write", "/a"), entry("write", "/b")],
    },
}


def test_all_that_was_asked_for_can_be_granted_and_nothing() -> None:
    request = permissions(**ASKED)
    everything = request.grant()
    assert sent(everything) == {"permissions": ASKED, "scope": "turn"}
    assert request.refuses(everything) is False
    request.check(request.decline())
    assert request.refuses(request.decline()) is True
    longer = request.grant(scope="session", strict_auto_review=True)
    assert sent(longer)["scope"] == "session"
    assert sent(longer)["strictAutoReview"] is True


@pytest.mark.parametrize(
    "granted",
    [
        GrantedPermissionProfile(network=AdditionalNetworkPermissions(enabled=True)),
        GrantedPermissionProfile(network=AdditionalNetworkPermissions(enabled=False)),
        GrantedPermissionProfile(network=AdditionalNetworkPermissions(), file_system=None),
        GrantedPermissionProfile(file_system=files(("read", "/r"))),
        GrantedPermissionProfile(file_system=files(("read", "/r"), ("write", "/a"))),
        GrantedPermissionProfile(file_system=AdditionalFileSystemPermissions(read=["/r"])),
        GrantedPermissionProfile(
            file_system=AdditionalFileSystemPermissions(read=["/r"], write=["/b"])
        ),
        GrantedPermissionProfile(
            network=AdditionalNetworkPermissions(enabled=True),
            file_system=AdditionalFileSystemPermissions(),
        ),
    ],
)
def test_a_part_can_be_granted(granted: GrantedPermissionProfile) -> None:
    request = permissions(**ASKED)
    assert request.grant(granted).permissions is granted


@pytest.mark.parametrize(
    "granted",
    [
        GrantedPermissionProfile(file_system=files(("read", "/r"), ("write", "/c"))),
        GrantedPermissionProfile(file_system=files(("write", "/r"), ("read", "/r"))),
        GrantedPermissionProfile(file_system=AdditionalFileSystemPermissions(write=["/"])),
        GrantedPermissionProfile(file_system=files(("read", "/r"), glob_scan_max_depth=3)),
        GrantedPermissionProfile(file_system=files(("read", "/r"), extra_fields={"newer": 1})),
        GrantedPermissionProfile(extra_fields={"newer": {}}),
        GrantedPermissionProfile(
            network=AdditionalNetworkPermissions(enabled=True, extra_fields={"newer": 1})
        ),
    ],
)
def test_what_was_not_asked_for_is_not_granted(granted: GrantedPermissionProfile) -> None:
    with pytest.raises(AnswerRefused):
        permissions(**ASKED).grant(granted)


def test_a_section_that_was_not_asked_for_is_not_granted() -> None:
    network = GrantedPermissionProfile(network=AdditionalNetworkPermissions(enabled=True))
    with pytest.raises(AnswerRefused, match="network"):
        permissions(fileSystem=ASKED["fileSystem"]).grant(network)
    with pytest.raises(AnswerRefused, match="file_system"):
        permissions(network=ASKED["network"]).grant(
            GrantedPermissionProfile(file_system=files(("read", "/r")))
        )


def test_the_restrictions_that_came_with_the_rest_stay() -> None:
    asked = [entry("write", "/a"), entry("read", "/a/kept"), entry("deny", "/a/secret")]
    request = permissions(fileSystem={"entries": asked})
    for left_out in (
        [("write", "/a"), ("read", "/a/kept")],
        [("write", "/a"), ("deny", "/a/secret")],
    ):
        with pytest.raises(AnswerRefused, match="was left out"):
            request.grant(GrantedPermissionProfile(file_system=files(*left_out)))
    narrower = files(("read", "/a/kept"), ("deny", "/a/secret"))
    request.grant(GrantedPermissionProfile(file_system=narrower))
    request.grant(GrantedPermissionProfile(file_system=files(("deny", "/a/secret"))))


def test_a_path_that_is_not_known_is_granted_as_it_came_or_not_at_all() -> None:
    odd = {"access": "write", "path": {"type": "odour", "value": "rose"}}
    request = permissions(fileSystem={"entries": [odd, entry("write", "/a")]})
    assert sent(request.grant())["permissions"]["fileSystem"]["entries"][0] == odd
    request.grant(GrantedPermissionProfile(file_system=files(("write", "/a"))))


def test_a_section_that_is_not_known_is_never_granted() -> None:
    request = permissions(network={"enabled": True}, soul={"sold": True})
    assert sent(request.grant())["permissions"] == {"network": {"enabled": True}}


@pytest.mark.parametrize("scope", ["forever", None, 5])
def test_a_scope_that_is_not_known_is_refused(scope: Any) -> None:
    with pytest.raises(AnswerRefused):
        permissions(**ASKED).grant(scope=scope)


def test_a_grant_that_is_none_is_refused() -> None:
    request = permissions(**ASKED)
    junk: Any = {"network": {"enabled": True}}
    with pytest.raises(AnswerRefused):
        request.check(PermissionsRequestApprovalResponse(permissions=junk))
    with pytest.raises(AnswerRefused):
        request.grant(junk)


paths = st.sampled_from(["/a", "/b", "/c"])
accesses = st.sampled_from(["read", "write", "deny"])
entry_lists = st.lists(st.tuples(accesses, paths), max_size=4)


@given(entry_lists, entry_lists)
@example([("write", "/a")], [("write", "/b")])
@example([("write", "/a")], [("write", "/a")])
@example([("write", "/a"), ("deny", "/b")], [("write", "/a")])
def test_a_grant_that_passes_adds_nothing_and_drops_no_denial(
    asked: list[tuple[str, str]], granted: list[tuple[str, str]]
) -> None:
    request = permissions(fileSystem={"entries": [entry(*one) for one in asked]})
    try:
        request.grant(GrantedPermissionProfile(file_system=files(*granted)))
    except AnswerRefused:
        return
    assert set(granted) <= set(asked)
    denied = {one for one in asked if one[0] == "deny"}
    assert denied <= set(granted) or not granted


# -- questions -------------------------------------------------------------------------------------

OPTIONS = [{"label": label, "description": "."} for label in ("A", "B")]
QUESTIONS = [
    {"id": "choice", "header": "h", "question": "?", "options": OPTIONS},
    {"id": "open", "header": "h", "question": "?"},
    {"id": "other", "header": "h", "question": "?", "options": OPTIONS, "isOther": True},
]


def questions() -> Any:
    return read("item/tool/requestUserInput", PLACE | {"isBlocking": True, "questions": QUESTIONS})


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, {}),
        ({"choice": "A"}, {"choice": {"answers": ["A"]}}),
        ({"choice": ["A", "B"]}, {"choice": {"answers": ["A", "B"]}}),
        (
            {"open": "free", "other": "C"},
            {"open": {"answers": ["free"]}, "other": {"answers": ["C"]}},
        ),
    ],
)
def test_questions_are_answered_by_their_ids(answers: Any, told: Any) -> None:
    assert sent(questions().answer(answers)) == {"answers": told}


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"nobody": "A"}, "Ids are 'choice', 'open', 'other'"),
        ({"choice": "C"}, "Give one of 'A', 'B'"),
        ({"choice": ["A", "C"]}, "not an option"),
        ({"open": 5}, "not of its shape"),
        ({"open": ("a", "b")}, "not of its shape"),
        ({"open": "\ud800"}, "cannot be sent"),
    ],
)
def test_an_answer_to_no_question_or_with_no_option_is_refused(answers: Any, problem: str) -> None:
    with pytest.raises(AnswerRefused, match=problem):
        questions().answer(answers)


def test_answers_that_are_no_answers_are_refused() -> None:
    junk: Any = [("choice", "A")]
    with pytest.raises(AnswerRefused, match="not of its shape"):
        questions().check(ToolRequestUserInputResponse(answers=junk))


def test_an_elicitation_is_accepted_with_content_declined_or_cancelled() -> None:
    request = elicitation(requestedSchema={"required": ["name"]})
    answers = [request.accept({"name": "Ada"}), request.decline(), request.cancel()]
    for answer in answers:
        request.check(answer)
    assert [sent(answer) for answer in answers] == [
        {"action": "accept", "content": {"name": "Ada"}},
        {"action": "decline"},
        {"action": "cancel"},
    ]
    assert [request.refuses(answer) for answer in answers] == [False, True, True]
    with pytest.raises(AnswerRefused, match="content=None: is asked for"):
        request.check(request.accept())
    with pytest.raises(AnswerRefused, match="is not known"):
        request.check(McpServerElicitationRequestResponse(action="newer"))
    with pytest.raises(AnswerRefused, match="cannot be sent"):
        request.check(request.accept(object()))


def test_an_elicitation_that_asks_for_no_content_needs_none() -> None:
    for request in (elicitation(), simple("mcpServer/elicitation/request")):
        request.check(request.accept())
    proof = elicitation(mode="openai/userVerification", challenge="c", description="d", title="t")
    with pytest.raises(AnswerRefused, match="is asked for"):
        proof.check(proof.accept())


# -- tool calls and what only the client knows -----------------------------------------------------


def test_a_tool_succeeds_with_content_or_fails_with_a_text() -> None:
    request = simple("item/tool/call")
    image = InputImageDynamicToolContent(image_url="data:,")
    for answer in (request.succeed(), request.succeed("a", image), request.fail("no")):
        request.check(answer)
        assert request.refuses(answer) is False
    assert sent(request.succeed("a", image)) == {
        "success": True,
        "contentItems": [
            {"type": "inputText", "text": "a"},
            {"type": "inputImage", "imageUrl": "data:,"},
        ],
    }
    assert sent(request.fail("no"))["success"] is False


@pytest.mark.parametrize(
    "fields",
    [
        {"success": "yes", "content_items": []},
        {"success": True, "content_items": ["text"]},
        {"success": True, "content_items": [5]},
        {"success": True, "content_items": "text"},
        {"success": True, "content_items": [RAN]},
    ],
)
def test_what_is_no_output_of_a_tool_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(AnswerRefused):
        simple("item/tool/call").check(DynamicToolCallResponse(**fields))


def test_tokens_are_given_and_never_shown() -> None:
    refresh, attest = simple("account/chatgptAuthTokens/refresh"), simple("attestation/generate")
    answer = refresh.answer("s3cret", "account", "pro")
    refresh.check(answer)
    assert sent(answer) == {
        "accessToken": "s3cret",
        "chatgptAccountId": "account",
        "chatgptPlanType": "pro",
    }
    attest.check(attest.answer("s3cret"))
    broken = [
        (refresh, refresh.answer("s3cret\ud800", "account")),
        (refresh, refresh.answer("s3cret\n", "account")),
        (refresh, refresh.answer("", "account")),
        (refresh, refresh.answer("s3cret", "")),
        (attest, attest.answer("s3cret\ud800")),
        (attest, refresh.answer("s3cret", "account")),
        (refresh, "s3cret"),
    ]
    for request, wrong in broken:
        with pytest.raises(AnswerRefused) as caught:
            request.check(wrong)
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("time", [-1, 2**63, True, 1.5, "now"])
def test_the_time_is_whole_seconds(time: Any) -> None:
    request = simple("currentTime/read")
    request.check(request.answer(1_800_000_000))
    assert sent(request.answer(1)) == {"currentTimeAt": 1}
    with pytest.raises(AnswerRefused):
        request.check(request.answer(time))


def test_what_is_no_answer_is_no_no() -> None:
    for method in KINDS:
        assert simple(method).refuses("decline") is False
