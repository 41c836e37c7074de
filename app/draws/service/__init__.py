"""Writing draws: rows become keys, the core draws, keys become rows."""

from app.draws.service.changing import decide_change, request_change
from app.draws.service.drawing import make_draw, mark
from app.draws.service.escrow import add_receipt
from app.draws.service.preparing import (
    commit,
    create_attempt,
    create_draw,
    create_replacement,
    freeze,
)
from app.draws.service.seeding import give_source, set_seed

__all__ = [
    "add_receipt",
    "commit",
    "create_attempt",
    "create_draw",
    "create_replacement",
    "decide_change",
    "freeze",
    "give_source",
    "make_draw",
    "mark",
    "request_change",
    "set_seed",
]
