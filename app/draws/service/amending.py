"""Amendments: the frame is corrected after the seed, with a local effect (draw-spec 8 and 10)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.draws import pools, queries
from app.draws.errors import NothingToAmend, PartUnknown, SubstitutedAlready
from app.draws.models import Draw, DrawChange, DrawPart
from app.draws.schemas import AmendmentCreate
from app.draws.service.steps import keep
from app.draws.states import ChangeKind
from app.plans import queries as plans
from app.sampling.openlot1.amendment import Amendment, Change, amend
from app.sampling.openlot1.frame import salt


async def prepare(
    session: AsyncSession, draw: Draw, body: AmendmentCreate, now: datetime
) -> dict[str, Any]:
    """The correction of the listed objects, as the registry has them now, and its effect.

    Raises SubstitutedAlready, PartUnknown, NothingToAmend, and what the core says."""
    approved = await queries.get_approved(session, draw)
    if any(one.kind == ChangeKind.SUBSTITUTION for one in approved):
        raise SubstitutedAlready
    part = await part_of(session, draw, body.plan_line_code)
    changes = await _changes(session, draw, part, body, now)
    made = await _amended(session, draw, part, changes)
    return {
        "part": part.number,
        "after": len(approved),
        "changes": [asdict(change) for change in made.changes],
        "entered": [asdict(place) for place in made.entered],
        "left": [asdict(place) for place in made.left],
        "strata": [asdict(stratum) for stratum in made.strata],
    }


async def apply(session: AsyncSession, draw: Draw, change: DrawChange) -> dict[str, Any]:
    """Keep the amended lists and the document that anyone who holds the audit bundle can check;
    its digest goes into the log with the decision."""
    parts = {part.number: part for part in await queries.get_parts(session, draw)}
    part = parts[change.details["part"]]
    changes = [Change(**one) for one in change.details["changes"]]
    made = await _amended(session, draw, part, changes)
    folder = queries.amendment_folder(part, made.number)
    files = {
        "amendment.json": made.document,
        "frame.tsv": made.frame_tsv,
        "selected.tsv": made.selected_tsv,
        "reserves.tsv": made.reserves_tsv,
        "published.tsv": made.published_tsv,
    }
    keep(session, draw, {f"{folder}{name}": data for name, data in files.items()})
    digest = sha256(made.document).hexdigest()
    return change.details | {"amendment": made.number, "sha256": digest}


async def part_of(session: AsyncSession, draw: Draw, line_code: str | None) -> DrawPart:
    """The part of a line, or the first.

    Raises PartUnknown."""
    for part in await queries.get_parts(session, draw):
        if line_code in {None, part.plan_line_code}:
            return part
    raise PartUnknown(pointer="/plan_line_code", line=line_code)


async def _changes(
    session: AsyncSession, draw: Draw, part: DrawPart, body: AmendmentCreate, now: datetime
) -> list[Change]:
    line = await plans.get_line(session, part.plan_line_code)
    pool = await pools.target_pool(session, draw, line, now)
    ours, there = dict(pool.included), pool.there
    approved = await queries.get_approved(session, draw)
    frame = await queries.get_file(session, draw, f"{queries.list_folder(part, approved)}frame.tsv")
    frozen = await asyncio.to_thread(_strata_of, frame, set(body.object_codes))
    salt_key = (await queries.get_file(session, draw, "salt.key")).decode()
    changes = []
    for place, code in enumerate(body.object_codes):
        origin, target = frozen.get(code), ours.get(code)
        # Who was let into the frame stays in it, however often it was visited since.
        stays = target is None and code in there
        if origin == target or (origin is not None and stays):
            raise NothingToAmend(pointer=f"/object_codes/{place}", object_code=code)
        added = salt(salt_key, code) if origin is None else None
        changes.append(Change(code, origin, target, body.reason, body.evidence, added))
    return changes


def _strata_of(frame: bytes, wanted: set[str]) -> Mapping[str, str]:
    """The strata of some objects of a sealed frame."""
    lines = (line.split("\t") for line in frame.decode().splitlines())
    return {code: stratum for code, stratum, _ in lines if code in wanted}


async def _amended(
    session: AsyncSession, draw: Draw, part: DrawPart, changes: Sequence[Change]
) -> Amendment:
    names = (f"{part.folder}frame.tsv", "commitment.json", "seed.txt")
    found = await queries.get_files(session, draw, names)
    earlier = await queries.get_amendments(session, draw)
    frame, commitment, seed_txt = (found[name] for name in names)
    return await asyncio.to_thread(
        amend, frame, commitment, seed_txt, changes, earlier=earlier, part=part.name or None
    )
