"""Draws as the API shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field
from typing_extensions import TypeAliasType

from app.core.schema import Instant, NextCursor, Schema, shown
from app.draws.states import DrawState

Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
State = Annotated[
    str,
    Field(description="draft, frozen, committed, seeded or drawn; further states may come"),
    shown("frozen"),
]
DrawCode = Annotated[str, shown("610403-SCJG-2026-001-01-T1")]
"""Id of a draw: line, stage and round."""
LineCode = Annotated[str, shown("610403-SCJG-2026-001-01")]
_DIGEST = "9a2db2e23f1504cd056606553ac049c5e718e8f9ce9233876df1a7a1821af885"
_SECRET = "ab" * 32
_FROZEN = {"counts": {"A": 812, "B": 241}, "frame": {"count": 1053, "sealed": True}}


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
    sha256: Annotated[Hex64, shown(_DIGEST)]


class DiceSource(Schema):
    """Digits from dice rolled before witnesses."""

    type: Literal["dice"]
    digits: Annotated[int, Field(ge=1, le=200, examples=[20])]


class TestSource(Schema):
    """A text; for draws of purpose `test` only."""

    type: Literal["test"]


SeedSource = TypeAliasType(
    "SeedSource",
    Annotated[RevealSource | DiceSource | TestSource, Field(discriminator="type")],
)


class CommitmentCreate(Schema):
    """What fixes the draw before any seed value exists (draw-spec 3)."""

    sources: Annotated[
        list[SeedSource],
        Field(
            min_length=1,
            max_length=8,
            examples=[[{"type": "reveal", "sha256": _DIGEST}, {"type": "dice", "digits": 20}]],
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
    name: Annotated[str, Field(min_length=1, max_length=100, examples=["张某"])]


class Minutes(Schema):
    """The minutes of a public act 现场记录."""

    held_at: Annotated[AwareDatetime, shown("2026-03-01T01:10:00Z")]
    place: Annotated[str, Field(min_length=1, max_length=200, examples=["杨陵区政务服务大厅"])]
    signed_by: Annotated[
        list[Signatory],
        Field(min_length=3, max_length=20),
        shown(
            [
                {"role": "operator", "name": "张某"},
                {"role": "witness", "name": "李某"},
                {"role": "notary", "name": "王某"},
            ]
        ),
    ]


class RevealValue(Schema):
    """The secret, now shown."""

    type: Literal["reveal"]
    value: Annotated[Hex64, shown(_SECRET)]


class DiceValue(Schema):
    """The digits as rolled, and the minutes."""

    type: Literal["dice"]
    value: Annotated[str, Field(pattern=r"^[0-9]{1,400}$", examples=["52117850255171607909"])]
    minutes: Minutes


class TestValue(Schema):
    """The text of a test."""

    type: Literal["test"]
    value: Annotated[str, Field(pattern=r"^[^\n\r]{1,200}$", examples=["rehearsal"])]


SeedValue = TypeAliasType(
    "SeedValue",
    Annotated[RevealValue | DiceValue | TestValue, Field(discriminator="type")],
)


class SeedCreate(Schema):
    """The values of all sources, in the order of the commitment."""

    sources: Annotated[
        list[SeedValue],
        Field(min_length=1, max_length=8),
        shown(
            [
                {"type": "reveal", "value": _SECRET},
                {
                    "type": "dice",
                    "value": "52117850255171607909",
                    "minutes": {
                        "held_at": "2026-03-01T01:10:00Z",
                        "place": "杨陵区政务服务大厅",
                        "signed_by": [
                            {"role": "operator", "name": "张某"},
                            {"role": "witness", "name": "李某"},
                            {"role": "notary", "name": "王某"},
                        ],
                    },
                },
            ]
        ),
    ]


class StepRead(Schema):
    """A step that was taken."""

    state: State
    taken_at: Instant
    taken_by: Annotated[str, shown("scjgywxt01")]
    """Id of the key that took it."""
    details: Annotated[
        dict[str, Any],
        shown(_FROZEN),
    ]
    """Figures of the step: digests, counts of lines, the design, the commitment digest."""


class DrawRead(Schema):
    """One attempt of a draw 抽取."""

    draw_id: DrawCode
    attempt: Annotated[int, shown(1)]
    department_code: Annotated[str, shown("610403-SCJG")]
    plan_line_code: LineCode
    stage: Annotated[str, shown("target")]
    round: Annotated[int, shown(1)]
    purpose: Annotated[str, shown("real")]
    alg: Annotated[str, shown("sha256")]
    scope: DrawCode
    target_draw_id: Annotated[str | None, shown("610403-SCJG-2026-001-01-T1", None)]
    """Inspector stage: the draw of the objects that are visited."""
    mends_draw_id: Annotated[str | None, shown(None)]
    """Replacement: the inspector draw whose open seats it fills."""
    state: State
    steps: Annotated[
        list[StepRead],
        shown(
            [
                {
                    "state": "draft",
                    "taken_at": "2026-02-27T01:00:00.000000Z",
                    "taken_by": "scjgywxt01",
                    "details": {},
                },
                {
                    "state": "frozen",
                    "taken_at": "2026-02-27T01:30:00.000000Z",
                    "taken_by": "scjgywxt01",
                    "details": _FROZEN,
                },
            ]
        ),
    ]


class DrawSummary(Schema):
    """One attempt, without its steps."""

    draw_id: DrawCode
    attempt: Annotated[int, shown(1)]
    department_code: Annotated[str, shown("610403-SCJG")]
    plan_line_code: LineCode
    stage: Annotated[str, shown("target")]
    round: Annotated[int, shown(1)]
    purpose: Annotated[str, shown("real")]
    alg: Annotated[str, shown("sha256")]


class DrawPage(Schema):
    """Draws by id and attempt."""

    items: list[DrawSummary]
    next: NextCursor


class SelectedRead(Schema):
    """A drawn object. Its stratum tells its class, so this is for officials only."""

    stratum: Annotated[str, shown("B")]
    rank: Annotated[int, shown(1)]
    """From 1 within the stratum."""
    object_code: Annotated[str, shown("91610403WY0000015C")]
    ticket: Annotated[
        str, shown("000f3a1c5be0b6b3e9d7f0c4a8e2d1b7f6a5948372615043f2e1d0c9b8a79685")
    ]


class SelectedPage(Schema):
    """Drawn objects in the order of selected.tsv."""

    items: list[SelectedRead]
    next: NextCursor


class SeatRead(Schema):
    """Who holds a seat at an object. For officials until the task is disclosed."""

    object_code: Annotated[str, shown("91610403WY0000015C")]
    department_code: Annotated[str, shown("610403-SCJG")]
    seat: Annotated[int, shown(1)]
    """From 1 within the department."""
    turn: Annotated[int, shown(1)]
    """1 for who was drawn first; each replacement adds one."""
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    draw_id: Annotated[str, shown("610403-SCJG-2026-001-01-I1")]


class SeatPage(Schema):
    """Seats by object, department and seat."""

    items: list[SeatRead]
    next: NextCursor


class DrawEvent(Schema):
    """An attempt took a step."""

    draw_id: str
    attempt: int
    state: DrawState
    taken_at: datetime
    details: dict[str, Any]
