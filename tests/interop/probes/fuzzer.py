"""Runs `mcp-fuzzer` against a server over stdio, and judges what it reports.

The fuzzer reports every input that was accepted. So an accepted call is right if its arguments fit the schema of the
tool, and any other accepted message if it is one of the protocol.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from jsonschema import Draft202012Validator

# Requests with which the fuzzer asks for nothing wrong, apart from those that are judged by their content.
HARMLESS = {"ping", "initialize"}
LEVELS = {"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}


def tools(server: str) -> dict[str, Draft202012Validator]:
    """The schemas of the tools of the server, by name."""
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/list",
        "params": {
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }
        },
    }
    output = subprocess.run([server], input=json.dumps(request) + "\n", capture_output=True, text=True, check=True)
    listed = json.loads(output.stdout)["result"]["tools"]
    return {tool["name"]: Draft202012Validator(tool["inputSchema"]) for tool in listed}


def is_valid(message: dict, schemas: dict[str, Draft202012Validator]) -> bool:
    """Whether a message that the server accepts is one of the protocol."""
    method, params = message.get("method", ""), message.get("params", {})
    match method:
        case "tools/list":
            return params.get("cursor", "") == ""
        case "logging/setLevel":
            return params.get("level") in LEVELS
        case "tools/call":
            schema = schemas.get(params.get("name"))
            return schema is not None and schema.is_valid(params.get("arguments", {}))
    return method in HARMLESS


def is_right(finding: dict, schemas: dict[str, Draft202012Validator]) -> bool:
    """Whether what the fuzzer reports is as it should be."""
    target, given = finding["target"], finding["evidence"].get("input")
    answer = finding["evidence"].get("result", {})
    match finding["category"], finding["kind"]:
        case "accepted_malformed", "tool":
            return schemas[target].is_valid(given)
        case "accepted_malformed", "protocol":
            # A notification has no answer, whatever is in it.
            is_silent = isinstance(answer, dict) and answer.get("response") == {"status": "notification_sent"}
            return is_silent or is_valid(given, schemas)
        case "injection_reflection", "tool":
            # It returns its argument.
            return target == "echo"
    return False


def main() -> None:
    fuzzer, server = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        command = [fuzzer, "--mode", "all", "--phase", "both", "--protocol-phase", "realistic", "--protocol", "stdio"]
        command += ["--endpoint", server, "--runs", "20", "--runs-per-type", "5", "--seed", "7", "--timeout", "10"]
        command += ["--no-corpus", "--output-dir", str(output), "--fs-root", folder]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        findings = json.loads((output / "findings.json").read_text())["findings"]
    summary = ran.stdout[ran.stdout.index("Tool Results:"):]
    unsound = [line for line in summary.splitlines() if "anomalies" in line and "0 transport/protocol anomalies, 0 crashes" not in line]
    assert not unsound, summary
    schemas = tools(server)
    assert len(findings) > 10, f"the fuzzer has reported nothing: {ran.stdout}"
    wrong = [finding for finding in findings if not is_right(finding, schemas)]
    assert not wrong, json.dumps(wrong, indent=2)
    print(f"mcp-fuzzer: {len(findings)} reports, all of them about messages that are right")


if __name__ == "__main__":
    main()
