"""Amending a draw after its seed: listed objects, evidence, local effect (draw-spec 8 and 10).

The frame is mended object by object and drawn again with the same seed and key, so every ticket
stays what it was. While the number drawn of a stratum stays, one object more or less changes at
most one place in it. The committed lists, excluded.tsv too, stay as they are: an amendment says
what differs from them.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.sampling.openlot1 import VERSION, canonical
from app.sampling.openlot1.changes import (
    CHANGES_MEMBER,
    Change,
    apply_changes,
    parse_changes,
    refusal,
    write_changes,
)
from app.sampling.openlot1.commitment import TARGET, Commitment, cd, parse_commitment
from app.sampling.openlot1.errors import DrawError, blaming
from app.sampling.openlot1.fields import Fields
from app.sampling.openlot1.frame import FileDigest, digest_and_counts
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.parts import PartFiles, parts_in
from app.sampling.openlot1.report import first_difference
from app.sampling.openlot1.seed import parse_seed_txt, seed
from app.sampling.openlot1.target import DrawnLists, StratumDraw, check_frame, draw_lists

__all__ = [
    "Amendment",
    "AmendmentDocument",
    "Change",
    "Place",
    "StratumChange",
    "amend",
    "check_amendments",
    "parse_amendment",
]

_NAMES = {
    "v",
    "draw_id",
    "attempt",
    "cd",
    "seed",
    "number",
    "previous",
    "part",
    "changes",
    "frame",
    "selected",
    "reserves",
    "published",
    "strata",
    "entered",
    "left",
}
_FIGURES = ("count", "drawn", "last_drawn", "first_undrawn")


@dataclass(frozen=True)
class Place:
    """One line of selected.tsv."""

    object_id: str
    stratum: str
    rank: int
    ticket: str


@dataclass(frozen=True)
class StratumChange:
    """A stratum whose number of objects, number drawn or cut-off is another than before."""

    before: StratumDraw
    after: StratumDraw


@dataclass(frozen=True)
class Amendment:
    """The lists as amended and what differs from before.

    `number` counts the amendments of one attempt, of all its parts together; `part` is "" in a
    plain draw. An object that is drawn in its old stratum and in its new one stands in `left`
    (rank as before) and in `entered` (rank as after). `document` is amendment.json.
    """

    number: int
    part: str
    changes: tuple[Change, ...]
    frame_tsv: bytes
    selected_tsv: bytes
    reserves_tsv: bytes
    published_tsv: bytes
    entered: tuple[Place, ...]
    left: tuple[Place, ...]
    strata: tuple[StratumChange, ...]
    document: bytes


@dataclass(frozen=True)
class AmendmentDocument:
    """What amendment.json says of itself; what it says of the draw is only worth recomputing."""

    draw_id: str
    attempt: int
    cd: str
    seed: str
    number: int
    previous: str | None
    part: str
    changes: tuple[Change, ...]


def amend(
    frame: bytes,
    commitment: bytes,
    seed_txt: bytes,
    changes: Iterable[Change],
    *,
    earlier: Sequence[bytes] = (),
    part: str | None = None,
) -> Amendment:
    """The amendment that makes these changes, in whatever order they are given.

    `frame`, `commitment` and `seed_txt` are the committed files, the frame that of `part`.
    `earlier` holds the documents of all amendments of the attempt before this one, in order: the
    frame in force is replayed from them. Refuses changes that do not fit that frame, and what the
    draw itself refuses, such as a fixed number above the objects that are left.
    """
    base = _base(commitment, seed_txt)
    files = _part_named(base, part)
    check_frame(frame, files.part)
    name = files.part.name
    documents = _in_order(earlier, base)
    before = frame
    for document in documents:
        if document.part == name:
            before = apply_changes(before, document.changes, files.part)
    ordered = tuple(sorted(changes, key=lambda change: change.object_id))
    after = apply_changes(before, ordered, files.part)
    previous = sha256_hex(earlier[-1]) if earlier else None
    return _amendment(base, files, ordered, (before, after), (len(earlier) + 1, previous))


def parse_amendment(data: bytes) -> AmendmentDocument:
    """Reads amendment.json as far as it is not recomputed; every member is there and no other."""
    with blaming(CHANGES_MEMBER):
        value = canonical.loads(data)
    fields = Fields(value, "", _NAMES, member=CHANGES_MEMBER)
    fields.one_of("v", (VERSION,))
    return AmendmentDocument(
        draw_id=fields.text("draw_id"),
        attempt=fields.integer("attempt", 1),
        cd=fields.hex64("cd"),
        seed=fields.hex64("seed"),
        number=fields.integer("number", 1),
        previous=None if fields.any("previous") is None else fields.hex64("previous"),
        part="" if fields.any("part") is None else fields.text("part"),
        changes=parse_changes(fields.list("changes")),
    )


def check_amendments(
    members: Mapping[str, bytes], documents: Sequence[bytes]
) -> tuple[Amendment, ...]:
    """Recomputes every byte of the amendments 1, 2, ... of one attempt from its audit bundle.

    `members` are those of the bundle, which `verify_bundle` judges; here only the frames are held
    against the commitment. Raises amendment-differs with the first difference, and what `amend`
    raises.
    """
    commitment, seed_txt = members["commitment.json"], members["seed.txt"]
    base = _base(commitment, seed_txt)
    parts = {files.part.name: files for files in parts_in(members, base.commitment)}
    amendments = []
    for number, told in enumerate(_in_order(documents, base)):
        if told.part not in parts:
            raise refusal("amendment-part", f"part {told.part!r}", "is unknown", "不存在")
        files = parts[told.part]
        with files.blaming():
            found = amend(
                files.read("frame.tsv"),
                commitment,
                seed_txt,
                told.changes,
                earlier=documents[:number],
                part=told.part,
            )
        if found.document != documents[number]:
            difference = first_difference(found.document, documents[number])
            raise refusal(
                "amendment-differs",
                f"number {number + 1}",
                f"differs from the recomputed one: {difference}",
                f"与重算结果不同：{difference}",
            )
        amendments.append(found)
    return tuple(amendments)


@dataclass(frozen=True)
class _Base:
    """What every amendment of one attempt rests on."""

    commitment: Commitment
    cd: str
    seed: str


def _base(commitment: bytes, seed_txt: bytes) -> _Base:
    parsed, digest = parse_commitment(commitment), cd(commitment)
    if parsed.stage != TARGET:
        raise DrawError(
            "stage-wrong",
            "is of the inspector stage",
            "属于检查人员抽取阶段",
            member="commitment.json",
        )
    parse_seed_txt(seed_txt, parsed, digest)
    return _Base(parsed, digest, seed(parsed.alg, seed_txt))


def _part_named(base: _Base, name: str | None) -> PartFiles:
    chosen = base.commitment.part(name)
    return next(files for files in parts_in({}, base.commitment) if files.part == chosen)


def _in_order(documents: Sequence[bytes], base: _Base) -> list[AmendmentDocument]:
    """The documents read; they must be those of this draw, numbered and chained."""
    previous = None
    read = []
    for number, data in enumerate(documents, start=1):
        told = parse_amendment(data)
        wanted = {
            "draw_id": base.commitment.draw_id,
            "attempt": base.commitment.attempt,
            "cd": base.cd,
            "seed": base.seed,
            "number": number,
            "previous": previous,
        }
        for name, value in wanted.items():
            found = getattr(told, name)
            if found != value:
                raise refusal(
                    "amendment-order", name, f"is {found}, not {value}", f"为 {found}，应为 {value}"
                )
        read.append(told)
        previous = sha256_hex(data)
    return read


def _amendment(
    base: _Base,
    files: PartFiles,
    changes: tuple[Change, ...],
    frames: tuple[bytes, bytes],
    place: tuple[int, str | None],
) -> Amendment:
    """`frames` before and after, `place` is number and digest of the document before."""
    (_, before), (digest, after) = (_draw(base, files, frame) for frame in frames)
    old, new = _places(before), _places(after)
    strata = tuple(
        StratumChange(was, now)
        for was, now in zip(before.strata, after.strata, strict=True)
        if was != now
    )
    amended = Amendment(
        number=place[0],
        part=files.part.name,
        changes=changes,
        frame_tsv=frames[1],
        selected_tsv=after.selected_tsv,
        reserves_tsv=after.reserves_tsv,
        published_tsv=after.published_tsv,
        entered=tuple(new[at] for at in new if at not in old),
        left=tuple(old[at] for at in old if at not in new),
        strata=strata,
        document=b"",
    )
    document = {
        "v": VERSION,
        "draw_id": base.commitment.draw_id,
        "attempt": base.commitment.attempt,
        "cd": base.cd,
        "seed": base.seed,
        "number": place[0],
        "previous": place[1],
        "part": files.part.name or None,
        "changes": write_changes(changes),
        "frame": vars(digest),
        **after.digests(),
        "strata": [_stratum_member(change) for change in strata],
        "entered": [vars(spot) for spot in amended.entered],
        "left": [vars(spot) for spot in amended.left],
    }
    return replace(amended, document=canonical.dumps(document))


def _draw(base: _Base, files: PartFiles, frame: bytes) -> tuple[FileDigest, DrawnLists]:
    digest, n_by_stratum = digest_and_counts(frame, sealed=files.part.frame.sealed)
    commitment = base.commitment
    lists = draw_lists(
        frame,
        files.part,
        alg=commitment.alg,
        seed=base.seed,
        scope=commitment.scope,
        n_by_stratum=n_by_stratum,
    )
    return digest, lists


def _places(lists: DrawnLists) -> dict[tuple[str, str], Place]:
    """The lines of selected.tsv, in its order, by stratum and object."""
    places = {}
    for line in io.BytesIO(lists.selected_tsv):
        stratum, rank, object_id, ticket = line[:-1].decode("ascii").split("\t")
        places[stratum, object_id] = Place(object_id, stratum, int(rank), ticket)
    return places


def _stratum_member(change: StratumChange) -> dict[str, object]:
    sides = {"before": change.before, "after": change.after}
    figures = {side: {n: getattr(one, n) for n in _FIGURES} for side, one in sides.items()}
    return {"stratum": change.after.stratum, **figures}
