// Sends requests to the Worker in examples/wasm, as a client would.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
const { worker } = await import(pathToFileURL(`${folder}/worker.mjs`));
const server = worker(await readFile(`${folder}/pkg/mcp_wasm_example_bg.wasm`));

const _meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
};

async function post(message) {
  const body = JSON.stringify(message);
  return server.fetch(new Request("https://worker.test/mcp", { method: "POST", body }));
}

async function request(method, params) {
  const response = await post({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } });
  assert.equal(response.status, 200);
  return response.json();
}

async function call(name, params) {
  return (await request("tools/call", { name, arguments: {}, ...params })).result;
}

const { result: discovered } = await request("server/discover", {});
assert.equal(discovered.serverInfo?.name ?? discovered._meta["io.modelcontextprotocol/serverInfo"].name, "wasm");

assert.equal((await call("add", { arguments: { a: 2, b: 3 } })).content[0].text, "5");
const wrong = await call("add", { arguments: { a: "two" } });
assert.equal(wrong.isError, true);

// The state of the question is encrypted with random numbers, and expires by the clock.
const asked = await call("greet", {});
assert.equal(asked.resultType, "input_required");
const [key] = Object.keys(asked.inputRequests);
const answers = { [key]: { action: "accept", content: { name: "Ann" } } };
const greeted = await call("greet", { inputResponses: answers, requestState: asked.requestState });
assert.equal(greeted.content[0].text, "Hello, Ann!");
const forged = await request("tools/call", {
  name: "greet", arguments: {}, inputResponses: answers, requestState: `${asked.requestState.slice(0, -2)}AA`,
});
assert.equal(forged.error.code, -32602);

// The time limit is a timer of the host.
const [first, second] = await Promise.all([call("hang", {}), call("add", { arguments: { a: 1, b: 1 } })]);
assert.match(first.content[0].text, /did not finish within 50ms/);
assert.equal(second.content[0].text, "2");

assert.equal((await post({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1, _meta } })).status, 202);
assert.equal((await server.fetch(new Request("https://worker.test/mcp"))).status, 405);
const refused = await (await server.fetch(new Request("https://worker.test/mcp", { method: "POST", body: "{" }))).json();
assert.equal(refused.error.code, -32700);

console.log("the Worker answers as it should");
