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


async def of_target(inputs: Mapping[str, bytes], folders: Mapping[str, str]) -> Outcome:
    """The target draw of every part (draw-spec 6). `inputs` are commitment.json, seed.txt and the
    parts' frames; `folders` tells by name where a part's files lie, "" for the only part."""
    kept: dict[str, bytes] = {}
    details: list[dict[str, Any]] = []
    published: list[dict[str, Any]] = []
    for name, folder in folders.items():
        made = await asyncio.to_thread(_drawn_part, inputs, name, folder)
        kept |= {f"{folder}{file}": data for file, data in made.files.items()}
        details.append({"name": name} | made.details)
        published.append({"name": name} | made.published)
    digest = {"cd": commitment_digest(inputs["commitment.json"])}
    if "" not in folders:
        return Outcome(kept, digest | {"parts": details}, digest | {"parts": published})
    del details[0]["name"], published[0]["name"]
    return Outcome(kept, digest | details[0], digest | published[0])


def _drawn_part(inputs: Mapping[str, bytes], name: str, folder: str) -> Outcome:
    result = draw_target(
        inputs[f"{folder}frame.tsv"],
        inputs["commitment.json"],
        inputs["seed.txt"],
        part=name,
    )
    kept = {
        "selected.tsv": result.selected_tsv,
        "reserves.tsv": result.reserves_tsv,
        "published.tsv": result.published_tsv,
        "result.json": result.result_json,
    }
    parsed = canonical.loads(result.result_json)
    strata = [
        {"stratum": s.stratum, "count": s.count, "rate": s.rate, "drawn": s.drawn}
        for s in result.strata
    ]
    published = {
        "result": sha256(result.result_json).hexdigest(),
        "published": parsed["published"],
    }
    return Outcome(kept, published | {"strata": strata, "selected": parsed["selected"]}, published)


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
