"""Previews of target draws as the API shows them."""

from typing import Annotated, Literal

from app.core.schema import Schema, shown
from app.draws.schemas.draws import DrawCode, LineCode, State

Stratum = Annotated[str, shown("B")]
Expected = Annotated[str, shown("3", "13/10")]
"""The expected number of drawn objects, exact, as an integer or in lowest terms p/q."""
Least = Annotated[int, shown(3)]
Most = Annotated[int, shown(3)]


class PreviewStratum(Schema):
    """How many a stratum holds and how many will be drawn of it."""

    stratum: Stratum
    count: Annotated[int, shown(100)]
    """Objects in the frame."""
    rate: Annotated[str | None, shown("0.03")]
    """As in the design; null for a fixed number."""
    drawn: Annotated[int | None, shown(3, None)]
    """The number that will be drawn; null where the stratum shares a total, because there chance
    settles between `at_least` and `at_most`."""
    expected: Expected
    at_least: Least
    at_most: Most


class PreviewTotal(Schema):
    """A total that several strata share 共用总数: its exact share, rounded by chance."""

    total: Annotated[str, shown("B")]
    count: Annotated[int, shown(100)]
    rate: Annotated[str, shown("0.03")]
    expected: Expected
    at_least: Least
    at_most: Most


class PreviewFigures(Schema):
    """All strata together."""

    count: Annotated[int, shown(1053)]
    drawn: Annotated[int | None, shown(17, None)]
    """Null where chance settles between `at_least` and `at_most`."""
    expected: Expected
    at_least: Annotated[int, shown(17)]
    at_most: Annotated[int, shown(17)]


class PreviewObject(Schema):
    """An object that the dry run selects, which says nothing about the draw."""

    is_preview: Annotated[Literal[True], shown(True)]
    stratum: Stratum
    rank: Annotated[int, shown(1)]
    """From 1 within the stratum, in the order of the dry run."""
    object_code: Annotated[str, shown("91610403WY0000015C")]


class PreviewOverlap(Schema):
    """How far another draw, whose visits are still to come, meets the same objects 多头检查."""

    draw_id: DrawCode
    plan_line_code: LineCode
    department_code: Annotated[str, shown("610403-YJGL")]
    objects_in_frame: Annotated[int | None, shown(12, None)]
    """How many of the objects that it drew are in this frame; null for a department that the
    caller does not see if the frame is so small that the number would tell of single firms."""
    expected_again: Annotated[str | None, shown("0.36", None)]
    """How many of these this draw is expected to select again, with two decimals."""


class PreviewPart(Schema):
    """What a plan line will give."""

    name: Annotated[str, shown("")]
    """Name of the part in the commitment, empty where there is only one."""
    plan_line_code: LineCode
    strata: list[PreviewStratum]
    """In byte order, as in result.json."""
    shared_totals: list[PreviewTotal]
    total: PreviewFigures
    excluded: Annotated[dict[str, int], shown({"deregistered": 4, "frequency-cap": 17})]
    """Objects in the scope that are left out, by reason (draw-spec 2): among them `frequency-cap`,
    inspected for a general item as often as its cap allows, and `x-visit-ceiling`, visited by a
    department as often in the year as it has published."""
    exceptions: Annotated[dict[str, int], shown({"complaint": 2})]
    """Objects that are drawn from although a cap or ceiling is reached, because a trigger lets them
    in, by the special directory that it stands in."""
    sample: list[PreviewObject]
    """Up to 20 of the dry run: the first of every stratum, then the second, and so on."""
    overlap: list[PreviewOverlap]
    """Every other real target draw that was made and is neither voided nor closed, by id."""


class DrawPreviewRead(Schema):
    """A preview 预演. It is not the draw: its tickets come of a key that everyone knows."""

    draw_id: DrawCode
    attempt: Annotated[int, shown(1)]
    state: Annotated[State, shown("draft")]
    """draft: of the registry as it is now; frozen: of the frozen frame."""
    is_preview: Annotated[Literal[True], shown(True)]
    zh: Annotated[str, shown("预演，不是抽取结果：所列对象由公开的固定密钥选出，与正式抽取无关。")]
    en: Annotated[
        str,
        shown("A preview, not the draw: its sample comes of a fixed public key and tells nothing."),
    ]
    parts: list[PreviewPart]
    """One for each plan line that the draw draws from."""
