"""The official Python client 1.26, the last with tasks of 2025-11-25, drives `long_job`.

It is started as `tasks.py stdio PROGRAM [ARGUMENT...]` or `tasks.py http URL`, by an interpreter that has that
version.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ElicitRequestFormParams, ElicitResult

LIMIT = 90
UNKNOWN = "0" * 32
REPORT = {"subject": "bees", "sources": 3}
QUESTION = "A report on bees from 3 sources: publish it?"
PUBLISHED = "The report on bees is at https://reports.example/bees."
DRAFT = "The report on bees stays a draft."


def expect_equal(got: object, wanted: object, what: str) -> None:
    if got != wanted:
        raise AssertionError(f"{what}: expected {wanted!r}; got {got!r}")


async def expect_refusal(request: Awaitable[object], code: int, *words: str) -> None:
    try:
        result = await request
    except McpError as error:
        expect_equal(error.error.code, code, f"the code of {error}")
        for word in words:
            if word not in error.error.message:
                raise AssertionError(f"{error.error.message}: does not name {word}") from None
        return
    raise AssertionError(f"expected a refusal with {code}; got {result!r}")


class User:
    """A user who answers, and records the questions."""

    def __init__(self, *answers: ElicitResult) -> None:
        self.answers = list(answers)
        self.asked: list[ElicitRequestFormParams] = []

    async def __call__(self, _context: object, params: Any) -> ElicitResult:
        self.asked.append(params)
        return self.answers.pop(0)


def accept(**content: Any) -> ElicitResult:
    return ElicitResult(action="accept", content=content)


@asynccontextmanager
async def connect(transport: str, target: list[str], user: User) -> AsyncIterator[ClientSession]:
    async with AsyncExitStack() as stack:
        if transport == "http":
            streams = await stack.enter_async_context(streamable_http_client(target[0]))
        else:
            parameters = StdioServerParameters(command=target[0], args=target[1:])
            streams = await stack.enter_async_context(stdio_client(parameters))
        session = ClientSession(streams[0], streams[1], elicitation_callback=user)
        await stack.enter_async_context(session)
        initialized = await session.initialize()
        expect_equal(initialized.protocolVersion, "2025-11-25", "the revision")
        tasks = initialized.capabilities.tasks
        expect_equal(tasks is not None and tasks.cancel is not None, True, "cancellation is declared")
        expect_equal(tasks.list is not None, transport == "stdio", "the list is declared")
        yield session


async def start(session: ClientSession, tool: str, arguments: dict[str, Any] | None = None) -> str:
    created = await session.experimental.call_tool_as_task(tool, arguments or {}, ttl=60_000)
    expect_equal(created.task.status, "working", "the state of a new task")
    expect_equal(created.task.ttl, 60_000, "the time to live")
    expect_equal(created.task.pollInterval, 100 if tool == "write_report" else 1000, "the interval")
    return created.task.taskId


async def settle(session: ClientSession, task_id: str) -> tuple[list[str], CallToolResult]:
    """Polls as the SDK documents it: the result is asked for when the task waits for its client."""
    tasks = session.experimental
    seen = []
    async for status in tasks.poll_task(task_id):
        seen.append(status.status)
        if status.status == "input_required":
            return seen, await tasks.get_task_result(task_id, CallToolResult)
    return seen, await tasks.get_task_result(task_id, CallToolResult)


async def check_reports(transport: str, target: list[str]) -> None:
    wrong, yes, no = accept(publish="maybe"), accept(publish=True), accept(publish=False)
    user = User(yes, no, ElicitResult(action="decline"), wrong, yes)
    async with connect(transport, target, user) as session:
        for expected in (PUBLISHED, DRAFT, DRAFT, PUBLISHED):
            task_id = await start(session, "write_report", REPORT)
            seen, result = await settle(session, task_id)
            expect_equal(seen[-1], "input_required", "what polling ends with")
            expect_equal(result.content[0].text, expected, "the result")
            expect_equal((await session.experimental.get_task(task_id)).status, "completed", "the state")
            related = result.meta["io.modelcontextprotocol/related-task"]
            expect_equal(related, {"taskId": task_id}, "the related task")
            await expect_refusal(session.experimental.cancel_task(task_id), -32602, "has ended")
    expect_equal(user.answers, [], "the answers that are left")
    expect_equal([params.message for params in user.asked[:4]], [QUESTION] * 4, "the questions")
    expect_equal("`publish`" in user.asked[4].message, True, "the question is asked again")


async def check_polling_alone(transport: str, target: list[str]) -> None:
    user = User(accept(publish=True))
    async with connect(transport, target, user) as session:
        task_id = await start(session, "write_report", REPORT)
        seen = [status.status async for status in session.experimental.poll_task(task_id)]
        expect_equal(seen[-1], "completed", "what polling ends with")
        result = await session.experimental.get_task_result(task_id, CallToolResult)
        expect_equal(result.content[0].text, PUBLISHED, "the result")
    expect_equal(len(user.asked), 1, "the number of questions")


async def check_ends(transport: str, target: list[str]) -> None:
    async with connect(transport, target, User()) as session:
        tasks = session.experimental
        cancelled = await start(session, "write_report", {"subject": "bees", "sources": 1000})
        expect_equal((await tasks.get_task(cancelled)).status, "working", "the state")
        expect_equal((await tasks.cancel_task(cancelled)).status, "cancelled", "the state")
        expect_equal((await tasks.get_task(cancelled)).status, "cancelled", "the state")
        await expect_refusal(tasks.get_task_result(cancelled, CallToolResult), -32603, "cancelled")

        failed = await start(session, "write_nothing")
        seen, result = await settle(session, failed)
        expect_equal((seen[-1], result.isError), ("failed", True), "a tool that fails")
        expect_equal((await tasks.get_task(failed)).statusMessage, "there is nothing to write about", "the message")

        lost = await start(session, "lose_report")
        expect_equal([status.status async for status in tasks.poll_task(lost)][-1], "failed", "the state")
        await expect_refusal(tasks.get_task_result(lost, CallToolResult), -32603, "the report is lost")

        for request in (
            tasks.get_task(UNKNOWN),
            tasks.cancel_task(UNKNOWN),
            tasks.get_task_result(UNKNOWN, CallToolResult),
        ):
            await expect_refusal(request, -32602, UNKNOWN)
        if transport == "stdio":
            listed = await tasks.list_tasks()
            expect_equal({task.taskId for task in listed.tasks}, {cancelled, failed, lost}, "the tasks")
            await expect_refusal(tasks.list_tasks("nonsense"), -32602)
        else:
            await expect_refusal(tasks.list_tasks(), -32601)


async def main() -> None:
    transport, *target = sys.argv[1:]
    for check in (check_reports, check_polling_alone, check_ends):
        await asyncio.wait_for(check(transport, target), LIMIT)
    print(f"ok: tasks.py, {transport}, mcp 1.26, 2025-11-25", flush=True)


asyncio.run(main())
