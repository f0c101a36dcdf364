// Requests to the program, and its stream of events.

import { parse } from './digits.js';

/** The token of the URL. It stays there, so that the page can be loaded again. */
const token = new URLSearchParams(location.search).get('token') ?? '';
const headers = { Authorization: `Bearer ${token}` };

/** Pauses before the stream is opened again. */
const PAUSES_MS = [250, 500, 1000, 2000];

async function answer(response) {
  const document = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(document.error?.message ?? `the program has answered ${response.status}`);
  return document;
}

/** Sends a request. Throws an error with the message of the program. */
export const post = (path, body = {}) => postText(path, JSON.stringify(body));

/** Sends a request whose body is JSON already. */
export async function postText(path, body) {
  const request = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body };
  return answer(await fetch(`/api/${path}`, request));
}

export const get = async (path) => answer(await fetch(`/api/${path}`, { headers }));

/** Reads the stream of events, again and again. */
export async function listen(receive, onStatus) {
  for (let failures = 0; ; failures += 1) {
    try {
      const response = await fetch('/api/events', { headers });
      if (!response.ok) await answer(response);
      onStatus(true);
      for await (const event of events(response.body)) {
        failures = 0;
        receive(event);
      }
      onStatus(false, 'the connection to cargo mcp has ended');
    } catch (error) {
      onStatus(false, error instanceof TypeError ? 'cargo mcp does not answer; is it still running?' : error.message);
    }
    await new Promise((resolve) => { setTimeout(resolve, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]); });
  }
}

/** The events of a stream: the data of each is one line of JSON. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = value.split('\n');
      if (lines.length === 1) {
        rest.push(value);
        continue;
      }
      lines[0] = rest.join('') + lines[0];
      rest = [lines.pop()];
      for (const line of lines) {
        if (line.startsWith('data: ')) yield parse(line.slice(6));
      }
    }
  } finally {
    // The program keeps a place for each stream that is open.
    reader.cancel().catch(() => {});
  }
}
