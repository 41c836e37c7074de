"""The target draw: frame, commitment and seed.txt in, every output byte out (draw-spec 6)."""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.sampling.openlot1 import VERSION, canonical
from app.sampling.openlot1.commitment import (
    TARGET,
    Commitment,
    FrameRef,
    Part,
    cd,
    parse_commitment,
)
from app.sampling.openlot1.counts import counts
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import FileDigest, digest_and_counts
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.seed import key, parse_seed_txt, seed, ticket_function

Entry = tuple[str, bytes]


@dataclass(frozen=True)
class StratumDraw:
    """One stratum: objects, number drawn, and the tickets at the line between in and out."""

    stratum: str
    count: int
    rate: str | None
    drawn: int
    last_drawn: str | None
    first_undrawn: str | None


@dataclass(frozen=True)
class DrawnLists:
    """What a seed draws from one frame; `published_tsv` holds the drawn ids, sorted."""

    selected_tsv: bytes
    reserves_tsv: bytes
    published_tsv: bytes
    key: str
    strata: tuple[StratumDraw, ...]

    def digests(self) -> dict[str, dict[str, object]]:
        """Count and SHA-256 of each list, as result.json has them."""
        files = {
            "selected": self.selected_tsv,
            "reserves": self.reserves_tsv,
            "published": self.published_tsv,
        }
        return {
            name: {"count": data.count(b"\n"), "sha256": sha256_hex(data)}
            for name, data in files.items()
        }


@dataclass(frozen=True)
class TargetDraw:
    """The files of the draw and what they say; `published_tsv` holds the drawn ids, sorted."""

    selected_tsv: bytes
    reserves_tsv: bytes
    published_tsv: bytes
    result_json: bytes
    cd: str
    seed: str
    key: str
    strata: tuple[StratumDraw, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Drawn per stratum, strata in byte order."""
        return {stratum.stratum: stratum.drawn for stratum in self.strata}


def draw_target(
    frame: bytes, commitment: bytes, seed_txt: bytes, *, part: str | None = None
) -> TargetDraw:
    """The draw of draw-spec 6: a pure function of three files.

    `part` names one part of a campaign. The frame must be the committed one and seed.txt that of
    this commitment; beacon signatures are not checked here.
    """
    parsed = parse_commitment(commitment)
    chosen = target_part(parsed, part)
    return draw_counted(
        frame,
        seed_txt,
        commitment=parsed,
        part=chosen,
        digest=cd(commitment),
        n_by_stratum=check_frame(frame, chosen),
    )


def draw_counted(
    frame: bytes,
    seed_txt: bytes,
    *,
    commitment: Commitment,
    part: Part,
    digest: str,
    n_by_stratum: Mapping[str, int],
) -> TargetDraw:
    """The draw from a frame that `check_frame` has counted; `digest` is the commitment's cd."""
    parse_seed_txt(seed_txt, commitment, digest)
    its_seed = seed(commitment.alg, seed_txt)
    lists = draw_lists(
        frame,
        part,
        alg=commitment.alg,
        seed=its_seed,
        scope=commitment.scope,
        n_by_stratum=n_by_stratum,
    )
    header = {"draw_id": commitment.draw_id, "attempt": commitment.attempt, "cd": digest}
    header |= {"v": VERSION, "seed": its_seed, "key": lists.key}
    result = {**header, "strata": [vars(s) for s in lists.strata], **lists.digests()}
    return TargetDraw(
        lists.selected_tsv,
        lists.reserves_tsv,
        lists.published_tsv,
        canonical.dumps(result),
        digest,
        its_seed,
        lists.key,
        lists.strata,
    )


def draw_lists(
    frame: bytes,
    part: Part,
    *,
    alg: str,
    seed: str,
    scope: str,
    n_by_stratum: Mapping[str, int],
) -> DrawnLists:
    """The lists that a seed draws from a checked frame by the part's design.

    The frame may be another than the committed one: an amended one, drawn with the same seed.
    """
    its_key = key(alg, seed, TARGET, scope)
    drawn = counts(part.design, n_by_stratum, alg, seed, scope)
    reserves = part.design.reserves
    heads = smallest_tickets(
        frame,
        sealed=part.frame.sealed,
        ticket=ticket_function(alg, its_key),
        # One more than is listed, so that the first undrawn ticket is known.
        wanted={stratum: n + max(reserves, 1) for stratum, n in drawn.items()},
    )
    rates = part.design.rate_of()
    strata = tuple(
        _stratum_draw(s, n_by_stratum.get(s, 0), rates[s], drawn[s], heads[s])
        for s in sorted(drawn)
    )
    selected = {s: heads[s][:n] for s, n in drawn.items()}
    spare = {s: heads[s][n : n + reserves] for s, n in drawn.items()}
    return DrawnLists(
        selected_tsv=_ranked(selected, dict.fromkeys(drawn, 0)),
        reserves_tsv=_ranked(spare, drawn),
        published_tsv=_published(selected.values()),
        key=its_key,
        strata=strata,
    )


def check_frame(frame: bytes, part: Part) -> dict[str, int]:
    """The objects per stratum of a frame, which must be the one the commitment names."""
    digest, n_by_stratum = digest_and_counts(frame, sealed=part.frame.sealed)
    refuse_other(digest, part.frame)
    return n_by_stratum


def refuse_other(digest: FileDigest, committed: FrameRef, *, root: bool = True) -> None:
    """Refuses a frame that is not the committed one; `root` False leaves its Merkle root out."""
    for name, ours, theirs in (
        ("count", digest.count, committed.count),
        ("sha256", digest.sha256, committed.sha256),
        *((("root", digest.root, committed.root),) if root else ()),
    ):
        if ours != theirs:
            raise DrawError(
                "frame-not-committed",
                f"{name} is {ours}, the commitment says {theirs}",
                f"{name} 为 {ours}，承诺为 {theirs}",
                member="frame.tsv",
            )


def smallest_tickets(
    frame: bytes,
    *,
    sealed: bool,
    ticket: Callable[[bytes], str],
    wanted: Mapping[str, int],
) -> dict[str, list[Entry]]:
    """For each stratum its `wanted` smallest (ticket, object_id), in order.

    One pass over a frame already checked; it holds at most about twice what is wanted.
    """
    heads = {stratum.encode("ascii"): _Head(n) for stratum, n in wanted.items()}
    for line in io.BytesIO(frame):
        object_id, stratum, *salts = line[:-1].split(b"\t")
        its_ticket = ticket(object_id + salts[0] if sealed else object_id)
        head = heads[stratum]
        if its_ticket <= head.limit:
            head.add((its_ticket, object_id))
    return {stratum: heads[stratum.encode("ascii")].first() for stratum in wanted}


@dataclass
class _Head:
    """The smallest entries so far; nothing above `limit` can still be among them."""

    wanted: int
    limit: str = "g"  # above every hex digit
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        if len(self.entries) >= 2 * self.wanted + 64:
            self.entries = self.first()
            self.limit = self.entries[-1][0]

    def first(self) -> list[Entry]:
        return sorted(self.entries)[: self.wanted]


def target_part(parsed: Commitment, name: str | None) -> Part:
    """The part of this name of a commitment, which must be of the target stage."""
    if parsed.stage != TARGET:
        raise DrawError(
            "stage-wrong",
            "is of the inspector stage",
            "属于检查人员抽取阶段",
            member="commitment.json",
        )
    return parsed.part(name)


def _stratum_draw(
    stratum: str, count: int, rate: str | None, drawn: int, head: list[Entry]
) -> StratumDraw:
    return StratumDraw(
        stratum=stratum,
        count=count,
        rate=rate,
        drawn=drawn,
        last_drawn=head[drawn - 1][0] if drawn else None,
        first_undrawn=head[drawn][0] if drawn < count else None,
    )


def _ranked(entries: Mapping[str, list[Entry]], offsets: Mapping[str, int]) -> bytes:
    lines = [
        f"{stratum}\t{rank}\t{object_id.decode('ascii')}\t{its_ticket}\n"
        for stratum in sorted(entries)
        for rank, (its_ticket, object_id) in enumerate(entries[stratum], offsets[stratum] + 1)
    ]
    return "".join(lines).encode("ascii")


def _published(selected: Iterable[list[Entry]]) -> bytes:
    ids = sorted(object_id for entries in selected for _, object_id in entries)
    return b"".join(object_id + b"\n" for object_id in ids)
