"""Draws as the API shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown
from app.draws.states import DrawState, Mode

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


class ExpertDemand(Schema):
    """Further seats of each team, for experts 专家 or third parties 第三方. They assist, and never
    count among the officers whom the law asks for (domain A.5)."""

    kind: Literal["expert", "third_party"] = "expert"
    department_code: DepartmentCode
    """Whose directory they are taken from: a department that takes part, or the lead."""
    qualification: Annotated[str, Field(min_length=1, max_length=200), shown("药品检查员")]
    number: Annotated[int, Field(ge=1, le=20)] = 1
    """Seats of each team."""


class ExpertDemandRead(Schema):
    """Seats of each team for experts or third parties."""

    kind: Annotated[str, shown("expert")]
    """expert or third_party."""
    department_code: Annotated[str, shown("610403-SCJG")]
    qualification: Annotated[str, shown("药品检查员")]
    number: Annotated[int, shown(1)]


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
    mode: Mode = Mode.WHOLE_POOL
    """Inspector stage: whom an object's station or region lets in. `station` 所内: officers of its own
    station (the `jurisdiction_unit` of the department's own entry of the object); a department
    that keeps no such entry is not bound by it. `across-stations` 所所交叉: never of its own station;
    `district` 区域定向: of its own region; `across-districts` 跨区域交叉: never of its own region;
    `whole-pool` 全局混合: all."""
    avoid_last_inspectors: Annotated[bool | None, shown(True)] = None
    """Inspector stage: whether officers who inspected an object the last time stay away from it.
    Left out: yes, unless the seats cannot all be filled without them; then all may come back."""
    experts: Annotated[list[ExpertDemand], Field(max_length=10), shown([])] = []
    """Inspector stage: seats beside those of the officers."""


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
    mode: Annotated[str | None, shown(None, "whole-pool")]
    """Inspector stage: station, across-stations, district, across-districts or whole-pool."""
    avoid_last_inspectors: Annotated[bool | None, shown(None, True)]
    """Inspector stage, as it was asked for; `details` of the freeze say what was done."""
    experts: Annotated[list[ExpertDemandRead], shown([])]
    """Inspector stage: seats beside those of the officers, group `assist.1` and following."""
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
