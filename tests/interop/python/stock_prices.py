"""The official Python client lists and calls the tools of `stock_prices`, in both eras.

Usage: stock_prices.py stdio PROGRAM [ARGUMENT...] | http URL
"""

import asyncio
import sys

from mcp import Client, MCPError, StdioServerParameters

# How the client is told to speak, and the revision that must come of it.
MODES = {"legacy": "2025-11-25", "auto": "2026-07-28", "2026-07-28": "2026-07-28"}
PRICES = {"AAPL": "198.50", "GOOGL": "178.25", "MSFT": "425.00"}


def expect(condition: bool, what: str, got: object) -> None:
    if not condition:
        raise AssertionError(f"{what}; got {got!r}")


def text_of(result) -> str:
    return "".join(block.text for block in result.content if block.type == "text")


async def check_listing(client: Client) -> None:
    listing = await client.list_tools()
    names = [tool.name for tool in listing.tools]
    expect(names == ["get_stock_price"], "one tool is listed", names)
    tool = listing.tools[0]
    expect(bool(tool.description), "the tool is described", tool)
    expect(tool.input_schema["properties"]["symbol"]["type"] == "string", "symbol is a string", tool.input_schema)
    expect(tool.input_schema["required"] == ["symbol"], "symbol is required", tool.input_schema)


async def check_calls(client: Client) -> None:
    for symbol, price in PRICES.items():
        for spelling in (symbol, symbol.lower()):
            result = await client.call_tool("get_stock_price", {"symbol": spelling})
            expect(not result.is_error and price in text_of(result), f"{spelling} costs {price}", result)
    unknown = await client.call_tool("get_stock_price", {"symbol": "XYZ"})
    expect(all(symbol in text_of(unknown) for symbol in PRICES), "an unknown symbol lists the known ones", unknown)


async def check_mistakes(client: Client) -> None:
    missing = await client.call_tool("get_stock_price", {})
    expect(missing.is_error and "symbol" in text_of(missing), "a missing argument is a result that names it", missing)
    try:
        result = await client.call_tool("get_stock_prise", {"symbol": "AAPL"})
    except MCPError as error:
        expect(error.code == -32602, "an unknown tool is -32602", error)
        expect("get_stock_price" in str(error), "an unknown tool names its neighbour", error)
    else:
        raise AssertionError(f"an unknown tool is refused; got {result!r}")


async def check(server: StdioServerParameters | str, mode: str, revision: str) -> None:
    async with Client(server, mode=mode) as client:
        expect(client.protocol_version == revision, f"mode {mode} speaks {revision}", client.protocol_version)
        await check_listing(client)
        await check_calls(client)
        await check_mistakes(client)


async def main() -> None:
    transport, *rest = sys.argv[1:]
    server = rest[0] if transport == "http" else StdioServerParameters(command=rest[0], args=rest[1:])
    for mode, revision in MODES.items():
        await asyncio.wait_for(check(server, mode, revision), timeout=60)
        print(f"ok: python, {transport}, mode {mode}, {revision}")


asyncio.run(main())
