"""The official Python client lists and calls the tools of `stock_prices`."""

from mcp import Client

from harness import Mode, expect, expect_equal, expect_refusal, run

PRICES = {"AAPL": "198.50", "GOOGL": "178.25", "MSFT": "425.00"}


def text_of(result) -> str:
    return "".join(block.text for block in result.content if block.type == "text")


async def check_listing(client: Client) -> None:
    listing = await client.list_tools()
    expect_equal([tool.name for tool in listing.tools], ["get_stock_price"], "the tools")
    tool = listing.tools[0]
    expect(bool(tool.description), "the tool is described", tool)
    expect_equal(tool.input_schema["properties"]["symbol"]["type"], "string", "the type of symbol")
    expect_equal(tool.input_schema["required"], ["symbol"], "what is required")


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
    misspelt = client.call_tool("get_stock_prise", {"symbol": "AAPL"})
    await expect_refusal(misspelt, -32602, "did you mean `get_stock_price`?")


async def check(mode: Mode) -> None:
    async with mode.client() as client:
        await check_listing(client)
        await check_calls(client)
        await check_mistakes(client)


run(check)
