"""Publications as the API shows them."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.pagination import PageQuery
from app.core.schema import Instant, NextCursor, Schema, shown
from app.draws.schemas import DrawCode

Kind = Literal["plan", "task", "drawn-list", "result"]


class PublicationCreate(Schema):
    """Make something public 公示: a plan, an inspection task, its drawn list, or a result."""

    kind: Kind
    subject: Annotated[str, Field(max_length=140, examples=["610403-SCJG-2026-001"])]
    """Code of the plan, national key of the task, or national key + "/" + object code."""
    channel: Annotated[str, Field(max_length=200, examples=["部门网站"])] = "本系统公示页"


class PublicationRead(Schema):
    """A text that was made public 公示."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001")]
    kind: Annotated[str, shown("plan")]
    subject: Annotated[str, shown("610403-SCJG-2026-001")]
    version: Annotated[int, shown(1)]
    lead_department_code: Annotated[str, shown("610403-SCJG")]
    content: Annotated[dict[str, Any], shown({"name": "杨陵区2026年度抽查工作计划"})]
    """plan: code, name, year, department, lines. task: code, national_key, name, department,
    partners, items, scope, window_start, window_end, object_count, its plan and its draws.
    drawn-list: task, objects by code, officers as staff_numbers of each department. result: task,
    object, inspected_on, value, value_text, items (each with value and problem), disposals."""
    content_sha256: Annotated[str, shown("9a" * 32)]
    """SHA-256 of the content as canonical JSON (RFC 8785)."""
    due_on: Annotated[date | None, shown("2026-03-09", None)]
    channel: Annotated[str, shown("本系统公示页")]
    published_at: Instant
    supersedes_id: Annotated[UUID | None, shown(None, "0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a000")]
    """The version that this one corrects."""


class PublicationPage(Schema):
    """Publications by kind and subject."""

    items: list[PublicationRead]
    next: NextCursor


class PublicationQuery(PageQuery):
    """Which publications are wanted."""

    kind: Annotated[Kind | None, Field(description="Only this kind 类别")] = None
    subject: Annotated[
        str | None, Field(max_length=140, description="Only this subject, see publishSubject 事项")
    ] = None


class ObligationQuery(PageQuery):
    """Which obligations are wanted."""

    unpublished: Annotated[bool, Field(description="Only what is not public yet 尚未公示")] = False


class ObligationRead(Schema):
    """Something that is to be public, and whether it is."""

    kind: Annotated[str, shown("result")]
    subject: Annotated[str, shown("610403202603021001/91610403WY0000015C")]
    """As in the publication; what was never entered counts from the end of the window."""
    lead_department_code: Annotated[str, shown("610403-SCJG")]
    """The department that publishes."""
    basis: Annotated[date, shown("2026-11-30")]
    """The day from which the time limit counts; it does not count itself."""
    due_on: Annotated[date, shown("2026-12-28")]
    """The last day in time, by the rule `publication.working-days` that was in force on `basis`."""
    provisional: Annotated[bool, shown(False)]
    """A year on the way has no calendar yet, so `due_on` may become later."""
    due_on_by_object: Annotated[date | None, shown("2026-12-04", None)]
    """Of a result: the stricter reading, which counts from the object's own inspection day; null
    while it is not closed."""
    published_at: Annotated[Instant | None, shown(None, "2026-12-07T02:00:00.000000Z")]
    """When it was first published, or null."""
    overdue: Annotated[bool, shown(False)]
    """It was not public by the end of `due_on`; stays true for what came late."""


class ObligationPage(Schema):
    """Obligations by kind and subject."""

    items: list[ObligationRead]
    next: NextCursor


class PublicDrawRead(Schema):
    """What anyone may know of a draw from its commitment on."""

    draw_id: DrawCode
    attempt: Annotated[int, shown(1)]
    attempts: Annotated[int, shown(1)]
    """Number of attempts of this draw so far."""
    stage: Annotated[str, shown("target")]
    """target: objects are drawn; inspector: officers are."""
    purpose: Annotated[str, shown("real")]
    """real or test."""
    cd: Annotated[str, shown("9a" * 32)]
    """SHA-256 of commitment.json; the log has it too."""
    committed_at: Instant
    not_before: Instant
    """Earliest moment of the seed."""
    voided_at: Instant | None
    """When the attempt was voided, if it was."""
    void_reason: Annotated[str | None, shown(None, "ceremony-flawed")]
    """source-missing, input-wrong, ceremony-flawed or technical-failure; further ones may come."""
    voided_from: Annotated[str | None, shown(None, "seeded")]
    """The state in which it was voided: committed, seeded or drawn."""
    same_population: Annotated[list[str], shown([])]
    """Voided draws of the very same list of objects: whoever plans anew what was voided is shown
    beside it."""


class DisclosureRuleRead(Schema):
    """When something becomes public, and the text that says so."""

    zh: Annotated[str, shown("全部检查完成或检查期限届满后公开")]
    en: Annotated[
        str, shown("when the last visit is done or the window has ended, whichever is first")
    ]
    source: Annotated[str, shown("openlot/1 第9节")]


class DisclosureRead(Schema):
    """An entry of the calendar of disclosure 公开时间表 (draw-spec 9)."""

    what: Annotated[str, shown("seed-and-list")]
    """commitment; attempts: their number and voids; seed-and-list: the seed and who was drawn;
    evidence: the public bundle; results. An inspector draw has no public bundle and no results.
    Further ones may come."""
    public_from: Annotated[Instant | None, shown(None, "2026-11-30T16:00:00.000000Z")]
    """Null while it is not known."""
    at_latest: Annotated[Instant | None, shown("2026-11-30T16:00:00.000000Z", None)]
    """Not later than this, as far as it is known; null where it hangs on a dispatch or a visit."""
    rule: DisclosureRuleRead
    """In force on the day of the dispatch, or today while nothing is dispatched."""


class PublicDrawDetailRead(PublicDrawRead):
    """What anyone may know of an attempt, and when they may know the rest."""

    calendar: list[DisclosureRead]


class PublicDrawPage(Schema):
    """Draws by id and attempt."""

    items: list[PublicDrawRead]
    next: NextCursor


class PublicationEvent(Schema):
    """Something was made public."""

    publication_id: str
    kind: str
    subject: str
    version: int
    content_sha256: str
