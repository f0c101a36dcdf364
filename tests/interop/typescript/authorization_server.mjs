// The authorization server of `oidc-provider` at a free port of this machine, which it prints:
//
//   authorization_server.mjs [--bearer]      without DPoP
//
// Its user is ada, who logs in and consents at once, except to clients called `unwelcome`. It issues tokens for every MCP server of this machine.
// `GET /issued` lists the tokens that it issued, and `GET /key` is the private key of the client `robot-key`.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import Provider from 'oidc-provider';

// With the characters that HTTP Basic authentication has to encode.
const SECRET = 'a: 100% +secret/&=';
const isBound = !process.argv.includes('--bearer');

const keys = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: generateKeyPairSync('ed25519'),
};
const jwk = (alg, key) => ({ ...key.export({ format: 'jwk' }), kid: `key-${alg}`, alg, use: 'sig' });
const robotKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A client without a user. Its tokens are signed with the algorithm at the end of its name. */
const robot = (name, method, members) => ({
  client_id: name,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: method,
  ...(members ?? { client_secret: SECRET }),
});
const clients = [
  robot('robot-basic', 'client_secret_basic'),
  robot('robot-plain', 'client_secret_basic', { client_secret: 'plain-secret' }),
  ...['late', 'post', ...Object.keys(keys)].map((name) => robot(`robot-${name}`, 'client_secret_post')),
  robot('robot-key', 'private_key_jwt', {
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [jwk('ES256', robotKey.publicKey)] },
  }),
];

function resourceServer(_ctx, resource, client) {
  const alg = client.clientId.replace('robot-', '');
  return {
    audience: resource,
    scope: 'notes:read notes:write',
    accessTokenFormat: 'jwt',
    accessTokenTTL: 300,
    jwt: { sign: { alg: alg in keys ? alg : 'RS256' } },
  };
}

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: Object.entries(keys).map(([alg, pair]) => jwk(alg, pair.privateKey)) },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  scopes: ['openid', 'offline_access'],
  enabledJWA: {
    clientAuthSigningAlgValues: ['ES256'],
    idTokenSigningAlgValues: Object.keys(keys),
  },
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  // The first TypeScript SDK does not request `offline_access`.
  issueRefreshToken: (_ctx, client, source) =>
    client.grantTypeAllowed('refresh_token') &&
    (source.scopes.has('offline_access') || client.clientName === 'renewing'),
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  formats: {
    customizers: {
      jwt(_ctx, token, { payload }) {
        if (token.clientId === 'robot-late') payload.exp = payload.iat - 120;
      },
    },
  },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: isBound
      ? { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true }
      : { enabled: false },
    registration: { enabled: true },
    resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
    revocation: { enabled: true },
  },
});

/** Tokens in the order in which they were issued. */
const issued = [];

provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route !== 'token' || ctx.status !== 200) return;
  const { client, params } = ctx.oidc;
  issued.push({
    client: client.clientName ?? client.clientId,
    id: client.clientId,
    grant: params.grant_type,
    resource: params.resource,
    scope: ctx.body.scope,
    type: ctx.body.token_type,
  });
  // So that the client renews the token before each request.
  if (client.clientName === 'hasty') ctx.body.expires_in = 0;
});

/** Logs the user in, and grants what is requested. */
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'ada' } });
  }
  const client = await provider.Client.find(params.client_id);
  if (client.clientName === 'unwelcome') {
    return provider.interactionFinished(request, response, { error: 'access_denied' });
  }
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details;
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  const result = { consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

/**
 * Registers a client without its `scope`. The SDKs name the scopes of their first login, and those would be
 * all that the client may request.
 */
async function register(request, response) {
  const { scope, ...metadata } = await json(request);
  request.body = metadata;
  return callback(request, response);
}

const callback = provider.callback();
server.on('request', (request, response) => {
  const path = request.url;
  if (path === '/issued') return response.end(JSON.stringify(issued));
  if (path === '/key') return response.end(robotKey.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const handlers = { '/interaction': interact, '/reg': register };
  const handle = handlers[/^\/[a-z]*/.exec(path)[0]] ?? callback;
  return handle(request, response).catch((error) => response.writeHead(500).end(String(error)));
});
console.log(issuer);
