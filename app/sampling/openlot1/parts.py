"""The files of a target draw in a bundle, one set for each part of a campaign (draw-spec 5 and 9).

A plain target draw is one part whose files lie at the top. Those of part number N (from 1, in the
order of the commitment) with name NAME lie in `parts/N-NAME/`.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.bundle import PART_FILES, PUBLISHED, part_folder
from app.sampling.openlot1.commitment import Commitment, Part
from app.sampling.openlot1.errors import DrawError, blaming
from app.sampling.openlot1.excluded import excluded_digest, scan_excluded
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.report import expect_replayed
from app.sampling.openlot1.target import TargetDraw, check_frame


@dataclass(frozen=True)
class PartFiles:
    """One part with its files among the members; `folder` ends with a slash, or is empty."""

    part: Part
    folder: str
    members: Mapping[str, bytes]

    def name(self, file: str) -> str:
        """The member that holds this file of the part."""
        return self.folder + file

    def read(self, file: str) -> bytes:
        """The bytes of this file of the part."""
        return self.members[self.name(file)]

    def frozen(self) -> dict[str, object]:
        """What the log says of the part at its freeze."""
        refs = (("frame", self.part.frame), ("excluded", self.part.excluded))
        figures: dict[str, object] = {
            name: {"count": ref.count, "root": ref.root, "sha256": ref.sha256} for name, ref in refs
        }
        return self._named(figures)

    def drawn(self, logged: Mapping[str, Any]) -> dict[str, object]:
        """What the log says of the part's result, held against the files that there are."""
        figures = {"result": logged.get("result"), "published": logged.get("published")}
        if self.name("result.json") in self.members:
            figures["result"] = sha256_hex(self.read("result.json"))
            expect_logged(self.name("result.json"), figures["result"], logged.get("result"))
            # What is logged must be what result.json says; the replay recomputes that.
            figures["published"] = self.result("published")
        elif self.name(PUBLISHED) in self.members:
            data = self.read(PUBLISHED)
            figures["published"] = {"count": data.count(b"\n"), "sha256": sha256_hex(data)}
            expect_logged(self.name(PUBLISHED), figures["published"], logged.get("published"))
        return self._named(figures)

    def result(self, name: str) -> object:
        """A member of result.json; None without that file, or where it is no object."""
        return result_member(self.members, self.name("result.json"), name)

    def check_excluded(self) -> None:
        """excluded.tsv must be well formed and the committed one."""
        with self.blaming():
            found = excluded_digest(self.read("excluded.tsv"), sealed=self._sealed)
        for name, theirs in vars(self.part.excluded).items():
            expect_committed(self.name("excluded.tsv"), name, getattr(found, name), theirs)

    def check_frame(self) -> dict[str, int]:
        """The objects per stratum of the committed frame.tsv; none of them is excluded as well."""
        with self.blaming():
            n_by_stratum = check_frame(self.read("frame.tsv"), self.part)
        excluded = {row[0] for row in scan_excluded(self.read("excluded.tsv"), sealed=self._sealed)}
        lines = enumerate(io.BytesIO(self.read("frame.tsv")), start=1)
        for number, line in lines if excluded else ():
            if (object_id := line.partition(b"\t")[0]) in excluded:
                raise _in_both(object_id.decode("ascii"), self.name("frame.tsv"), number)
        return n_by_stratum

    def check_draw(self, draw: TargetDraw) -> None:
        """Every byte of the results must be the recomputed one."""
        expect_replayed(self.name("selected.tsv"), draw.selected_tsv, self.read("selected.tsv"))
        expect_replayed(self.name("reserves.tsv"), draw.reserves_tsv, self.read("reserves.tsv"))
        expect_replayed(self.name("result.json"), draw.result_json, self.read("result.json"))

    @contextmanager
    def blaming(self) -> Iterator[None]:
        """Names the member for what the core, which knows no folders, calls by its file's name."""
        try:
            yield
        except DrawError as error:
            if error.member not in PART_FILES:
                raise
            member = self.name(error.member)
            raise DrawError(
                error.code, error.en, error.zh, member=member, line=error.line
            ) from None

    @property
    def _sealed(self) -> bool:
        return self.part.frame.sealed

    def _named(self, figures: dict[str, object]) -> dict[str, object]:
        return {"name": self.part.name, **figures} if self.folder else figures


def parts_in(members: Mapping[str, bytes], commitment: Commitment) -> tuple[PartFiles, ...]:
    """The parts of a target commitment, in its order, with the members that hold their files."""
    return tuple(
        PartFiles(part, part_folder(number, part.name), members)
        for number, part in enumerate(commitment.parts, start=1)
    )


def frozen_figures(parts: tuple[PartFiles, ...]) -> dict[str, object]:
    """The figures of the lists in the log's entry of the freeze."""
    return _figures(parts, [part.frozen() for part in parts])


def drawn_figures(parts: tuple[PartFiles, ...], logged: Mapping[str, Any]) -> dict[str, object]:
    """The figures of the results in the log's entry of the draw."""
    told = [logged] if not parts[0].folder else logged.get("parts")
    each = told if isinstance(told, list) else []
    objects = [entry if isinstance(entry, dict) else {} for entry in each]
    objects += [{}] * (len(parts) - len(objects))
    return _figures(parts, [part.drawn(entry) for part, entry in zip(parts, objects, strict=False)])


def _figures(parts: tuple[PartFiles, ...], figures: list[dict[str, object]]) -> dict[str, object]:
    return {"parts": figures} if parts[0].folder else figures[0]


def _in_both(object_id: str, member: str, line: int) -> DrawError:
    return DrawError(
        "object-in-both",
        f"{object_id} is also excluded",
        f"{object_id} 同时在排除名单中",
        member=member,
        line=line,
    )


def result_member(members: Mapping[str, bytes], file: str, name: str) -> object:
    """A member of the JSON in `file`; None without that file, or where it is no object."""
    if file not in members:
        return None
    with blaming(file):
        result = canonical.loads(members[file])
    return result.get(name) if isinstance(result, dict) else None


def expect_logged(member: str, ours: object, theirs: object) -> None:
    """Blames `member`, whose figures are not those of the log."""
    if ours != theirs:
        raise DrawError(
            "log-statement",
            f"is {ours}, the log says {theirs}",
            f"为 {ours}，日志为 {theirs}",
            member=member,
        )


def expect_committed(member: str, name: str, ours: object, theirs: object) -> None:
    """Blames `member`, whose figures are not those of the commitment."""
    if ours != theirs:
        raise DrawError(
            "not-committed",
            f"{name} is {ours}, the commitment says {theirs}",
            f"{name} 为 {ours}，承诺为 {theirs}",
            member=member,
        )
