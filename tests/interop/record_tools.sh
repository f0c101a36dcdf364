#!/usr/bin/env bash
# Records the tools of foreign servers, which the tests of `mcp_runtime::providers` convert for every provider:
#
#   tests/interop/record_tools.sh DIRECTORY MODULES PYTHON
#
# MODULES is the folder `node_modules` with the servers, PYTHON an interpreter with FastMCP: what run.sh installs.
# The recorded files are in mcp-runtime/tests/schemas/foreign. `NODE` is the program of Node.js.
set -euo pipefail

directory=$1 modules=$2 python=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
node=${NODE:-node}
mkdir -p "$directory"

record() {
  local name=$1 source=$2
  shift 2
  "$python" -B "$here/python/record_tools.py" "$directory/$name.json" "$source" "$@"
}

record_node() {
  local name=$1 package=$modules/@modelcontextprotocol/$1 version
  shift
  version=$("$node" --print 'require(process.argv[1]).version' "$package/package.json")
  record "$name" "npm @modelcontextprotocol/$name $version (MIT)" "$node" "$package/dist/index.js" "$@"
}

record_node server-everything stdio
record_node server-filesystem "$here"
record_node server-memory
version=$("$python" -c 'import importlib.metadata; print(importlib.metadata.version("fastmcp"))')
record fastmcp "typed_tools.py on PyPI fastmcp $version (Apache-2.0)" "$python" -B "$here/python/typed_tools.py"
