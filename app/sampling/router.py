"""The draw over HTTP, without state 抽取算法: the same bytes in give the same bytes out."""

import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.sampling.edge import (
    IN_MEMORY_BYTES,
    MAX_FRAME_ZIP_BYTES,
    MAX_JSON_BYTES,
    MAX_ZIP_BYTES,
    FrameZipBody,
    Refusal,
    SamplingRoute,
    ZipBody,
    body_too_large,
    fault,
    invalid_input,
    malformed_body,
    refusals,
    spool_full,
    streamed,
    takes_zip,
    wrong_content_type,
)
from app.sampling.engine import draw_target_files
from app.sampling.engine.archive import pack, unpack
from app.sampling.openlot1.bundle import read_bundle, read_zip, write_zip
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.evidence import verify_bundle
from app.sampling.openlot1.inspectors import Infeasible, assign
from app.sampling.openlot1.report import Report, Verdict
from app.sampling.openlot1.seed import ticket

router = APIRouter(prefix="/v1/sampling", tags=["sampling"], route_class=SamplingRoute)

MAX_LIST_BYTES = 512 * 2**20
MAX_PARSED_BYTES = 32 * 2**20
MAX_FRAME_BYTES = 2048 * 2**20
MAX_FRAME_LINES = 20_000_000
TARGET_CAPS = {
    "commitment.json": MAX_PARSED_BYTES,
    "seed.txt": MAX_PARSED_BYTES,
    "frame.tsv": MAX_FRAME_BYTES,
}
INSPECTOR_CAPS = {
    "commitment.json": MAX_PARSED_BYTES,
    "seed.txt": MAX_PARSED_BYTES,
    "assignment.json": MAX_PARSED_BYTES,
}
# Each has a database of its own, and more at once would only share the processor.
_AT_ONCE = CapacityLimiter(2)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class TicketCreate(_Body):
    """What a ticket is made of (draw-spec 5)."""

    alg: Literal["sha256", "sm3"] = Field(examples=["sha256"])
    """The hash that the commitment names."""
    key: str = Field(pattern=r"^[0-9a-f]{64}$", examples=["7" * 64])
    """`key` of result.json."""
    object_id: str = Field(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])
    salt: str | None = Field(None, pattern=r"^[0-9a-f]{32}$", examples=["5a" * 16])
    """The salt in the object's line of a sealed frame; left out in an open frame."""


class TicketRead(_Body):
    """A ticket; the smallest of a stratum are drawn."""

    ticket: str = Field(
        examples=["6f4c4ebab51d494618b51da4399dfa7b26af24fbe103719dbd1c5d8f0a1018f0"]
    )


class ReplayStepRead(_Body):
    """One check of a bundle."""

    name: str = Field(examples=["frame"])
    """Stable name of the check; later versions may add checks."""
    verdict: Verdict = Field(examples=["failed"])
    member: str | None = Field(examples=["frame.tsv"])
    """The file that failed the check, or null."""
    zh: str = Field(examples=["count 为 2，承诺为 3"])
    en: str = Field(examples=["count is 2, the commitment says 3"])


class ReplayRead(_Body):
    """What a verification found."""

    ok: bool = Field(examples=[False])
    """Nothing failed. A check that could not be made does not count, and is to be shown."""
    steps: list[ReplayStepRead]
    """The checks in order; after the first failure no other is made."""


def _binary(description: str) -> dict[int | str, dict[str, Any]]:
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": description, "content": {"application/zip": {"schema": schema}}}}


_BAD_ZIP = (
    DrawError("zip-damaged", "not a zip: File is not a zip file", "不是 zip 文件"),
    DrawError("zip-too-many", "too many members", "成员过多"),
    DrawError("member-extra", "does not belong here", "不属于此证据包", member="notes.txt"),
    DrawError("member-absent", "is missing", "缺失", member="seed.txt"),
    DrawError("member-twice", "occurs twice", "重复出现", member="seed.txt"),
    DrawError("member-encrypted", "is encrypted", "已加密", member="seed.txt"),
    DrawError("member-compression", "is neither stored nor deflated", "压缩方式不受支持"),
    DrawError("member-damaged", "is damaged", "已损坏", member="seed.txt"),
    DrawError("member-too-large", "is too large", "过大", member="frame.tsv"),
    body_too_large(MAX_ZIP_BYTES),
    spool_full(),
    wrong_content_type("application/zip / application/octet-stream"),
)
_BAD_SEED = (
    DrawError("not-canonical", "not JSON", "不是 JSON", member="commitment.json"),
    DrawError("seed-cd", "is of another commitment", "属于另一份承诺", member="seed.txt", line=2),
)


@router.post(
    "/draws",
    operation_id="replayTargetDraw",
    summary="Replay a target draw 重放检查对象抽取",
    description="The target draw (draw-spec 6) as a pure function of three files. Beacon "
    "signatures in seed.txt are not checked here. Nothing is kept; the files of the answer are the "
    "same bytes every time, and those of the draw itself if the input was its input. A frame has at "
    f"most {MAX_FRAME_LINES} lines and {MAX_FRAME_BYTES} bytes.",
    response_class=Response,
    responses={
        **_binary("A zip of selected.tsv, reserves.tsv, published.tsv and result.json"),
        **refusals(
            *_BAD_ZIP,
            body_too_large(MAX_FRAME_ZIP_BYTES),
            *_BAD_SEED,
            DrawError(
                "frame-not-committed",
                "count is 2, the commitment says 3",
                "count 为 2，承诺为 3",
                member="frame.tsv",
            ),
        ),
    },
    openapi_extra=takes_zip(
        "A zip of exactly commitment.json, seed.txt and frame.tsv 含上述三个文件的 zip"
    ),
)
async def replay_target_draw(
    body: FrameZipBody,
    part: Annotated[
        str | None,
        Query(description="The part of a campaign's commitment 综合查一次中的部分名称"),
    ] = None,
) -> Response:
    file = await to_thread.run_sync(partial(_target_draw, body, part), limiter=_AT_ONCE)
    return streamed(file, "application/zip")


@router.post(
    "/assignments",
    operation_id="replayInspectorDraw",
    summary="Replay an inspector draw 重放检查人员抽取",
    description="The inspector draw (draw-spec 7) as a pure function of three files. If the seats "
    "cannot all be filled there is no result: the problem says what is missing, and its `errors` "
    "list each shortage with what would help.",
    response_class=Response,
    responses={
        **_binary("A zip of assignment.tsv and result.json"),
        **refusals(
            *_BAD_ZIP,
            *_BAD_SEED,
            DrawError(
                "assignment-digest",
                "the digest is not the one of the commitment",
                "摘要与承诺不符",
                member="assignment.json",
            ),
            Refusal(
                422,
                "assignment-infeasible",
                "Not all seats can be filled: 2 groups have 6 seats, and the 4 inspectors who may "
                "take any of them can take 5 at most.",
                "席位无法排满：2 个分组共 6 个席位，可担任的 4 人合计至多担任 5 个。",
                faults=[
                    fault(
                        "raise-cap", "raise the cap of 3 people by 1", "将 3 人的任务上限提高 1 个"
                    )
                ],
            ),
        ),
    },
    openapi_extra=takes_zip(
        "A zip of exactly commitment.json, seed.txt and assignment.json 含上述三个文件的 zip"
    ),
)
async def replay_inspector_draw(body: ZipBody) -> Response:
    data = await to_thread.run_sync(partial(_inspector_draw, body), limiter=_AT_ONCE)
    return Response(data, media_type="application/zip")


@router.post(
    "/replays",
    operation_id="replayBundle",
    summary="Verify an evidence bundle 核验证据包",
    description="Recomputes everything that an evidence bundle (draw-spec 9) holds, of either "
    "stage and profile, and names the first file that is wrong. A bundle that does not hold is an "
    "answer, `ok` false; only what is no bundle at all is refused. Whoever trusts nobody runs the "
    "bundle's verify.py instead.",
    responses=refusals(
        *_BAD_ZIP,
        DrawError("vkey-malformed", "malformed verifier key", "验证公钥格式错误"),
    ),
    openapi_extra=takes_zip("An evidence bundle, audit or public 证据包"),
)
async def replay_bundle(
    body: ZipBody,
    log_key: Annotated[
        str | None,
        Query(
            description="The log's verifier key `name+id+key`, each `+` written as `%2B`; without "
            "it signatures are reported as not checked 日志公钥",
            examples=["log.example/openlot+0a1b2c3d+AbCd..."],
        ),
    ] = None,
) -> ReplayRead:
    report = await to_thread.run_sync(partial(_verified, body, log_key), limiter=_AT_ONCE)
    steps = [ReplayStepRead.model_validate(vars(step)) for step in report.steps]
    return ReplayRead(ok=report.ok, steps=steps)


@router.post(
    "/tickets",
    operation_id="computeTicket",
    summary="Compute a ticket 计算签号",
    description="The ticket of one object under a key that the caller already holds: it is public "
    "once the draw is. Whoever has a shell needs no service: "
    '`printf \'%s%s\' "$KEY" "$ID" | sha256sum`.',
    responses=refusals(body_too_large(MAX_JSON_BYTES), malformed_body(), invalid_input([])),
)
async def compute_ticket(body: TicketCreate) -> TicketRead:
    return TicketRead(ticket=ticket(body.alg, body.key, body.object_id, body.salt))


def _target_draw(body: IO[bytes], part: str | None) -> IO[bytes]:
    with tempfile.TemporaryDirectory() as name:
        frame, out = Path(name, "frame.tsv"), Path(name, "out")
        small = unpack(body, TARGET_CAPS, large=frame.name, max_lines=MAX_FRAME_LINES, target=frame)
        draw_target_files(
            frame,
            small["commitment.json"],
            small["seed.txt"],
            out,
            part=part,
        )
        with ExitStack() as unless_packed:
            answer = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # sent later
            unless_packed.enter_context(answer)
            pack(out.iterdir(), answer)
            unless_packed.pop_all()
            return answer


def _inspector_draw(body: IO[bytes]) -> bytes:
    members = read_zip(body, INSPECTOR_CAPS)
    try:
        draw = assign(members["assignment.json"], members["commitment.json"], members["seed.txt"])
    except Infeasible as error:
        raise _infeasible(error) from None
    return write_zip({"assignment.tsv": draw.assignment_tsv, "result.json": draw.result_json})


def _infeasible(error: Infeasible) -> Refusal:
    proof = error.certificate
    groups, people = len(proof["seats"]), len(proof["inspectors"])
    demand, capacity = proof["demand"], proof["capacity"]
    return Refusal(
        422,
        "assignment-infeasible",
        f"Not all seats can be filled: {groups} group(s) have {demand} seats, and the {people} "
        f"inspector(s) who may take any of them can take {capacity} at most.",
        f"席位无法排满：{groups} 个分组共 {demand} 个席位，可担任的 {people} 人合计至多担任 "
        f"{capacity} 个。",
        faults=[fault(p.kind, p.en, p.zh, pointer=error.member) for p in error.proposals],
    )


def _verified(body: IO[bytes], log_key: str | None) -> Report:
    members = read_bundle(body, max_total_bytes=MAX_LIST_BYTES, max_parsed_bytes=MAX_PARSED_BYTES)
    return verify_bundle(members, log_key=log_key)
