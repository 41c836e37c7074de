"""What changes nothing, and what changes one thing only (draw-spec 10), beyond whole draws."""

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.sampling.openlot1.counts import counts
from app.sampling.openlot1.frame import (
    excluded_digest,
    frame_digest,
    parse_excluded,
    write_excluded,
    write_frame,
)
from app.sampling.openlot1.membership import Tree
from app.sampling.openlot1.seed import key, ticket_function
from app.sampling.openlot1.target import smallest_tickets

ROOT = Path(__file__).parents[2]
SALT_KEY = "c3" * 32
TICKET = ticket_function("sha256", key("sha256", "5" * 64, "target", "x"))

IDS = st.text("0123456789ABCXYZabc._:-", min_size=1, max_size=6)
STRATA = st.sampled_from(["A/1", "A/2", "B/1", "C=x"])
ROWS = st.dictionaries(IDS, STRATA, max_size=40)
REASONS = st.sampled_from(["deregistered", "other-draw", "x-local"])
EVIDENCE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n"), max_size=8)
EXCLUDED = st.dictionaries(IDS, st.tuples(REASONS, EVIDENCE), max_size=20)
SEEDS = st.integers(0, 2**64).map(lambda n: f"{n:064x}")
RATES = st.sampled_from(["1/20", "0.3", "1/2", "7/9", "1"])
SIZES = st.lists(st.integers(0, 12), min_size=2, max_size=8)


def cells(sizes, rate, other_rate="1/3"):
    """Two lists of cells and one stratum; the second list and the stratum stand apart."""
    n_of = {f"c{i}": n for i, n in enumerate(sizes)} | {"apart": 10, "stratum": 10}
    names = [name for name in n_of if name.startswith("c")]
    lists = [
        {"total": "t", "rate": rate, "cells": names},
        {"total": "u", "rate": other_rate, "cells": ["apart"]},
    ]
    return n_of, {"strata": [{"stratum": "stratum", "rate": "1/4"}], "cells": lists}


@given(SIZES, RATES, SEEDS, st.data())
@settings(max_examples=200, deadline=None)
def test_one_object_more_moves_the_cells_of_its_list_by_at_most_one(sizes, rate, seed, data):
    n_of, design = cells(sizes, rate)
    grown = data.draw(st.sampled_from(design["cells"][0]["cells"]))
    before = counts(design, n_of, "sha256", seed, "x")
    after = counts(design, {**n_of, grown: n_of[grown] + 1}, "sha256", seed, "x")
    for name, n in before.items():
        assert abs(after[name] - n) <= 1
    assert after[grown] >= before[grown]
    assert abs(sum(after.values()) - sum(before.values())) <= 1
    for name in ("apart", "stratum"):
        assert after[name] == before[name]


def test_one_object_more_does_move_other_cells():
    """Else the test above would show nothing."""
    n_of, design = cells([3, 3, 3], "1/2")
    moved = 0
    for number in range(30):
        drawn = [counts(design, {**n_of, "c0": n}, "sha256", f"{number:064x}", "x") for n in (3, 4)]
        moved += any(drawn[0][name] != drawn[1][name] for name in ("c1", "c2"))
    assert moved > 5


@given(SIZES, RATES, SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_cells_in_a_list_does_not_matter(sizes, rate, seed, shuffler):
    n_of, design = cells(sizes, rate)
    shuffled = list(design["cells"][0]["cells"])
    shuffler.shuffle(shuffled)
    lists = [design["cells"][1], {**design["cells"][0], "cells": shuffled}]
    drawn = counts({**design, "cells": lists}, n_of, "sha256", seed, "x")
    assert drawn == counts(design, n_of, "sha256", seed, "x")


@given(ROWS, EXCLUDED, st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_does_not_matter_to_the_frozen_files(rows, left_out, sealed, shuffler):
    salt_key = SALT_KEY if sealed else None
    frame_rows = list(rows.items())
    excluded_rows = [(object_id, *why) for object_id, why in left_out.items()]
    files = []
    for _ in range(2):
        shuffler.shuffle(frame_rows)
        shuffler.shuffle(excluded_rows)
        frame = write_frame(frame_rows, salt_key_hex=salt_key)
        excluded = write_excluded(excluded_rows, salt_key_hex=salt_key)
        files.append((frame, excluded))
    assert files[0] == files[1]
    assert len(parse_excluded(files[0][1], sealed=sealed)) == len(left_out)
    assert frame_digest(files[0][0], sealed=sealed).count == len(rows)
    assert excluded_digest(files[0][1], sealed=sealed).count == len(left_out)


def first(rows, n, sealed):
    """The n first tickets of every stratum, with the ids."""
    frame = write_frame(rows, salt_key_hex=SALT_KEY if sealed else None)
    wanted = dict.fromkeys({stratum for _, stratum in rows}, n)
    return smallest_tickets(frame, sealed=sealed, ticket=TICKET, wanted=wanted)


@given(
    ROWS, st.lists(st.integers(0, 3), min_size=40, max_size=40), st.integers(0, 6), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_any_number_of_shards_merges_to_the_whole(rows, shard_of, n, sealed):
    shards = [[], [], [], []]
    for (object_id, stratum), shard in zip(rows.items(), shard_of, strict=False):
        shards[shard].append((object_id, stratum))
    merged = []
    for shard in shards:
        heads = first(merged + shard, n, sealed)
        merged = [(i.decode(), s) for s, head in heads.items() for _, i in head]
    whole = first(rows.items(), n, sealed)
    found = first(merged, n, sealed)
    assert {s: head for s, head in whole.items() if head} == found


@given(ROWS.filter(bool), STRATA, st.booleans(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_reclassified_object_keeps_its_ticket(rows, stratum, sealed, data):
    """So its old stratum loses one place, its new stratum gains one, and no other sees it."""
    moved = data.draw(st.sampled_from(sorted(rows)))
    before = first(rows.items(), 50, sealed)
    after = first({**rows, moved: stratum}.items(), 50, sealed)
    entry = next(e for e in before[rows[moved]] if e[1] == moved.encode())
    assert entry in after[stratum]
    for name in before.keys() | after.keys():
        without = [e for e in before.get(name, []) if e != entry]
        assert [e for e in after.get(name, []) if e != entry] == without


@given(ROWS.filter(bool), st.integers(1, 4), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_drawn_object_that_goes_is_replaced_by_the_next(rows, n, sealed):
    larger = first(rows.items(), n + 1, sealed)
    for stratum, head in larger.items():
        gone = head[0]
        rest = [(i, s) for i, s in rows.items() if i.encode() != gone[1]]
        assert first(rest, n, sealed).get(stratum, []) == head[1:]


# Escapes only: under LC_ALL=C an interpreter does not read other letters of a command.
SCRIPT = r"""
import hashlib
from app.sampling.openlot1.counts import counts
from app.sampling.openlot1.frame import excluded_digest, write_excluded, write_frame
from app.sampling.openlot1.membership import Tree
rows = [(f"{i * 7919 % 1000:x}.{'iIzZ'[i % 4]}", "ABCD"[i % 4]) for i in range(300)]
left_out = [(f"I{i}", f"x-{'iI'[i % 2]}{i % 5}", "\u540a\u9500 \u0130") for i in range(40)]
print(hashlib.sha256(write_frame(rows, salt_key_hex="c3" * 32)).hexdigest())
print(excluded_digest(write_excluded(left_out, salt_key_hex="c3" * 32), sealed=True))
tree = Tree(write_frame(rows, salt_key_hex=None), sealed=False)
print(tree.membership(rows[3][0]).leaf.path, tree.absence("zz"))
cells = [{"total": "\u533a", "rate": "3/20", "cells": [f"c{i}" for i in range(30)]}]
n_of = {f"c{i}": i for i in range(30)}
for alg in ("sha256", "sm3"):
    print(sorted(counts({"strata": [], "cells": cells}, n_of, alg, "7" * 64, "\u533a").items()))
"""


def test_the_environment_does_not_matter_to_the_frozen_files():
    outputs = set()
    for hash_seed, locale, zone, utf8 in (
        ("0", "C", "UTC", "0"),
        ("1", "C.UTF-8", "Asia/Shanghai", "1"),
        ("31337", "POSIX", "Pacific/Chatham", "0"),
    ):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": locale, "TZ": zone}
        env |= {"PYTHONUTF8": utf8, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=env, cwd=ROOT, capture_output=True, check=True
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == 5


def test_a_firm_is_proven_the_same_from_any_order():
    rows = [(f"f{i:02}", "AB"[i % 2]) for i in range(20)]
    trees = [
        Tree(write_frame(order, salt_key_hex=SALT_KEY), sealed=True) for order in (rows, rows[::-1])
    ]
    assert trees[0].membership("f07") == trees[1].membership("f07")
    assert trees[0].absence("f07x") == trees[1].absence("f07x")
