"""Conversations and streams of the framework, in the types and accumulators of the providers' SDKs.

    conversations.py CORPUS

CORPUS is the file that the test `stream::tests::corpus` of the module `providers` writes to
`MCP_CONVERSATION_CORPUS`: one JSON object a line, with `provider` and either the `body` of a request, or the `events`
of a stream and the `history` that they give. Needs openai, anthropic and google-genai.
"""

import json
import sys
from collections.abc import Iterable

from anthropic._models import construct_type as construct_anthropic
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import MessageParam, RawMessageStreamEvent
from google.genai import types as gemini
from openai._models import construct_type as construct_openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from openai.types.responses import ResponseInputItemParam, ResponseStreamEvent
from pydantic import TypeAdapter

RESPONSES = TypeAdapter(ResponseInputItemParam)
CHAT = TypeAdapter(ChatCompletionMessageParam)
ANTHROPIC = TypeAdapter(MessageParam)


def consume(value):
    """Pydantic validates the items of an `Iterable` when they are read."""
    if isinstance(value, dict):
        for member in value.values():
            consume(member)
    elif isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        for item in value:
            consume(item)


def check_body(provider, body):
    if provider == "responses":
        assert body["instructions"] == "Be brief."
        for item in body["input"]:
            consume(RESPONSES.validate_python(item))
    elif provider == "chat":
        assert body["messages"][0]["role"] == "system"
        for message in body["messages"]:
            consume(CHAT.validate_python(message))
    elif provider == "anthropic":
        assert body["system"] == "Be brief."
        for message in body["messages"]:
            consume(ANTHROPIC.validate_python(message))
        roles = [message["role"] for message in body["messages"]]
        assert roles == ["user", "assistant", "user"], roles
    else:
        gemini.Content.model_validate(body["systemInstruction"])
        for content in body["contents"]:
            gemini.Content.model_validate(content)


def accumulated(provider, events):
    """History by the accumulator of the SDK, if it has one."""
    if provider == "responses":
        events = [construct_openai(type_=ResponseStreamEvent, value=event) for event in events]
        return [item.to_dict() for item in events[-1].response.output]
    if provider == "chat":
        state = ChatCompletionStreamState()
        for event in events:
            state.handle_chunk(construct_openai(type_=ChatCompletionChunk, value=event))
        message = state.get_final_completion().choices[0].message.to_dict(exclude_none=True)
        # The accumulator adds what it parsed, and the places in the stream.
        message.pop("parsed", None)
        for call in message["tool_calls"]:
            call.pop("index", None)
            call["function"].pop("parsed_arguments", None)
        return [message]
    if provider == "anthropic":
        snapshot, buffers = None, {}
        for event in events:
            event = construct_anthropic(type_=RawMessageStreamEvent, value=event)
            snapshot = accumulate_event(event=event, current_snapshot=snapshot, json_bufs=buffers)
        content = [block.to_dict() for block in snapshot.content]
        for block in content:
            block.pop("parsed_output", None)
        return [{"role": "assistant", "content": content}]
    for event in events:
        gemini.GenerateContentResponse.model_validate(event)
    return None


def main():
    bodies = streams = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            provider = entry["provider"]
            try:
                if "body" in entry:
                    check_body(provider, entry["body"])
                    bodies += 1
                    continue
                expected = accumulated(provider, entry["events"])
            except Exception as error:
                raise SystemExit(f"{provider}: {str(error)[:2000]}\n{line}") from error
            history = entry["history"]
            assert expected in (None, history), f"{provider}:\n{expected}\n{history}"
            streams += 1
    assert bodies > 0 and streams > 0, "the corpus is empty"
    print(f"conversations: {bodies} bodies and {streams} streams are as the SDKs have them")


main()
