"""Voids, amendments and substitutions as the API shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from app.core.schema import Instant, NextCursor, Schema, shown

Evidence = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        pattern=r"^[^\t\r\n]+$",
        examples=["登记机关注销核准通知书 2026-03-02"],
    ),
]
"""What shows the reason: number and date of a document."""
ObjectCode = Annotated[str, Field(max_length=64, examples=["91610403WY0000015C"])]
OfLine = Annotated[str | None, Field(max_length=64), shown("610403-SCJG-2026-001-01")]
"""The plan line whose list it is; needed only where a campaign draws several."""


class VoidCreate(Schema):
    """Void an attempt 作废: it stays in the record with its reason, and the next attempt has a new
    commitment and new randomness."""

    kind: Literal["void"]
    reason: Annotated[
        Literal["source-missing", "input-wrong", "ceremony-flawed", "technical-failure"],
        shown("ceremony-flawed"),
    ]
    evidence: Evidence


class AmendmentCreate(Schema):
    """Correct the frozen list 更正名单 after the seed: the listed objects are taken as the registry
    has them now. Seed and tickets stay, so that nothing else moves than what must."""

    kind: Literal["amendment"]
    reason: Annotated[Literal["left-out", "wrongly-included", "misclassified"], shown("left-out")]
    evidence: Evidence
    plan_line_code: OfLine = None
    object_codes: Annotated[list[ObjectCode], Field(min_length=1, max_length=1000)]


class SubstitutionCreate(Schema):
    """Put the next reserve in the place of a drawn object 替换 that is objectively not there: the
    registry must show the cause. A closed door is none: it is a result."""

    kind: Literal["substitution"]
    reason: Annotated[Literal["deregistered", "duplicate", "moved-away"], shown("deregistered")]
    evidence: Evidence
    plan_line_code: OfLine = None
    object_code: ObjectCode
    duplicate_of: Annotated[str | None, Field(max_length=64), shown("91610403WY0000023Q")] = None
    """The other code of the same object, for the reason `duplicate`."""


DrawChangeCreate = TypeAliasType(
    "DrawChangeCreate",
    Annotated[
        VoidCreate | AmendmentCreate | SubstitutionCreate,
        Field(discriminator="kind"),
    ],
)


class DrawChangeDecide(Schema):
    """What another person decides."""

    decision: Annotated[Literal["approved", "declined"], shown("approved")]


class DrawChangeRead(Schema):
    """A change of an attempt that was asked for, and what was decided."""

    number: Annotated[int, shown(1)]
    """From 1 within the attempt."""
    draw_id: Annotated[str, shown("610403-SCJG-2026-001-01-T1")]
    attempt: Annotated[int, shown(1)]
    kind: Annotated[str, shown("substitution")]
    """void, amendment or substitution; further kinds may come."""
    reason: Annotated[str, shown("deregistered")]
    evidence: Annotated[str, shown("登记机关注销核准通知书 2026-03-02")]
    details: Annotated[
        dict[str, Any],
        shown({"part": 1, "object_code": "91610403WY0000015C", "stratum": "B"}),
    ]
    """What it does, as a diff: of an amendment the objects that enter and leave, with their places
    and the cut-offs of their strata; of a substitution who leaves and who enters; of a void the
    digest of the result that it voids, if there was one."""
    requested_at: Instant
    requested_person: Annotated[str, shown("scjgywxt01")]
    decision: Annotated[str | None, shown("approved", None)]
    decided_at: Instant | None
    decided_person: Annotated[str | None, shown("610403-SCJG-0001", None)]


class DrawChangePage(Schema):
    """The changes of an attempt by number."""

    items: list[DrawChangeRead]
    next: NextCursor


class AmendmentRead(Schema):
    """The document of an amendment."""

    number: Annotated[int, shown(1)]
    """From 1 within the attempt, over all parts."""
    document: Annotated[
        str, shown('{"attempt":1,"changes":[{"evidence":"...","from":null,"to":"B"}]}')
    ]
    """amendment.json, byte for byte: SHA-256 over its UTF-8 is what the decision tells."""


class AmendmentList(Schema):
    """Amendments in their order; all of them at once."""

    items: list[AmendmentRead]
    next: NextCursor


class DrawChangeEvent(Schema):
    """A change of an attempt was asked for or decided. The evidence is not repeated here."""

    draw_id: str
    attempt: int
    number: int
    kind: str
    reason: str
    decision: str | None
    details: dict[str, Any]
    at: datetime
