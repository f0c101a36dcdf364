"""The official Python client receives changes of `watched`: of a resource, and of the list of resources.

A legacy session subscribes with `resources/subscribe`, and receives list changes without
subscription. Since 2026-07-28 both need `subscriptions/listen`. Over HTTP all clients share one
server, so every check compares with the previous state.
"""

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp import Client, MCPDeprecationWarning
from mcp.client.subscriptions import ResourcesListChanged, ResourceUpdated, Subscription
from mcp.types import ResourceListChangedNotification, ResourceUpdatedNotification

from harness import Mode, expect, expect_equal, expect_refusal, run, soon

# The client warns about features that 2026-07-28 has removed; they are used with older revisions.
warnings.simplefilter("ignore", MCPDeprecationWarning)

COUNTER = "counter://value"
SPARE = "counter://spare"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


class Heard:
    """Notifications, in the order of arrival."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue = asyncio.Queue()
        self.subscription: Subscription | None = None

    async def __call__(self, message: object) -> None:
        self.queue.put_nowait(message)

    async def next(self) -> str:
        """The next change: the URI of a resource, or `list`.

        A listener hears of it twice: here, and from the iterator of its subscription.
        """
        change = self.understand(await soon(self.queue.get(), "change"))
        if self.subscription is not None:
            event = await soon(anext(self.subscription), "event")
            wanted = ResourcesListChanged() if change == "list" else ResourceUpdated(change)
            expect_equal(event, wanted, "the event of the subscription")
        return change

    def understand(self, message: object) -> str:
        subscription = self.subscription and self.subscription.subscription_id
        match message:
            case ResourceUpdatedNotification(params=params):
                change = params.uri
            case ResourceListChangedNotification(params=params):
                change = "list"
            case _:
                raise AssertionError(f"expected a change of a resource or the list; got {message!r}")
        meta = (params and params.meta) or {}
        expect_equal(meta.get(SUBSCRIPTION), subscription, "the subscription that a change names")
        return change

    async def expect(self, change: str) -> None:
        expect_equal(await self.next(), change, "the next change")

    def expect_silence(self) -> None:
        expect(self.queue.empty(), "there is no further change", self.queue)


@asynccontextmanager
async def watching(client: Client, mode: Mode, heard: Heard, *uris: str) -> AsyncIterator[None]:
    """Subscribes to the resources and to the list of resources, for the duration of the block."""
    if mode.legacy:
        for uri in uris:
            await client.subscribe_resource(uri)
        yield
        for uri in uris:
            await client.unsubscribe_resource(uri)
        return
    async with client.listen(resources_list_changed=True, resource_subscriptions=uris) as subscription:
        honored = subscription.honored
        expect_equal(honored.resource_subscriptions or [], list(uris), "the resources that are honoured")
        expect_equal(honored.resources_list_changed, True, "whether the list is honoured")
        expect_equal(honored.tools_list_changed, None, "whether tools are honoured, which were not asked for")
        heard.subscription = subscription
        yield
        heard.subscription = None


async def call(client: Client, name: str, arguments: dict[str, object]) -> object:
    result = await client.call_tool(name, arguments)
    expect(not result.is_error, f"{name} succeeds", result)
    return result.content[0].text


async def value(client: Client) -> int:
    return int((await client.read_resource(COUNTER)).contents[0].text)


async def uris(client: Client) -> list[str]:
    # The client caches the list until it is notified of a change.
    return [resource.uri for resource in (await client.list_resources()).resources]


async def check_updates(client: Client, heard: Heard) -> None:
    before = await value(client)
    for steps in (1, 2):
        await call(client, "count", {"steps": 1})
        await heard.expect(COUNTER)
        expect_equal(await value(client), before + steps, "the value after an update")


async def check_list_changes(client: Client, mode: Mode, heard: Heard) -> None:
    expect_equal(await uris(client), [COUNTER], "the list at first")
    await call(client, "add", {"name": "spare"})
    await heard.expect("list")
    expect_equal(await uris(client), [COUNTER, SPARE], "the list with one more")
    expect_equal((await client.read_resource(SPARE)).contents[0].text, "0", "what was added")
    await call(client, "remove", {"name": "spare"})
    await heard.expect("list")
    expect_equal(await uris(client), [COUNTER], "the list as it was")
    await expect_refusal(client.read_resource(SPARE), -32002 if mode.legacy else -32602, COUNTER)


async def check_end(client: Client, heard: Heard) -> None:
    """No update arrives for a resource without subscription."""
    await call(client, "count", {"steps": 3})
    for tool in ("add", "remove", "add", "remove"):
        await call(client, tool, {"name": "spare"})
        await heard.expect("list")
    heard.expect_silence()


async def check(mode: Mode) -> None:
    heard = Heard()
    async with mode.client(message_handler=heard) as client:
        if not mode.pinned:
            resources = client.server_capabilities.resources
            expect_equal((resources.subscribe, resources.list_changed), (True, True), "the capability")
        async with watching(client, mode, heard, COUNTER):
            await check_updates(client, heard)
            await check_list_changes(client, mode, heard)
        async with watching(client, mode, heard):
            await check_end(client, heard)
        async with watching(client, mode, heard, COUNTER):
            await check_updates(client, heard)
        heard.expect_silence()


run(check)
