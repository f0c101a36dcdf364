#!/usr/bin/env bash
# The server in examples/wasm as a Worker, under Node.js, and as a component, under wasmtime.
#
# Needs cargo, node and python3 with venv; installs the tool that writes the JavaScript of the Worker.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
example=$root/examples/wasm
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/wasm
tools=$CARGO_TARGET_DIR/tools

build() {
  rustup target add "$1" >/dev/null 2>&1 || true
  cargo build --quiet --locked --manifest-path "$example/Cargo.toml" --target "$@"
}

# The tool and the library have to be of the same version.
install_bindgen() {
  local version
  version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p}' "$example/Cargo.lock")
  [ "$("$tools/bin/wasm-bindgen" --version 2>/dev/null)" = "wasm-bindgen $version" ] && return
  cargo install --quiet --debug --root "$tools" --target-dir "$CARGO_TARGET_DIR/bindgen" wasm-bindgen-cli --version "$version"
}

build wasm32-unknown-unknown --lib
install_bindgen
worker=$CARGO_TARGET_DIR/worker
rm -rf "$worker"
"$tools/bin/wasm-bindgen" --target web --out-dir "$worker/pkg" \
  "$CARGO_TARGET_DIR/wasm32-unknown-unknown/debug/mcp_wasm_example.wasm"
cp "$example/worker.mjs" "$worker/"
node "$here/wasm/worker.mjs" "$worker"

build wasm32-wasip2 --bin mcp-wasm-example
python3 -m venv "$CARGO_TARGET_DIR/venv"
"$CARGO_TARGET_DIR/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements-wasm.txt"
"$CARGO_TARGET_DIR/venv/bin/python" "$here/wasm/component.py" \
  "$CARGO_TARGET_DIR/wasm32-wasip2/debug/mcp-wasm-example.wasm"
