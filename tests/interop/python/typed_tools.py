"""A FastMCP server whose tools have every kind of argument that pydantic describes, over its standard input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Optional, Union
from uuid import UUID

from fastmcp import FastMCP
from pydantic import AnyUrl, BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

server = FastMCP("typed tools")


class Color(Enum):
    RED = "red"
    GREEN = "green"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Address(BaseModel):
    """A postal address."""

    street: str = Field(description="Street and number.", min_length=1)
    city: str | None = None
    zip: Annotated[str, Field(pattern=r"^\d{5}$")]


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    age: Annotated[int, Field(ge=0, lt=150)] = 18
    addresses: list[Address] = []
    manager: Optional["Person"] = None


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str = Field(alias="displayName")


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: set[str] = set()


class Window(TypedDict, total=False):
    start: datetime
    end: datetime


@dataclass
class Job:
    command: str
    arguments: list[str]
    limit: timedelta | None = None


@server.tool
def scalars(a: int, b: float, c: bool, d: str, e: bytes, f: Decimal, g: None = None) -> str:
    """Take scalars."""
    return "done"


@server.tool
def defaults(a: int = 3, b: str | None = None, c: Optional[float] = 1.5, d: list[str] | None = None) -> int:
    """Take arguments with defaults."""
    return a


@server.tool
def formats(at: datetime, day: date, hour: time, span: timedelta, key: UUID, link: AnyUrl, path: Path) -> str:
    """Take texts of a format."""
    return "done"


@server.tool
def choices(color: Color, level: Level, mode: Literal["fast", "slow", 3, None] = "fast") -> Color:
    """Take one of several values."""
    return color


@server.tool
def unions(value: int | str | list[int] | dict[str, int], pet: Annotated[Union[Cat, Dog], Field(discriminator="kind")]) -> str:
    """Take one of several types."""
    return "done"


@server.tool
def collections(
    pair: tuple[int, str],
    many: tuple[float, ...],
    names: set[str],
    fixed: Annotated[list[int], Field(min_length=2, max_length=2)],
    scores: dict[str, float],
    by_level: dict[Level, list[Point]],
    sequence: Sequence[int],
    mapping: Mapping[str, Any],
) -> list[int]:
    """Take collections."""
    return fixed


@server.tool
def models(person: Person, window: Window, job: Job, open: Open, others: list[Person] | None = None) -> Person:
    """Take objects."""
    return person


@server.tool
def anything(value: Any, untyped, loose: dict, items: list = []) -> Any:
    """Take values of any type."""
    return value


@server.tool
def constrained(
    amount: Annotated[float, Field(gt=0, multiple_of=0.01, description="Amount in euros.", examples=[9.99])],
    code: Annotated[str, Field(min_length=2, max_length=8, pattern="^[A-Z]+$")],
    tags: Annotated[list[Annotated[str, Field(max_length=20)]], Field(min_length=1, max_length=5)],
) -> None:
    """Take values within limits."""


server.run(show_banner=False)
