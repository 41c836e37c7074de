"""What can go wrong with a draw.

DomainError
├── NotFound 404 ── DrawNotFound, DrawChangeNotFound, NoPublicBundle, NoPreview,
│   NoLoadReport, SourceNotFound
├── Forbidden 403 ── CustodianUnnamed
├── Conflict 409 ── DrawExists
│   ├── FrozenAlready, CommittedAlready, SeededAlready, DrawnAlready, DispatchedAlready
│   ├── NotFrozen, NotCommitted, NotSeeded, NotDrawn
│   ├── SeedTooEarly, StageNotReady, SeatOpenAlready
│   ├── DrawVoided, AttemptStands, OfficersStand, SubstitutedAlready
│   ├── ChangeDecidedAlready, ChangeSamePerson, ChangeOvertaken
│   ├── PreviewOver
│   └── ReceiptExists, SourceGivenAlready, SeedBegun, RevealTooSoon, SeedTooLate
└── Unprocessable 422 ── FrameEmpty, ClassWithoutRate, NotBeforePast, SourceMismatch, RolesTooFew,
    AssignmentInfeasible, SeatNotHeld, CampaignTwice, PartUnknown, NothingToAmend,
    ObjectNotSelected, CauseNotShown, ReservesExhausted, SeedByTooEarly, BeaconWithoutCode,
    SourceTooEarly, CustodiansTooFew, ExpertsElsewhere, QualificationUnknown,
    StationUnknown, CapBelowFixed, OfficerListedTwice
"""

from app.core.problems import Conflict, DomainError
from app.draws.errors.changes import (
    AttemptStands,
    CauseNotShown,
    ChangeDecidedAlready,
    ChangeOvertaken,
    ChangeSamePerson,
    DrawChangeNotFound,
    DrawVoided,
    NothingToAmend,
    ObjectNotSelected,
    OfficersStand,
    PartUnknown,
    ReservesExhausted,
    SubstitutedAlready,
)
from app.draws.errors.life import (
    CampaignTwice,
    ClassWithoutRate,
    CommittedAlready,
    DispatchedAlready,
    DrawExists,
    DrawnAlready,
    DrawNotFound,
    FrameEmpty,
    FrozenAlready,
    NoPreview,
    NotCommitted,
    NotDrawn,
    NotFrozen,
    NotSeeded,
    PreviewOver,
    SeededAlready,
)
from app.draws.errors.officers import (
    AssignmentInfeasible,
    CapBelowFixed,
    ExpertsElsewhere,
    NoLoadReport,
    NoPublicBundle,
    OfficerListedTwice,
    QualificationUnknown,
    SeatNotHeld,
    SeatOpenAlready,
    StageNotReady,
    StationUnknown,
)
from app.draws.errors.seeding import (
    BeaconWithoutCode,
    CustodiansTooFew,
    CustodianUnnamed,
    NotBeforePast,
    ReceiptExists,
    RevealTooSoon,
    RolesTooFew,
    SeedBegun,
    SeedByTooEarly,
    SeedTooEarly,
    SeedTooLate,
    SourceGivenAlready,
    SourceMismatch,
    SourceNotFound,
    SourceTooEarly,
)
from app.draws.states import DrawState

__all__ = [
    "ALREADY",
    "CONSTRAINTS",
    "NEEDS",
    "AssignmentInfeasible",
    "AttemptStands",
    "BeaconWithoutCode",
    "CampaignTwice",
    "CapBelowFixed",
    "CauseNotShown",
    "ChangeDecidedAlready",
    "ChangeOvertaken",
    "ChangeSamePerson",
    "ClassWithoutRate",
    "CommittedAlready",
    "CustodianUnnamed",
    "CustodiansTooFew",
    "DispatchedAlready",
    "DrawChangeNotFound",
    "DrawExists",
    "DrawNotFound",
    "DrawVoided",
    "DrawnAlready",
    "ExpertsElsewhere",
    "FrameEmpty",
    "FrozenAlready",
    "NoLoadReport",
    "NoPreview",
    "NoPublicBundle",
    "NotBeforePast",
    "NotCommitted",
    "NotDrawn",
    "NotFrozen",
    "NotSeeded",
    "NothingToAmend",
    "ObjectNotSelected",
    "OfficerListedTwice",
    "OfficersStand",
    "PartUnknown",
    "PreviewOver",
    "QualificationUnknown",
    "ReceiptExists",
    "ReservesExhausted",
    "RevealTooSoon",
    "RolesTooFew",
    "SeatNotHeld",
    "SeatOpenAlready",
    "SeedBegun",
    "SeedByTooEarly",
    "SeedTooEarly",
    "SeedTooLate",
    "SeededAlready",
    "SourceGivenAlready",
    "SourceMismatch",
    "SourceNotFound",
    "SourceTooEarly",
    "StageNotReady",
    "StationUnknown",
    "SubstitutedAlready",
]

ALREADY: dict[DrawState, type[Conflict]] = {
    DrawState.FROZEN: FrozenAlready,
    DrawState.COMMITTED: CommittedAlready,
    DrawState.SEEDED: SeededAlready,
    DrawState.DRAWN: DrawnAlready,
    DrawState.DISPATCHED: DispatchedAlready,
    DrawState.VOIDED: DispatchedAlready,
}
"""Why a step cannot be taken any more. A void comes too late once officers are on their way."""
NEEDS: dict[DrawState, type[Conflict]] = {
    DrawState.FROZEN: NotFrozen,
    DrawState.COMMITTED: NotCommitted,
    DrawState.SEEDED: NotSeeded,
    DrawState.DRAWN: NotDrawn,
}

CONSTRAINTS: dict[str, type[DomainError]] = {
    "uq_draw_plan_line_code_stage_round_replacement_attempt": DrawExists,
    "pk_draw": DrawExists,
    "pk_draw_part": DrawExists,
    "uq_draw_part_plan_line_code_round_attempt": DrawExists,
    "pk_draw_step": DrawnAlready,
    "uq_draw_step_draw_id_attempt_state_before": DrawnAlready,
    "pk_draw_change_decision": ChangeDecidedAlready,
    "ck_draw_change_decision_two_persons": ChangeSamePerson,
    "pk_draw_file": DrawnAlready,
    "fk_draw_step_draw_id_attempt_state_before": NotDrawn,
    "pk_drawn_seat": DrawnAlready,
    "pk_escrow_receipt": ReceiptExists,
    "pk_source_value": SourceGivenAlready,
    "pk_open_seat": SeatOpenAlready,
    "uq_open_seat_leaver": SeatOpenAlready,
}
