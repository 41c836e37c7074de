"""What a draw leaves: the files of its result, its figures, and what the log says of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import cd as commitment_digest
from app.sampling.openlot1.inspectors import Seat, assign
from app.sampling.openlot1.target import draw_target


@dataclass(frozen=True, slots=True)
class Outcome:
    """`published` is what the public log will hold; `seats` are those of an inspector draw."""

    files: dict[str, bytes]
    details: dict[str, Any]
    published: dict[str, Any]
    seats: tuple[Seat, ...] = ()


async def of_target(inputs: Mapping[str, bytes]) -> Outcome:
    """The target draw of frame.tsv, commitment.json and seed.txt (draw-spec 6)."""
    result = await asyncio.to_thread(
        draw_target, inputs["frame.tsv"], inputs["commitment.json"], inputs["seed.txt"]
    )
    files = {
        "selected.tsv": result.selected_tsv,
        "reserves.tsv": result.reserves_tsv,
        "published.tsv": result.published_tsv,
        "result.json": result.result_json,
    }
    parsed = canonical.loads(result.result_json)
    digest = sha256(result.result_json).hexdigest()
    strata = [
        {"stratum": s.stratum, "count": s.count, "rate": s.rate, "drawn": s.drawn}
        for s in result.strata
    ]
    published = {"cd": result.cd, "result": digest, "published": parsed["published"]}
    details = published | {"strata": strata, "selected": parsed["selected"]}
    return Outcome(files, details, published)


async def of_inspectors(inputs: Mapping[str, bytes]) -> Outcome:
    """The inspector draw of assignment.json, commitment.json and seed.txt (draw-spec 7)."""
    commitment = inputs["commitment.json"]
    result = await asyncio.to_thread(
        assign, inputs["assignment.json"], commitment, inputs["seed.txt"]
    )
    files = {"assignment.tsv": result.assignment_tsv, "result.json": result.result_json}
    digest = sha256(result.result_json).hexdigest()
    published = {"cd": commitment_digest(commitment), "result": digest}
    details = published | {"level": result.level, "seats": len(result.seats)}
    return Outcome(files, details, published, result.seats)
