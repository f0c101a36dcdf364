"""The official Python client declares a root to `roots`, which counts lines in it."""

import tempfile
from pathlib import Path

from mcp import Client
from mcp.types import ListRootsResult, Root

from harness import Mode, expect, expect_equal, run


async def count(client: Client, path: str) -> tuple[bool, str]:
    result = await client.call_tool("count_lines", {"path": path})
    return bool(result.is_error), result.content[0].text


async def check_in(mode: Mode, directory: Path) -> None:
    inside = directory / "in side"
    inside.mkdir()
    (inside / "three.txt").write_text("a\nb\nc\n")
    (directory / "secret.txt").write_text("no\n")
    (inside / "link.txt").symlink_to(directory / "secret.txt")
    asked = 0

    async def roots(_context: object) -> ListRootsResult:
        nonlocal asked
        asked += 1
        return ListRootsResult(roots=[Root(uri=inside.as_uri(), name="inside")])

    async with mode.client(list_roots_callback=roots) as client:
        listed = (await client.call_tool("list_roots", {})).structured_content
        uris = listed["result"] if mode.legacy else listed
        expect_equal(uris, [inside.as_uri()], "the roots")
        for path in ("three.txt", str(inside / "three.txt")):
            expect_equal(await count(client, path), (False, "3"), f"the lines of {path}")
        for path in ("../secret.txt", "link.txt", str(directory / "secret.txt")):
            failed, text = await count(client, path)
            expect(failed and "outside the roots" in text, f"{path} is refused", text)
        # A session is asked once; every request of the modern era is asked again.
        expect_equal(asked, 1 if mode.legacy else 6, "how often the client was asked")


async def check(mode: Mode) -> None:
    with tempfile.TemporaryDirectory() as directory:
        await check_in(mode, Path(directory).resolve())


run(check)
