"""commitment.json: all that is fixed before any seed value exists (draw-spec 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.sampling.openlot1 import VERSION, canonical
from app.sampling.openlot1.design import Design, parse_design
from app.sampling.openlot1.errors import DrawError, blaming
from app.sampling.openlot1.excluded import REASON
from app.sampling.openlot1.fields import Fields
from app.sampling.openlot1.hashing import ALGORITHMS, sha256_hex
from app.sampling.openlot1.sources import REAL, TEST, Source, parse_source

TARGET = "target"
INSPECTOR = "inspector"
PART_NAME = re.compile(r"[0-9A-Za-z._-]{1,32}")

_MEMBER = "commitment.json"
_COMMON = [
    "v",
    "draw_id",
    "attempt",
    "stage",
    "alg",
    "purpose",
    "code",
    "plan",
    "scope",
    "sources",
    "not_before",
    "fallback",
    "previous",
]


@dataclass(frozen=True)
class FrameRef:
    """The committed frame: SHA-256 and root in hex, lines, and whether lines are salted."""

    sha256: str
    root: str
    count: int
    sealed: bool


@dataclass(frozen=True)
class ExcludedRef:
    """The committed excluded list; `by_reason` adds up to `count`."""

    sha256: str
    root: str
    count: int
    by_reason: Mapping[str, int]


@dataclass(frozen=True)
class Part:
    """One frame with its design; a plain target draw has one, named "", a campaign several."""

    name: str
    frame: FrameRef
    excluded: ExcludedRef
    design: Design


@dataclass(frozen=True)
class Commitment:
    """`parts` is empty and `assignment_sha256` set at the inspector stage, else the reverse."""

    draw_id: str
    attempt: int
    stage: str
    alg: str
    purpose: str
    parts: tuple[Part, ...]
    assignment_sha256: str | None
    code_version: str
    code_sha256: str
    plan_ref: str
    plan_sha256: str
    scope: str
    sources: tuple[Source, ...]
    not_before: str
    fallback: str
    previous: str | None

    def part(self, name: str | None = None) -> Part:
        """The part of this name, or the only one."""
        found = [part for part in self.parts if name is None or part.name == name]
        if len(found) != 1:
            raise DrawError(
                "part-unknown",
                f"no single part for {name!r}: a campaign needs the name of one of its parts",
                f"没有唯一对应 {name!r} 的部分：综合查一次须指明其中一部分",
                member=_MEMBER,
            )
        return found[0]


def cd(data: bytes) -> str:
    """The commitment digest, always SHA-256 of the bytes as committed."""
    return sha256_hex(data)


def parse_commitment(data: bytes) -> Commitment:
    """Reads commitment.json; every member of its stage, each of its type, and no other."""
    with blaming(_MEMBER):
        value = canonical.loads(data)
    stage = value.get("stage") if isinstance(value, dict) else None
    own = ("assignment",) if stage == INSPECTOR else ("frame", "excluded", "design")
    if stage == TARGET and "parts" in value:
        own = ("parts",)
    fields = Fields(value, "", (*_COMMON, *own), member=_MEMBER)
    fields.one_of("v", (VERSION,))
    purpose = fields.one_of("purpose", (REAL, TEST))
    code = _named(fields, "code", ("version", "sha256"))
    plan = _named(fields, "plan", ("ref", "sha256"))
    return Commitment(
        draw_id=fields.text("draw_id"),
        attempt=fields.integer("attempt", 1),
        stage=fields.one_of("stage", (TARGET, INSPECTOR)),
        alg=fields.one_of("alg", ALGORITHMS),
        purpose=purpose,
        parts=_parts(fields) if stage == TARGET else (),
        assignment_sha256=_assignment(fields) if stage == INSPECTOR else None,
        code_version=code.text("version"),
        code_sha256=code.hex64("sha256"),
        plan_ref=plan.text("ref"),
        plan_sha256=plan.hex64("sha256"),
        scope=fields.text("scope"),
        sources=_sources(fields, purpose),
        not_before=fields.instant("not_before"),
        fallback=fields.one_of("fallback", ("wait", "void")),
        previous=None if fields.any("previous") is None else fields.hex64("previous"),
    )


def _named(fields: Fields, name: str, members: tuple[str, ...]) -> Fields:
    return Fields(fields.any(name), name, members, member=_MEMBER)


def _assignment(fields: Fields) -> str:
    return _named(fields, "assignment", ("sha256",)).hex64("sha256")


def _sources(fields: Fields, purpose: str) -> tuple[Source, ...]:
    values = fields.list("sources")
    if not values:
        raise fields.refusal(
            "sources-empty", "sources", "must name at least one source", "至少须有一个随机来源"
        )
    return tuple(parse_source(item, f"sources[{i}]", purpose) for i, item in enumerate(values))


def _parts(fields: Fields) -> tuple[Part, ...]:
    if "parts" not in fields:
        return (_part("", fields, ""),)
    parts = []
    for index, value in enumerate(fields.list("parts")):
        where = f"parts[{index}]"
        inner = Fields(value, where, ("name", "frame", "excluded", "design"), member=_MEMBER)
        parts.append(_part(inner.matching("name", PART_NAME), inner, f"{where}."))
    if not parts or len({part.name for part in parts}) != len(parts):
        raise fields.refusal("parts-names", "parts", "must have unique names", "名称不得重复或为空")
    return tuple(parts)


def _part(name: str, fields: Fields, where: str) -> Part:
    return Part(
        name=name,
        frame=_frame(fields.any("frame"), f"{where}frame"),
        excluded=_excluded(fields.any("excluded"), f"{where}excluded"),
        design=parse_design(fields.any("design")),
    )


def _frame(value: Any, where: str) -> FrameRef:
    fields = Fields(value, where, ("sha256", "root", "count", "sealed"), member=_MEMBER)
    return FrameRef(
        sha256=fields.hex64("sha256"),
        root=fields.hex64("root"),
        count=fields.integer("count", 0),
        sealed=fields.boolean("sealed"),
    )


def _excluded(value: Any, where: str) -> ExcludedRef:
    fields = Fields(value, where, ("sha256", "root", "count", "by_reason"), member=_MEMBER)
    reasons = fields.any("by_reason")
    names = reasons if isinstance(reasons, dict) else ()
    inner = Fields(reasons, f"{where}.by_reason", (), names, member=_MEMBER)
    for name in names:
        if not REASON.fullmatch(name):
            raise inner.refusal("reason-unknown", name, "is not a known reason", "不是已知原因")
    by_reason = {name: inner.integer(name, 1) for name in names}
    count = fields.integer("count", 0)
    if sum(by_reason.values()) != count:
        raise fields.refusal("by-reason-sum", "by_reason", "does not add up", "合计与总数不符")
    return ExcludedRef(fields.hex64("sha256"), fields.hex64("root"), count, by_reason)
