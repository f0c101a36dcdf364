"""Code shared by the scripts: connection modes of a client, and failure reports.

A script passes `run` a coroutine that performs all its checks in one mode. It is started as
`SCRIPT.py stdio PROGRAM [ARGUMENT...]` or `SCRIPT.py http URL`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mcp import Client, MCPError, StdioServerParameters

# Timeouts of a script in one mode, and of one event, in seconds.
MODE_LIMIT = 90
EVENT_LIMIT = 30


@dataclass(frozen=True)
class Mode:
    """A setting of the client, and the expected revision."""

    name: str
    revision: str
    server: StdioServerParameters | str

    @property
    def legacy(self) -> bool:
        return self.revision < "2026"

    @property
    def pinned(self) -> bool:
        """True if the client assumes the revision and does not request capabilities."""
        return self.name == self.revision

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[Client]:
        """A connected client. The options are those of `Client`."""
        async with Client(self.server, mode=self.name, **options) as client:
            expect_equal(client.protocol_version, self.revision, f"the revision of mode {self.name}")
            yield client


MODES = {"legacy": "2025-11-25", "auto": "2026-07-28", "2026-07-28": "2026-07-28"}


def expect(condition: bool, what: str, got: object) -> None:
    if not condition:
        raise AssertionError(f"{what}; got {got!r}")


def expect_equal(got: object, wanted: object, what: str) -> None:
    expect(got == wanted, f"{what}: expected {wanted!r}", got)


async def expect_refusal(request: Awaitable[object], code: int, *words: str) -> MCPError:
    """The error of a refused request. Its message must contain the words."""
    try:
        result = await request
    except MCPError as error:
        expect_equal(error.code, code, f"the code of {error}")
        for word in words:
            expect(word in error.message, f"the message names {word}", error.message)
        return error
    raise AssertionError(f"expected a refusal with {code}; got {result!r}")


async def soon(event: Awaitable[Any], what: str) -> Any:
    """Waits for an event, with a timeout."""
    try:
        return await asyncio.wait_for(event, EVENT_LIMIT)
    except TimeoutError:
        raise AssertionError(f"no {what} within {EVENT_LIMIT} s") from None


def run(check: Callable[[Mode], Awaitable[None]]) -> None:
    """Runs a check in every mode against the server given on the command line."""
    transport, *rest = sys.argv[1:]
    server = rest[0] if transport == "http" else StdioServerParameters(command=rest[0], args=rest[1:])
    script = sys.argv[0].rpartition("/")[2]

    async def all_modes() -> None:
        for name, revision in MODES.items():
            await asyncio.wait_for(check(Mode(name, revision, server)), MODE_LIMIT)
            print(f"ok: {script}, {transport}, mode {name}, {revision}", flush=True)

    asyncio.run(all_modes())
