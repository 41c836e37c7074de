"""The inspector draws that are measured: teams and inspectors from the hashes of their names, so the
same every time and everywhere."""

import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.bench.child import Told
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import (
    Assignment,
    Group,
    Inspector,
    Team,
    parse_assignment,
    write_assignment,
)
from app.sampling.openlot1.commitment import cd
from app.sampling.openlot1.inspectors import Feasible, feasibility
from app.sampling.openlot1.problem import Problem
from app.sampling.openlot1.seed import build_seed_txt

SCOPE = "BENCH"
REVEAL = "ab" * 32
TEAMS_PER_INSPECTOR = 5
DEPARTMENTS = 5
QUALIFICATIONS = 40
FULL_TEAMS = 10_000
"""From so many teams on there are QUALIFICATIONS; fewer teams have fewer, so that each
qualification still has enough inspectors in every department."""
LEAST_QUALIFICATIONS = 5
HELD_QUALIFICATIONS = 4
RECUSED = 10
"""Per cent of the teams from which one is barred who could otherwise sit in them."""
LEAD = "lead"


@dataclass(frozen=True)
class Kind:
    """What tells one case from another. The percentages are of teams: asked jointly of a second
    department, and led, so that two of its groups want the same inspectors. Caps are this per cent
    of the mean need, those of holders of the first qualification in the first department apart."""

    joint: int
    led: int
    caps: int
    scarce: int
    loads: int
    slack: int


KINDS = {
    "easy": Kind(joint=30, led=10, caps=200, scarce=200, loads=10, slack=5),
    "saturated": Kind(joint=0, led=10, caps=116, scarce=116, loads=0, slack=5),
    "short-everywhere": Kind(joint=30, led=10, caps=96, scarce=96, loads=10, slack=5),
    "short-somewhere": Kind(joint=30, led=10, caps=200, scarce=10, loads=10, slack=5),
}


def write_case(folder: Path, *, kind: str, teams: int) -> Told:
    """assignment.json, commitment.json and seed.txt. Tells seats, inspectors, pairs of a group and
    an inspector who may take a seat of it, and the level L of draw-spec 7, None if infeasible."""
    started = time.perf_counter()
    made = assignment_of(KINDS[kind], teams)
    data = write_assignment(made.teams, made.inspectors, made.slack)
    _write_commitment(folder, data)
    problem = Problem(made)
    verdict = feasibility(parse_assignment(data))
    return {
        "seconds": time.perf_counter() - started,
        "seats": sum(problem.demand),
        "inspectors": len(made.inspectors),
        "pairs": sum(len(problem.members[kind]) for kind in problem.kind_of),
        "level": verdict.level if isinstance(verdict, Feasible) else None,
    }


def assignment_of(kind: Kind, count: int) -> Assignment:
    """`count` teams of two to three seats, and a fifth as many inspectors."""
    qualifications = min(
        QUALIFICATIONS, max(LEAST_QUALIFICATIONS, QUALIFICATIONS * count // FULL_TEAMS)
    )
    people = count // TEAMS_PER_INSPECTOR
    pools: dict[tuple[int, int], list[str]] = {}
    for number in range(people):
        for held in _held(number, qualifications):
            pools.setdefault((number % DEPARTMENTS, held), []).append(_inspector_id(number))
    teams = tuple(_team(n, kind, qualifications, pools) for n in range(count))
    need = sum(group.demand for team in teams for group in team.groups) / people
    inspectors = tuple(_inspector(n, kind, qualifications, need) for n in range(people))
    return Assignment(teams=teams, inspectors=inspectors, slack=kind.slack)


def _inspector(number: int, kind: Kind, qualifications: int, need: float) -> Inspector:
    name, department = _inspector_id(number), number % DEPARTMENTS
    held = _held(number, qualifications)
    lead = (LEAD,) if _number(f"{name}/lead", 3) == 0 else ()
    per_cent = kind.scarce if department == 0 and 0 in held else kind.caps
    # A fraction of a seat goes to the same fraction of the inspectors, so that the sum is right.
    cap = (int(need * per_cent * 10) + _number(f"{name}/cap", 1000)) // 1000
    return Inspector(
        id=name,
        tags=tuple(sorted((_department(department), *map(_qualification, held), *lead))),
        cap=cap,
        load=_number(f"{name}/load", kind.loads + 1),
    )


def _team(
    number: int, kind: Kind, qualifications: int, pools: dict[tuple[int, int], list[str]]
) -> Team:
    name, own = f"T{number:06d}", number % DEPARTMENTS
    wanted = _number(f"{name}/qualification", qualifications)
    terms = tuple(sorted((_department(own), _qualification(wanted))))
    recused: tuple[str, ...] = ()
    if _chance(name, "recused", RECUSED):
        pool = pools[own, wanted]
        recused = (pool[_number(f"{name}/who", len(pool))],)
    groups = [Group("main", 2, terms, (), recused)]
    if _chance(name, "led", kind.led):
        led = tuple(sorted((*terms, LEAD)))
        groups = [Group("lead", 1, led, (), recused), Group("main", 1, terms, (), recused)]
    if _chance(name, "joint", kind.joint):
        other = (own + 1 + _number(f"{name}/other", DEPARTMENTS - 1)) % DEPARTMENTS
        also = _qualification(_number(f"{name}/also", qualifications))
        groups.append(Group("joint", 1, tuple(sorted((_department(other), also))), (), recused))
    return Team(id=name, groups=tuple(groups))


def _inspector_id(number: int) -> str:
    return f"I{number:05d}"


def _department(number: int) -> str:
    return f"部门{number + 1}"


def _qualification(number: int) -> str:
    return f"资格{number + 1:02d}"


def _chance(name: str, what: str, per_cent: int) -> bool:
    return _number(f"{name}/{what}", 100) < per_cent


def _held(inspector: int, qualifications: int) -> list[int]:
    name = f"{_inspector_id(inspector)}/held"
    order = sorted(range(qualifications), key=lambda n: sha256(f"{name}/{n}".encode()).digest())
    return order[:HELD_QUALIFICATIONS]


def _number(name: str, below: int) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") % below


def _write_commitment(folder: Path, assignment: bytes) -> None:
    no_code = sha256(b"").hexdigest()
    commitment = canonical.dumps(
        {
            "v": "openlot/1",
            "draw_id": SCOPE,
            "attempt": 1,
            "stage": "inspector",
            "alg": "sha256",
            "purpose": "real",
            "assignment": {"sha256": sha256(assignment).hexdigest()},
            "code": {"version": "bench", "sha256": no_code},
            "plan": {"ref": "bench", "sha256": no_code},
            "scope": SCOPE,
            "sources": [
                {"type": "reveal", "params": {"sha256": sha256(bytes.fromhex(REVEAL)).hexdigest()}}
            ],
            "not_before": "2026-01-01T00:00:00Z",
            "fallback": "wait",
            "previous": None,
        }
    )
    (folder / "assignment.json").write_bytes(assignment)
    (folder / "commitment.json").write_bytes(commitment)
    (folder / "seed.txt").write_bytes(build_seed_txt(cd(commitment), [f"reveal:{REVEAL}"]))
