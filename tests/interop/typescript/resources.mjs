// The official TypeScript clients list, read and complete the resources of `resources`.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

import { expectNotFound, expectRefusal, run } from './harness.mjs';

const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));
const SIGN = Buffer.from('P4 8 8\n\x3c\x42\x81\xa5\x81\x99\x42\x3c', 'latin1');
const SAW = { id: 3, name: 'saw', kind: 'tool', cents: 2490 };
const NUT = { id: 2, name: 'nut M5', kind: 'fastener', cents: 9 };
const BOLT = { id: 1, name: 'bolt M5', kind: 'fastener', cents: 12 };
const KINDS = 'shop://kinds/{kind}{?limit}';

function checkCapabilities(client) {
  const capabilities = client.getServerCapabilities();
  assert.ok(capabilities.resources && capabilities.completions, JSON.stringify(capabilities));
  assert.equal(capabilities.prompts, undefined);
}

async function checkListing(client) {
  const { resources } = await client.listResources();
  const listed = new Map(resources.map((resource) => [resource.uri, resource]));
  const files = readdirSync(DOCS, { recursive: true }).filter((path) => statSync(join(DOCS, path)).isFile());
  const pages = files.filter((path) => path.endsWith('.md'));
  assert.ok(pages.includes('tools.md'), `${pages}`);
  const wanted = ['shop://kinds', 'shop://sign', ...files.map((path) => `docs:///${path}`)];
  assert.deepEqual([...listed.keys()].sort(), wanted.sort());
  for (const path of pages) {
    const { mimeType, size } = listed.get(`docs:///${path}`);
    assert.deepEqual({ mimeType, size }, { mimeType: 'text/markdown', size: statSync(join(DOCS, path)).size });
  }
  assert.equal(listed.get('shop://sign').mimeType, 'image/x-portable-bitmap');
  assert.equal(listed.get('shop://kinds').description, 'The kinds of articles that there are.');

  const { resourceTemplates } = await client.listResourceTemplates();
  assert.deepEqual(Object.fromEntries(resourceTemplates.map((one) => [one.uriTemplate, one.name])), {
    'docs:///{+path}': 'page',
    'shop://articles/{id}': 'article',
    [KINDS]: 'articles_of_kind',
  });
}

/** The text, or the bytes, of a resource that has one content of that type. */
async function read(client, uri, mimeType) {
  const { contents } = await client.readResource({ uri });
  assert.deepEqual(contents.map((one) => [one.uri, one.mimeType]), [[uri, mimeType]]);
  return contents[0].text ?? Buffer.from(contents[0].blob, 'base64');
}

async function checkReading(client) {
  assert.deepEqual(await read(client, 'shop://sign', 'image/x-portable-bitmap'), SIGN);
  const page = await read(client, 'docs:///tools.md', 'text/markdown');
  assert.equal(page, readFileSync(join(DOCS, 'tools.md'), 'utf8'));
  for (const [uri, wanted] of Object.entries({
    'shop://kinds': ['fastener', 'tool'],
    'shop://articles/3': SAW,
    'shop://kinds/fastener': [NUT, BOLT],
    'shop://kinds/fastener?limit=1': [NUT],
    'shop://kinds/none': [],
  })) {
    assert.deepEqual(JSON.parse(await read(client, uri, 'application/json')), wanted, uri);
  }
}

/** Only the modern era says how long an answer may be kept. */
async function checkCaching(client, { legacy }) {
  const ttl = async (uri) => (await client.readResource({ uri }, { cacheMode: 'refresh' })).ttlMs;
  assert.equal(await ttl('shop://articles/3'), legacy ? undefined : 60_000);
  assert.equal(await ttl('shop://kinds'), legacy ? undefined : 0);
}

async function checkRefusals(client, mode) {
  for (const uri of ['shop://articles/4', 'docs:///toolz.md', 'docs:///../README.md', 'shop://nothing']) {
    await expectNotFound(mode, client, uri);
  }
  await expectNotFound(mode, client, 'shop://sing', 'did you mean `shop://sign`?');
  await expectRefusal(client.readResource({ uri: 'shop://articles/three' }), -32602, '`id`', '"three"');
}

async function checkCompletion(client) {
  const complete = (uri, name, value) =>
    client.complete({ ref: { type: 'ref/resource', uri }, argument: { name, value } });
  for (const [typed, wanted] of [['', ['fastener', 'tool']], ['t', ['tool']], ['F', ['fastener']], ['x', []]]) {
    const { values, total, hasMore = false } = (await complete(KINDS, 'kind', typed)).completion;
    assert.deepEqual({ values, total, hasMore }, { values: wanted, total: wanted.length, hasMore: false });
  }
  await expectRefusal(complete('shop://nothing/{id}', 'id', ''), -32602, 'did you mean `shop://articles/{id}`?');
}

await run((mode) =>
  mode.withClient({}, async (client) => {
    checkCapabilities(client);
    await checkListing(client);
    await checkReading(client);
    await checkCaching(client, mode);
    await checkRefusals(client, mode);
    await checkCompletion(client);
  }),
);
