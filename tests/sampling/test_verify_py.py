"""verify.py, the second implementation: right bundles pass, every changed byte is named."""

import itertools
import json
import random
import zipfile

import pytest
from bundles import ORIGIN, make_bundle, with_sums
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from verifier import (
    FEASIBLE,
    SAMPLES,
    TARGETS,
    V,
    bundle_of,
    complete,
    edits,
    judge,
    relogged,
    spawn,
    write,
    zipped,
)

from app.sampling.openlot1 import canonical, note
from app.sampling.openlot1.evidence import verify_bundle
from app.sampling.openlot1.log import STEPS, proof_name


@pytest.mark.parametrize("name", SAMPLES)
def test_right_bundles_pass_as_folder_as_zip_and_from_inside(name, tmp_path):
    members, vkey = complete(name)
    folder = write(members, tmp_path / "folder")
    for outcome in (
        spawn(folder, "--key", vkey),
        spawn(zipped(members, tmp_path / "b.zip"), "--key", vkey),
        spawn(cwd=folder),
    ):
        assert (outcome.code, outcome.member) == (0, None), outcome.output
    assert "no log key given" in outcome.output
    assert "another one is running" not in outcome.output
    assert sorted(p.name for p in folder.iterdir()) == sorted({n.split("/")[0] for n in members})


@pytest.mark.parametrize("kind", ["target", "inspector"])
def test_agrees_with_the_core_on_every_vector(kind):
    for case in TARGETS if kind == "target" else FEASIBLE:
        for profile in ("audit", "public") if kind == "target" else ("audit",):
            members, vkey = make_bundle(case, profile)
            assert verify_bundle(members, log_key=vkey).ok
            assert judge(members, vkey).code == 0


@pytest.mark.parametrize("name", SAMPLES)
def test_one_changed_byte_names_the_member(name):
    members, _ = complete(name)
    chance = random.Random(f"bytes of {name}")
    for member, data in members.items():
        for edited in edits(data, chance):
            outcome = judge(members | {member: edited})
            assert (outcome.code, outcome.member) == (1, member), outcome.output


def test_one_changed_byte_on_disk_and_in_a_zip(tmp_path):
    members, _ = complete("open")
    chance = random.Random("on disk")
    for member, data in members.items():
        changed = members | {member: edits(data, chance)[0]}
        outcome = spawn(zipped(changed, tmp_path / "b.zip"))
        assert (outcome.code, outcome.member) == (1, member)
    for member in ("SHA256SUMS", "frame.tsv", "log/drawn.proof"):
        changed = members | {member: edits(members[member], chance)[-1]}
        outcome = spawn(write(changed, tmp_path / "folder"), "--lang", "zh")
        assert (outcome.code, outcome.member) == (1, member)


@pytest.mark.parametrize("name", SAMPLES)
def test_matching_sums_do_not_hide_a_changed_byte(name):
    members, vkey = complete(name)
    chance = random.Random(f"remade sums of {name}")
    for member, data in members.items():
        if member in ("SHA256SUMS", "VERIFY.md", "verify.py"):
            continue
        for edited in edits(data, chance, 6):
            changed = with_sums(members | {member: edited})
            core_key = vkey if member == "log/consistency.proof" else None
            outcome, core = judge(changed, vkey), verify_bundle(changed, log_key=core_key)
            assert (outcome.code == 0) == core.ok, (member, outcome.output, core.failure)
            if member.startswith("sources/"):  # their evidence is free text
                blamed = {None, member, "seed.txt" if name == "sealed-public" else member}
                assert outcome.member in blamed
            else:
                assert outcome.member == member == core.failure.member, (outcome.output, core)


def test_what_is_only_held_to_sums_is_said():
    members, vkey = complete("open")
    changed = with_sums(members | {"verify.py": b"# another\n"})
    assert judge(changed, vkey).code == 0
    unchecked = V.unchecked(bundle_of(changed), json.loads(members["commitment.json"]), None)
    assert "verify.py of the bundle (another one is running)" in unchecked


def test_first_difference_is_named_by_line():
    members, _ = complete("sealed-sm3")
    lines = members["selected.tsv"].split(b"\n")
    lines[16], lines[17] = lines[17], lines[16]
    changed = members | {"selected.tsv": b"\n".join(lines)}
    assert judge(changed).why.startswith("line 17: found ")
    assert judge(with_sums(changed), lang="zh").why.startswith("第 17 行：")
    result = members["result.json"].replace(b'"drawn":', b'"drawn":1', 1)
    outcome = judge(with_sums(members | {"result.json": result}))
    assert outcome.member == "result.json"
    assert outcome.why.startswith("result.strata[0].drawn is 1")


def test_swapped_proofs_are_refused():
    members, vkey = complete("open")
    for one, two in itertools.combinations(STEPS, 2):
        a, b = proof_name(one), proof_name(two)
        outcome = judge(with_sums(members | {a: members[b], b: members[a]}), vkey)
        assert (outcome.code, outcome.member in (a, b)) == (1, True)


def test_entries_in_the_wrong_order_are_refused():
    assert judge(relogged("open")[0]).code == 0
    for order in itertools.permutations(STEPS):
        if order != STEPS:
            outcome = judge(relogged("open", order)[0])
            assert outcome.code == 1
            assert outcome.member.startswith("log/")


def test_the_old_tree_must_lie_between_commitment_and_seed():
    for step in ("frozen", "seeded", "drawn"):
        outcome = judge(relogged("inspector", old_after=step)[0])
        assert (outcome.code, outcome.member) == (1, "log/consistency.proof")


def test_times_must_surround_not_before():
    for step, at in (("committed", "2026-12-01T00:00:00Z"), ("seeded", "2026-01-01T00:00:00Z")):
        outcome = judge(relogged("open", at={step: at})[0])
        assert (outcome.code, outcome.member) == (1, proof_name(step))


@pytest.mark.parametrize(
    ("step", "change"),
    [
        ("frozen", {"frame": {"count": 1, "root": "0" * 64, "sha256": "0" * 64}}),
        ("frozen", {"attempt": True}),
        ("committed", {"draw_id": "another"}),
        ("seeded", {"cd": "0" * 64}),
        ("seeded", {"seed": "0" * 64}),
        ("drawn", {"result": "0" * 64}),
        ("drawn", {"published": {"count": 0, "sha256": "0" * 64}}),
    ],
)
def test_entries_about_something_else_are_refused(step, change):
    outcome = judge(relogged("open", public={step: change})[0])
    assert (outcome.code, outcome.member) == (1, proof_name(step))


def test_proofs_of_another_tree_and_another_key_are_refused():
    members, vkey = complete("open")
    other, _ = relogged("open")
    for step in (*STEPS, "consistency"):
        name = proof_name(step)
        outcome = judge(with_sums(members | {name: other[name]}))
        assert (outcome.code, outcome.member) == (1, name)
    stranger = relogged("open", key=Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))[0]
    assert judge(stranger).code == 0  # without a key nobody can tell
    assert judge(stranger, vkey).member == "log/frozen.proof"
    forged = note.vkey(ORIGIN, b"\x01" * 32)
    assert judge(members, forged).code == 1


def test_extra_missing_and_repeated_members(tmp_path):
    for name in ("open", "sealed-public", "inspector"):
        members, _ = complete(name)
        for member in members:
            rest = {n: d for n, d in members.items() if n != member}
            assert judge(rest).member == member
            if member != "SHA256SUMS":
                assert judge(with_sums(rest)).member == member
    for extra in ("published.tsv", "assignment.json", "sources/9-dice.json", "log/x", "a"):
        more = complete("open")[0] | {extra: b"x\n"}
        assert judge(more).member == judge(with_sums(more)).member == extra
    assert judge(complete("sealed-public")[0] | {"frame.tsv": b""}).member == "frame.tsv"
    for bad in ("../x", "/etc/x", "log/a/b", "a\\b", "log/", "x/y", ".", "a\nFAILED b"):
        assert spawn(zipped({bad: b""}, tmp_path / "bad.zip")).code == 1
    twice = zipped({"seed.txt": b"", "seed.txu": b""}, tmp_path / "twice.zip")
    twice.write_bytes(twice.read_bytes().replace(b"seed.txu", b"seed.txt"))
    assert spawn(twice).member == "seed.txt"


def test_damaged_zips_and_odd_folders(tmp_path):
    members, _ = complete("open")
    path = zipped(members, tmp_path / "b.zip")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("frame.tsv")
    for at in (info.header_offset + 30 + 9 + 20, info.header_offset + 2):
        broken = bytearray(data)
        broken[at] ^= 0xFF
        (tmp_path / "broken.zip").write_bytes(broken)
        assert spawn(tmp_path / "broken.zip").member == "frame.tsv"
    for content in (b"PK", b"", bytes(data[:-30])):
        (tmp_path / "garbage.zip").write_bytes(content)
        assert spawn(tmp_path / "garbage.zip").member == "garbage.zip"
    folder = write(members, tmp_path / "folder")
    (folder / "sub").mkdir()
    assert spawn(folder).member == "sub"
    (folder / "sub").rmdir()
    (folder / "seed.txt").unlink()
    (folder / "seed.txt").symlink_to(tmp_path / "b.zip")
    assert spawn(folder).member == "seed.txt"


def test_sizes_are_capped(monkeypatch, tmp_path):
    members, _ = complete("open")
    write(members, tmp_path)
    for cap, member in (("JSON_CAP", "verify.py"), ("MEMBERS_CAP", None), ("TOTAL_CAP", None)):
        with monkeypatch.context() as patch:
            patch.setattr(V, cap, 1000 if cap != "MEMBERS_CAP" else 3)
            with pytest.raises(V.Bad, match="too large") as caught:
                V.Bundle(tmp_path).load()
        assert member in (None, caught.value.member) or caught.value.member in members


def test_hostile_contents_never_raise():
    deep = b"[" * 100_000
    odd = [b"\xff", b"null", b"[]", b"{}", b'"', b"1.5", b"NaN", b"\n", deep, b'{"a":1,"a":1}']
    odd += [b"9" * 5000, b"\xef\xbb\xbf{}", b'{"\\ud800":0}', b"c2sp.org/tlog-proof@v1\n"]
    for name in ("open", "sealed-public", "inspector"):
        members, _ = complete(name)
        for member in members:
            for data in odd:
                changed = members | {member: data}
                assert judge(changed).member == member
                outcome = judge(with_sums(changed))
                loose = member in ("SHA256SUMS", "VERIFY.md", "verify.py")
                assert outcome.code == (0 if loose else 1)


def test_hostile_json_values_never_raise():
    for name in ("open", "open-cells", "inspector"):
        members, _ = complete(name)
        for member in ("commitment.json", "result.json", "assignment.json"):
            value = json.loads(members.get(member, b"{}"))
            for field, odd in itertools.product(value, (None, 0, -1, "", [], {}, [0], [{}], True)):
                changed = canonical.dumps(value | {field: odd})
                if changed != members[member]:
                    assert judge(with_sums(members | {member: changed})).member == member


def test_bad_usage_exits_2(tmp_path):
    write(complete("open")[0], tmp_path)
    for arguments in (
        (tmp_path, "--key", "nonsense"),
        (tmp_path, "--key", ""),
        (tmp_path, "--key", tmp_path / "seed.txt"),
        (tmp_path / "absent.zip",),
        (tmp_path, "--lang", "fr"),
        (tmp_path, tmp_path),
    ):
        assert spawn(*arguments).code == 2


def test_key_from_a_file_and_language(tmp_path):
    members, vkey = complete("open")
    folder = write(members, tmp_path / "folder")
    (tmp_path / "log.vkey").write_text(vkey + "\n")
    outcome = spawn(folder, "--key", tmp_path / "log.vkey", LANG="zh_CN.UTF-8")
    assert outcome.code == 0
    assert "签名相符" in outcome.output
    assert "未核对" in outcome.output
    assert "signed" in spawn(folder, "--key", vkey, "--lang", "en", LANG="zh_CN.UTF-8").output
