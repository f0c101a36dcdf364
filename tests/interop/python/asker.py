"""A FastMCP server that asks its client: with requests in a session, with results otherwise.

It serves its standard input, or `http://127.0.0.1:PORT/mcp` if called `asker.py PORT`.
"""

import sys
from dataclasses import dataclass

import mcp_types as types
from fastmcp import Context, FastMCP

server = FastMCP("asker")


@dataclass
class Person:
    name: str


@server.tool
async def ask(ctx: Context) -> str:
    answer = await ctx.elicit("What is your name?", response_type=Person)
    return f"{answer.action} {answer.data.name}"


@server.tool
async def think(ctx: Context) -> str:
    message = types.SamplingMessage(role="user", content=types.TextContent(text="Hello"))
    answer = await ctx.session.create_message([message], max_tokens=10)
    return f"thought {answer.content.text}"


@server.tool
async def ask_in_result(ctx: Context):
    answers = ctx.input_responses
    if not answers:
        form = {"type": "object", "properties": {"name": {"type": "string"}}}
        message = types.SamplingMessage(role="user", content=types.TextContent(text="Hello"))
        return types.InputRequiredResult(
            input_requests={
                "who": types.ElicitRequest(
                    params=types.ElicitRequestFormParams(message="Who?", requested_schema=form)
                ),
                "what": types.CreateMessageRequest(
                    params=types.CreateMessageRequestParams(messages=[message], max_tokens=10)
                ),
            },
            request_state="round 1",
        )
    return f"{ctx.request_state}: {answers['who'].content['name']}, {answers['what'].content.text}"


@server.tool
async def work(ctx: Context) -> str:
    for step in range(4):
        await ctx.report_progress(step + 1, 4)
    return "worked"


if len(sys.argv) > 1:
    server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
else:
    server.run(show_banner=False)
