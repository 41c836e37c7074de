"""The inspector draw by the core, from files to files."""

import json
import time
from pathlib import Path

from app.bench.child import BenchFailed, Told
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import parse_assignment
from app.sampling.openlot1.certificate import check_certificate
from app.sampling.openlot1.inspectors import Feasible, Infeasible, assign, feasibility


def draw(folder: Path) -> Told:
    """All of draw-spec 7: checks, digest, search for L, every seat, assignment.tsv and result.json;
    or certificate.json with proposals.json. Tells the verdict and the level L, None if infeasible.

    The certificate is checked by counting, outside of the time that is told.
    """
    started = time.perf_counter()
    data = (folder / "assignment.json").read_bytes()
    try:
        drawn = assign(
            data, (folder / "commitment.json").read_bytes(), (folder / "seed.txt").read_bytes()
        )
    except Infeasible as found:
        (folder / "certificate.json").write_bytes(canonical.dumps(found.certificate))
        proposals = [[one.kind, one.zh, one.en] for one in found.proposals]
        (folder / "proposals.json").write_bytes(canonical.dumps(proposals))
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "feasible": not _proved(folder, data), "level": None}
    (folder / "assignment.tsv").write_bytes(drawn.assignment_tsv)
    (folder / "result.json").write_bytes(drawn.result_json)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "feasible": True, "level": drawn.level}


def verdict(folder: Path) -> Told:
    """The search for L alone, with all checks of the file: what the service asks at freeze. Tells
    the verdict and the level as `draw` does."""
    started = time.perf_counter()
    found = feasibility(parse_assignment((folder / "assignment.json").read_bytes()))
    seconds = time.perf_counter() - started
    level = found.level if isinstance(found, Feasible) else None
    return {"seconds": seconds, "feasible": level is not None, "level": level}


def _proved(folder: Path, assignment: bytes) -> bool:
    certificate = json.loads((folder / "certificate.json").read_bytes())
    if not check_certificate(parse_assignment(assignment), certificate):
        raise BenchFailed(f"{folder.name}: the certificate does not prove it")
    return True
