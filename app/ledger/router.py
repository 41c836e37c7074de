"""The log over HTTP, readable by anyone: who watches it needs no key."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy import select

from app.core.database import Session
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import problems
from app.ledger import queries
from app.ledger.errors import CheckpointNotFound, EntryNotFound, LedgerEmpty
from app.ledger.models import LedgerEntry
from app.ledger.schemas import (
    EXAMPLE_NOTE,
    ConsistencyProof,
    InclusionProof,
    LedgerEntryPage,
    LedgerKey,
)

router = APIRouter(prefix="/v1/ledger", tags=["ledger"])

LARGEST = 2**53 - 1
"""The largest integer that every JSON parser keeps exactly."""


def _number(description: str, example: int) -> Any:
    return Query(
        ge=0,
        le=LARGEST,
        description=description,
        examples=[example],
        json_schema_extra={"format": "int64"},
    )


Size = Annotated[int, _number("Number of entries of the tree", 2)]
Index = Annotated[int, _number("Place of the entry in the log, from 0", 0)]
OldSize = Annotated[int, _number("Number of entries of the earlier tree", 1)]
CheckpointSize = Annotated[
    int, Path(ge=1, le=LARGEST, examples=[2], json_schema_extra={"format": "int64"})
]


_NOTE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"example": EXAMPLE_NOTE}}, "description": "Signed note"}
}


@router.get(
    "/key",
    operation_id="getLedgerKey",
    summary="Public key of the log 日志公钥",
    description="The Ed25519 key that signs checkpoints. Keep it outside of this service: "
    "a verifier must not take it from the evidence that it verifies.",
)
async def get_key(request: Request) -> LedgerKey:
    return LedgerKey(vkey=request.app.state.log_key.vkey)


@router.get(
    "/checkpoint",
    operation_id="getLatestCheckpoint",
    summary="Latest signed checkpoint 最新检查点",
    description="C2SP signed note: origin, size, root. Whoever keeps one can later prove that "
    "nothing before it was changed.",
    response_class=PlainTextResponse,
    responses={**_NOTE, **problems(LedgerEmpty)},
)
async def get_latest_checkpoint(session: Session) -> str:
    return (await queries.get_latest_checkpoint(session)).note


@router.get(
    "/checkpoints/{size}",
    operation_id="getCheckpoint",
    summary="Signed checkpoint of a size 指定大小的检查点",
    description="Each transaction that recorded something left one.",
    response_class=PlainTextResponse,
    responses={**_NOTE, **problems(CheckpointNotFound)},
)
async def get_checkpoint(session: Session, size: CheckpointSize) -> str:
    return (await queries.get_checkpoint(session, size)).note


@router.get(
    "/entries",
    operation_id="listLedgerEntries",
    summary="Entries of the log 日志记录",
    description="In the order of the log, from 0.",
    response_model=LedgerEntryPage,
    responses=problems(CursorInvalid),
)
async def list_entries(session: Session, page: Page) -> dict[str, object]:
    items, after = await paginate(
        session, select(LedgerEntry), order_by=[LedgerEntry.index], page=page
    )
    return {"items": items, "next": after}


@router.get(
    "/proofs/inclusion",
    operation_id="getInclusionProof",
    summary="Proof that an entry is in the log 包含证明",
    description="RFC 6962 audit path of one entry in the tree of a given size.",
    responses=problems(EntryNotFound),
)
async def get_inclusion_proof(session: Session, index: Index, size: Size) -> InclusionProof:
    total = await queries.get_size(session)
    if not index < size <= total:
        raise EntryNotFound(size=total)
    entry = await queries.get_entry(session, index)
    return InclusionProof(
        index=index,
        size=size,
        data=entry.data,
        leaf_hash=entry.leaf_hash.hex(),
        path=[h.hex() for h in await queries.inclusion_path(session, index, size)],
        root=(await queries.root(session, size)).hex(),
    )


@router.get(
    "/proofs/consistency",
    operation_id="getConsistencyProof",
    summary="Proof that the log only grew 一致性证明",
    description="RFC 6962 consistency proof between two sizes.",
    responses=problems(EntryNotFound),
)
async def get_consistency_proof(session: Session, old: OldSize, new: Size) -> ConsistencyProof:
    total = await queries.get_size(session)
    if not old <= new <= total:
        raise EntryNotFound(size=total)
    return ConsistencyProof(
        old=old,
        new=new,
        old_root=(await queries.root(session, old)).hex(),
        new_root=(await queries.root(session, new)).hex(),
        path=[h.hex() for h in await queries.consistency_path(session, old, new)],
    )
