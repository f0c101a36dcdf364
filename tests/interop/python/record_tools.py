"""Records the tools of a server over its standard input.

    record_tools.py FILE SOURCE COMMAND...

Writes the result of `tools/list` to FILE, with SOURCE: the package, its version and its licence.
"""

import json
import subprocess
import sys

file, source, *command = sys.argv[1:]
server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def send(message):
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    server.stdin.flush()


def ask(number, method, params):
    send({"id": number, "method": method, "params": params})
    for line in server.stdout:
        message = json.loads(line)
        if message.get("id") == number and "method" not in message:
            return message["result"]
    raise SystemExit(f"{source}: ended before it answered {method}")


client = {"name": "record_tools", "version": "1.0.0"}
# Some tools are listed only to clients that can answer questions.
able = {"elicitation": {}, "roots": {}, "sampling": {}}
ask(0, "initialize", {"protocolVersion": "2025-11-25", "capabilities": able, "clientInfo": client})
send({"method": "notifications/initialized"})
tools, cursor = [], None
while True:
    page = ask(len(tools) + 1, "tools/list", {"cursor": cursor} if cursor else {})
    tools += page["tools"]
    cursor = page.get("nextCursor")
    if not cursor:
        break
server.kill()
with open(file, "w", encoding="utf-8") as output:
    json.dump({"source": source, "tools": tools}, output, indent=1, ensure_ascii=False)
    output.write("\n")
