"""The official Python client logs in to `http_auth` at an authorization server of others.

Started as `login.py http URL`. The authorization server is the one of `authorization_server.mjs`.
"""

from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientMetadata

from harness import Mode, expect, expect_equal, run

REDIRECT_URI = "http://127.0.0.1:3117/callback"
SECRET = "a: 100% +secret/&="


class Storage:
    """Tokens and the registered client, in memory."""

    def __init__(self) -> None:
        self.tokens = None
        self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens) -> None:
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client) -> None:
        self.client = client


class Browser:
    """Follows the redirects of an authorization server, whose user agrees at once."""

    def __init__(self) -> None:
        self.requested: list[str] = []

    async def open(self, url: str) -> None:
        self.requested.append(url)

    async def response(self) -> AuthorizationCodeResult:
        url = self.requested[-1]
        async with httpx2.AsyncClient() as http:
            while not url.startswith(REDIRECT_URI):
                response = await http.get(url)
                expect(response.is_redirect, "the authorization server redirects", response.text)
                url = urljoin(url, response.headers["location"])
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        return AuthorizationCodeResult(code=query["code"], state=query["state"], iss=query["iss"])


def text_of(result) -> str:
    expect(not result.is_error, "a result without error", result)
    return "".join(block.text for block in result.content if block.type == "text")


async def tool_names(client: Client) -> list[str]:
    listing = await client.list_tools(cache_mode="bypass")
    return [tool.name for tool in listing.tools]


async def check_user(mode: Mode) -> None:
    storage, browser = Storage(), Browser()
    metadata = OAuthClientMetadata(client_name="Python", redirect_uris=[REDIRECT_URI])
    provider = OAuthClientProvider(
        mode.server, metadata, storage, redirect_handler=browser.open, callback_handler=browser.response
    )
    async with (
        create_mcp_http_client(auth=provider) as http,
        Client(streamable_http_client(mode.server, http_client=http), mode=mode.name) as client,
    ):
        expect_equal(client.protocol_version, mode.revision, "the revision")
        expect_equal(await tool_names(client), ["read", "whoami"], "the tools of the scope")
        expect_equal(text_of(await client.call_tool("whoami", {})), "ada may notes:read", "the caller")
        expect_equal(len(browser.requested), 1, "the number of logins")
        # The scope for writing is requested by a second login.
        text = f"Python, {mode.name}"
        written = text_of(await client.call_tool("write", {"text": text}))
        expect(written.startswith("there are"), "the note is taken", written)
        expect_equal(len(browser.requested), 2, "the number of logins")
        expect_equal(await tool_names(client), ["read", "write", "whoami"], "the tools of both scopes")
        notes = text_of(await client.call_tool("read", {}))
        expect(f"ada: {text}" in notes, "the note is there", notes)
        # Each refresh token is used once.
        for _ in range(2):
            before = storage.tokens
            provider.context.token_expiry_time = 1
            caller = text_of(await client.call_tool("whoami", {}))
            expect_equal(caller, "ada may notes:read, notes:write", "the caller")
            expect(storage.tokens.access_token != before.access_token, "another token", "the same one")
            expect(storage.tokens.refresh_token != before.refresh_token, "another refresh token", "the same one")
        expect_equal(len(browser.requested), 2, "the number of logins")


async def check_program(mode: Mode, issuer: str) -> None:
    provider = ClientCredentialsOAuthProvider(
        mode.server, Storage(), client_id="robot-basic", client_secret=SECRET, issuer=issuer
    )
    async with (
        create_mcp_http_client(auth=provider) as http,
        Client(streamable_http_client(mode.server, http_client=http), mode=mode.name) as client,
    ):
        expect_equal(text_of(await client.call_tool("whoami", {})), "robot-basic may notes:read", "the caller")


async def check(mode: Mode) -> None:
    await check_user(mode)
    async with httpx2.AsyncClient() as http:
        metadata = await http.get(urljoin(mode.server, "/.well-known/oauth-protected-resource/mcp"))
    await check_program(mode, metadata.json()["authorization_servers"][0])


run(check)
