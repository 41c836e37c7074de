"""Draws as rows that are only ever added: attempts, their steps and files, the officers' seats, and
what two persons decided about an attempt."""

from app.draws.models.attempts import Draw, DrawFile, DrawPart, DrawStep
from app.draws.models.changes import DrawChange, DrawChangeDecision
from app.draws.models.seats import ASSISTING, AssistingSeat, DrawnSeat, OpenSeat
from app.draws.models.seeding import EscrowReceipt, SourceValue

__all__ = [
    "ASSISTING",
    "AssistingSeat",
    "Draw",
    "DrawChange",
    "DrawChangeDecision",
    "DrawFile",
    "DrawPart",
    "DrawStep",
    "DrawnSeat",
    "EscrowReceipt",
    "OpenSeat",
    "SourceValue",
]
