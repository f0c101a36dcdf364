// The official TypeScript clients receive changes of `watched`: of a resource, and of the list of
// resources.
//
// A legacy session subscribes with `resources/subscribe`, and receives list changes without
// subscription. Since 2026-07-28 both need `subscriptions/listen`, which the first SDK does not have.
// The option `listChanged`, which all SDKs have, works in both eras. Over HTTP all clients share one
// server, so every check compares with the previous state.

import assert from 'node:assert/strict';

import { Events, expectNotFound, run } from './harness.mjs';

const COUNTER = 'counter://value';
const SPARE = 'counter://spare';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

/** Tells `events` of what the client is told without a request, with the subscription it names. */
function hear(mode, client, events) {
  const said = (what, params) => events.push({ what, subscription: params?._meta?.[SUBSCRIPTION] });
  mode.onNotification(client, 'notifications/resources/updated', ({ params }) => said(params.uri, params));
  mode.onNotification(client, 'notifications/resources/list_changed', ({ params }) => said('list', params));
}

/** Has the client hear of these resources, and of the list of resources, while `use` runs. */
async function watching(mode, client, uris, use) {
  if (mode.legacy) {
    for (const uri of uris) await client.subscribeResource({ uri });
    await use();
    for (const uri of uris) await client.unsubscribeResource({ uri });
    return;
  }
  const filter = { resourcesListChanged: true, ...(uris.length > 0 && { resourceSubscriptions: uris }) };
  const subscription = await client.listen(filter);
  assert.deepEqual(subscription.honoredFilter, filter);
  await use();
  await subscription.close();
  assert.equal(await subscription.closed, 'local');
}

/** Expects changes one after the other, each the only one that `cause` brings about. */
function expecter(mode, events) {
  let subscription;
  return async (change, cause) => {
    await cause();
    const heard = await events.next();
    assert.equal(heard.what, change);
    if (mode.legacy) return assert.equal(heard.subscription, undefined);
    subscription ??= heard.subscription;
    assert.ok(subscription, 'a change names its subscription');
    assert.equal(heard.subscription, subscription);
  };
}

async function call(client, name, args) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, JSON.stringify(result));
}

const textOf = async (client, uri) => (await client.readResource({ uri })).contents[0].text;
const value = async (client) => Number(await textOf(client, COUNTER));

// The client caches the list until it is notified of a change.
const uris = async (client) => (await client.listResources()).resources.map((resource) => resource.uri);

async function checkUpdates(client, expectChange) {
  const before = await value(client);
  assert.ok(Number.isSafeInteger(before), `${before}`);
  for (const steps of [1, 2]) {
    await expectChange(COUNTER, () => call(client, 'count', { steps: 1 }));
    assert.equal(await value(client), before + steps);
  }
}

async function checkListChanges(mode, client, expectChange) {
  assert.deepEqual(await uris(client), [COUNTER]);
  await expectChange('list', () => call(client, 'add', { name: 'spare' }));
  assert.deepEqual(await uris(client), [COUNTER, SPARE]);
  assert.equal(await textOf(client, SPARE), '0');
  await expectChange('list', () => call(client, 'remove', { name: 'spare' }));
  assert.deepEqual(await uris(client), [COUNTER]);
  await expectNotFound(mode, client, SPARE, `did you mean \`${COUNTER}\`?`);
}

/** No update of what is no longer watched arrives, neither before nor after what is heard of. */
async function checkEnd(client, expectChange) {
  await call(client, 'count', { steps: 3 });
  for (const tool of ['add', 'remove', 'add', 'remove']) {
    await expectChange('list', () => call(client, tool, { name: 'spare' }));
  }
}

async function checkWatching(mode, client) {
  const { subscribe, listChanged } = client.getServerCapabilities().resources;
  assert.deepEqual({ subscribe, listChanged }, { subscribe: true, listChanged: true });
  const events = new Events();
  hear(mode, client, events);
  await watching(mode, client, [COUNTER], async () => {
    const expectChange = expecter(mode, events);
    await checkUpdates(client, expectChange);
    await checkListChanges(mode, client, expectChange);
  });
  await watching(mode, client, [], () => checkEnd(client, expecter(mode, events)));
  await watching(mode, client, [COUNTER], () => checkUpdates(client, expecter(mode, events)));
  assert.deepEqual(events.rest, []);
}

/** The client lists again by itself, however its revision tells of changes. */
async function checkKeptList(mode) {
  const lists = new Events();
  const onChanged = (error, resources) => lists.push(error ?? resources.map((resource) => resource.uri));
  await mode.withClient({ listChanged: { resources: { onChanged, debounceMs: 0 } } }, async (client) => {
    await call(client, 'add', { name: 'spare' });
    assert.deepEqual(await lists.next(), [COUNTER, SPARE]);
    await call(client, 'remove', { name: 'spare' });
    assert.deepEqual(await lists.next(), [COUNTER]);
  });
}

await run(async (mode) => {
  await mode.withClient({}, (client) => checkWatching(mode, client));
  await checkKeptList(mode);
});
