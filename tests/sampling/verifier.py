"""Runs verify.py on samples of every kind of bundle, in a process of its own or in this one."""

import contextlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from bundles import TEST_KEY, MemoryLog, _publics, make_bundle, own_vectors, with_sums

from app.sampling.members import TicketExample, verify_md, verify_py
from app.sampling.openlot1.log import STEPS, proof_name

ROOT = Path(__file__).parents[2]
VERIFY = ROOT / "app" / "sampling" / "verify.py"
SPEC = importlib.util.spec_from_file_location("bundle_verifier", VERIFY)
V = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(V)

TARGETS = own_vectors("openlot1-target.json")["cases"]
INSPECTORS = own_vectors("openlot1-inspector.json")["cases"]
FEASIBLE = [case for case in INSPECTORS if case["L"] is not None]
EXCLUDED = [
    ("x-gone", "deregistered", "注销 2026-01"),
    ("x-seen", "inspected-recently", "SZ-2025-0009"),
    ("x-spared", "x-local-rule", ""),
]
# Open and sealed, sha256 and sm3, cells and strata, reserves, both stages and profiles.
SAMPLES = {
    "open": (TARGETS[0], "audit", EXCLUDED),
    "open-sm3": (TARGETS[4], "audit", None),
    "sealed": (TARGETS[13], "audit", EXCLUDED),
    "sealed-sm3": (TARGETS[19], "audit", None),
    "open-cells": (TARGETS[14], "audit", None),
    "sealed-cells": (TARGETS[5], "audit", None),
    "sealed-public": (TARGETS[15], "public", None),
    "inspector": (FEASIBLE[0], "audit", None),
    "inspector-sm3": (next(c for c in FEASIBLE if c["alg"] == "sm3"), "audit", None),
}
FAILED = re.compile(r"^FAILED ([^:]+): (.+)$", re.MULTILINE)


def complete(name):
    """(members, log key) of a sample, with the real verify.py and VERIFY.md."""
    case, profile, excluded = SAMPLES[name]
    members, vkey = make_bundle(case, profile, verifier=verify_py(), excluded=excluded)
    return with_sums(members | {"VERIFY.md": explanation(members, profile)}), vkey


def explanation(members, profile):
    commitment = json.loads(members["commitment.json"])
    h = V.hasher(commitment["alg"])
    seed = h(members["seed.txt"])
    inspector = commitment["stage"] == "inspector"
    key = V.draw_key(h, seed, "seat" if inspector else "target", commitment["scope"])
    rows = members.get("assignment.tsv" if inspector else "selected.tsv", b"").decode().split("\n")
    example = None
    if rows[0]:
        fields = rows[0].split("\t")
        subject = "|".join(fields[:4]) if inspector else fields[2]
        salts = dict(re.findall(r"(?m)^(\S+)\t\S+\t(\S+)$", members.get("frame.tsv", b"").decode()))
        example = TicketExample(subject, fields[-1], salts.get(subject, ""))
    return verify_md(
        commitment=commitment, seed=seed, key=key, example=example, public=profile == "public"
    )


def write(members, folder):
    for name, data in members.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zipped(members, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


class Outcome:
    """Exit code, whole output, and what the FAILED line names."""

    def __init__(self, code, output):
        self.code, self.output = code, output
        found = FAILED.search(output)
        self.member, self.why = found.groups() if found else (None, None)


def spawn(*arguments, cwd=None, **environment):
    command = [sys.executable, "-I", "-S", str(VERIFY), *map(str, arguments)]
    if cwd is not None:
        command[3] = "verify.py"
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | environment
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    return Outcome(done.returncode, done.stdout + done.stderr)


def judge(members, key=None, lang="en"):
    """Checks members as they are, in this process: nothing but a failed step may be raised."""
    bundle, report = bundle_of({}), V.Report(lang)
    bundle.load = lambda: bundle.members.update(members)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            V.check(bundle, key and V.parse_key(key), report)
        except V.Bad as bad:
            report.failed(bad)
            return Outcome(1, output.getvalue())
    return Outcome(0, output.getvalue())


def edits(data, chance, count=3):
    """The data with one byte changed: the first, the last and some others."""
    if not data:
        return [b"x"]
    places = {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(count))}
    flips = [(place, 1 << chance.randrange(7)) for place in sorted(places)]
    return [data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :] for at, bit in flips]


def relogged(name, order=STEPS, *, old_after="committed", key=TEST_KEY, at=None, public=None):
    """The sample with another log: entries in `order`, the old tree after `old_after`."""
    members, _ = complete(name)
    case, _, _ = SAMPLES[name]
    full = members | {"published.tsv": b""}
    publics = _publics(case | {"commitment": json.loads(members["commitment.json"])}, full)
    drawn = json.loads(members["result.json"]).get("published")
    publics["drawn"] |= {"published": drawn} if drawn else {}
    start = case["commitment"]["not_before"]
    times = dict.fromkeys(STEPS, start) | (at or {})
    log = MemoryLog(key)
    log.add({"first": True})
    places, old = {}, 0
    for step in order:
        entry = {"at": times[step], "digest": "0" * 64, "id": step, "subject": "s"}
        entry |= {"public": publics[step] | (public or {}).get(step, {}), "type": f"draw.{step}"}
        places[step] = log.add(entry)
        old = len(log.entries) if step == old_after else old
    members |= {proof_name(step): log.proof(place) for step, place in places.items()}
    return with_sums(members | {"log/consistency.proof": log.consistency(old)}), log


def bundle_of(members):
    bundle = V.Bundle(Path("bundle"))
    bundle.members |= members
    return bundle
