"""The inspector draw: the lexicographically first feasible choice (draw-spec 7)."""

from dataclasses import dataclass
from typing import NamedTuple

from app.sampling.openlot1 import VERSION, canonical
from app.sampling.openlot1.assignment import MEMBER, Assignment, parse_assignment
from app.sampling.openlot1.certificate import Certificate, build_certificate, smallest_bottleneck
from app.sampling.openlot1.commitment import INSPECTOR, cd, parse_commitment
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.fixing import Chosen, fix_seats
from app.sampling.openlot1.hashing import digest_hex, sha256_hex
from app.sampling.openlot1.level import fill_at_least_level
from app.sampling.openlot1.problem import Problem
from app.sampling.openlot1.proposals import Proposal, propose
from app.sampling.openlot1.seed import key, parse_seed_txt, ticket_function
from app.sampling.openlot1.tickets import begin_tickets


class Seat(NamedTuple):
    """A filled seat; `number` counts from 1 within its group, `ticket` is that of step 3."""

    team: str
    group: str
    number: int
    inspector: str
    ticket: str


@dataclass(frozen=True, slots=True)
class InspectorDraw:
    """The two files of the result, and the same in objects; `level` is L of step 1."""

    assignment_tsv: bytes
    result_json: bytes
    level: int
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Feasible:
    """All seats can be filled; `level` is L of step 1."""

    level: int


class Infeasible(DrawError):
    """The seats cannot all be filled; `certificate` proves it by counting, `proposals` may help."""

    def __init__(self, certificate: Certificate, proposals: tuple[Proposal, ...]) -> None:
        missing = [p for p in proposals if p.kind == "shortage"]
        super().__init__(
            "infeasible",
            "not all seats can be filled: " + "; ".join(p.en for p in missing),
            "席位无法排满：" + "；".join(p.zh for p in missing),
            member=MEMBER,
        )
        self.certificate = certificate
        self.proposals = proposals


def feasibility(assignment: Assignment) -> Feasible | Infeasible:
    """Whether a draw of this assignment will have a result; no seed is needed, so ask at freeze."""
    problem = Problem(assignment)
    filled = fill_at_least_level(problem)
    if isinstance(filled, list):
        return _infeasible(problem, filled)
    return Feasible(level=filled[0])


def assign(assignment: bytes, commitment: bytes, seed_txt: bytes) -> InspectorDraw:
    """The result of draw-spec 7 for the bytes of assignment.json, commitment.json and seed.txt.

    Refuses what does not match the commitment; raises Infeasible if the seats cannot be filled.
    """
    terms = parse_commitment(commitment)
    if terms.stage != INSPECTOR:
        raise DrawError(
            "stage-not-inspector",
            "the commitment is of another stage",
            "承诺不属于检查人员抽取阶段",
            member="commitment.json",
        )
    if sha256_hex(assignment) != terms.assignment_sha256:
        raise DrawError(
            "assignment-digest",
            "the digest is not the one of the commitment",
            "摘要与承诺不符",
            member=MEMBER,
        )
    commitment_digest = cd(commitment)
    parse_seed_txt(seed_txt, terms, commitment_digest)
    parsed = parse_assignment(assignment)
    seed_value = digest_hex(terms.alg, seed_txt)
    level, seats = choose(parsed, alg=terms.alg, seed=seed_value, scope=terms.scope)
    assignment_tsv = _assignment_tsv(seats)
    result = {
        "v": VERSION,
        "draw_id": terms.draw_id,
        "attempt": terms.attempt,
        "cd": commitment_digest,
        "seed": seed_value,
        "scope": terms.scope,
        "L": level,
        "slack": parsed.slack,
        "teams": len(parsed.teams),
        "seats": len(seats),
        "assignment": {"sha256": sha256_hex(assignment_tsv)},
    }
    return InspectorDraw(assignment_tsv, canonical.dumps(result), level, seats)


def choose(
    assignment: Assignment, *, alg: str, seed: str, scope: str
) -> tuple[int, tuple[Seat, ...]]:
    """L and the filled seats in the order of assignment.tsv, for a seed in hex.

    Raises Infeasible if the seats cannot be filled.
    """
    problem = Problem(assignment)
    filled = fill_at_least_level(problem)
    if isinstance(filled, list):
        raise _infeasible(problem, filled)
    level, flow = filled
    seat_tickets = begin_tickets(alg, key(alg, seed, "seat", scope))
    team_ticket = ticket_function(alg, key(alg, seed, "team", scope))
    teams = assignment.teams
    order = sorted(
        (team_ticket(team.id.encode("ascii")), team.id, t) for t, team in enumerate(teams)
    )
    chosen_of = fix_seats(problem, flow, level, [team for _, _, team in order], seat_tickets)
    return level, _seats(problem, chosen_of)


def _infeasible(problem: Problem, bottleneck: list[int]) -> Infeasible:
    smallest = smallest_bottleneck(problem, bottleneck)
    return Infeasible(build_certificate(problem, smallest), propose(problem))


def _seats(problem: Problem, chosen_of: list[list[Chosen]]) -> tuple[Seat, ...]:
    """Teams in the order of their ids, groups in that of the file."""
    seats: list[Seat] = []
    ids = [inspector.id for inspector in problem.assignment.inspectors]
    teams = problem.assignment.teams
    for team in sorted(range(len(teams)), key=lambda team: teams[team].id):
        team_id = teams[team].id
        for group in problem.groups_of_team[team]:
            name = problem.groups[group].name
            for number, (inspector, ticket) in enumerate(chosen_of[group], 1):
                seats.append(Seat(team_id, name, number, ids[inspector], ticket.hex()))
    return tuple(seats)


def _assignment_tsv(seats: tuple[Seat, ...]) -> bytes:
    return "".join(
        f"{seat.team}\t{seat.group}\t{seat.number}\t{seat.inspector}\t{seat.ticket}\n"
        for seat in seats
    ).encode("ascii")
