"""The ceremony of a seed as the API leads through it: what is next, by whom, until when; and the
escrow of secrets before it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.core.schema import Instant, Schema, shown
from app.draws.schemas.draws import DrawCode, State
from app.draws.schemas.seeding import Hex64

Action = Annotated[
    str,
    Field(
        description="freeze, deposit-reveal, commit, wait, give-source, draw, dispatch, void or "
        "none; further actions may come"
    ),
    shown("give-source"),
]
SourceNumber = Annotated[int | None, shown(2, None)]
"""Number of the source in the commitment, from 1."""
_DIGEST = "9a2db2e23f1504cd056606553ac049c5e718e8f9ce9233876df1a7a1821af885"
Envelope = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,100}$", examples=["密封 2026-0301-甲"])]
"""Number of the sealed envelope that holds the secret."""


class EscrowReceiptCreate(Schema):
    """A custodian confirms that they hold the secret whose SHA-256 this is. The service does not
    see the secret itself before it is revealed."""

    sha256: Annotated[Hex64, shown(_DIGEST)]
    """SHA-256 of the 32 bytes."""
    envelope: Envelope


class EscrowReceiptRead(Schema):
    """Who holds a secret, in which envelope."""

    sha256: Annotated[str, shown(_DIGEST)]
    envelope: Annotated[str, shown("密封 2026-0301-甲")]
    confirmed_at: Instant
    confirmed_person: Annotated[str, shown("610403-SCJG-0007")]


class CeremonyNextRead(Schema):
    """What is to be done now."""

    action: Action
    source_number: SourceNumber
    title_zh: Annotated[str, shown("录入随机来源 2")]
    title_en: Annotated[str, shown("Give source 2")]
    how_zh: Annotated[str, shown("当众掷骰，按掷出的先后录入全部数字，并附现场记录。")]
    how_en: Annotated[str, shown("Roll the dice in public and enter all digits as rolled.")]
    by: Annotated[str | None, shown("draws:seed", None)]
    """Permission that the key needs; null where nobody has to act."""
    by_zh: Annotated[str, shown("现场录入人员")]
    by_en: Annotated[str, shown("who records the ceremony")]
    not_before: Annotated[Instant | None, shown("2026-03-01T01:00:00.000000Z", None)]
    until: Annotated[Instant | None, shown("2026-03-08T01:00:00.000000Z", None)]
    operation: Annotated[str | None, shown("enterSourceValue", None)]
    """operationId of the request that does it."""


class CeremonyStepRead(Schema):
    """A step of the whole way from the draft to the dispatch."""

    number: Annotated[int, shown(1)]
    """From 1, in the order in which they are taken."""
    action: Annotated[Action, shown("freeze")]
    source_number: Annotated[SourceNumber, shown(None, 2)]
    title_zh: Annotated[str, shown("冻结名单")]
    title_en: Annotated[str, shown("Freeze the input")]
    done: Annotated[bool, shown(True)]
    done_at: Annotated[Instant | None, shown("2026-02-27T01:30:00.000000Z", None)]
    done_by: Annotated[str | None, shown("scjgywxt01", None)]
    """Id of the key that did it."""
    until: Annotated[Instant | None, shown("2026-02-28T16:00:00.000000Z", None)]
    overdue: Annotated[bool, shown(False)]
    """Whether `until` passed before it was done."""


class CeremonyRead(Schema):
    """Where the ceremony of an attempt stands."""

    draw_id: DrawCode
    attempt: Annotated[int, shown(1)]
    state: Annotated[State, shown("committed")]
    purpose: Annotated[str, shown("real")]
    """real, or test: a rehearsal."""
    next: CeremonyNextRead
    steps: list[CeremonyStepRead]
    receipts: list[EscrowReceiptRead]
    """Who holds the secrets: whom to call when the operator does not come."""


class EscrowEvent(Schema):
    """A custodian confirmed that they hold a secret."""

    draw_id: str
    attempt: int
    sha256: str
    envelope: str
    person: str
    at: datetime
