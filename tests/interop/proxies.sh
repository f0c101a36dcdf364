#!/usr/bin/env bash
# The configurations in docs/deployment for nginx and Caddy, in front of the example `subscriptions`: both eras,
# streams, large bodies, and names of hosts.
#
#   tests/interop/proxies.sh [PROGRAM]     builds the example, unless its program is given
#
# Needs curl. Without nginx or Caddy, their checks are not run, which is printed. Listens on sockets in a folder of its
# own, and changes nothing else.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
folder=$(mktemp -d)
processes=()
proxies=()

for name in nginx caddy; do
  if command -v "$name" >/dev/null; then
    proxies+=("$name")
  else
    echo "not run: docs/deployment for $name, because it is not installed" >&2
  fi
done
[ ${#proxies[@]} -gt 0 ] || exit 0

has() {
  [[ " ${proxies[*]} " == *" $1 "* ]]
}

finish() {
  # An empty array counts as unset in old versions of bash.
  kill ${processes[@]+"${processes[@]}"} 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

fail() {
  echo "failed: $*" >&2
  exit 1
}

# Waits until a command succeeds.
await() {
  local attempt
  for attempt in {1..100}; do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  fail "no success within ten seconds: $*"
}

program=${1-$target/debug/examples/subscriptions}
if [ "$#" -eq 0 ]; then
  "${CARGO:-cargo}" build --quiet -p mcp-examples --example subscriptions --manifest-path "$root/Cargo.toml"
fi
"$program" --http 127.0.0.1:0 --public-host mcp.example.com 2>"$folder/server.log" &
processes+=($!)
await grep --quiet 'serving MCP at' "$folder/server.log"
address=$(sed --quiet 's|.*serving MCP at http://\([^/]*\)/mcp.*|\1|p' "$folder/server.log")

# nginx: without TLS, on a socket, with its files in the folder.
{
  # Workers of root change their user, who must not write here.
  ((EUID != 0)) || echo "user root;"
  echo "daemon off; pid $folder/nginx.pid; error_log $folder/nginx.log; events {}"
  echo "http { access_log off; client_body_temp_path $folder/body; proxy_temp_path $folder/proxy;"
  echo "fastcgi_temp_path $folder/fastcgi; uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;"
  sed -e "s|listen 443 ssl|listen unix:$folder/nginx.sock|" -e '/ssl_certificate/d' \
    -e "s|127.0.0.1:8000|$address|" "$root/docs/deployment/nginx.conf"
  echo "}"
} >"$folder/nginx.conf"
if has nginx; then
  nginx -e "$folder/nginx.log" -c "$folder/nginx.conf" &
  processes+=($!)
fi

# Caddy: the same.
{
  printf '{\n\tadmin off\n\tauto_https off\n}\n'
  sed -e "s|^mcp.example.com {|http://mcp.example.com {\n\tbind unix/$folder/caddy.sock|" \
    -e "s|127.0.0.1:8000|$address|" "$root/docs/deployment/Caddyfile"
} >"$folder/Caddyfile"
if has caddy; then
  XDG_DATA_HOME=$folder XDG_CONFIG_HOME=$folder caddy run --config "$folder/Caddyfile" --adapter caddyfile \
    2>"$folder/caddy.log" &
  processes+=($!)
fi

meta='"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}'

# ask PROXY PATH [OPTION...]: a request through the socket of a proxy.
ask() {
  local proxy=$1 path=$2
  shift 2
  curl --silent --show-error --no-buffer --max-time 20 --unix-socket "$folder/$proxy.sock" \
    --header 'Content-Type: application/json' --header 'Accept: application/json, text/event-stream' \
    "$@" "http://mcp.example.com$path"
}

# modern PROXY METHOD PARAMS [OPTION...]: a request of revision 2026-07-28.
modern() {
  local proxy=$1 method=$2 params=$3
  shift 3
  printf '{"jsonrpc":"2.0","id":1,"method":"%s","params":{%s%s}}' "$method" "$params" "$meta" >"$folder/request.json"
  ask "$proxy" /mcp --header 'MCP-Protocol-Version: 2026-07-28' --header "Mcp-Method: $method" \
    --data-binary @"$folder/request.json" "$@"
}

status() {
  "$@" --output /dev/null --write-out '%{http_code}'
}

expect() {
  local what=$1 expected=$2 actual=$3
  [[ $actual == *"$expected"* ]] || fail "$what: expected $expected, got $actual"
  echo "  $what"
}

for proxy in "${proxies[@]}"; do
  echo "$proxy"
  await test -S "$folder/$proxy.sock"

  expect 'a request of 2026-07-28' '"set_zone"' "$(modern $proxy tools/list '')"

  expect 'a stream, of which each event arrives at once' 'notifications/resources/updated' \
    "$(modern $proxy subscriptions/listen '"notifications":{"resourceSubscriptions":["clock://now"]},' 2>/dev/null |
      grep --max-count 1 updated || true)"

  session=$(ask $proxy /mcp --dump-header - --output /dev/null --data '{"jsonrpc":"2.0","id":1,"method":"initialize",
    "params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}' |
    tr --delete '\r' | sed --quiet 's/^mcp-session-id: //Ip')
  expect 'a request of a session' '"set_zone"' "$(ask $proxy /mcp --header "Mcp-Session-Id: $session" \
    --header 'MCP-Protocol-Version: 2025-11-25' --data '{"jsonrpc":"2.0","id":2,"method":"tools/list"}')"
  ask $proxy /mcp --header "Mcp-Session-Id: $session" --header 'MCP-Protocol-Version: 2025-11-25' \
    --data '{"jsonrpc":"2.0","id":3,"method":"resources/subscribe","params":{"uri":"clock://now"}}' >/dev/null
  expect 'the stream of a session' 'notifications/resources/updated' \
    "$(ask $proxy /mcp --header "Mcp-Session-Id: $session" --header 'MCP-Protocol-Version: 2025-11-25' 2>/dev/null |
      grep --max-count 1 updated || true)"

  padding=$(head --bytes 3000000 /dev/zero | tr '\0' a)
  expect 'a body of 3 MB' 200 "$(status modern $proxy tools/list "\"padding\":\"$padding\",")"
  expect 'no other path' 404 "$(status ask $proxy /readyz)"
done
echo 'an unknown host'
has nginx &&
  expect 'is refused by the server behind nginx' 403 "$(status modern nginx tools/list '' --header 'Host: evil.example')"
has caddy &&
  expect 'is not served by Caddy' '<>' "<$(modern caddy tools/list '' --header 'Host: evil.example')>"
echo "ok: proxies ${proxies[*]}"
