"""The page's own digests, signatures, JSON, trees and draws against known answers."""

import hashlib
import json
import random
from typing import Any

import pytest
from browser import Verifier
from bundles import own_vectors, public_vectors
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_canonical import has_float
from verifier import INSPECTORS, TARGETS, V

from app.sampling.openlot1 import canonical, merkle

RFC_8032 = (
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
)
REFUSED_JSON = [b"", b" 1", b"1\n", b"1.0", b"1e3", b"-0", b"01", b"NaN", b"\xef\xbb\xbf1", b"\xff"]
REFUSED_JSON += [b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a": 1}', b'"\\u0061"', b'"\\/"', b"[1,]"]
REFUSED_JSON += [b'"\\ud800"', b"9007199254740992", b"[" * 33 + b"]" * 33, b"1" * 5000, b'"\n"']
REFUSED_JSON += [b'"\\u001F"', b'"\\u000a"', b"-9007199254740992", b"truefalse", b"{", b'{"a"}']


def answers(replies: list[dict[str, Any]]) -> list[Any]:
    return [reply["answer"] for reply in replies]


async def test_digests(verifier: Verifier) -> None:
    chance = random.Random("digests")
    texts = [chance.randbytes(size) for size in (*range(0, 140, 3), 55, 56, 63, 64, 119, 120, 999)]
    for name in ("sha256", "sha512"):
        found = answers(await verifier.ask(name, [text.hex() for text in texts]))
        assert found == [hashlib.new(name, text).hexdigest() for text in texts]
    standard = [b"abc", b"abcd" * 16]
    known = [
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    ]
    assert answers(await verifier.ask("sm3", [text.hex() for text in standard])) == known
    found = answers(await verifier.ask("sm3", [text.hex() for text in texts]))
    assert found == [V.sm3(text) for text in texts]


async def test_ed25519(verifier: Verifier) -> None:
    chance = random.Random("page ed25519")
    good = [RFC_8032]
    for _ in range(3):
        key, text = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)), chance.randbytes(9)
        public = key.public_key().public_bytes_raw()
        good.append((public.hex(), text.hex(), key.sign(text).hex()))
    public, text, signature = good[-1]
    s = int.from_bytes(bytes.fromhex(signature[64:]), "little") + V.ORDER
    wrong = [
        (public, text + "00", signature),
        (public, text, signature[:-2] + "00"),
        (public, text, signature[:64] + s.to_bytes(32, "little").hex()),
        (public, text, signature[:126]),
        (public[:62], text, signature),
        ("ff" * 32, text, signature),
        (good[0][0], text, signature),
    ]
    found = answers(await verifier.ask("ed25519", [list(case) for case in good + wrong]))
    assert found == [True] * len(good) + [False] * len(wrong)


async def test_canonical_json(verifier: Verifier) -> None:
    values = [{"é": [1, -2, True, None], "\U0001f600": '\x00\x1f"\\\x7f\u2028', "\ufb33": {"": 0}}]
    values += [2**53 - 1, -(2**53) + 1, [], {}, "", {"__proto__": 1, "constructor": "\t\n\b\f\r"}]
    good = [canonical.dumps(value) for value in values]
    replies = await verifier.ask("canonical", [data.hex() for data in good])
    assert answers(replies) == [data.decode() for data in good]
    refused = await verifier.ask("canonical", [data.hex() for data in REFUSED_JSON])
    for data, reply in zip(REFUSED_JSON, refused, strict=True):
        assert "not canonical" in reply.get("refused", "") or b"\xff" in data, data
        assert "answer" not in reply, data
    for case in (public_vectors("rfc8785_jcs.json") or {"cases": []})["cases"]:
        reply = (await verifier.ask("canonical", [case["output_hex"]]))[0]
        expected = bytes.fromhex(case["output_hex"]).decode()
        if has_float(json.loads(expected)):
            assert "not canonical" in reply["refused"], case["name"]
        else:
            assert reply == {"answer": expected}, case["name"]


async def test_trees(verifier: Verifier) -> None:
    leaves = [bytes([n]) * (n + 1) for n in range(18)]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    roots = [merkle.root(hashes[:size]).hex() for size in range(19)]
    inputs = [[leaf.hex() for leaf in leaves[:size]] for size in range(19)]
    assert answers(await verifier.ask("root", inputs)) == roots
    inclusions, consistencies = [], []
    for size in range(1, 19):
        for index in range(size):
            path = [node.hex() for node in merkle.inclusion_path(index, hashes[:size])]
            case = [index, size, hashes[index].hex(), path, roots[size]]
            longer = [*case[:3], [*path, roots[size]], roots[size]]
            inclusions += [case, [index + 1, *case[1:]], longer, [*case[:4], roots[0]]]
            path = [node.hex() for node in merkle.consistency_path(index + 1, hashes[:size])]
            case = [index + 1, size, roots[index + 1], roots[size], path]
            longer = [*case[:4], [*path, roots[size]]]
            consistencies += [case, [0, *case[1:]], longer, [*case[:3], roots[0], path]]
    for name, cases in (("included", inclusions), ("consistent", consistencies)):
        assert answers(await verifier.ask(name, cases)) == [True, False, False, False] * (
            len(cases) // 4
        )


async def test_every_target_vector(verifier: Verifier) -> None:
    inputs = [
        {
            "commitment": canonical.dumps(case["commitment"]).decode(),
            "frame": case["frame_tsv"],
            "seedText": case["seed_txt"],
        }
        for case in TARGETS
    ]
    found = answers(await verifier.ask("targetDraw", inputs))
    for case, draw in zip(TARGETS, found, strict=True):
        assert draw["seed"] == case["seed"]
        assert draw["selected"] == case["selected_tsv"]
        assert draw["reserves"] == case["reserves_tsv"]
        assert draw["result"] == case["result_json"]


async def test_impossible_designs_are_refused(verifier: Verifier) -> None:
    for case in own_vectors("openlot1-target.json")["must_fail"]:
        frame = "".join(f"{name}\t{stratum}\n" for name, stratum in sorted(case["rows"]))
        digest = {"count": len(case["rows"]), "sha256": V.sha256(frame.encode()), "sealed": False}
        leaves = [merkle.leaf_hash(line) for line in frame.encode().splitlines()]
        commitment = TARGETS[0]["commitment"] | {"design": case["design"]}
        commitment["frame"] = digest | {"root": merkle.root(leaves).hex()}
        plain = json.dumps(commitment, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        ask = {"commitment": plain, "frame": frame, "seedText": TARGETS[0]["seed_txt"]}
        reply = (await verifier.ask("targetDraw", [ask]))[0]
        refused = ("design", "not canonical", "not sorted, or twice", "malformed")
        assert any(text in reply["refused"] for text in refused), case["why"]


async def test_every_inspector_vector(verifier: Verifier) -> None:
    inputs = [
        {
            "assignment": canonical.dumps(case["assignment"]).decode(),
            **{name: case[name] for name in ("seed", "scope", "alg")},
        }
        for case in INSPECTORS
    ]
    assert any(case["L"] is None for case in INSPECTORS)
    replies = await verifier.ask("inspectorDraw", inputs)
    for case, reply in zip(INSPECTORS, replies, strict=True):
        if case["L"] is None:
            assert reply == {"refused": "no complete assignment exists"}
        else:
            assert reply["answer"] == {"level": case["L"], "table": case["assignment_tsv"]}


@pytest.mark.parametrize("seed", range(3))
async def test_scarce_inspectors_are_drawn_as_verify_py_draws_them(
    seed: int, verifier: Verifier
) -> None:
    chance = random.Random(f"scarce {seed}")
    skills = [f"s{n}" for n in range(6)]
    people = [
        {"id": f"I{n:03}", "tags": sorted(chance.sample(skills, 2)), "cap": 4, "load": n % 3}
        for n in range(40)
    ]
    teams = []
    for n in range(50):
        lists = {"forbids": [], "excludes": sorted({f"I{chance.randrange(40):03}"})}
        skilled = {"name": "a", "demand": 1, "requires": [chance.choice(skills)], **lists}
        any_two = {"name": "b", "demand": 1 + n % 2, "requires": [], **lists}
        teams.append({"id": f"T{n:03}", "groups": [skilled, any_two]})
    problem = {"v": "openlot/1", "teams": teams, "inspectors": people, "slack": seed}
    level, table = V.inspector_draw(problem, "0" * 64, "范围", V.sha256)
    ask = {"assignment": canonical.dumps(problem).decode(), "seed": "0" * 64}
    reply = await verifier.ask("inspectorDraw", [ask | {"scope": "范围", "alg": "sha256"}])
    assert reply[0]["answer"] == {"level": level, "table": table.decode()}
