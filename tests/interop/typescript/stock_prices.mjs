// The official TypeScript clients list and call the tools of `stock_prices`.

import assert from 'node:assert/strict';

import { expectRefusal, run } from './harness.mjs';

const PRICES = { AAPL: '198.50', GOOGL: '178.25', MSFT: '425.00' };

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
    for (const spelling of [symbol, symbol.toLowerCase()]) {
      const result = await call({ symbol: spelling });
      assert.ok(!result.isError && textOf(result).includes(price), `${spelling}: ${textOf(result)}`);
    }
  }
  const unknown = textOf(await call({ symbol: 'XYZ' }));
  assert.ok(Object.keys(PRICES).every((symbol) => unknown.includes(symbol)), unknown);
  const missing = await call({});
  assert.ok(missing.isError && textOf(missing).includes('symbol'), `a missing argument: ${textOf(missing)}`);
  const misspelt = client.callTool({ name: 'get_stock_prise', arguments: {} });
  await expectRefusal(misspelt, -32602, 'did you mean `get_stock_price`?');
}

await run((mode) =>
  mode.withClient({}, async (client) => {
    await checkListing(client);
    await checkCalls(client);
  }),
);
