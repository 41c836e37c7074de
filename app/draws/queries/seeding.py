"""What was promised of a seed, who holds its secrets, and which values are there."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.draws.errors import SourceNotFound
from app.draws.models import Draw, EscrowReceipt, SourceValue
from app.draws.queries.attempts import get_file, get_step
from app.draws.schemas.seeding import VALUES, SeedValue
from app.draws.states import DrawState
from app.sampling.openlot1.commitment import Commitment, parse_commitment
from app.sampling.openlot1.commitment import cd as commitment_digest
from app.sampling.openlot1.sources import REAL, Reveal, Source

SEED_PERIOD = timedelta(days=7)
"""How long after its earliest moment a seed may come, unless the commitment says otherwise."""
CUSTODIANS = 2
"""Who hold each secret, in an envelope each."""
WAIT = "wait"
_VALUE: TypeAdapter[SeedValue] = TypeAdapter(SeedValue)


@dataclass(frozen=True, slots=True)
class Promise:
    """The commitment of an attempt, as far as its seed is concerned."""

    cd: str
    commitment: Commitment
    not_before: datetime
    seed_by: datetime

    def source(self, number: int) -> Source:
        """The source of this number, from 1.

        Raises SourceNotFound."""
        if not 1 <= number <= len(self.commitment.sources):
            raise SourceNotFound(number=number)
        return self.commitment.sources[number - 1]

    @property
    def order(self) -> list[int]:
        """The numbers of the sources as they are given: what somebody knows beforehand last."""
        numbers = range(1, len(self.commitment.sources) + 1)
        return sorted(numbers, key=lambda number: VALUES[self.source(number).type].secret)

    @property
    def secrets(self) -> list[str]:
        """The SHA-256 of each secret, in the order of the commitment."""
        params = [source.params for source in self.commitment.sources]
        return [one.sha256 for one in params if isinstance(one, Reveal)]

    def is_lost(self, now: datetime) -> bool:
        """Whether the attempt must be voided: its time is over, and it was not to wait."""
        return now > self.seed_by and self.commitment.fallback != WAIT


def needs_escrow(purpose: str, fallback: str) -> bool:
    """Whether two custodians must hold each secret (draw-spec 4): whoever keeps it alone could
    otherwise hold up a real draw whose dice do not suit."""
    return purpose == REAL and fallback == WAIT


async def get_promise(session: AsyncSession, draw: Draw) -> Promise:
    """Raises NotCommitted."""
    step = await get_step(session, draw, DrawState.COMMITTED)
    data = await get_file(session, draw, "commitment.json")
    commitment = parse_commitment(data)
    not_before = datetime.strptime(commitment.not_before, "%Y-%m-%dT%H:%M:%S%z")
    told = step.details.get("seed_by")
    seed_by = datetime.fromisoformat(told) if told else not_before + SEED_PERIOD
    return Promise(commitment_digest(data), commitment, not_before, seed_by)


async def get_receipts(session: AsyncSession, draw: Draw) -> list[EscrowReceipt]:
    """In the order in which they came."""
    found = await session.scalars(
        select(EscrowReceipt)
        .where(EscrowReceipt.draw_id == draw.draw_id, EscrowReceipt.attempt == draw.attempt)
        .order_by(EscrowReceipt.confirmed_at, EscrowReceipt.sha256, EscrowReceipt.confirmed_person)
    )
    return list(found)


async def get_values(session: AsyncSession, draw: Draw) -> dict[int, SourceValue]:
    """The values that were given one by one, by number of their source."""
    found = await session.scalars(
        select(SourceValue)
        .where(SourceValue.draw_id == draw.draw_id, SourceValue.attempt == draw.attempt)
        .order_by(SourceValue.number)
    )
    return {one.number: one for one in found}


def value_of(row: SourceValue) -> SeedValue:
    """The value as it was given."""
    return _VALUE.validate_python(row.value)
