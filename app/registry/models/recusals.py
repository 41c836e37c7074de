"""Recusals 回避: why an officer keeps away from an object, and what the head decided."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, personal
from app.registry.models.codes import one_of


class RecusalOrigin(StrEnum):
    """Who says that an officer has an interest in an object."""

    DECLARED = "declared"
    REQUESTED = "requested"
    FOUND = "found"


class RecusalGround(StrEnum):
    """What the interest is (行政处罚法 art. 43)."""

    KINSHIP = "kinship"
    INVESTMENT = "investment"
    EMPLOYMENT = "employment"
    DISPUTE = "dispute"
    OTHER = "other"


class RecusalOutcome(StrEnum):
    """What a head decides."""

    GRANTED = "granted"
    REFUSED = "refused"


class RecusalRequest(Base):
    """That an officer has an interest in an object 回避 (行政处罚法 art. 43). Declared by the officer
    it is in force at once: no draw gives them a seat there. Requested by the inspected firm, or
    found by the service beside a seat that they hold, it waits for the head; until then the work
    goes on. `cause_id` is the declaration that a found case rests on."""

    __tablename__ = "recusal_request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["department_code", "staff_no"],
            ["openlot.inspector.department_code", "openlot.inspector.staff_no"],
        ),
        one_of("origin", RecusalOrigin),
        one_of("ground", RecusalGround),
        CheckConstraint(
            "(asking_party IS NOT NULL) = (origin = 'requested')"
            " AND (asked_on IS NOT NULL) = (origin = 'requested')",
            name="asked",
        ),
        CheckConstraint("(cause_id IS NOT NULL) = (origin = 'found')", name="cause"),
        UniqueConstraint("cause_id"),
        UniqueConstraint("id", "origin", "requested_person", "staff_no"),
        Index(
            None,
            "department_code",
            "staff_no",
            "object_code",
            unique=True,
            postgresql_where=sql("origin = 'declared'"),
        ),
        Index(None, "department_code", "object_code"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    staff_no: Mapped[str] = internal()
    object_code: Mapped[str] = internal()
    origin: Mapped[str] = internal()
    ground: Mapped[str] = internal()
    evidence: Mapped[str] = personal()
    asking_party: Mapped[str | None] = personal()
    """Who asked for the firm."""
    asked_on: Mapped[date | None] = internal()
    cause_id: Mapped[UUID | None] = internal(ForeignKey("openlot.recusal_request.id"))
    requested_at: Mapped[datetime] = internal()
    requested_by: Mapped[str] = internal()
    requested_person: Mapped[str] = internal()
    """The official who entered it; the service itself, where it found it."""
    year: Mapped[int] = internal()
    """That of the request, in China."""


class RecusalDecision(Base):
    """What the head of the department decided (行政处罚法 art. 43): a named person, other than who
    requested it and than the officer whom it is about."""

    __tablename__ = "recusal_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["request_id", "origin", "requested_person", "staff_no"],
            [
                "openlot.recusal_request.id",
                "openlot.recusal_request.origin",
                "openlot.recusal_request.requested_person",
                "openlot.recusal_request.staff_no",
            ],
        ),
        CheckConstraint("origin <> 'declared'", name="origin"),
        one_of("outcome", RecusalOutcome),
        CheckConstraint("decided_person <> requested_person", name="two_persons"),
        CheckConstraint("decided_person <> staff_no", name="not_the_officer"),
        CheckConstraint("decided_person <> decided_by", name="named"),
        UniqueConstraint("request_id", "outcome"),
        {"info": of_department(INSERT_ONLY)},
    )

    request_id: Mapped[UUID] = internal(primary_key=True)
    origin: Mapped[str] = internal()
    requested_person: Mapped[str] = internal()
    staff_no: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    outcome: Mapped[str] = internal()
    reason: Mapped[str] = internal()
    document_no: Mapped[str] = internal()
    decided_at: Mapped[datetime] = internal()
    decided_by: Mapped[str] = internal()
    decided_person: Mapped[str] = internal()
    """The head's staff number; a key without a person cannot decide."""
