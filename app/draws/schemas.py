"""Draws as the API shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from app.core.schema import Instant, Schema
from app.draws.states import DrawState

Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DrawCreate(Schema):
    """Begin a draw of a plan line: of its objects (target), or of the officers who visit the
    drawn objects (inspector)."""

    plan_line_code: Annotated[str, Field(max_length=64, examples=["610403-SCJG-2026-001-01"])]
    stage: Literal["target", "inspector"] = "target"
    round: Annotated[int, Field(ge=1, le=366)] = 1
    """A line may be drawn in several rounds of its year."""
    purpose: Literal["real", "test"] = "real"
    alg: Literal["sha256", "sm3"] = "sha256"
    cap: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    """Inspector stage: the most seats that one officer takes in this draw."""
    slack: Annotated[int, Field(ge=0, le=100)] = 0
    """Inspector stage: how far loads may exceed the least possible maximum, in seats."""


class RevealSource(Schema):
    """A secret of 32 bytes that the operator made and keeps until the draw; here its SHA-256."""

    type: Literal["reveal"]
    sha256: Hex64


class DiceSource(Schema):
    """Digits from dice rolled before witnesses."""

    type: Literal["dice"]
    digits: Annotated[int, Field(ge=1, le=200, examples=[20])]


class TestSource(Schema):
    """A text; for draws of purpose `test` only."""

    type: Literal["test"]


SeedSource = Annotated[RevealSource | DiceSource | TestSource, Field(discriminator="type")]


class CommitmentCreate(Schema):
    """What fixes the draw before any seed value exists (draw-spec 3)."""

    sources: Annotated[
        list[SeedSource],
        Field(
            min_length=1,
            max_length=8,
            examples=[
                [
                    {"type": "reveal", "sha256": "ab" * 32},
                    {"type": "dice", "digits": 20},
                ]
            ],
        ),
    ]
    """In the order of the seed: what a person controls first, what nobody controls last."""
    not_before: Annotated[AwareDatetime, Field(examples=["2026-03-01T01:00:00Z"])]
    """Earliest moment of the seed; seconds count, fractions are dropped."""
    fallback: Literal["wait", "void"] = "wait"
    """What happens when a source does not come."""


class Signatory(Schema):
    """Who signed the minutes, in which role."""

    role: Literal["operator", "witness", "notary", "supervisor", "recorder"]
    name: Annotated[str, Field(min_length=1, max_length=100)]


class Minutes(Schema):
    """The minutes of a public act 现场记录."""

    held_at: AwareDatetime
    place: Annotated[str, Field(min_length=1, max_length=200)]
    signed_by: Annotated[list[Signatory], Field(min_length=3, max_length=20)]


class RevealValue(Schema):
    """The secret, now shown."""

    type: Literal["reveal"]
    value: Hex64


class DiceValue(Schema):
    """The digits as rolled, and the minutes."""

    type: Literal["dice"]
    value: Annotated[str, Field(pattern=r"^[0-9]{1,400}$", examples=["52117850255171607909"])]
    minutes: Minutes


class TestValue(Schema):
    """The text of a test."""

    type: Literal["test"]
    value: Annotated[str, Field(pattern=r"^[^\n\r]{1,200}$")]


SeedValue = Annotated[RevealValue | DiceValue | TestValue, Field(discriminator="type")]


class SeedCreate(Schema):
    """The values of all sources, in the order of the commitment."""

    sources: Annotated[list[SeedValue], Field(min_length=1, max_length=8)]


class StepRead(Schema):
    """A step that was taken."""

    state: DrawState
    taken_at: Instant
    taken_by: str
    details: dict[str, Any]
    """Figures of the step: digests, counts of lines, the design, the commitment digest."""


class DrawRead(Schema):
    """One attempt of a draw 抽取."""

    draw_id: str
    attempt: int
    department_code: str
    plan_line_code: str
    stage: str
    round: int
    purpose: str
    alg: str
    scope: str
    target_draw_id: str | None
    """Inspector stage: the draw of the objects that are visited."""
    mends_draw_id: str | None
    """Replacement: the inspector draw whose open seats it fills."""
    state: DrawState
    steps: list[StepRead]


class DrawSummary(Schema):
    """One attempt, without its steps."""

    draw_id: str
    attempt: int
    department_code: str
    plan_line_code: str
    stage: str
    round: int
    purpose: str
    alg: str


class DrawPage(Schema):
    """Draws by id and attempt."""

    items: list[DrawSummary]
    next: str | None


class SelectedRead(Schema):
    """A drawn object. Its stratum tells its class, so this is for officials only."""

    stratum: str
    rank: int
    """From 1 within the stratum."""
    object_code: str
    ticket: str


class SelectedPage(Schema):
    """Drawn objects in the order of selected.tsv."""

    items: list[SelectedRead]
    next: str | None


class SeatRead(Schema):
    """Who holds a seat at an object. For officials until the task is disclosed."""

    object_code: str
    department_code: str
    seat: int
    """From 1 within the department."""
    turn: int
    """1 for who was drawn first; each replacement adds one."""
    staff_no: str
    draw_id: str


class SeatPage(Schema):
    """Seats by object, department and seat."""

    items: list[SeatRead]
    next: str | None


class DrawEvent(Schema):
    """An attempt took a step."""

    draw_id: str
    attempt: int
    state: DrawState
    taken_at: datetime
    details: dict[str, Any]
