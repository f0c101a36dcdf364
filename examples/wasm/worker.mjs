// A Worker that serves MCP at any path. `module` is the compiled WebAssembly: what `import` returns in a Worker,
// or its bytes.

import { initSync, respond } from "./pkg/mcp_wasm_example.js";

export function worker(module) {
  initSync({ module });
  return {
    async fetch(request) {
      if (request.method !== "POST") {
        return new Response(null, { status: 405, headers: { Allow: "POST" } });
      }
      const answer = await respond(await request.text());
      if (answer === undefined) {
        return new Response(null, { status: 202 });
      }
      return new Response(answer, { headers: { "Content-Type": "application/json" } });
    },
  };
}
