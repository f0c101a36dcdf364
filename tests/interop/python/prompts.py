"""The official Python client lists, gets and completes the prompts of `prompts`."""

from mcp import Client
from mcp.types import PromptReference

from harness import Mode, expect, expect_equal, expect_refusal, run


async def check_listing(client: Client) -> None:
    prompts = (await client.list_prompts()).prompts
    arguments = {
        prompt.name: [(argument.name, bool(argument.required)) for argument in prompt.arguments or []]
        for prompt in prompts
    }
    wanted = {
        "review": [("code", True), ("language", False), ("depth", False)],
        "interview": [("field", True), ("post", True)],
    }
    expect_equal(arguments, wanted, "the prompts and their arguments")
    review = prompts[0]
    expect_equal((review.title, review.description), ("Review code", "Ask for a review of some code."), "the texts")
    expect_equal(review.arguments[0].description, "The code to review", "the description of an argument")


async def messages(client: Client, name: str, arguments: dict[str, str]) -> list[tuple[str, str]]:
    result = await client.get_prompt(name, arguments)
    return [(message.role, message.content.text) for message in result.messages]


async def check_getting(client: Client) -> None:
    for arguments, wanted in (
        ({"code": "x = 1"}, "Review this code. Name the three worst problems.\n\nx = 1"),
        (
            {"code": "fn f() {}\n\"ü\"", "language": "rust", "depth": "thorough"},
            "Review this rust code. Go through it line by line.\n\nfn f() {}\n\"ü\"",
        ),
    ):
        expect_equal(await messages(client, "review", arguments), [("user", wanted)], "the review")
    interview = await messages(client, "interview", {"field": "medicine", "post": "nurse"})
    wanted = [
        ("user", "I have applied for a post as nurse in medicine. Interview me."),
        ("assistant", "Gladly. Let us begin: what drew you to this post?"),
    ]
    expect_equal(interview, wanted, "the interview")


async def check_refusals(client: Client) -> None:
    await expect_refusal(client.get_prompt("review", {"depth": "quick"}), -32602, "`code`: missing")
    await expect_refusal(client.get_prompt("review", {"code": "x", "depth": "deep"}), -32602, "`depth`", '"deep"')
    await expect_refusal(client.get_prompt("revue", {"code": "x"}), -32602, "did you mean `review`?")


async def check_completion(client: Client) -> None:
    for prompt, argument, typed, others, wanted in (
        ("review", "language", "", None, ["go", "python", "rust", "typescript"]),
        ("review", "language", "R", None, ["rust"]),
        ("review", "depth", "", None, ["quick", "thorough"]),
        ("review", "depth", "t", None, ["thorough"]),
        ("review", "code", "x", None, []),
        ("interview", "post", "d", {"field": "engineering"}, ["designer", "developer"]),
        ("interview", "post", "d", {"field": "medicine"}, ["doctor"]),
        ("interview", "post", "d", None, []),
    ):
        reference = PromptReference(name=prompt)
        result = await client.complete(reference, {"name": argument, "value": typed}, others)
        completion = result.completion
        expect_equal(completion.values, wanted, f"what completes {typed!r} of {prompt}.{argument}")
        expect(not completion.has_more, "these are all", completion)
    unknown = client.complete(PromptReference(name="revue"), {"name": "code", "value": ""})
    await expect_refusal(unknown, -32602, "did you mean `review`?")


async def check(mode: Mode) -> None:
    async with mode.client() as client:
        await check_listing(client)
        await check_getting(client)
        await check_refusals(client)
        await check_completion(client)


run(check)
