"""The parts of verify.py, each against its standard, the core or the vectors."""

import ast
import hashlib
import json
import random
import re
import shutil
import subprocess

import pytest
from bundles import own_vectors
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from verifier import INSPECTORS, SAMPLES, TARGETS, VERIFY, V, bundle_of, complete, edits, write

from app.sampling.openlot1 import canonical, merkle


def test_infeasible_assignments_are_refused():
    for case in INSPECTORS:
        if case["L"] is None:
            with pytest.raises(V.Bad, match="no complete assignment"):
                V.inspector_draw(case["assignment"], case["seed"], case["scope"], V.sha256)


def test_impossible_designs_and_frames_are_refused():
    for case in own_vectors("openlot1-target.json")["must_fail"]:
        frame = "".join(f"{name}\t{stratum}\n" for name, stratum in sorted(case["rows"])).encode()
        bundle = bundle_of({})
        commitment = TARGETS[0]["commitment"] | {"design": case["design"]}
        tree = V.Tree()
        for line in frame.splitlines():
            tree.add(line)
        commitment["frame"] = V.summary_of(frame) | {"root": tree.root(), "sealed": False}
        bundle.members |= {"frame.tsv": frame, "excluded.tsv": b""}
        with pytest.raises((V.Bad, TypeError)):  # a float is no canonical JSON at all
            V.target_draw(
                commitment, case["design"], frame, V.check_frame(bundle, commitment), "0" * 64
            )


def test_every_printed_text_has_a_chinese_form():
    texts = set()
    for call in ast.walk(ast.parse(VERIFY.read_text("utf-8"))):
        if isinstance(call, ast.Call):
            name = (
                call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            )
            place = {"Bad": 1, "need": 2, "text": 0, "ok": 0}.get(name, -1)
            nodes = ast.walk(call.args[place]) if 0 <= place < len(call.args) else ()
            values = {n.value for n in nodes if isinstance(n, ast.Constant)}
            texts |= {value for value in values if isinstance(value, str) and value.islower()}
    assert len(texts) > 40
    own = {"commitment.json (cd)", "stratum", "  "}  # names of members stay as they are
    assert texts - V.CHINESE.keys() <= own
    for english, chinese in V.CHINESE.items():
        assert english.count("{}") == chinese.count("{}")


def strata_of(commitment):
    design = commitment["design"]
    cells = [cell for item in design.get("cells") or [] for cell in item["cells"]]
    return [item["stratum"] for item in design["strata"]] + cells


BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="needs coreutils")
@pytest.mark.parametrize("name", SAMPLES)
def test_the_commands_of_verify_md_work(name, tmp_path):
    members, _ = complete(name)
    text, folder = members["VERIFY.md"].decode(), write(members, tmp_path)
    assert not re.search(r"\{\{|<!--", text)
    assert text.index("怎样核对") < text.index("How to check")
    blocks = BLOCK.findall(text)
    bash = ["bash", "-euo", "pipefail", "-c"]
    outputs = [
        subprocess.run([*bash, b], cwd=folder, capture_output=True, text=True, check=True).stdout
        for b in blocks
    ]
    commitment = json.loads(members["commitment.json"])
    cd = hashlib.sha256(members["commitment.json"]).hexdigest()
    assert outputs[2].count(cd) == 2
    seed = V.hasher(commitment["alg"])(members["seed.txt"])
    assert seed in text
    if commitment["alg"] == "sha256":
        expected = re.findall(r"It must give `([0-9a-f]{64})`|must give `([0-9a-f]{64})`,", text)
        for value in (one or two for one, two in expected):
            assert any(value in output for output in outputs)
        assert len(expected) == (2 if name == "sealed-public" else 3)
        if name != "sealed-public":
            assert any(output.count(expected[2][1]) == 2 for output in outputs)
    else:
        assert "SM3" in text
        assert "printf" not in text
    if commitment["stage"] == "target" and name != "sealed-public":
        assert outputs[-1].count("first_undrawn") == len(strata_of(commitment))


def test_ed25519_of_rfc_8032_and_against_the_library():
    vectors = [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ]
    cases = [tuple(map(bytes.fromhex, vector)) for vector in vectors]
    chance = random.Random("ed25519")
    for _ in range(5):
        key, message = (
            Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)),
            chance.randbytes(9),
        )
        cases.append((key.public_key().public_bytes_raw(), message, key.sign(message)))
    order = V.ORDER
    for public, message, signature in cases:
        assert V.ed25519_holds(public, message, signature)
        s = int.from_bytes(signature[32:], "little") + order
        stretched = signature[:32] + s.to_bytes(33, "little")[:32]
        for p, m, wrong in (
            (public, message + b"x", signature),
            (public, message, edits(signature, chance)[1]),
            (public, message, stretched),
            (public, message, signature[:63]),
            (public[:31], message, signature),
            (b"\xff" * 32, message, signature),
        ):
            assert not V.ed25519_holds(p, m, wrong)


def test_sm3_of_the_standard():
    abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    abcd = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert (V.sm3(b"abc"), V.sm3(b"abcd" * 16)) == (abc, abcd)
    for size in range(130):
        if "sm3" in hashlib.algorithms_available:
            assert V.sm3(bytes(size)) == hashlib.new("sm3", bytes(size)).hexdigest()


def test_trees_agree_with_the_core():
    hashes = [merkle.leaf_hash(bytes([n])) for n in range(20)]
    tree = V.Tree()
    for size in range(1, 20):
        tree.add(bytes([size - 1]))
        root = merkle.root(hashes[:size])
        assert tree.root() == root.hex()
        for index in range(size):
            path = list(merkle.inclusion_path(index, hashes[:size]))
            assert V.included(index, size, hashes[index], path, root)
            assert not V.included(index, size, hashes[index], [*path, root], root)
            assert not V.included(index + 1, size, hashes[index], path, root)
            older = merkle.root(hashes[: index + 1])
            path = list(merkle.consistency_path(index + 1, hashes[:size]))
            assert V.consistent(index + 1, size, older, root, path)
            assert not V.consistent(index + 1, size, root[::-1], root, path)
            assert not V.consistent(index + 1, size, older, root, [*path, root])


def test_canonical_json_agrees_with_the_core():
    value = {
        "é": [1, -2, True, None],
        "\U0001f600": '\x00\x1f"\\\x7f\u2028',
        "\ufb33": {"": 2**53 - 1},
    }
    data = canonical.dumps(value)
    assert V.loads("a", data) == value
    for wrong in (data + b"\n", data[:-1], b'{"b":1,"a":1}', b"-0", b"1e2", b"9007199254740992"):
        with pytest.raises(V.Bad, match="not canonical"):
            V.loads("a", wrong)


def test_some_hundred_seats_with_scarce_people():
    chance = random.Random("seats")
    skills = [f"s{n}" for n in range(8)]
    people = [
        {"id": f"I{n:03d}", "tags": sorted(chance.sample(skills, 2)), "cap": 5, "load": n % 3}
        for n in range(130)
    ]
    lists = {"forbids": [], "excludes": []}
    teams = [
        {
            "id": f"T{n:03d}",
            "groups": [
                {"name": "a", "demand": 1, "requires": [chance.choice(skills)], **lists},
                {"name": "b", "demand": 1, "requires": [], **lists},
            ],
        }
        for n in range(300)
    ]
    problem = {"v": "openlot/1", "teams": teams, "inspectors": people, "slack": 0}
    level, table = V.inspector_draw(problem, "0" * 64, "s", V.sha256)
    rows = [line.split("\t") for line in table.decode().splitlines()]
    tags = {person["id"]: person["tags"] for person in people}
    need = {team["id"]: team["groups"][0]["requires"] for team in teams}
    assert all(set(need[row[0]]) <= set(tags[row[3]]) for row in rows if row[1] == "a")
    assert len({(row[0], row[3]) for row in rows}) == len(rows) == 600
    assert level == 6
