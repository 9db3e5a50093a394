"""The rules of every store, said once more in the plainest Python: lists, and no hurry."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from codex_runtime.relay.store.limits import StoreLimits

Key: TypeAlias = tuple[Literal["call", "turn"], str]


@attrs.define
class PlainThread:
    name: str
    used_at: float
    added: dict[str, list[bytes]] = attrs.field(factory=dict)
    histories: dict[str, list[bytes]] = attrs.field(factory=dict)
    texts: list[tuple[set[Key], str]] = attrs.field(factory=list)

    def size_bytes(self) -> int:
        entries = [len(_encoded(self.name))]
        for response_id, messages in self.added.items():
            entries += [len(_encoded(response_id)), *map(len, messages)]
        for keys, text in self.texts:
            entries += [len(_encoded(text)), *(len(name) for _, name in keys)]
        return sum(entries) + 128 * len(entries)


class PlainStore:
    """Each operation begins with `begin` and ends with `end`."""

    def __init__(self, limits: StoreLimits) -> None:
        self.limits = limits
        self.threads: list[PlainThread] = []
        self._now = 0.0

    def begin(self, now: float) -> None:
        self._now = now
        for thread in self.threads:
            thread.used_at = min(thread.used_at, now)
        self.threads = [t for t in self.threads if now - t.used_at < self.limits.ttl_s]

    def end(self) -> None:
        if self.threads and self.threads[-1].size_bytes() > self.limits.max_bytes:
            self.threads.pop()
        while (
            len(self.threads) > self.limits.max_threads
            or sum(t.size_bytes() for t in self.threads) > self.limits.max_bytes
        ):
            del self.threads[0]

    def use(self, name: str | None) -> PlainThread | None:
        for thread in self.threads:
            if thread.name == name:
                self.threads.remove(thread)
                self.threads.append(thread)
                thread.used_at = self._now
                return thread
        return None

    def use_or_make(self, name: str) -> PlainThread:
        thread = self.use(name)
        if thread is None:
            thread = PlainThread(name, self._now)
            self.threads.append(thread)
        return thread

    def holder(self, response_id: str | None) -> PlainThread | None:
        for thread in self.threads:
            if response_id in thread.added:
                return self.use(thread.name)
        return None

    def knows(self, response_id: str) -> bool:
        return any(response_id in thread.added for thread in self.threads)

    def add_response(
        self, response_id: str, messages: list[bytes], name: str | None, after: str | None
    ) -> None:
        holder = self.holder(after)
        history = [] if holder is None or after is None else holder.histories[after]
        if name is None:
            name = response_id if holder is None else holder.name
        thread = self.use_or_make(name)
        moved = [] if thread is holder else history
        thread.added[response_id] = moved + messages
        thread.histories[response_id] = history + messages

    def add_reasoning(self, name: str, keys: list[Key], reasoning: str) -> None:
        stored = bool(reasoning and keys)
        thread = self.use_or_make(name) if stored else self.use(name)
        if thread is None:
            return
        left = [(held.difference(keys), text) for held, text in thread.texts]
        thread.texts = [(held, text) for held, text in left if held]
        if stored:
            thread.texts.append((set(keys), reasoning))

    def reasoning(self, name: str, key: Key) -> str | None:
        thread = self.use(name)
        texts = [] if thread is None else [text for keys, text in thread.texts if key in keys]
        return texts[0] if texts else None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
