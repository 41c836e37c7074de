"""The changes that an amendment lists, and the frame as they leave it (draw-spec 8)."""

import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.sampling.openlot1.commitment import Part
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.excluded import EVIDENCE
from app.sampling.openlot1.fields import Fields
from app.sampling.openlot1.frame import STRATUM
from app.sampling.openlot1.lines import SALT, check_object_id

CHANGES_MEMBER = "amendment.json"

_REASON = re.compile(r"[0-9A-Za-z._-]{1,64}")


@dataclass(frozen=True)
class Change:
    """One object: its stratum in the frame in force and afterwards, None where it is not in it.

    `salt` is given for an object added to a sealed frame and for no other: made with the salt key
    of the draw, as those in the frame were. `evidence` is text without TAB and LF.
    """

    object_id: str
    origin: str | None
    target: str | None
    reason: str
    evidence: str
    salt: str | None = None


def parse_changes(values: Iterable[Any]) -> tuple[Change, ...]:
    """The `changes` of amendment.json; their forms are checked where they are applied."""
    names = ("object_id", "from", "to", "reason", "evidence", "salt")
    changes = []
    for index, value in enumerate(values):
        fields = Fields(value, f"changes[{index}]", names, member=CHANGES_MEMBER)
        changes.append(
            Change(
                fields.text("object_id"),
                _optional(fields, "from"),
                _optional(fields, "to"),
                fields.text("reason"),
                fields.text("evidence"),
                _optional(fields, "salt"),
            )
        )
    return tuple(changes)


def write_changes(changes: Iterable[Change]) -> list[dict[str, str | None]]:
    """The `changes` of amendment.json, in the order given."""
    return [
        {
            "object_id": change.object_id,
            "from": change.origin,
            "to": change.target,
            "reason": change.reason,
            "evidence": change.evidence,
            "salt": change.salt,
        }
        for change in changes
    ]


def apply_changes(frame: bytes, changes: Sequence[Change], part: Part) -> bytes:
    """The frame as the changes leave it, which must each fit the frame as it is.

    The frame must be one already checked; the part says whether it is sealed, and which strata
    have a place. An object that is reclassified keeps its salt.
    """
    pending = deque(_checked(changes, part))
    amended = io.BytesIO()
    for line in io.BytesIO(frame):
        object_id = line.partition(b"\t")[0].decode("ascii")
        while pending and pending[0].object_id < object_id:
            amended.write(_added(pending.popleft()))
        if pending and pending[0].object_id == object_id:
            amended.write(_changed(pending.popleft(), line))
        else:
            amended.write(line)
    for change in pending:
        amended.write(_added(change))
    return amended.getvalue()


def refusal(code: str, what: str, en: str, zh: str) -> DrawError:
    """A refusal of amendment.json; en and zh continue a sentence that begins with `what`."""
    return DrawError(code, f"{what} {en}", f"{what} {zh}", member=CHANGES_MEMBER)


def _checked(changes: Sequence[Change], part: Part) -> list[Change]:
    """The changes in the order of the frame."""
    if not changes:
        raise refusal("amendment-empty", "changes", "must not be empty", "不得为空")
    for object_id, times in Counter(change.object_id for change in changes).items():
        if times > 1:
            raise refusal("object-twice", object_id, "is changed twice", "重复更改")
    places = part.design.rate_of().keys()
    for change in changes:
        _check_form(change)
        if change.origin == change.target:
            raise refusal("stratum-same", change.object_id, "is not changed", "并无更改")
        if change.target is not None and change.target not in places:
            raise refusal(
                "stratum-without-place",
                f"{change.object_id}: {change.target}",
                "has no place in the design",
                "在方案中没有位置",
            )
        _check_salt(change, sealed=part.frame.sealed)
    return sorted(changes, key=lambda change: change.object_id)


def _check_form(change: Change) -> None:
    check_object_id(change.object_id, CHANGES_MEMBER)
    for stratum in (change.origin, change.target):
        if stratum is not None and not STRATUM.fullmatch(stratum):
            raise refusal("stratum-form", repr(stratum), "is not a stratum", "不是合法的层名")
    if not _REASON.fullmatch(change.reason):
        raise refusal("reason-form", repr(change.reason), "is not a reason", "不是合法的原因代码")
    if not EVIDENCE.fullmatch(change.evidence):
        raise refusal(
            "evidence-form",
            change.object_id,
            "needs evidence without TAB and LF",
            "的证据须为不含制表符和换行符的文本",
        )


def _check_salt(change: Change, *, sealed: bool) -> None:
    wanted = sealed and change.origin is None
    if wanted and change.salt is None:
        raise refusal("salt-missing", change.object_id, "needs a salt", "缺少盐值")
    if not wanted and change.salt is not None:
        raise refusal("salt-unexpected", change.object_id, "must have no salt", "不得带盐值")
    if change.salt is not None and not SALT.fullmatch(change.salt):
        raise refusal(
            "salt-form", change.object_id, "has a salt of a wrong form", "的盐值不是 32 位十六进制"
        )


def _expect_origin(change: Change, stratum: str | None) -> None:
    """`stratum` is that of the object in the frame in force, None where it is not in it."""
    if change.origin == stratum:
        return
    if stratum is None:
        raise refusal("object-absent", change.object_id, "is not in the frame", "不在名录中")
    if change.origin is None:
        raise refusal("object-present", change.object_id, "is in the frame", "已在名录中")
    raise refusal(
        "stratum-differs",
        change.object_id,
        f"stands in {stratum}, not in {change.origin}",
        f"属于 {stratum}，而非 {change.origin}",
    )


def _added(change: Change) -> bytes:
    _expect_origin(change, None)
    salts = [] if change.salt is None else [change.salt]
    return _line(change.object_id, str(change.target), *salts)


def _changed(change: Change, line: bytes) -> bytes:
    object_id, stratum, *salts = line[:-1].decode("ascii").split("\t")
    _expect_origin(change, stratum)
    return b"" if change.target is None else _line(object_id, change.target, *salts)


def _line(*fields: str) -> bytes:
    return ("\t".join(fields) + "\n").encode("ascii")


def _optional(fields: Fields, name: str) -> str | None:
    return None if fields.any(name) is None else fields.text(name)
