"""The official Python client provides a model to `sampling_agent`, which uses the offered tools."""

from typing import Any

from mcp.types import (
    CreateMessageRequestParams,
    CreateMessageResult,
    CreateMessageResultWithTools,
    SamplingCapability,
    SamplingToolsCapability,
    TextContent,
    ToolUseContent,
)

from harness import Mode, expect, expect_equal, run


def contents(message: Any) -> list[Any]:
    return message.content if isinstance(message.content, list) else [message.content]


def say(text: str) -> CreateMessageResult:
    return CreateMessageResult(role="assistant", content=TextContent(type="text", text=text), model="scripted")


def use(identifier: str, tool: str, arguments: dict[str, Any]) -> CreateMessageResultWithTools:
    content = ToolUseContent(type="tool_use", id=identifier, name=tool, input=arguments)
    return CreateMessageResultWithTools(role="assistant", content=[content], model="scripted", stop_reason="toolUse")


class Researcher:
    """A model that searches, reads and answers."""

    def __init__(self) -> None:
        self.rounds = 0

    async def __call__(self, _context: object, params: CreateMessageRequestParams) -> Any:
        self.rounds += 1
        if params.tools is None:
            return say(f"without tools: {len(params.messages)} message")
        expect_equal([tool.name for tool in params.tools], ["search_articles", "read_article"], "the tools")
        last = contents(params.messages[-1])[0]
        if len(params.messages) == 1:
            expect_equal(last.text, "How many hearts has an octopus?", "the question")
            return use("1", "search_articles", {"word": "hearts"})
        expect_equal(last.type, "tool_result", "what comes back")
        told = last.content[0].text
        if last.tool_use_id == "1":
            expect("Octopuses" in told, "the titles that were found", told)
            return use("2", "read_article", {"title": "Octopuses"})
        return say(f"It says: {told}")


async def check_research(mode: Mode) -> None:
    model = Researcher()
    tools = SamplingCapability(tools=SamplingToolsCapability())
    async with mode.client(sampling_callback=model, sampling_capabilities=tools) as client:
        result = await client.call_tool("research", {"question": "How many hearts has an octopus?"})
        expect(not result.is_error, "the call succeeds", result)
        told = "It says: An octopus has three hearts and blue blood."
        expect_equal(result.content[0].text, told, "the answer")
    expect_equal(model.rounds, 3, "the rounds")


async def check_without_tools(mode: Mode) -> None:
    async with mode.client(sampling_callback=Researcher()) as client:
        result = await client.call_tool("research", {"question": "How many?"})
        expect_equal(result.content[0].text, "without tools: 1 message", "the answer")


async def check_typed(mode: Mode) -> None:
    answers = ["animals, I would say", '```json\n{"name": "animals", "confidence": 0.75}\n```']

    async def model(_context: object, params: CreateMessageRequestParams) -> CreateMessageResult:
        expect("JSON" in (params.system_prompt or ""), "the model is told the form", params)
        return say(answers.pop(0))

    async with mode.client(sampling_callback=model) as client:
        result = await client.call_tool("classify", {"text": "Otters hold hands."})
        expect_equal(result.structured_content, {"name": "animals", "confidence": 0.75}, "the subject")
    expect_equal(answers, [], "the answers that are left")


async def check(mode: Mode) -> None:
    await check_research(mode)
    await check_without_tools(mode)
    await check_typed(mode)


run(check)
