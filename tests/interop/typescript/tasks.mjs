// The official requester of tasks, and the tasks of the first SDK, drive `long_job`.

import assert from 'node:assert/strict';

import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client';
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

import { expectRefusal, failure, INFO, run } from './harness.mjs';

const UNKNOWN = '00000000000000000000000000000000';
const QUESTION = 'A report on bees from 3 sources: publish it?';
const REPORT = { subject: 'bees', sources: 3 };
/** It works for twenty seconds, so it is there to be cancelled. */
const LONG = { subject: 'bees', sources: 1000 };
const PUBLISHED = 'The report on bees is at https://reports.example/bees.';
const DRAFT = 'The report on bees stays a draft.';

const textOf = (result) => result.content.map((block) => block.text ?? '').join('');
const accepted = (publish) => ({ action: 'accept', content: { publish } });

/** Sends requests as they are over the transport of a client, which it is connected to. */
function rawDispatch(client) {
  const { transport } = client;
  const pending = new Map();
  const passed = transport.onmessage;
  let last = 0;
  transport.onmessage = (message, extra) => {
    const settle = message.method === undefined ? pending.get(message.id) : undefined;
    pending.delete(message.id);
    return settle ? settle(message) : passed?.(message, extra);
  };
  return async (request, { signal } = {}) => {
    const id = `raw-${(last += 1)}`;
    const response = new Promise((resolve, reject) => {
      pending.set(id, resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    await transport.send({ jsonrpc: '2.0', id, ...request });
    const { result, error } = await response;
    return error ? { kind: 'error', error } : { kind: 'result', result };
  };
}

/** A session of the requester, with a user who gives the answers. */
async function withSession(mode, client, answers, use) {
  const asked = [];
  const framing = {
    protocolVersion: mode.revision,
    clientInfo: INFO,
    clientCapabilities: { elicitation: {} },
  };
  const session = createTaskSessionFromClient(client, {
    endpointId: 'long_job',
    ...(mode.legacy ? {} : { rawDispatch: rawDispatch(client), v2RequestFraming: framing }),
    onInputRequest: async (request, context) => {
      assert.equal(request.kind, 'elicitation');
      asked.push([request.params.message, context.scope]);
      assert.ok(answers.length > 0, `no more is asked than the user answers: ${request.params.message}`);
      return answers.shift();
    },
    onError: (error) => assert.fail(error),
  });
  try {
    await use(session, asked);
  } finally {
    await session.close();
  }
}

const start = (session, tool, args) => session.callTool(tool, args, { task: { preference: 'require' } });

async function checkReports(mode, session, asked) {
  const execution = await start(session, 'write_report', REPORT);
  assert.equal(execution.kind, 'task');
  const seen = [];
  const { outcome } = await execution.settle({
    onEvent: (event) => seen.push(event.task?.status ?? event.outcome?.status),
  });
  assert.equal(textOf(resultFromTaskOutcome(outcome)), PUBLISHED);
  assert.ok(seen.includes('input_required') && seen.at(-1) === 'completed', seen.join());
  assert.deepEqual(asked, [[QUESTION, 'task']]);

  // Declined, then an answer that does not fit and one that does.
  for (const expected of [DRAFT, PUBLISHED]) {
    const { outcome } = await (await start(session, 'write_report', REPORT)).settle();
    assert.equal(textOf(resultFromTaskOutcome(outcome)), expected);
  }
  assert.equal(asked.length, 4);
  assert.ok(asked[3][0].startsWith(QUESTION) && asked[3][0].includes('`publish`'), asked[3][0]);
}

async function checkHandles(mode, session) {
  const execution = await start(session, 'write_report', LONG);
  const { taskId } = execution.handle;
  assert.match(taskId, /^[0-9a-f]{32}$/);
  const controller = session.task(taskId);
  const view = await controller.snapshot();
  assert.equal(view.status, 'working');
  assert.deepEqual([view.retentionMs, view.suggestedPollIntervalMs], [3_600_000, 100]);
  await execution.cancel();
  assert.equal((await execution.result()).status, 'cancelled');
  assert.equal((await controller.snapshot()).status, 'cancelled');
  assert.equal((await controller.result()).status, 'cancelled');

  // Put away, and taken up again.
  const kept = await start(session, 'write_report', REPORT);
  const reference = kept.serializeReference();
  await kept.detach();
  assert.equal((await kept.result()).status, 'failed');
  const resumed = await session.resumeTask(JSON.parse(JSON.stringify(reference)));
  assert.equal(textOf(resultFromTaskOutcome(await resumed.result())), PUBLISHED);
}

async function checkFailures(mode, session) {
  const failed = await (await start(session, 'write_nothing', {})).result();
  if (mode.legacy) {
    assert.equal(failed.status, 'failed');
    assert.ok(failed.error.message.includes('there is nothing to write about'), failed.error.message);
  } else {
    assert.equal(failed.status, 'completed');
    assert.ok(failed.result.isError && textOf(failed.result) === 'there is nothing to write about');
  }
  const lost = await (await start(session, 'lose_report', {})).result();
  assert.equal(lost.status, 'failed');
  assert.ok(lost.error.message.includes('the report is lost'), lost.error.message);

  const unknown = session.task(UNKNOWN);
  for (const request of [() => unknown.snapshot(), () => unknown.cancel()]) {
    const error = await failure(request());
    assert.equal(error.code, -32602, error.stack);
    assert.ok(error.message.includes(UNKNOWN), error.message);
  }
}

async function checkInventory(mode, session, transport) {
  // Callers over the network who are not authenticated cannot be told apart.
  if (session.capabilities.inventory !== 'server-list') {
    assert.ok(!mode.legacy || transport === 'http', session.capabilities.inventory);
    return;
  }
  const { tasks } = await session.listTasks();
  const statuses = new Set(tasks.map((task) => task.status));
  assert.ok(['completed', 'failed', 'cancelled'].every((status) => statuses.has(status)), [...statuses].join());
}

async function checkRequester(mode, transport) {
  const capabilities = { elicitation: {}, ...(mode.legacy ? { tasks: {} } : {}) };
  await mode.withClient({ capabilities }, async (client) => {
    const answers = [accepted(true), accepted(false), accepted('maybe'), accepted(true), accepted(true)];
    await withSession(mode, client, answers, async (session, asked) => {
      await checkReports(mode, session, asked);
      await checkHandles(mode, session);
      await checkFailures(mode, session);
      await checkInventory(mode, session, transport);
    });
    assert.deepEqual(answers, []);
  });
}

/** The tasks of the first SDK. */
async function checkFirst(mode, transport) {
  await mode.withClient({ capabilities: { elicitation: {} } }, async (client) => {
    const asked = [];
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      asked.push(params);
      return accepted(true);
    });
    const { tasks } = client.experimental;
    const stream = (name, args) =>
      tasks.callToolStream({ name, arguments: args }, CallToolResultSchema, { task: { ttl: 60_000 } });
    await client.listTools();

    let created;
    for await (const message of stream('write_report', REPORT)) {
      if (message.type === 'taskCreated') created = message.task;
      if (message.type === 'error') assert.fail(message.error);
      if (message.type === 'result') assert.equal(textOf(message.result), PUBLISHED);
    }
    assert.equal(created.ttl, 60_000);
    assert.deepEqual(asked.map((params) => params.message), [QUESTION]);
    assert.equal(asked[0]._meta['io.modelcontextprotocol/related-task'].taskId, created.taskId);
    assert.equal((await tasks.getTask(created.taskId)).status, 'completed');
    assert.equal(textOf(await tasks.getTaskResult(created.taskId, CallToolResultSchema)), PUBLISHED);
    await expectRefusal(tasks.cancelTask(created.taskId), -32602, 'has ended');
    await expectRefusal(tasks.getTask(UNKNOWN), -32602, UNKNOWN);

    for await (const message of stream('write_report', LONG)) {
      if (message.type === 'taskCreated') {
        assert.equal((await tasks.cancelTask(message.task.taskId)).status, 'cancelled');
      }
      if (message.type === 'result') assert.fail('a cancelled task has no result');
    }
    if (transport === 'stdio') {
      const { tasks: listed } = await tasks.listTasks();
      assert.deepEqual(listed.map((task) => task.status), ['cancelled', 'completed']);
    } else {
      await expectRefusal(tasks.listTasks(), -32601);
    }
  });
}

await run((mode, transport) => (mode.name === '@modelcontextprotocol/sdk' ? checkFirst : checkRequester)(mode, transport));
