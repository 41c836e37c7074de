"""The evidence of a draw: its proofs in the log, and the bundle."""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.events import Event
from app.draws.errors import NoPublicBundle
from app.draws.models import Draw, DrawStep
from app.draws.queries.attempts import get_files, get_parts, get_source_files, get_step
from app.draws.states import DrawState
from app.ledger import queries as ledger
from app.ledger.models import LedgerCheckpoint, LedgerEntry
from app.sampling import members as standing
from app.sampling.openlot1 import canonical, evidence, log, note
from app.sampling.openlot1.commitment import TARGET
from app.sampling.openlot1.seed import key, seed

OF_PART = {
    "audit": ("frame.tsv", "excluded.tsv", "selected.tsv", "reserves.tsv", "result.json"),
    "public": ("published.tsv",),
}
OF_OFFICERS = ("assignment.json", "assignment.tsv", "result.json")
OF_DRAW = ("commitment.json", "seed.txt")
"""The files of each bundle beside sources and log."""
PROVEN = (DrawState.FROZEN, DrawState.COMMITTED, DrawState.SEEDED, DrawState.DRAWN)


async def get_bundle(session: AsyncSession, draw: Draw, profile: str) -> bytes:
    """The evidence bundle of a draw that was made (draw-spec 9), the same bytes every time.

    `audit` holds everything; `public` no class and no name of a person. An inspector draw has no
    public bundle: its input tells who is qualified for what, and which officers have an interest
    in which object."""
    await get_step(session, draw, DrawState.DRAWN)
    audit = profile == "audit"
    if draw.stage == TARGET:
        parts = await get_parts(session, draw)
        own = [f"{part.folder}{name}" for part in parts for name in OF_PART[profile]]
    elif audit:
        own = list(OF_OFFICERS)
    else:
        raise NoPublicBundle
    members = await get_files(session, draw, [*OF_DRAW, *own])
    for name, data in (await get_source_files(session, draw)).items():
        members[name] = data if audit else without_names(data)
    members |= await get_log_proofs(session, draw)
    return await asyncio.to_thread(_bundle, members, audit=audit)


def _bundle(members: dict[str, bytes], *, audit: bool) -> bytes:
    commitment = canonical.loads(members["commitment.json"])
    alg = commitment["alg"]
    its_seed = seed(alg, members["seed.txt"])
    purpose = TARGET if commitment["stage"] == TARGET else "seat"
    members["verify.py"] = standing.verify_py()
    members["VERIFY.md"] = standing.verify_md(
        commitment=commitment,
        seed=its_seed,
        key=key(alg, its_seed, purpose, commitment["scope"]),
        example=_example(members),
        public=not audit,
    )
    return evidence.write_bundle(members)


def _example(members: dict[str, bytes]) -> standing.TicketExample | None:
    """The ticket of the first seat, or of the first object drawn in the first part that drew one."""
    if members.get("assignment.tsv"):
        *subject, ticket = _first_line(members["assignment.tsv"])
        return standing.TicketExample("|".join(subject), ticket)
    lists = [name for name, data in members.items() if name.endswith("selected.tsv") and data]
    if not lists:
        return None
    folder = lists[0].removesuffix("selected.tsv")
    _, _, object_id, ticket = _first_line(members[lists[0]])
    frame = b"\n" + members[f"{folder}frame.tsv"]
    start = frame.index(f"\n{object_id}\t".encode()) + 1
    line = frame[start : frame.index(b"\n", start)].decode()
    return standing.TicketExample(object_id, ticket, line.split("\t")[2], folder=folder)


def _first_line(data: bytes) -> list[str]:
    return data.partition(b"\n")[0].decode().split("\t")


def without_names(source: bytes) -> bytes:
    """The evidence of a source with the roles of those who signed, without their names."""
    value = canonical.loads(source)
    for signatory in value["evidence"].get("minutes", {}).get("signed_by", []):
        del signatory["name"]
    return canonical.dumps(value)


async def get_log_proofs(session: AsyncSession, draw: Draw) -> dict[str, bytes]:
    """The members log/*.proof: each step's entry in the tree of the transaction that drew, and
    that the tree of the commitment is a prefix of it."""
    places = await _places(session, draw)
    final = await _checkpoint_after(session, places[DrawState.DRAWN])
    committed = await _checkpoint_after(session, places[DrawState.COMMITTED])
    members = {}
    for state, index in places.items():
        entry = await ledger.get_entry(session, index)
        proof = note.Proof(
            index=index,
            path=tuple(await ledger.inclusion_path(session, index, final.size)),
            entry=entry.full_data.encode(),
            checkpoint=final.note,
        )
        members[f"log/{state.value}.proof"] = note.format_proof(proof).encode()
    path = await ledger.consistency_path(session, committed.size, final.size)
    members["log/consistency.proof"] = log.format_consistency(
        committed.size, final.size, path, committed.note
    ).encode()
    return members


async def _places(session: AsyncSession, draw: Draw) -> dict[DrawState, int]:
    """Where the steps up to the draw stand in the log."""
    rows = await session.execute(
        select(DrawStep.state, LedgerEntry.index)
        .join(Event, Event.id == DrawStep.event_id)
        .join(LedgerEntry, LedgerEntry.event_id == Event.id)
        .where(
            DrawStep.draw_id == draw.draw_id,
            DrawStep.attempt == draw.attempt,
            DrawStep.state.in_(PROVEN),
        )
        .order_by(LedgerEntry.index)
    )
    return {DrawState(state): index for state, index in rows}


async def _checkpoint_after(session: AsyncSession, index: int) -> LedgerCheckpoint:
    """The checkpoint of the transaction that appended this entry."""
    found = await session.scalar(
        select(LedgerCheckpoint)
        .where(LedgerCheckpoint.size > index)
        .order_by(LedgerCheckpoint.size)
        .limit(1)
    )
    assert found is not None  # noqa: S101 -- an entry and its checkpoint are one transaction
    return found
