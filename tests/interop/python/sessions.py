"""A server of the Python SDK 1.x, or of FastMCP 2 where that is installed: revisions with a session.

It serves its standard input if called `sessions.py stdio`, and a port otherwise: `sessions.py MODE PORT`,
where MODE is `http`, `json` (responses are no streams), `stateless` or `sse` (the older transport).
"""

import sys

from pydantic import BaseModel

try:
    from fastmcp import Context, FastMCP

    is_fastmcp = True
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP

    is_fastmcp = False

from mcp.types import SamplingMessage, TextContent

mode = sys.argv[1]
port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
options = {} if is_fastmcp else {"host": "127.0.0.1", "port": port}
if not is_fastmcp:
    options |= {"json_response": mode == "json", "stateless_http": mode == "stateless"}
server = FastMCP("sessions", **options)


class Person(BaseModel):
    name: str


@server.tool()
async def echo(text: str) -> str:
    return text


@server.tool()
async def work(ctx: Context) -> str:
    for step in range(4):
        await ctx.report_progress(step + 1, 4)
    await ctx.info("half done")
    return "worked"


@server.tool()
async def fail() -> str:
    raise ValueError("the disk is full")


@server.tool()
async def ask(ctx: Context) -> str:
    if is_fastmcp:
        answer = await ctx.elicit("What is your name?", response_type=Person)
    else:
        answer = await ctx.elicit("What is your name?", schema=Person)
    return f"{answer.action} {answer.data.name}"


@server.tool()
async def think(ctx: Context) -> str:
    message = SamplingMessage(role="user", content=TextContent(type="text", text="Hello"))
    answer = await ctx.session.create_message([message], max_tokens=10)
    return f"thought {answer.content.text}"


@server.tool()
async def roots(ctx: Context) -> str:
    answer = await ctx.session.list_roots()
    return " ".join(str(root.uri) for root in answer.roots)


@server.resource("note://{name}")
def note(name: str) -> str:
    return f"the note {name}"


@server.resource("note://first")
def first() -> str:
    return "the first note"


@server.prompt()
def review(code: str) -> str:
    return f"Review {code}"


if is_fastmcp:
    transport = {"stdio": "stdio", "sse": "sse"}.get(mode, "http")
    if transport == "stdio":
        server.run(transport=transport, show_banner=False)
    elif transport == "sse":
        server.run(transport=transport, show_banner=False, host="127.0.0.1", port=port)
    else:
        more = {"json_response": mode == "json", "stateless_http": mode == "stateless"}
        server.run(transport=transport, show_banner=False, host="127.0.0.1", port=port, **more)
else:
    server.run(transport={"stdio": "stdio", "sse": "sse"}.get(mode, "streamable-http"))
