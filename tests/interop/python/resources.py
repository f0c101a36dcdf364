"""The official Python client lists, reads and completes the resources of `resources`."""

import base64
import json
from pathlib import Path

from mcp import Client
from mcp.types import BlobResourceContents, ResourceTemplateReference, TextResourceContents

from harness import Mode, expect, expect_equal, expect_refusal, run

DOCS = Path(__file__).resolve().parents[3] / "docs"
SIGN = b"P4 8 8\n\x3c\x42\x81\xa5\x81\x99\x42\x3c"
SAW = {"id": 3, "name": "saw", "kind": "tool", "cents": 2490}
NUT = {"id": 2, "name": "nut M5", "kind": "fastener", "cents": 9}
BOLT = {"id": 1, "name": "bolt M5", "kind": "fastener", "cents": 12}
KINDS = ResourceTemplateReference(uri="shop://kinds/{kind}{?limit}")


async def check_capabilities(client: Client) -> None:
    capabilities = client.server_capabilities
    expect(capabilities.resources is not None, "resources are advertised", capabilities)
    expect(capabilities.completions is not None, "completions are advertised", capabilities)
    expect(capabilities.prompts is None, "no prompts are advertised", capabilities)


async def check_listing(client: Client) -> None:
    listed = {resource.uri: resource for resource in (await client.list_resources()).resources}
    files = {f"docs:///{path.relative_to(DOCS).as_posix()}": path for path in DOCS.rglob("*") if path.is_file()}
    pages = {uri: path for uri, path in files.items() if path.suffix == ".md"}
    expect("docs:///tools.md" in pages, "there are pages to list", pages)
    expect_equal(set(listed), {"shop://kinds", "shop://sign", *files}, "the resources")
    for uri, path in pages.items():
        expect_equal((listed[uri].name, listed[uri].mime_type), (path.name, "text/markdown"), uri)
        expect_equal(listed[uri].size, path.stat().st_size, f"the size of {uri}")
    expect_equal(listed["shop://sign"].mime_type, "image/x-portable-bitmap", "the type of the sign")
    expect_equal(listed["shop://kinds"].description, "The kinds of articles that there are.", "the description")

    templates = (await client.list_resource_templates()).resource_templates
    names = {template.uri_template: template.name for template in templates}
    wanted = {"docs:///{+path}": "page", "shop://articles/{id}": "article", KINDS.uri: "articles_of_kind"}
    expect_equal(names, wanted, "the templates")


async def read(client: Client, uri: str, mime_type: str) -> str | bytes:
    contents = (await client.read_resource(uri)).contents
    expect_equal([(one.uri, one.mime_type) for one in contents], [(uri, mime_type)], "what was read")
    match contents[0]:
        case TextResourceContents(text=text):
            return text
        case BlobResourceContents(blob=blob):
            return base64.b64decode(blob, validate=True)


async def check_reading(client: Client) -> None:
    kinds = await read(client, "shop://kinds", "application/json")
    expect_equal(json.loads(kinds), ["fastener", "tool"], "the kinds")
    expect_equal(await read(client, "shop://sign", "image/x-portable-bitmap"), SIGN, "the sign")
    page = await read(client, "docs:///tools.md", "text/markdown")
    expect_equal(page, (DOCS / "tools.md").read_text(encoding="utf-8"), "the page")
    for uri, wanted in {
        "shop://articles/3": SAW,
        "shop://kinds/fastener": [NUT, BOLT],
        "shop://kinds/fastener?limit=1": [NUT],
        "shop://kinds/none": [],
    }.items():
        expect_equal(json.loads(await read(client, uri, "application/json")), wanted, uri)


async def check_caching(client: Client, mode: Mode) -> None:
    """Only the modern era has cache hints; otherwise the client uses defaults."""
    article = await client.read_resource("shop://articles/3", cache_mode="refresh")
    kinds = await client.read_resource("shop://kinds", cache_mode="refresh")
    expect_equal(article.ttl_ms, 0 if mode.legacy else 60_000, "how long an article may be kept")
    expect_equal(kinds.ttl_ms, 0, "how long the kinds may be kept")


async def check_refusals(client: Client, mode: Mode) -> None:
    unknown = -32002 if mode.legacy else -32602
    for uri in ("shop://articles/4", "docs:///toolz.md", "docs:///../README.md", "shop://nothing"):
        error = await expect_refusal(client.read_resource(uri), unknown)
        expect_equal(error.data, {"uri": uri}, "the data of the error")
    await expect_refusal(client.read_resource("shop://sing"), unknown, "did you mean `shop://sign`?")
    await expect_refusal(client.read_resource("shop://articles/three"), -32602, "`id`", '"three"')


async def check_completion(client: Client) -> None:
    for typed, wanted in {"": ["fastener", "tool"], "t": ["tool"], "F": ["fastener"], "x": []}.items():
        completion = (await client.complete(KINDS, {"name": "kind", "value": typed})).completion
        expect_equal(completion.values, wanted, f"what completes {typed!r}")
        expect_equal((completion.total, bool(completion.has_more)), (len(wanted), False), "how many there are")
    unknown = client.complete(ResourceTemplateReference(uri="shop://nothing/{id}"), {"name": "id", "value": ""})
    await expect_refusal(unknown, -32602, "did you mean `shop://articles/{id}`?")


async def check(mode: Mode) -> None:
    async with mode.client() as client:
        if not mode.pinned:
            await check_capabilities(client)
        await check_listing(client)
        await check_reading(client)
        await check_caching(client, mode)
        await check_refusals(client, mode)
        await check_completion(client)


run(check)
