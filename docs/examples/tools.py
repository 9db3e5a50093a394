"""Functions of this program that the model can call."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import attrs
import msgspec
import trio

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime, tool
from codex_runtime.protocol import DynamicToolCall
from codex_runtime.testing import open_scripted_model, several, text, tool_call


@dataclass
class Order:
    number: int
    status: Literal["open", "shipped"]


class Shop:
    """Whatever a program has: a method is a tool of its object."""

    def __init__(self) -> None:
        self.orders = {7: Order(7, "open")}

    async def find_order(self, number: Annotated[int, msgspec.Meta(ge=1)]) -> Order:
        """Find an order by its number."""
        return self.orders[number]


@tool(timeout_s=5)
async def convert(amount: float, to: Literal["EUR", "USD"] = "EUR") -> str:
    """Convert an amount of Swiss francs."""
    await trio.sleep(0.01)  # asks a service
    return f"{amount * 1.06:.2f} {to}"


async def with_tools(config: RuntimeConfig, shop: Shop) -> str:
    # The app-server takes tools as an experimental feature.
    config = attrs.evolve(config, experimental_api=True)
    session_config = SessionConfig(cwd=".", tools=[convert, tool(shop.find_order)])
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(session_config) as session,
    ):
        result = await session.ask("What is 20 francs, and what became of order 7?")
        for item in result.items:
            if isinstance(item, DynamicToolCall):
                print(item.tool, item.arguments, item.status, item.content_items)
        return result.text


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(
            several(
                tool_call("convert", {"amount": 20}),
                tool_call("find_order", {"number": "seven"}),  # not an int: the model is told
            ),
            tool_call("find_order", {"number": 7}),
            text("It is 21.20 EUR, and the order is open."),
        )
        with tempfile.TemporaryDirectory() as home:
            print(await with_tools(model.runtime_config(Path(home)), Shop()))
        for output in model.requests[-1].tool_outputs:
            print("the model saw:", output.text)

    # A tool is still a function.
    assert await convert(10, to="USD") == "10.60 USD"


if __name__ == "__main__":
    trio.run(on_a_scripted_model)
