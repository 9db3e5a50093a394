"""A relay for any client of the Responses API: here the official one, in a thread of its own."""

from __future__ import annotations

import trio
from openai import OpenAI

from codex_runtime.relay import RelayConfig, open_relay
from codex_runtime.testing import open_scripted_chat, text


def ask_twice(base_url: str) -> None:
    with OpenAI(base_url=base_url, api_key="none is needed") as client:
        first = client.responses.create(model="their-model", input="My name is Ada.")
        print(first.output_text)
        # What was said before is kept by the relay.
        with client.responses.stream(
            model="their-model", input="Who am I?", previous_response_id=first.id
        ) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    print(event.delta, end="|")
            print(stream.get_final_response().status)


async def main() -> None:
    async with open_scripted_chat() as chat:  # stands for a server that runs a model
        chat.enqueue(text("Hello, Ada."), text("You are Ada.", deltas=3))
        async with open_relay(RelayConfig(upstream=chat.base_url)) as relay:
            await trio.to_thread.run_sync(ask_twice, relay.base_url)
        print([message["content"] for message in chat.requests[-1].messages])


if __name__ == "__main__":
    trio.run(main)
