// The official TypeScript clients log in to `http_auth` at an authorization server of others.
//
// Started as `login.mjs http URL`. The authorization server is the one of `authorization_server.mjs`.

import assert from 'node:assert/strict';

import { DpopSession } from '@modelcontextprotocol/client';

import { authorize } from './browser.mjs';
import { run } from './harness.mjs';

const URL_ = new URL(process.argv[3]);
const REDIRECT_URI = 'http://127.0.0.1:3117/callback';
// The SDKs do not encode secrets for HTTP Basic authentication.
const SECRET = 'plain-secret';

/** What a user's client keeps: the registered client, its tokens, and the login that is under way. */
class Provider {
  logins = 0;

  constructor(name, session) {
    this.name = name;
    if (session) this.dpop = () => session;
  }

  get redirectUrl() {
    return REDIRECT_URI;
  }

  get clientMetadata() {
    return {
      client_name: this.name,
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    };
  }

  clientInformation() {
    return this.client;
  }

  saveClientInformation(client) {
    this.client = client;
  }

  tokens() {
    return this.saved;
  }

  saveTokens(tokens) {
    this.saved = tokens;
  }

  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }

  codeVerifier() {
    return this.verifier;
  }

  discoveryState() {
    return this.discovered;
  }

  saveDiscoveryState(discovered) {
    this.discovered = discovered;
  }

  redirectToAuthorization(url) {
    this.logins += 1;
    this.page = url;
  }
}

const textOf = (result) => {
  assert.ok(!result.isError, JSON.stringify(result));
  return result.content.map((block) => block.text ?? '').join('');
};
const toolsOf = async (client) => {
  const { tools } = await client.listTools({}, { cacheMode: 'bypass' });
  return tools.map((tool) => tool.name);
};
const call = async (client, name, args = {}) => textOf(await client.callTool({ name, arguments: args }));

/** Makes a request. If it needs a login, the user logs in, and the request is made again. */
async function withLogin(provider, transport, request) {
  try {
    return await request();
  } catch (error) {
    assert.equal(error.constructor.name, 'UnauthorizedError', error.stack);
    const { searchParams } = await authorize(provider.page);
    // The first SDK takes the code only.
    await transport().finishAuth(transport().finishAuth.length > 1 ? searchParams : searchParams.get('code'));
    return request();
  }
}

/** A connected client. A transport that was refused is not used again. */
async function connect(mode, provider) {
  let client, transport;
  await withLogin(provider, () => transport, () => {
    client = mode.create({});
    transport = mode.http(URL_, { authProvider: provider });
    return client.connect(transport);
  });
  return { client, request: (make) => withLogin(provider, () => transport, make) };
}

async function stepsUp(mode, session) {
  const provider = new Provider('TypeScript', session);
  const { client, request } = await connect(mode, provider);
  assert.deepEqual(await toolsOf(client), ['read', 'whoami']);
  assert.equal(await call(client, 'whoami'), 'ada may notes:read');
  assert.equal(provider.saved.token_type, session ? 'DPoP' : 'Bearer');
  assert.equal(provider.logins, 1);
  // The scope for writing is requested by a second login.
  const text = `TypeScript, ${mode.name}`;
  assert.match(await request(() => call(client, 'write', { text })), /^there are/);
  assert.equal(provider.logins, 2);
  assert.deepEqual(await toolsOf(client), ['read', 'write', 'whoami']);
  assert.ok((await call(client, 'read')).includes(`ada: ${text}`));
  await client.close();
}

async function renews(mode, session) {
  // Gets a refresh token without `offline_access`, which the first SDK does not request.
  const provider = new Provider('renewing', session);
  const { client } = await connect(mode, provider);
  // Each refresh token is used once.
  for (let time = 0; time < 2; time += 1) {
    const before = provider.saved;
    provider.saved = { ...before, access_token: 'stale' };
    assert.equal(await call(client, 'whoami'), 'ada may notes:read');
    assert.notEqual(provider.saved.access_token, before.access_token);
    assert.notEqual(provider.saved.refresh_token, before.refresh_token);
  }
  assert.equal(provider.logins, 1);
  await client.close();
}

async function hasCredentials(mode, expectedIssuer) {
  const provider = new mode.ClientCredentialsProvider({
    clientId: 'robot-plain',
    clientSecret: SECRET,
    expectedIssuer,
    scope: 'notes:read',
  });
  const client = mode.create({});
  await client.connect(mode.http(URL_, { authProvider: provider }));
  assert.equal(await call(client, 'whoami'), 'robot-plain may notes:read');
  await client.close();
}

const metadata = await fetch(new URL('/.well-known/oauth-protected-resource/mcp', URL_));
const [issuer] = (await metadata.json()).authorization_servers;

await run(async (mode) => {
  await stepsUp(mode);
  await renews(mode);
  await hasCredentials(mode, issuer);
  if (mode.hasDpop) {
    const session = await DpopSession.create();
    await stepsUp(mode, session);
    await renews(mode, session);
  }
});
