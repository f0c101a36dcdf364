"""The official Python client books tables at `elicitation`: it fills in forms and agrees to a URL."""

import re
from collections.abc import Callable
from typing import Any

from mcp import Client
from mcp.types import ElicitRequestFormParams, ElicitRequestURLParams, ElicitResult

from harness import Mode, expect, expect_equal, run

FORM = {
    "day": {"type": "string", "format": "date", "description": "Day of the visit"},
    "guests": {"type": "integer", "minimum": 1, "maximum": 12, "default": 2, "description": "How many people"},
    "place": {
        "type": "string",
        "enum": ["inside", "terrace"],
        "default": "inside",
        "description": "Where you would like to sit",
    },
    "wishes": {"type": "string", "maxLength": 200, "description": "Anything the kitchen should know"},
}


class User:
    """A user who answers, and records the questions."""

    def __init__(self, *answers: ElicitResult) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    async def __call__(self, _context: object, params: Any) -> ElicitResult:
        self.asked.append(params)
        expect(bool(self.answers), "no more is asked than the user answers", params)
        return self.answers.pop(0)


def accept(**content: object) -> ElicitResult:
    return ElicitResult(action="accept", content=content or None)


async def book(client: Client) -> str:
    result = await client.call_tool("book_table", {"restaurant": "Olive"})
    expect(not result.is_error, "the call succeeds", result)
    return result.content[0].text


async def bookings(client: Client) -> int:
    return int((await client.call_tool("count_bookings", {})).content[0].text)


async def with_user(mode: Mode, user: User, check: Callable[[Client], Any]) -> None:
    async with mode.client(elicitation_callback=user) as client:
        await check(client)
    expect_equal(user.answers, [], "the answers that are left")


async def check_booking(mode: Mode) -> None:
    user = User(accept(day="2026-12-24", guests=3, wishes="a cake"), accept(book=True), accept())

    async def check(client: Client) -> None:
        before = await bookings(client)
        told = await book(client)
        expect(
            re.fullmatch(r"Booking \d+: Olive, 2026-12-24, 3 guests, Inside \(a cake\)", told) is not None,
            "the table is booked",
            told,
        )
        # The body ran more than once in the modern era, but reserved once.
        expect_equal(await bookings(client), before + 1, "the bookings")

    await with_user(mode, user, check)
    form, confirmation, url = user.asked
    expect(isinstance(form, ElicitRequestFormParams), "the first question is a form", form)
    expect_equal(form.message, "A table at Olive: when, and for whom?", "the message")
    schema = form.requested_schema
    expect_equal(schema["properties"], FORM, "the fields")
    expect_equal(schema["required"], ["day"], "what is required")
    expect("Book it?" in confirmation.message, "the second question is whether to book", confirmation)
    expect(isinstance(url, ElicitRequestURLParams), "the third question is a URL", url)
    expect(url.url.startswith("https://pay.example/bookings/"), "the URL", url)


async def check_refusals(mode: Mode) -> None:
    table = accept(day="2026-12-24")
    for answers, told in (
        ([ElicitResult(action="decline")], "No table was booked."),
        ([ElicitResult(action="cancel")], "No table was booked."),
        ([table, accept(book=False)], "The reservation was given back."),
        ([table, accept(book=True), ElicitResult(action="decline")], "The reservation was given back, because"),
    ):

        async def check(client: Client) -> None:
            before = await bookings(client)
            text = await book(client)
            expect(text.startswith(told), f"the user is told {told!r}", text)
            expect_equal(await bookings(client), before, "the bookings")

        await with_user(mode, User(*answers), check)


async def check_wrong_answers(mode: Mode) -> None:
    wrong = accept(day="tomorrow", guests=0)
    user = User(wrong, accept(day="2026-12-24"), ElicitResult(action="decline"))

    async def check(client: Client) -> None:
        expect_equal(await book(client), "The reservation was given back.", "what the user is told")

    await with_user(mode, user, check)
    first, second = (question.message for question in user.asked[:2])
    expect(second.startswith(first), "the question is asked again", second)
    for field in ("day", "guests"):
        expect(f"`{field}`" in second, f"the question names {field}", second)


async def check_incapable(mode: Mode) -> None:
    async with mode.client() as client:
        try:
            result = await client.call_tool("book_table", {"restaurant": "Olive"})
        except Exception as error:
            expect(not mode.legacy, "a session gets a result", error)
            expect_equal(getattr(error, "code", None), -32021, "the code")
        else:
            expect(mode.legacy and bool(result.is_error), "the call fails", result)
            expect("`elicitation`" in result.content[0].text, "the error names the capability", result)


async def check(mode: Mode) -> None:
    await check_booking(mode)
    await check_refusals(mode)
    await check_wrong_answers(mode)
    await check_incapable(mode)


run(check)
