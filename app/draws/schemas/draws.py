"""Draws as the API shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.schema import Instant, NextCursor, Schema, shown
from app.draws.states import DrawState

State = Annotated[
    str,
    Field(
        description="draft, frozen, committed, seeded, drawn, dispatched, published, closed or "
        "voided; further states may come"
    ),
    shown("frozen"),
]
DrawCode = Annotated[str, shown("610403-SCJG-2026-001-01-T1")]
"""Id of a draw: line, stage and round."""
LineCode = Annotated[str, shown("610403-SCJG-2026-001-01")]
_FROZEN = {"counts": {"A": 812, "B": 241}, "frame": {"count": 1053, "sealed": True}}


class DrawCreate(Schema):
    """Begin a draw of a plan line: of its objects (target), or of the officers who visit the
    drawn objects (inspector)."""

    plan_line_code: Annotated[str, Field(max_length=64, examples=["610403-SCJG-2026-001-01"])]
    stage: Literal["target", "inspector"] = "target"
    round: Annotated[int, Field(ge=1, le=366)] = 1
    """A line may be drawn in several rounds of its year."""
    campaign_line_codes: Annotated[
        list[Annotated[str, Field(max_length=64, examples=["610403-YJGL-2026-001-01"])]],
        Field(max_length=29),
        shown([]),
    ] = []
    """Target stage: further lines drawn with this one, with one seed and one ticket per object, so
    that the samples overlap as far as their rates allow 综合查一次."""
    purpose: Literal["real", "test"] = "real"
    alg: Literal["sha256", "sm3"] = "sha256"
    cap: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    """Inspector stage: the most seats that one officer takes in this draw."""
    slack: Annotated[int, Field(ge=0, le=100)] = 0
    """Inspector stage: how far loads may exceed the least possible maximum, in seats."""


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


class DrawPartRead(Schema):
    """A plan line that a target draw draws from."""

    name: Annotated[str, shown("")]
    """Name of the part in the commitment, empty where there is only one."""
    plan_line_code: LineCode


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
    previous_attempt: Annotated[int | None, shown(None)]
    """The voided attempt that this one follows."""
    parts: Annotated[
        list[DrawPartRead], shown([{"name": "", "plan_line_code": "610403-SCJG-2026-001-01"}])
    ]
    """Target stage: the plan lines that it draws from; a campaign has several."""
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


class DrawEvent(Schema):
    """An attempt took a step."""

    draw_id: str
    attempt: int
    state: DrawState
    taken_at: datetime
    details: dict[str, Any]
