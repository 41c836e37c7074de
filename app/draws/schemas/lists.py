"""Drawn objects and officers' seats as the API shows them."""

from datetime import date
from typing import Annotated

from app.core.schema import NextCursor, Schema, shown


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


class AssistingSeatRead(Schema):
    """An expert or third party in the team of an object. For officials only."""

    object_code: Annotated[str, shown("91610403WY0000015C")]
    group_name: Annotated[str, shown("assist.1")]
    """Place of the demand among the `experts` of the draw."""
    department_code: Annotated[str, shown("610403-SCJG")]
    seat: Annotated[int, shown(1)]
    """From 1 within the group."""
    staff_no: Annotated[str, shown("610403-SCJG-Z001")]


class AssistingSeatPage(Schema):
    """Seats of experts and third parties by object, group and seat."""

    items: list[AssistingSeatRead]
    next: NextCursor


class CapExceptionRead(Schema):
    """An object in the frame that was visited often enough, and the trigger that lets it in
    触发线索. For officials only."""

    plan_line_code: Annotated[str, shown("610403-SCJG-2026-001-01")]
    object_code: Annotated[str, shown("91610403WY0000015C")]
    reason: Annotated[str, shown("frequency-cap")]
    """What would leave it out: `frequency-cap` or `x-visit-ceiling`."""
    directory_code: Annotated[str, shown("complaint")]
    """Special directory that the trigger stands in."""
    number: Annotated[str, shown("TS-2026-0117")]
    """Number of the complaint, lead or case."""
    expires_on: Annotated[date, shown("2026-12-31")]
    """Last day on which it lets the object in."""


class CapExceptionPage(Schema):
    """Exceptions by plan line and object, as they were frozen."""

    items: list[CapExceptionRead]
    next: NextCursor
