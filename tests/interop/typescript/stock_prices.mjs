// The official TypeScript clients list and call the tools of `stock_prices`.
//
// Usage: stock_prices.mjs stdio PROGRAM [ARGUMENT...] | http URL

import assert from 'node:assert/strict';

import * as current from '@modelcontextprotocol/client';
import { StdioClientTransport as CurrentStdio } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const INFO = { name: 'interop', version: '1.0.0' };
const PRICES = { AAPL: '198.50', GOOGL: '178.25', MSFT: '425.00' };
const LIMIT_MS = 60_000;

const [transport, ...target] = process.argv.slice(2);

/** Each is one way a TypeScript program connects today. */
const CLIENTS = [
  {
    name: '@modelcontextprotocol/sdk',
    revision: '2025-11-25',
    client: () => new Client(INFO),
    stdio: (parameters) => new StdioClientTransport(parameters),
    http: (url) => new StreamableHTTPClientTransport(url),
  },
  ...[['legacy', '2025-11-25'], ['auto', '2026-07-28']].map(([mode, revision]) => ({
    name: `@modelcontextprotocol/client, mode ${mode}`,
    revision,
    client: () => new current.Client(INFO, { versionNegotiation: { mode } }),
    stdio: (parameters) => new CurrentStdio(parameters),
    http: (url) => new current.StreamableHTTPClientTransport(url),
  })),
];

function open(kind) {
  if (transport === 'http') return kind.http(new URL(target[0]));
  return kind.stdio({ command: target[0], args: target.slice(1) });
}

const textOf = (result) => result.content.map((block) => block.text ?? '').join('');

async function checkListing(client) {
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), ['get_stock_price']);
  assert.ok(tools[0].description, 'the tool is described');
  assert.equal(tools[0].inputSchema.properties.symbol.type, 'string');
  assert.deepEqual(tools[0].inputSchema.required, ['symbol']);
}

async function checkCalls(client) {
  const call = (args) => client.callTool({ name: 'get_stock_price', arguments: args });
  for (const [symbol, price] of Object.entries(PRICES)) {
    const result = await call({ symbol: symbol.toLowerCase() });
    assert.ok(!result.isError && textOf(result).includes(price), `${symbol}: ${textOf(result)}`);
  }
  const unknown = textOf(await call({ symbol: 'XYZ' }));
  assert.ok(Object.keys(PRICES).every((symbol) => unknown.includes(symbol)), unknown);
  assert.equal((await call({})).isError, true, 'a missing argument is an error result');
  await assert.rejects(client.callTool({ name: 'get_stock_prise', arguments: {} }), /get_stock_price/);
}

async function check(kind) {
  const client = kind.client();
  await client.connect(open(kind));
  try {
    const revision = client.getNegotiatedProtocolVersion?.();
    if (revision !== undefined) assert.equal(revision, kind.revision);
    await checkListing(client);
    await checkCalls(client);
  } finally {
    await client.close();
  }
}

const watchdog = setTimeout(() => {
  console.error(`still waiting after ${LIMIT_MS} ms`);
  process.exit(1);
}, LIMIT_MS);
for (const kind of CLIENTS) {
  await check(kind);
  console.log(`ok: typescript, ${transport}, ${kind.name}, ${kind.revision}`);
}
clearTimeout(watchdog);
