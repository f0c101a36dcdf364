"""Definitions of tools, written by the framework, in the types and converters of the providers' SDKs.

    providers.py CORPUS

CORPUS is the file that the test `corpus` of the module `providers` writes to `MCP_PROVIDER_CORPUS`: one JSON object a
line, with `provider`, `strict` and `tools`. Needs openai-agents, anthropic and google-genai.
"""

import copy
import json
import sys
import warnings

from agents.strict_schema import ensure_strict_json_schema
from anthropic.lib._parse._transform import transform_schema
from anthropic.types import ToolParam
from google.genai import types as gemini
from openai.types.chat import ChatCompletionFunctionToolParam
from openai.types.responses import FunctionToolParam
from pydantic import TypeAdapter

RESPONSES = TypeAdapter(FunctionToolParam)
CHAT = TypeAdapter(ChatCompletionFunctionToolParam)
ANTHROPIC = TypeAdapter(ToolParam)


def check_openai(tool, schema, adapter):
    adapter.validate_python(tool)
    if tool.get("strict", tool.get("function", {}).get("strict")):
        # The converter closes objects, requires properties and refuses what it cannot express.
        after = ensure_strict_json_schema(copy.deepcopy(schema))
        assert schema == after, f"changed by openai-agents: {json.dumps(after)}"


def without_type(value):
    """Leaves out `type` beside `enum`."""
    if isinstance(value, dict):
        is_enum = isinstance(value.get("enum"), list)
        return {key: without_type(inner) for key, inner in value.items() if not (is_enum and key == "type")}
    return [without_type(inner) for inner in value] if isinstance(value, list) else value


def without_prefixes(value):
    """Leaves out `prefixItems`, which Gemini documents, and the type of the SDK lacks."""
    if isinstance(value, dict):
        is_tuple = isinstance(value.get("prefixItems"), list)
        return {key: without_prefixes(inner) for key, inner in value.items() if not (is_tuple and key == "prefixItems")}
    return [without_prefixes(inner) for inner in value] if isinstance(value, list) else value


def check(provider, tool):
    if provider == "responses":
        check_openai(tool, tool["parameters"], RESPONSES)
    elif provider == "chat":
        check_openai(tool, tool["function"]["parameters"], CHAT)
    elif provider == "anthropic":
        ANTHROPIC.validate_python(tool)
        if tool.get("strict"):
            # The converter moves what strict mode does not have into descriptions. It has no `type` beside `enum`.
            before, after = tool["input_schema"], transform_schema(tool["input_schema"])
            assert without_type(before) == without_type(after), f"changed by anthropic: {json.dumps(after)}"
    else:
        gemini.Tool.model_validate(tool)
        for function in tool["functionDeclarations"]:
            schema = without_prefixes(function["parametersJsonSchema"])
            gemini.Schema.from_json_schema(json_schema=gemini.JSONSchema.model_validate(schema))


def main():
    count = 0
    # The type of the SDK has no numbers in `enum`, and takes them nevertheless.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            for tool in entry["tools"]:
                try:
                    check(entry["provider"], tool)
                except Exception as error:
                    raise SystemExit(f"{entry['provider']}: {error!r}\n{json.dumps(tool)}") from error
                count += 1
    assert count > 0, "the corpus is empty"
    print(f"providers: {count} definitions are accepted")


main()
