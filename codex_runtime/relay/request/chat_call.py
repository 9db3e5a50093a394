"""One translated request: its bytes, and the fingerprints of the model's turns in it.

Owns where reasoning goes back into an earlier turn, and how a turn is known again: SHA-256 over the
messages before it and itself, all without reasoning, in one pass over bytes that are encoded
already. Does not know where reasoning is kept. Enter at `ChatCall`.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from codex_runtime.relay.request.conversation import Conversation
from codex_runtime.relay.request.encoding import encode_body, with_field
from codex_runtime.relay.request.reading import read_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_runtime.relay.request.tool_names import ToolNames

__all__ = ["AssistantTurn", "ChatCall"]


class _Chain:
    """Digests along the messages; each message is hashed once, and none until one is asked for."""

    __slots__ = ("_digests", "_hashed_count", "_indices", "_mark", "_messages", "_running", "_stem")

    def __init__(self, conversation: Conversation) -> None:
        self._messages = conversation.messages
        self._indices = frozenset([turn.place for turn in conversation.turns])
        self._mark = conversation.tail_index
        self._digests: dict[int, str] = {}
        self._hashed_count = 0
        self._running = sha256()
        self._stem = self._running.copy()

    def at(self, index: int) -> str:
        """Digest of the messages up to the one at ``index``, which is one of the indices."""
        self._advance(index + 1)
        return self._digests[index]

    def reply(self, message: bytes) -> str:
        """Digest of the messages before the mark, with ``message`` behind them."""
        self._advance(self._mark)
        running = self._stem.copy()
        running.update(message)
        return running.hexdigest()

    def _advance(self, count: int) -> None:
        while self._hashed_count < count:
            self._running.update(self._messages[self._hashed_count])
            if self._hashed_count in self._indices:
                self._digests[self._hashed_count] = self._running.hexdigest()
            self._hashed_count += 1
            if self._hashed_count == self._mark:
                self._stem = self._running.copy()


class AssistantTurn:
    """An earlier turn of the model that came without its reasoning."""

    __slots__ = ("_chain", "call_ids", "index")

    index: int
    """Of its message among all messages of the request."""
    call_ids: tuple[str, ...]
    """Ids of its calls, without those that another call of the conversation has as well."""

    def __init__(self, index: int, call_ids: tuple[str, ...], chain: _Chain) -> None:
        self.index = index
        self.call_ids = call_ids
        self._chain = chain

    @property
    def fingerprint(self) -> str:
        """What knows this turn again: 64 hex digits. The first one costs a pass over the thread."""
        return self._chain.at(self.index)


class ChatCall:
    """A chat request, ready to be encoded once the reasoning of earlier turns is back in it."""

    __slots__ = (
        "_chain",
        "_conversation",
        "_fields",
        "_reasoning",
        "_reasoning_field",
        "_signed",
        "_turns",
        "model",
        "tools",
        "upstream_model",
    )

    model: str
    """The name that the client gave; the upstream's name where it gave none."""
    upstream_model: str
    """The name that the model server is sent."""
    tools: ToolNames

    def __init__(
        self,
        *,
        model: str,
        upstream_model: str,
        tools: ToolNames,
        conversation: Conversation,
        fields: Mapping[str, object],
        reasoning_field: str | None,
        signed: bool = False,
    ) -> None:
        self.model = model
        self.upstream_model = upstream_model
        self.tools = tools
        self._conversation = conversation
        self._fields = fields
        self._reasoning_field = reasoning_field
        self._signed = signed
        turns = conversation.turns
        self._chain = _Chain(conversation)
        self._turns: Sequence[AssistantTurn] | None = None
        self._reasoning: dict[int, str] = {}
        if reasoning_field is not None:
            self._reasoning = {turn.place: turn.reasoning for turn in turns if turn.reasoning}

    @property
    def turns(self) -> Sequence[AssistantTurn]:
        """Earlier turns that lack their reasoning, oldest first; none if no reasoning is sent.

        Made when they are looked at first: most threads have nothing to put back.
        """
        if self._turns is None:
            self._turns = [] if self._reasoning_field is None else self._lacking()
        return self._turns

    @property
    def opening(self) -> str | None:
        """Fingerprint of the first of `turns`, the same for as long as the conversation goes on."""
        if self._reasoning_field is None:
            return None
        places = (turn.place for turn in self._conversation.turns if not turn.reasoning)
        place = next(places, None)
        return None if place is None else self._chain.at(place)

    def _lacking(self) -> list[AssistantTurn]:
        turns = self._conversation.turns
        used = Counter([call_id for turn in turns for call_id in turn.call_ids])
        used[""] = 2  # no id is as good as one that is used twice
        lacking: list[AssistantTurn] = []
        for turn in turns:
            if not turn.reasoning:
                unique = tuple([each for each in turn.call_ids if used[each] == 1])
                lacking.append(AssistantTurn(turn.place, unique, self._chain))
        return lacking

    def add_reasoning(self, turn: AssistantTurn, text: str) -> None:
        """Put the reasoning of an earlier turn back; an empty text changes nothing."""
        if text:
            self._reasoning[turn.index] = text

    def encode(self) -> bytes:
        """The body of ``POST /chat/completions``."""
        messages = self._conversation.messages
        if self._reasoning_field is not None and self._reasoning:
            messages = list(messages)
            for index, text in self._reasoning.items():
                messages[index] = with_field(messages[index], self._reasoning_field, text)
        return encode_body(self._fields, messages)

    def fingerprint_of(self, output: Sequence[bytes]) -> str:
        """What will know the reply made of these encoded output items again.

        The fingerprint is the one that the turn will have once a client sends the reply back, as
        input items or by ``previous_response_id``.
        """
        conversation = self._conversation
        items = [*conversation.tail, *read_items(output)]
        first = conversation.tail_index
        reply = Conversation(items, self.tools, first_index=first, signed=self._signed)
        return self._chain.reply(reply.messages[0] if reply.turns else b"")
