#!/usr/bin/env bash
# The inspector's check of schemas and its load test, and `mcp-fuzzer`, against our examples.
#
# Needs cargo, npm and python3 with venv; downloads what probes/package-lock.json and requirements-probes.txt pin.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
servers=(conformance_server elicitation long_job stock_prices torture)
calls=500

cd "$root"
cargo build --quiet --package mcp-examples "${servers[@]/#/--example=}"
mkdir -p "$target/probes"
cp "$here/probes/package.json" "$here/probes/package-lock.json" "$target/probes/"
npm ci --silent --no-fund --no-audit --prefix "$target/probes"
python3 -m venv "$target/probes/venv"
"$target/probes/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements-probes.txt"

inspector() {
  NODE_NO_WARNINGS=1 "$target/probes/node_modules/.bin/mcp-inspector" --cli "$@"
}

# Prints nothing about a schema that all clients understand.
strict() {
  local complaints
  complaints=$(inspector --protocol-era "$1" --method tools/list --strict "$2" 2>&1 >/dev/null) || {
    echo "$2, $1: $complaints" >&2
    return 1
  }
  [ -z "$complaints" ] || { echo "$2, $1: $complaints" >&2; return 1; }
}

# Every call has to have a result.
load() {
  inspector --protocol-era "$1" --method tools/call --tool-name get_stock_price --tool-arg symbol=aapl \
    --load --load-requests "$calls" --load-concurrency 20 "${@:2}" |
    python3 -c "
import json, sys
summary = json.load(sys.stdin)
assert summary['ok'] == summary['requests'] == $calls, summary
print('inspector, $1: $calls calls,', summary['latencyMs']['p50'], 'ms')"
}

for era in legacy modern; do
  for server in "${servers[@]}"; do
    strict "$era" "$target/debug/examples/$server"
  done
  load "$era" "$target/debug/examples/stock_prices"
done

log=$target/probes/server.txt
"$target/debug/examples/stock_prices" --http 127.0.0.1:0 2>"$log" &
serving=$!
trap 'kill $serving 2>/dev/null || true' EXIT
until url=$(grep -o 'http://[^ ]*' "$log"); do kill -0 $serving; done
for era in legacy modern; do
  load "$era" --transport http --server-url "$url"
done

"$target/probes/venv/bin/python" "$here/probes/fuzzer.py" "$target/probes/venv/bin/mcp-fuzzer" "$target/debug/examples/torture"
