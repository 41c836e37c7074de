"""Verifying an evidence bundle: recompute everything, name the first member that is wrong."""

from collections.abc import Mapping

from app.sampling.openlot1 import canonical, log, note, sources
from app.sampling.openlot1.bundle import (
    AUDIT_CAMPAIGN,
    AUDIT_TARGET,
    INSPECTOR_DRAW,
    PUBLIC_CAMPAIGN,
    PUBLIC_SEALED,
    PUBLISHED,
    check_names,
    check_parts,
    check_sums,
    kind_of,
    read_bundle,
    write_bundle,
)
from app.sampling.openlot1.commitment import INSPECTOR, TARGET, Commitment, cd, parse_commitment
from app.sampling.openlot1.errors import DrawError, blaming
from app.sampling.openlot1.fields import Fields
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.inspectors import assign
from app.sampling.openlot1.parts import (
    PartFiles,
    drawn_figures,
    expect_committed,
    expect_logged,
    frozen_figures,
    parts_in,
    result_member,
)
from app.sampling.openlot1.report import (
    Check,
    NotCheckedError,
    Report,
    Step,
    expect_replayed,
    first_difference,
    run_checks,
)
from app.sampling.openlot1.seed import parse_seed_txt, seed
from app.sampling.openlot1.target import draw_counted

__all__ = ["Report", "Step", "read_bundle", "verify_bundle", "write_bundle"]


def verify_bundle(members: Mapping[str, bytes], *, log_key: str | None) -> Report:
    """Checks the members of a bundle of either stage and profile (draw-spec 9).

    `log_key` is the log's verifier key as text; without it signatures are reported as not checked.
    A malformed key raises DrawError: it is the caller's, not the bundle's.
    """
    key = None if log_key is None else note.parse_vkey(log_key)
    return run_checks(_Verification(members, key).checks())


class _Verification:
    """One run; each check leaves what it parsed for the checks after it."""

    def __init__(self, members: Mapping[str, bytes], key: note.VerifierKey | None) -> None:
        self._members = members
        self._key = key
        self._kind = kind_of(members)
        self._commitment: Commitment
        self._cd: str
        self._parts: tuple[PartFiles, ...]
        self._log: log.LogEvidence
        self._consistency: log.Consistency

    def checks(self) -> list[Check]:
        checks: list[Check] = [
            ("members", self._check_names, "all members are there", "成员齐全"),
            ("sums", self._check_sums, "SHA256SUMS fits every member", "SHA256SUMS 与各成员相符"),
            ("commitment", self._check_commitment, "well formed", "格式正确"),
            (
                "log-inclusion",
                self._check_log,
                "four entries lead to one root",
                "四条记录归于同一树根",
            ),
            ("log-consistency", self._check_consistency, "old tree is a prefix", "旧树为新树前缀"),
            ("log-signature", self._check_signature, "signed by the log key", "由日志密钥签名"),
            ("log-order", self._check_order, "in order, seed after not_before", "次序与时间正确"),
            ("log-statements", self._check_statements, "log says the same", "日志记载一致"),
            ("seed", self._check_seed, "from commitment and sources", "由承诺与来源得出"),
        ]
        checks += self._input_checks()
        checks += [
            ("beacons", self._check_beacons, "no beacon signature is needed", "无须核验信标签名"),
            ("outside", self._check_outside, "", ""),
        ]
        return checks

    def _input_checks(self) -> list[Check]:
        excluded = ("excluded", self._check_excluded, "as committed", "与承诺相符")
        if self._kind in {AUDIT_TARGET, AUDIT_CAMPAIGN}:
            return [
                excluded,
                ("frame", self._check_frame, "as committed", "与承诺相符"),
                ("replay", self._check_target, "every byte recomputed", "逐字节重算一致"),
            ]
        if self._kind == INSPECTOR_DRAW:
            return [
                ("assignment", self._check_assignment, "as committed", "与承诺相符"),
                ("replay", self._check_inspectors, "every byte recomputed", "逐字节重算一致"),
            ]
        return [("replay", self._nothing_to_replay, "", "")]

    def _check_names(self) -> None:
        check_names(self._members, self._kind)

    def _check_sums(self) -> None:
        check_sums(self._members)

    def _check_commitment(self) -> None:
        raw = self._members["commitment.json"]
        self._commitment, self._cd = parse_commitment(raw), cd(raw)
        self._parts = parts_in(self._members, self._commitment)

    def _check_log(self) -> None:
        self._log = log.read_log(self._members)

    def _check_consistency(self) -> None:
        self._consistency = log.read_consistency(self._members, self._log)

    def _check_signature(self) -> None:
        if self._key is None:
            raise NotCheckedError("not checked (no log key given)", "未核验（未提供日志公钥）")
        log.check_signatures(self._log, self._consistency, self._key)

    def _check_order(self) -> None:
        log.check_order(self._log, self._commitment.not_before)

    def _check_statements(self) -> None:
        """The log is the anchor: the commitment first, then what was drawn, then the rest."""
        if self._log.statements["committed"].public.get("cd") != self._cd:
            raise _refusal(
                "log-statement",
                "commitment.json",
                f"has digest {self._cd}, not the one in the log",
                f"的摘要为 {self._cd}，与日志不同",
            )
        self._check_kind()
        common = {
            "draw_id": self._commitment.draw_id,
            "attempt": self._commitment.attempt,
            "stage": self._commitment.stage,
        }
        log.check_statement(self._log, "frozen", common | self._frozen())
        for step in ("committed", "seeded"):
            log.check_statement(self._log, step, common | {"cd": self._cd})
        log.check_statement(self._log, "drawn", common | {"cd": self._cd} | self._drawn())

    def _check_kind(self) -> None:
        """The names told the kind of bundle; the commitment, now proven, must agree."""
        parts = self._parts
        stage = INSPECTOR if self._kind == INSPECTOR_DRAW else TARGET
        campaign = self._kind in {AUDIT_CAMPAIGN, PUBLIC_CAMPAIGN}
        if self._commitment.stage != stage or any(bool(p.folder) != campaign for p in parts):
            raise _refusal(
                "bundle-kind", "commitment.json", "is of another kind of draw", "属于另一类抽取"
            )
        check_parts(self._members, self._kind, [part.folder for part in parts])
        public = self._kind in {PUBLIC_SEALED, PUBLIC_CAMPAIGN}
        if public and not any(part.part.frame.sealed for part in parts):
            raise _refusal(
                "bundle-kind",
                parts[0].name(PUBLISHED),
                "belongs to sealed frames",
                "仅用于密封名录",
            )

    def _frozen(self) -> dict[str, object]:
        if self._kind == INSPECTOR_DRAW:
            return {"assignment": {"sha256": self._commitment.assignment_sha256}}
        return frozen_figures(self._parts)

    def _drawn(self) -> dict[str, object]:
        """The public figures of the result; its digest is held against the log here."""
        logged = self._log.statements["drawn"].public
        if self._kind != INSPECTOR_DRAW:
            return drawn_figures(self._parts, logged)
        digest = sha256_hex(self._members["result.json"])
        expect_logged("result.json", digest, logged.get("result"))
        return {"result": digest}

    def _check_seed(self) -> None:
        parsed = self._commitment
        lines = parse_seed_txt(self._members["seed.txt"], parsed, self._cd)
        ours = seed(parsed.alg, self._members["seed.txt"])
        result = self._parts[0].name("result.json") if self._parts else "result.json"
        drawn_from = result_member(self._members, result, "seed")
        expected = {
            f"sources/{number}-{source.type}.json": (line, source)
            for number, (line, source) in enumerate(zip(lines, parsed.sources, strict=True), 1)
        }
        self._check_source_names(set(expected))
        if drawn_from is not None and ours != drawn_from:
            raise _refusal(
                "seed-differs",
                "seed.txt",
                f"gives seed {ours}, {result} was drawn from {drawn_from}",
                f"得出种子 {ours}，{result} 所用种子为 {drawn_from}",
            )
        for name, (line, source) in expected.items():
            self._check_source(name, line, source, seed_is_proven=drawn_from is not None)

    def _check_source_names(self, expected: set[str]) -> None:
        found = {name for name in self._members if name.startswith("sources/")}
        for name in sorted(found ^ expected):
            en = "is missing" if name in expected else "is no source of this commitment"
            zh = "缺失" if name in expected else "不是承诺中的来源"
            raise _refusal("source-members", name, en, zh)

    def _check_source(
        self, name: str, line: str, source: sources.Source, *, seed_is_proven: bool
    ) -> None:
        with blaming(name):
            fields = Fields(
                canonical.loads(self._members[name]), "", ("line", "type", "evidence"), member=name
            )
            fields.one_of("type", (source.type,))
            told = fields.text("line")
            sources.check_line(told, source)
        if told != line:
            # With no result to hold it against, seed.txt is the file that has to justify itself.
            raise _refusal(
                "source-line",
                name if seed_is_proven else "seed.txt",
                f"{name} and seed.txt differ: {first_difference(line.encode(), told.encode())}",
                f"{name} 与 seed.txt 不一致：{first_difference(line.encode(), told.encode())}",
            )

    def _check_excluded(self) -> None:
        for part in self._parts:
            part.check_excluded()

    def _check_frame(self) -> None:
        self._n_by_stratum = [part.check_frame() for part in self._parts]

    def _check_assignment(self) -> None:
        digest = sha256_hex(self._members["assignment.json"])
        expect_committed("assignment.json", "sha256", digest, self._commitment.assignment_sha256)

    def _check_target(self) -> None:
        for part, n_by_stratum in zip(self._parts, self._n_by_stratum, strict=True):
            draw = draw_counted(
                part.read("frame.tsv"),
                self._members["seed.txt"],
                commitment=self._commitment,
                part=part.part,
                digest=self._cd,
                n_by_stratum=n_by_stratum,
            )
            part.check_draw(draw)

    def _check_inspectors(self) -> None:
        with blaming("result.json"):
            draw = assign(
                self._members["assignment.json"],
                self._members["commitment.json"],
                self._members["seed.txt"],
            )
        members = self._members
        expect_replayed("assignment.tsv", draw.assignment_tsv, members["assignment.tsv"])
        expect_replayed("result.json", draw.result_json, members["result.json"])

    def _nothing_to_replay(self) -> None:
        raise NotCheckedError(
            "the frame is sealed: the draw itself cannot be recomputed from a public bundle;"
            " published.tsv was held against the log",
            "名录已密封：公开证据包无法重算抽取本身；published.tsv 已与日志核对",
        )

    def _check_beacons(self) -> None:
        open_types = [s.type for s in self._commitment.sources if not s.complete]
        if open_types:
            named = ", ".join(open_types)
            raise NotCheckedError(
                f"beacon signatures not checked: {named}", f"信标签名未核验：{named}"
            )

    def _check_outside(self) -> None:
        raise NotCheckedError(
            "the minutes in sources/*.json, VERIFY.md and verify.py are held to SHA256SUMS only",
            "sources/*.json 中的记录、VERIFY.md 与 verify.py 仅与 SHA256SUMS 核对",
        )


def _refusal(code: str, member: str, en: str, zh: str) -> DrawError:
    return DrawError(code, en, zh, member=member)
