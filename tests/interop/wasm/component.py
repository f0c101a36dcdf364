"""Sends requests to the component in examples/wasm, which wasmtime runs."""

import json
import sys
import tempfile

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
}


def run(program: str, messages: list[dict]) -> dict:
    """Runs the component with the messages as its input, and returns its answers by id."""
    engine = Engine(Config())
    linker, store, wasi = Linker(engine), Store(engine), WasiConfig()
    linker.add_wasip2()
    with tempfile.NamedTemporaryFile("w") as given, tempfile.NamedTemporaryFile("r") as answered:
        given.writelines(json.dumps(message) + "\n" for message in messages)
        given.flush()
        wasi.stdin_file, wasi.stdout_file = given.name, answered.name
        wasi.inherit_stderr()
        store.set_wasi(wasi)
        instance = linker.instantiate(store, Component.from_file(engine, program))
        command = instance.get_export_index(store, "wasi:cli/run@0.2.0")
        main = instance.get_func(store, instance.get_export_index(store, "run", command))
        main(store)
        return {answer["id"]: answer for answer in map(json.loads, answered)}


def request(number: int, method: str, **params) -> dict:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": {**params, "_meta": META}}


def call(number: int, name: str, **params) -> dict:
    return request(number, "tools/call", name=name, **{"arguments": {}, **params})


def main() -> None:
    [program] = sys.argv[1:]
    answers = run(program, [
        request(1, "tools/list"),
        call(2, "add", arguments={"a": 2, "b": 3}),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        call(3, "greet"),
        call(4, "hang"),
        call(5, "add", arguments={"a": "two"}),
    ])
    results = {number: answer["result"] for number, answer in answers.items()}
    assert [tool["name"] for tool in results[1]["tools"]] == ["add", "greet", "hang"], results[1]
    assert results[2]["content"][0]["text"] == "5", results[2]
    assert results[3]["resultType"] == "input_required", results[3]
    assert "did not finish within 50ms" in results[4]["content"][0]["text"], results[4]
    assert results[5]["isError"], results[5]
    assert len(results) == 5, answers
    print("the component answers as it should")


if __name__ == "__main__":
    main()
