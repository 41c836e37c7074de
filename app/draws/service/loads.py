"""What an assignment asks of whom, in numbers: pure counting, with integers alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import lcm

from app.draws.schemas.loads import (
    LoadCertificate,
    LoadDemand,
    LoadOfficer,
    LoadProposal,
    LoadShortage,
)
from app.sampling.openlot1.assignment import Assignment
from app.sampling.openlot1.certificate import build_certificate
from app.sampling.openlot1.flow import Flow
from app.sampling.openlot1.level import fill_at_least_level
from app.sampling.openlot1.problem import Problem
from app.sampling.openlot1.proposals import Proposal, propose

SHOWN_OFFICERS = 2000
ROLES = {"dept": "officer", "expert": "expert", "third_party": "third_party"}
"""Which tag names the department, and of whom."""


@dataclass(frozen=True, slots=True)
class LoadCount:
    """The figures of a load report; `level` is L of draw-spec 7, None where no filling exists."""

    seats: int
    people: int
    level: int | None
    slack: int
    demands: list[LoadDemand]
    officers: list[LoadOfficer]
    certificate: LoadCertificate | None
    shortages: list[LoadShortage]


def count_loads(assignment: Assignment) -> LoadCount:
    """Demand against capacity by qualification, the even share of each officer, and what is short.

    `officers` has the SHOWN_OFFICERS largest shares. Raises DrawError if loads lead too far."""
    problem = Problem(assignment)
    filled = fill_at_least_level(problem)
    level = None if isinstance(filled, list) else filled[0]
    return LoadCount(
        seats=sum(problem.demand),
        people=len(assignment.inspectors),
        level=level,
        slack=assignment.slack,
        demands=_demands(problem),
        officers=_officers(problem),
        certificate=_certificate(problem) if level is None else None,
        shortages=_shortages(propose(problem)) if level is None else [],
    )


def even_shares(problem: Problem) -> tuple[list[int], int]:
    """(numerators, denominator): of each inspector the sum, over the groups that they may take, of
    the group's demand divided by the number of people who may take it.

    A cap of 0 takes part in nothing. Seats that nobody may take are in no share."""
    takers = [[i for i in members if problem.caps[i]] for members in problem.members]
    denominator = lcm(*{len(people) for people in takers if people})
    shares = [0] * len(problem.caps)
    for people, groups in zip(takers, problem.groups_of_kind, strict=True):
        if not people:
            continue
        share = sum(problem.demand[g] for g in groups) * (denominator // len(people))
        for inspector in people:
            shares[inspector] += share
    return shares, denominator


def _demands(problem: Problem) -> list[LoadDemand]:
    alike: dict[tuple[str, ...], list[int]] = {}
    for index, group in enumerate(problem.groups):
        alike.setdefault(group.requires, []).append(index)
    rows = [(tags, _demand(problem, tags, groups)) for tags, groups in alike.items()]
    return [row for _, row in sorted(rows, key=lambda one: (one[1].spare, one[0]))]


def _demand(problem: Problem, tags: Sequence[str], groups: Sequence[int]) -> LoadDemand:
    reach = problem.teams_in_reach(groups)
    possible = [min(cap, teams) for cap, teams in zip(problem.caps, reach, strict=True)]
    seats, capacity = sum(problem.demand[g] for g in groups), sum(possible)
    places = [*_tagged(tags, "station:"), *_tagged(tags, "region:")]
    kind, department = _role(tags)
    return LoadDemand(
        department_code=department,
        kind=kind,
        item_codes=_tagged(tags, "item:"),
        qualifications=_tagged(tags, "skill:"),
        place=places[0] if places else None,
        seats=seats,
        teams=len({problem.team_of[g] for g in groups}),
        people=sum(1 for n in possible if n),
        capacity=capacity,
        spare=capacity - seats,
    )


def _officers(problem: Problem) -> list[LoadOfficer]:
    shares, denominator = even_shares(problem)
    hundredths = [_hundredths(share, denominator) for share in shares]
    reach = problem.teams_in_reach(range(len(problem.groups)))
    # Inspectors stand in the order of their ids, which a sort of equal values keeps.
    ranked = sorted(range(len(shares)), key=lambda i: -hundredths[i])
    return [
        LoadOfficer(
            staff_no=one.id,
            department_code=_role(one.tags)[1],
            load=one.load,
            cap=one.cap,
            eligible_teams=reach[i],
            expected=f"{hundredths[i] // 100}.{hundredths[i] % 100:02d}",
        )
        for i in ranked[:SHOWN_OFFICERS]
        for one in [problem.assignment.inspectors[i]]
    ]


def _hundredths(numerator: int, denominator: int) -> int:
    """Rounded half up."""
    return (200 * numerator + denominator) // (2 * denominator)


def _role(tags: Sequence[str]) -> tuple[str, str]:
    """Kind of people, and their department."""
    for name, kind in ROLES.items():
        for department in _tagged(tags, f"{name}:"):
            return kind, department
    return "officer", ""


def _tagged(tags: Iterable[str], kind: str) -> list[str]:
    return [tag.removeprefix(kind) for tag in tags if tag.startswith(kind)]


def _certificate(problem: Problem) -> LoadCertificate:
    """Of every group that competes for the missing seats. The freeze shrinks such a set to a
    smallest one, which takes seconds more where thousands of teams are short and tells less: here
    the shortfall is what stays empty in the fullest filling."""
    flow = Flow(problem)
    flow.set_caps(problem.caps)
    certificate = build_certificate(problem, flow.complete(range(len(problem.groups))))
    return LoadCertificate(
        groups=len(certificate["seats"]),
        seats=certificate["demand"],
        people=sum(1 for one in certificate["inspectors"] if one["cap"]),
        capacity=certificate["capacity"],
        shortfall=certificate["shortfall"],
    )


def _shortages(proposals: Iterable[Proposal]) -> list[LoadShortage]:
    """The core lists a shortage before its remedies, and these in its own order of preference."""
    grouped: list[tuple[Proposal, list[LoadProposal]]] = []
    for one in proposals:
        if one.kind == "shortage":
            grouped.append((one, []))
        else:
            grouped[-1][1].append(LoadProposal(kind=one.kind, zh=one.zh, en=one.en))
    return [LoadShortage(zh=one.zh, en=one.en, proposals=helps) for one, helps in grouped]
