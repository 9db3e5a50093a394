"""From a Responses request to a Chat Completions request; the way into this room.

Owns the order of the steps and the choice of the model. Does not know items, tools, parameters or
fingerprints: each has a module of its own. Enter at `read_request`, then `translate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.relay.failures import Refused, bad_request
from codex_runtime.relay.request.chat_call import AssistantTurn, ChatCall
from codex_runtime.relay.request.conversation import Conversation
from codex_runtime.relay.request.parameters import parameters_of
from codex_runtime.relay.request.reading import Asked, read_items, read_request, thread_of
from codex_runtime.relay.request.tool_names import ToolNames
from codex_runtime.relay.request.tools import Offer
from codex_runtime.relay.shapes.asked import InputItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.relay.request.options import RequestOptions
    from codex_runtime.relay.shapes.asked import ResponsesRequest

__all__ = ["Asked", "AssistantTurn", "ChatCall", "read_request", "thread_of", "translate"]


_BRINGS_TOOLS: Final = frozenset({"tool_search_output", "additional_tools"})
"""Items whose tools the model may call from then on."""


def translate(asked: Asked, history: Sequence[bytes], options: RequestOptions) -> ChatCall:
    """Make the chat request.

    Args:
        asked: The request.
        history: Encoded items of ``previous_response_id``, oldest first; they come before the
            input.
        options: What the settings say about requests.

    Raises:
        Refused: The request cannot be translated; the failure names the field.
    """
    request = asked.request
    upstream_model = _upstream_model(request.model, options)
    before = read_items(history) if history else []
    given = request.input
    if isinstance(given, str):
        given = [InputItem(role="user", content=given)] if given else []
    _check_references(before, given)
    items = [*_system(request), *before, *given]

    offer = Offer(ToolNames(), options.tool_denylist)
    offer.add(request.tools or (), "tools")
    for item in items:
        if item.tools is not None and item.type in _BRINGS_TOOLS:
            offer.add(item.tools, f"{item.type}.tools")
    tools, choice = offer.choose(request.tool_choice)

    conversation = Conversation(
        items,
        offer.names,
        history_count=len(items) - len(given),
        signed=options.gemini_signatures,
        strict_roles=options.strict_roles,
    )
    if not conversation.messages:
        message = "`input` holds nothing that a model could answer: give it a message"
        raise Refused(bad_request(message, param="input"))
    fields: dict[str, object] = {"model": upstream_model}
    if tools:
        fields["tools"] = tools
        several = request.parallel_tool_calls
        about_tools = {"tool_choice": choice, "parallel_tool_calls": several}
        fields.update((name, value) for name, value in about_tools.items() if value is not None)
    fields = {**parameters_of(asked, options), **fields}
    for name in options.drop_params:
        fields.pop(name, None)
    return ChatCall(
        model=request.model or upstream_model,
        upstream_model=upstream_model,
        tools=offer.names,
        conversation=conversation,
        fields={**fields, **options.extra_params},
        reasoning_field=options.reasoning_field,
        signed=options.gemini_signatures,
    )


def _upstream_model(name: str, options: RequestOptions) -> str:
    model = options.model_map.get(name) or options.default_model or name
    if not model:
        message = "`model` is missing, and this relay has no default model: name one"
        raise Refused(bad_request(message, param="model"))
    return model


def _system(request: ResponsesRequest) -> list[InputItem]:
    text = request.instructions or request.system
    return [InputItem(role="system", content=text)] if text else []


def _check_references(before: Sequence[InputItem], given: Sequence[InputItem]) -> None:
    """What a reference names must be there already; then there is nothing left to do for it."""
    if not any(item.type == "item_reference" for item in given):
        return
    known = {item.id for item in (*before, *given) if item.type != "item_reference"}
    for index, item in enumerate(given):
        if item.type == "item_reference" and item.id not in known:
            path = f"input[{index}].id"
            message = f"`{path}` refers to {item.id!r}, which is not kept here: send the item"
            raise Refused(bad_request(message, param=path))
