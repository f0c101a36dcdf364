// Code shared by the scripts: connection modes of a TypeScript program, and failure reports.
//
// A script passes `run` a function that performs all its checks in one mode. It is started as
// `SCRIPT.mjs stdio PROGRAM [ARGUMENT...]` or `SCRIPT.mjs http URL`.

import assert from 'node:assert/strict';
import { basename } from 'node:path';

import * as current from '@modelcontextprotocol/client';
import { StdioClientTransport as CurrentStdio } from '@modelcontextprotocol/client/stdio';
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';

export const INFO = { name: 'interop', version: '1.0.0' };

/** How long a script may take in one mode, and how long it waits for one event. */
const MODE_LIMIT_MS = 90_000;
const EVENT_LIMIT_MS = 30_000;

const [transport, ...target] = process.argv.slice(2);

/** The first SDK names a notification by its schema, the present one by its method. */
const SCHEMAS = {
  'notifications/resources/updated': ResourceUpdatedNotificationSchema,
  'notifications/resources/list_changed': ResourceListChangedNotificationSchema,
};

class Mode {
  constructor(name, revision, members) {
    Object.assign(this, { name, revision, legacy: revision < '2026' }, members);
  }

  /** Opens a client, has it used, and closes it. The options are those of `Client`. */
  async withClient(options, use) {
    const client = this.create(options);
    await client.connect(transport === 'http' ? this.http(new URL(target[0])) : this.stdio(...target));
    try {
      // The first SDK does not report the era; it has only one.
      const revision = client.getNegotiatedProtocolVersion?.() ?? this.revision;
      assert.equal(revision, this.revision);
      await use(client);
    } finally {
      await client.close();
    }
  }
}

const first = new Mode('@modelcontextprotocol/sdk', '2025-11-25', {
  create: (options) => new Client(INFO, options),
  stdio: (command, ...args) => new StdioClientTransport({ command, args }),
  http: (url, options) => new StreamableHTTPClientTransport(url, options),
  ClientCredentialsProvider,
  onNotification: (client, method, handle) => client.setNotificationHandler(SCHEMAS[method], handle),
  isNotFound: (error) => error.code === -32002,
});

const present = (name, mode, revision) =>
  new Mode(`@modelcontextprotocol/client, mode ${name}`, revision, {
    create: (options) => new current.Client(INFO, { ...options, versionNegotiation: { mode } }),
    stdio: (command, ...args) => new CurrentStdio({ command, args }),
    http: (url, options) => new current.StreamableHTTPClientTransport(url, options),
    ClientCredentialsProvider: current.ClientCredentialsProvider,
    hasDpop: true,
    onNotification: (client, method, handle) => client.setNotificationHandler(method, handle),
    // One error class for both eras, which hides the code of the legacy one.
    isNotFound: (error) => error instanceof current.ResourceNotFoundError,
  });

const MODES = [
  first,
  present('legacy', 'legacy', '2025-11-25'),
  present('auto', 'auto', '2026-07-28'),
  present('pin', { pin: '2026-07-28' }, '2026-07-28'),
];

/** Events in the order in which they happen, which are waited for for a limited time. */
export class Events {
  #happened = [];
  #wake = () => {};

  push(event) {
    this.#happened.push(event);
    this.#wake();
  }

  async next() {
    if (this.#happened.length === 0) {
      await limited(new Promise((resolve) => (this.#wake = resolve)), EVENT_LIMIT_MS, 'an event');
    }
    return this.#happened.shift();
  }

  /** Those that happened and were not waited for. */
  get rest() {
    return [...this.#happened];
  }
}

/** Expects that a request is refused with a code and a message that has the words. */
export async function expectRefusal(request, code, ...words) {
  const error = await failure(request);
  assert.equal(error.code, code, error.stack);
  for (const word of words) assert.ok(error.message.includes(word), `${error.message}: does not name ${word}`);
}

/** Expects that there is no such resource, and that the message has the words. */
export async function expectNotFound(mode, client, uri, ...words) {
  const error = await failure(client.readResource({ uri }));
  assert.ok(mode.isNotFound(error), error.stack);
  assert.deepEqual(error.data, { uri });
  for (const word of words) assert.ok(error.message.includes(word), `${error.message}: does not name ${word}`);
}

/** The error of a request that is refused. */
export function failure(request) {
  return request.then(
    (result) => assert.fail(`expected a refusal; got ${JSON.stringify(result)}`),
    (error) => error,
  );
}

async function limited(promise, limit, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end of waiting for ${what} within ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a check in every mode against the server of the command line. */
export async function run(check) {
  const script = basename(process.argv[1]);
  for (const mode of MODES) {
    await limited(check(mode, transport), MODE_LIMIT_MS, mode.name);
    console.log(`ok: ${script}, ${transport}, ${mode.name}, ${mode.revision}`);
  }
}
