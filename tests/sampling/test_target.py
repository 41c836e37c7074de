"""The target draw in every byte of the vectors, and the requests it refuses."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bundles import own_vectors
from oracle import draw as slow_draw

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import frame_digest
from app.sampling.openlot1.seed import build_seed_txt
from app.sampling.openlot1.target import draw_target

CASES = own_vectors("openlot1-target.json")["cases"]
ROOT = Path(__file__).parents[2]


def files(case):
    return (
        case["frame_tsv"].encode(),
        canonical.dumps(case["commitment"]),
        case["seed_txt"].encode(),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["commitment"]["draw_id"])
def test_vectors(case):
    draw = draw_target(*files(case))
    assert draw.cd == case["cd"]
    assert draw.seed == case["seed"]
    assert draw.key == case["key_target"]
    assert draw.counts == case["counts"]
    assert draw.selected_tsv == case["selected_tsv"].encode()
    assert draw.reserves_tsv == case["reserves_tsv"].encode()
    assert draw.result_json == case["result_json"].encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["commitment"]["draw_id"])
def test_equals_the_slow_draw(case):
    committed = case["commitment"]
    selected, reserves = slow_draw(
        case["rows"],
        committed["design"],
        committed["alg"],
        case["seed"],
        committed["scope"],
        case["salt_key"],
    )
    draw = draw_target(*files(case))
    assert draw.selected_tsv == selected.encode()
    assert draw.reserves_tsv == reserves.encode()
    published = sorted(line.split("\t")[2] for line in selected.splitlines())
    assert draw.published_tsv == "".join(f"{i}\n" for i in published).encode()
    assert canonical.loads(draw.result_json)["published"]["count"] == len(published)


def test_large_strata_keep_only_their_head():
    rows = [[f"x{i:05}", "AB"[i % 2]] for i in range(6000)]
    frame = "".join(f"{i}\t{s}\n" for i, s in rows).encode()
    design = {"strata": [{"stratum": "A", "rate": "1/100"}, {"stratum": "B", "fixed": 2999}]}
    design["reserves"] = 7
    digest = vars(frame_digest(frame, sealed=False)) | {"sealed": False}
    raw = canonical.dumps({**CASES[0]["commitment"], "design": design, "frame": digest})
    seed_txt = build_seed_txt(hashlib.sha256(raw).hexdigest(), CASES[0]["sources"])
    draw = draw_target(frame, raw, seed_txt)
    scope = CASES[0]["commitment"]["scope"]
    selected, reserves = slow_draw(rows, design, "sha256", draw.seed, scope, None)
    assert draw.selected_tsv == selected.encode()
    assert draw.reserves_tsv == reserves.encode()
    assert draw.strata[0].first_undrawn == reserves.split("\n")[0].split("\t")[3]


def test_a_part_of_a_campaign_draws_like_the_whole():
    base = CASES[1]["commitment"]
    own = {name: base[name] for name in ("frame", "excluded", "design")}
    value = {name: item for name, item in base.items() if name not in own}
    value["parts"] = [{"name": "food", **own}, {"name": "fire", **own}]
    raw = canonical.dumps(value)
    frame, seed_txt = CASES[1]["frame_tsv"].encode(), seed_of(raw, CASES[1])
    draws = [draw_target(frame, raw, seed_txt, part=name) for name in ("food", "fire")]
    assert draws[0].selected_tsv == draws[1].selected_tsv
    with pytest.raises(DrawError) as caught:
        draw_target(frame, raw, seed_txt)
    assert caught.value.code == "part-unknown"


def seed_of(raw, case):
    return build_seed_txt(hashlib.sha256(raw).hexdigest(), case["sources"])


@pytest.mark.parametrize("name", ["sha256", "root", "count"])
def test_another_frame_than_the_committed_is_refused(name):
    case = CASES[1]
    frame = case["commitment"]["frame"]
    other = {"sha256": "0" * 64, "root": "0" * 64, "count": frame["count"] + 1}[name]
    raw = canonical.dumps({**case["commitment"], "frame": {**frame, name: other}})
    with pytest.raises(DrawError) as caught:
        draw_target(case["frame_tsv"].encode(), raw, seed_of(raw, case))
    assert (caught.value.code, caught.value.member) == ("frame-not-committed", "frame.tsv")


def test_an_open_frame_is_not_read_as_sealed():
    case = CASES[1]
    raw = canonical.dumps(
        {**case["commitment"], "frame": {**case["commitment"]["frame"], "sealed": False}}
    )
    with pytest.raises(DrawError) as caught:
        draw_target(case["frame_tsv"].encode(), raw, seed_of(raw, case))
    assert caught.value.code == "field-count"


def test_a_seed_of_another_commitment_is_refused():
    with pytest.raises(DrawError) as caught:
        draw_target(*files(CASES[1])[:2], files(CASES[3])[2])
    assert caught.value.code == "seed-cd"


def test_the_inspector_stage_is_refused():
    [case, *_] = own_vectors("openlot1-inspector.json")["cases"]
    with pytest.raises(DrawError) as caught:
        draw_target(b"", canonical.dumps(case["commitment"]), case["seed_txt"].encode())
    assert caught.value.code == "stage-wrong"


SCRIPT = """
import hashlib, sys
sys.path.insert(0, "tests/sampling")
from test_target import CASES, files
from app.sampling.openlot1.target import draw_target
draws = [draw_target(*files(case)) for case in CASES[:8]]
data = b"".join(d.selected_tsv + d.reserves_tsv + d.result_json for d in draws)
print(hashlib.sha256(data).hexdigest())
"""


def test_hash_seed_locale_and_time_zone_do_not_matter():
    outputs = set()
    for hash_seed, locale, zone in (("0", "C", "UTC"), ("4711", "C.UTF-8", "Asia/Shanghai")):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": locale, "TZ": zone}
        env["PYTHONPATH"] = str(ROOT)
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=env, cwd=ROOT, capture_output=True, check=True
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1
