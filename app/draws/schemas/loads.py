"""Load reports of inspector draws as the API shows them."""

from typing import Annotated

from pydantic import Field

from app.core.schema import Schema, shown
from app.draws.schemas.draws import DrawCode, State

DepartmentCode = Annotated[str, shown("610403-SCJG")]
Zh = Annotated[
    str,
    shown("dept:610403-SCJG·item:SC-01 34 个席位只能由 16 人担任（每人上限 2），最多 32 个，缺 2"),
]
En = Annotated[
    str,
    shown(
        "dept:610403-SCJG·item:SC-01: 34 seats can only be taken by 16 people (cap 2 each), "
        "at most 32, 2 missing"
    ),
]


class LoadDemand(Schema):
    """The seats that ask for the same qualification, against the people who may take them. Whoever
    may take seats of several rows counts in each, so a draw may be infeasible with no row short."""

    department_code: DepartmentCode
    kind: Annotated[str, shown("officer")]
    """Who may take them: officer, expert or third_party."""
    item_codes: Annotated[list[str], shown(["SC-01"])]
    """The items that an officer must be qualified for, all of them."""
    qualifications: Annotated[list[str], shown(["食品安全检查员"])]
    """The qualifications that these items, or the draw's demand for experts, ask for."""
    place: Annotated[str | None, shown(None, "杨陵市场监管所", "610403")]
    """The station or region that the officers must be of, where the mode of the draw binds them."""
    seats: Annotated[int, shown(34)]
    teams: Annotated[int, shown(17)]
    """Teams with such a seat; an officer takes one seat of a team."""
    people: Annotated[int, shown(16)]
    """Who may take at least one of these seats: qualified, not recused, with a cap of 1 or more."""
    capacity: Annotated[int, shown(32)]
    """The most of these seats that they can take: of each person the smaller of cap and number of
    these teams that they may join."""
    spare: Annotated[int, shown(-2)]
    """capacity - seats; negative where seats stay empty whatever else is done."""


class LoadOfficer(Schema):
    """What an officer has to expect."""

    staff_no: Annotated[str, shown("610403-SCJG-0007")]
    department_code: DepartmentCode
    load: Annotated[int, shown(3)]
    """Seats of earlier draws of the year."""
    cap: Annotated[int, shown(2)]
    """The most seats in this draw."""
    eligible_teams: Annotated[int, shown(17)]
    """Teams with a seat that qualification and recusal allow."""
    expected: Annotated[str, shown("2.13")]
    """Each seat shared evenly among the people who may take it, in seats, rounded half up to two
    decimals. The draw levels the loads of the year besides, and keeps to the caps."""


class LoadCertificate(Schema):
    """All seats that compete for the missing people: a set that proves by counting that no filling
    exists (draw-spec 7)."""

    groups: Annotated[int, shown(17)]
    """Teams' groups in the set, taken whole."""
    seats: Annotated[int, shown(34)]
    people: Annotated[int, shown(16)]
    """Who may take at least one of its seats, with a cap of 1 or more."""
    capacity: Annotated[int, shown(32)]
    """The most of its seats that they can take."""
    shortfall: Annotated[int, shown(2)]
    """seats - capacity, above 0: what stays empty however the seats are filled."""


class LoadProposal(Schema):
    """What would help."""

    kind: Annotated[
        str,
        Field(description="raise-cap, widen or add-person; further kinds may come"),
        shown("raise-cap"),
    ]
    zh: Annotated[str, shown("提高上限：610403-SCJG-0001 2→4，合计 2 个席位，即可排满")]
    en: Annotated[
        str,
        shown(
            "raise the caps of 610403-SCJG-0001 2→4 by 2 seats in total: then all these seats are "
            "filled"
        ),
    ]


class LoadShortage(Schema):
    """Seats that cannot all be filled; separate shortages share no people."""

    zh: Zh
    en: En
    proposals: list[LoadProposal]
    """Other caps come first, then other conditions, then more people."""


class LoadReportRead(Schema):
    """Seats against people 派员负荷 before officers are drawn. It holds no ticket and tells nothing
    of who will be drawn."""

    draw_id: DrawCode
    attempt: Annotated[int, shown(1)]
    state: Annotated[State, shown("draft")]
    """draft: of the registry as it is now; later: of the frozen input."""
    seats: Annotated[int, shown(34)]
    people: Annotated[int, shown(16)]
    """People in the input, after those that are left out."""
    level: Annotated[int | None, shown(None, 5)]
    """The least load of the year that suffices for all seats, as the draw will take it (draw-spec
    7, step 1); null if they cannot all be filled."""
    slack: Annotated[int, shown(0)]
    """How far loads may exceed that level."""
    demands: list[LoadDemand]
    """One row for each set of required qualifications, the scarcest first."""
    officers: list[LoadOfficer]
    """The 2,000 with the largest expectation, largest first."""
    officers_total: Annotated[int, shown(16)]
    left_out: Annotated[
        dict[str, int], shown({"certificate-expires": 2, "inactive": 1, "on-leave": 1})
    ]
    """Who of the departments cannot be drawn, by reason: inactive, certificate-expires, on-leave
    (on every working day that is left of the window), station-unknown or region-unknown (where the
    mode of the draw asks for it)."""
    certificate: LoadCertificate | None
    """Null if all seats can be filled."""
    shortages: list[LoadShortage]
    """Empty if all seats can be filled."""
