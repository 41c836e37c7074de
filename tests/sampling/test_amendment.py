"""Amendments: the slow draw on the mended rows, local effect, and what is refused (draw-spec 8, 10)."""

import hashlib
import json
import random

import oracle
import pytest
from bundles import own_vectors
from campaigns import CAMPAIGNS, FIRE, FOOD, SALT_KEY, make_campaign
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.amendment import (
    Change,
    Place,
    amend,
    check_amendments,
    parse_amendment,
)
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import frame_digest, salt, write_frame
from app.sampling.openlot1.seed import build_seed_txt
from app.sampling.openlot1.target import draw_target

BASE = own_vectors("openlot1-target.json")["cases"][0]["commitment"]
DICE = "dice:52117850255171607909"

IDS = st.text("0123456789ABCXYZabc._:-", min_size=1, max_size=6)
NAMES = ["A/1", "A/2", "B/1", "C=x"]
STRATA = st.sampled_from(NAMES)
ROWS = st.dictionaries(IDS, STRATA, max_size=30)
SEALED = st.booleans()
RATES = {
    "strata": [
        {"stratum": "A/1", "rate": "1/3", "rounding": "half_up"},
        {"stratum": "A/2", "rate": "0.25"},
    ],
    "cells": [{"total": "t", "rate": "1/5", "cells": ["B/1", "C=x"]}],
    "reserves": 2,
}
# Two of each, whatever comes or goes.
STEADY = {"strata": [{"stratum": s, "fixed": 2} for s in NAMES], "reserves": 1}


def files(rows, design, *, sealed=False, alg="sha256"):
    """The committed frame, commitment and seed.txt of these rows."""
    frame = write_frame(rows.items(), salt_key_hex=SALT_KEY if sealed else None)
    digest = vars(frame_digest(frame, sealed=sealed)) | {"sealed": sealed}
    value = {**BASE, "alg": alg, "design": design, "frame": digest, "scope": "x"}
    raw = canonical.dumps({**value, "sources": [{"type": "dice", "params": {"digits": 20}}]})
    return frame, raw, build_seed_txt(hashlib.sha256(raw).hexdigest(), [DICE])


def change_of(rows, object_id, target, *, sealed=False):
    origin = rows.get(object_id)
    added = sealed and origin is None
    its_salt = salt(SALT_KEY, object_id) if added else None
    return Change(object_id, origin, target, "deregistered", "注销 2026-03", its_salt)


def mended(rows, changes):
    after = {**rows, **{change.object_id: change.target for change in changes}}
    return {object_id: stratum for object_id, stratum in after.items() if stratum is not None}


def places(tsv):
    lines = (line.split("\t") for line in tsv.splitlines())
    return {(s, i): Place(i, s, int(rank), ticket) for s, rank, i, ticket in lines}


def targets():
    return st.dictionaries(IDS, st.one_of(st.none(), STRATA), min_size=1, max_size=6)


def fitting(rows, wanted, *, sealed):
    """The wanted changes that change something."""
    changes = [change_of(rows, i, to, sealed=sealed) for i, to in wanted.items()]
    return [change for change in changes if change.origin != change.target]


@given(ROWS, st.data(), SEALED, st.sampled_from(["sha256", "sm3"]))
@settings(max_examples=60, deadline=None)
def test_equals_the_slow_draw_on_the_mended_rows(rows, data, sealed, alg):
    wanted = data.draw(targets())
    wanted |= {i: data.draw(st.one_of(st.none(), STRATA)) for i in list(rows)[::3]}
    changes = fitting(rows, wanted, sealed=sealed)
    assume(changes)
    committed = files(rows, RATES, sealed=sealed, alg=alg)
    found = amend(*committed, data.draw(st.permutations(changes)))
    after = mended(rows, changes)
    assert found.frame_tsv == write_frame(after.items(), salt_key_hex=SALT_KEY if sealed else None)
    seed = oracle.digest(alg, committed[2].decode())
    salt_key = SALT_KEY if sealed else None
    before = oracle.draw(list(rows.items()), RATES, alg, seed, "x", salt_key)[0]
    selected, reserves = oracle.draw(list(after.items()), RATES, alg, seed, "x", salt_key)
    assert (found.selected_tsv, found.reserves_tsv) == (selected.encode(), reserves.encode())
    old, new = places(before), places(selected)
    assert found.entered == tuple(
        new[at] for at in sorted(new, key=list(new).index) if at not in old
    )
    assert found.left == tuple(old[at] for at in old if at not in new)
    told = json.loads(found.document)
    assert told["published"]["sha256"] == hashlib.sha256(found.published_tsv).hexdigest()
    assert told["frame"] == vars(frame_digest(found.frame_tsv, sealed=sealed))
    [again] = check_amendments(bundle_of(committed), [found.document])
    assert again == found


def bundle_of(committed):
    names = ("frame.tsv", "commitment.json", "seed.txt")
    return dict(zip(names, committed, strict=True))


def steady_rows():
    """At least three of each stratum, so that one may go."""
    base = {f"{s[0]}{s[2]}{n}": s for s in NAMES for n in range(3)}
    return ROWS.map(lambda rows: {**rows, **base})


@given(steady_rows(), st.data(), SEALED)
@settings(max_examples=60, deadline=None)
def test_one_object_changes_at_most_one_place_of_its_strata(rows, data, sealed):
    object_id = data.draw(st.one_of(IDS, st.sampled_from(sorted(rows))))
    change = change_of(rows, object_id, data.draw(st.one_of(st.none(), STRATA)), sealed=sealed)
    assume(change.origin != change.target)
    found = amend(*files(rows, STEADY, sealed=sealed), [change])
    for stratum in NAMES:
        come = [spot.object_id for spot in found.entered if spot.stratum == stratum]
        gone = [spot.object_id for spot in found.left if spot.stratum == stratum]
        assert len(come) == len(gone) <= 1
        assert stratum in (change.origin, change.target) or not come
        # Whoever is not amended enters only for the amended one, and leaves only for it.
        assert not come or object_id in (come[0], gone[0])
    touched = {one.after.stratum for one in found.strata}
    assert touched <= {change.origin, change.target}


@given(steady_rows(), st.data())
@settings(max_examples=40, deadline=None)
def test_removing_an_undrawn_object_changes_no_place(rows, data):
    committed = files(rows, STEADY)
    selected = draw_target(*committed).selected_tsv.decode()
    undrawn = sorted(rows.keys() - {line.split("\t")[2] for line in selected.splitlines()})
    found = amend(*committed, [change_of(rows, data.draw(st.sampled_from(undrawn)), None)])
    assert (found.entered, found.left) == ((), ())
    assert found.selected_tsv.decode() == selected


@given(st.integers(0, 60), st.integers(0, 59))
@settings(max_examples=40, deadline=None)
def test_while_a_rate_gives_the_same_number_one_place_changes(count, at):
    rows = {f"91{n:04}": "A/1" for n in range(count)}
    design = {"strata": [{"stratum": "A/1", "rate": "1/10"}], "reserves": 0}
    change = change_of(rows, f"91{at:04}", None if at < count else "A/1")
    found = amend(*files(rows, design), [change])
    counts = [(s.before.drawn, s.after.drawn) for s in found.strata]
    assert len(counts) == 1
    same = counts[0][0] == counts[0][1]
    assert len(found.entered) <= 1
    assert len(found.left) <= 1
    assert (len(found.entered) == len(found.left)) == same


ROWS_NOW = {"a": "A/1", "b": "A/1", "c": "A/2", "d": "B/1"}


@pytest.mark.parametrize(
    ("sealed", "changes", "code"),
    [
        (False, [], "amendment-empty"),
        (False, [Change("x", "A/1", None, "r", "")], "object-absent"),
        (False, [Change("x", "A/1", "A/2", "r", "")], "object-absent"),
        (False, [Change("zz", "A/1", None, "r", "")], "object-absent"),
        (False, [Change("b", None, "A/2", "r", "")], "object-present"),
        (False, [Change("c", "A/1", None, "r", "")], "stratum-differs"),
        (False, [Change("a", "A/1", "A/1", "r", "")], "stratum-same"),
        (False, [Change("x", None, None, "r", "")], "stratum-same"),
        (False, [Change("a", "A/1", "B/9", "r", "")], "stratum-without-place"),
        (False, [Change("x", None, "B/9", "r", "")], "stratum-without-place"),
        (
            False,
            [Change("a", "A/1", None, "r", ""), Change("a", "A/1", "A/2", "r", "")],
            "object-twice",
        ),
        (False, [Change("a/b", "A/1", None, "r", "")], "object-id-form"),
        (False, [Change("a", "A 1", None, "r", "")], "stratum-form"),
        (False, [Change("a", "A/1", None, "", "")], "reason-form"),
        (False, [Change("a", "A/1", None, "no reason", "")], "reason-form"),
        (False, [Change("a", "A/1", None, "r", "x\ty")], "evidence-form"),
        (False, [Change("x", None, "A/1", "r", "", "0" * 32)], "salt-unexpected"),
        (True, [Change("x", None, "A/1", "r", "")], "salt-missing"),
        (True, [Change("a", "A/1", None, "r", "", "0" * 32)], "salt-unexpected"),
        (True, [Change("x", None, "A/1", "r", "", "0" * 31)], "salt-form"),
    ],
)
def test_changes_that_do_not_fit_are_refused(sealed, changes, code):
    with pytest.raises(DrawError) as caught:
        amend(*files(ROWS_NOW, RATES, sealed=sealed), changes)
    assert (caught.value.code, caught.value.member) == (code, "amendment.json")


def test_a_fixed_number_above_what_is_left_is_refused():
    rows = {f"{s[0]}{s[2]}{n}": s for s in NAMES for n in range(2)}
    with pytest.raises(DrawError) as caught:
        amend(*files(rows, STEADY), [change_of(rows, "A10", None)])
    assert caught.value.code == "fixed-above-count"


def test_files_of_another_draw_are_refused():
    frame, raw, seed_txt = files(ROWS_NOW, RATES)
    change = [change_of(ROWS_NOW, "a", None)]
    other = files({**ROWS_NOW, "e": "A/1"}, RATES)
    for wrong, code in (
        ((other[0], raw, seed_txt), "frame-not-committed"),
        ((frame, raw, other[2]), "seed-cd"),
    ):
        with pytest.raises(DrawError) as caught:
            amend(*wrong, change)
        assert caught.value.code == code


def two_amendments():
    """Files, and two documents of which the second rests on the first."""
    rows = {f"91{n:03}": NAMES[n % 4] for n in range(40)}
    committed = files(rows, RATES, sealed=True)
    first = amend(*committed, [change_of(rows, "91003", "A/1"), change_of(rows, "91004", None)])
    after = mended(rows, first.changes)
    second = amend(
        *committed,
        [change_of(after, "91004", "A/2", sealed=True), change_of(after, "91003", "B/1")],
        earlier=[first.document],
    )
    return committed, [first, second]


def test_a_second_amendment_rests_on_the_first():
    committed, [first, second] = two_amendments()
    assert (first.number, second.number) == (1, 2)
    told = parse_amendment(second.document)
    assert told.previous == hashlib.sha256(first.document).hexdigest()
    assert parse_amendment(first.document).previous is None
    documents = [first.document, second.document]
    assert check_amendments(bundle_of(committed), documents) == (first, second)
    for wrong in (documents[::-1], documents[1:], [first.document] * 2):
        with pytest.raises(DrawError) as caught:
            check_amendments(bundle_of(committed), wrong)
        assert caught.value.code == "amendment-order"
    # 91003 and 91004 as the first left them, not as committed.
    with pytest.raises(DrawError) as caught:
        amend(*committed, second.changes)
    assert caught.value.code == "stratum-differs"


def test_undoing_an_amendment_gives_the_draw_back():
    rows = {f"91{n:03}": NAMES[n % 4] for n in range(40)}
    committed = files(rows, RATES, sealed=True)
    one = amend(*committed, [change_of(rows, i, None) for i in rows if i > "91020"])
    back = [change_of({}, i, rows[i], sealed=True) for i in rows if i > "91020"]
    two = amend(*committed, back, earlier=[one.document])
    assert two.frame_tsv == committed[0]
    assert two.selected_tsv == draw_target(*committed).selected_tsv
    assert {spot.object_id for spot in two.entered} == {spot.object_id for spot in one.left}


def without_reasons(data):
    try:
        value = json.loads(data)
    except ValueError:
        return None
    for change in value.get("changes", ()):
        change.pop("reason", None)
        change.pop("evidence", None)
    return value


def test_any_changed_byte_of_a_document_is_found():
    committed, amendments = two_amendments()
    documents = [one.document for one in amendments]
    chance = random.Random("amendments")
    for number, data in enumerate(documents):
        for _ in range(150):
            changed = bytearray(data)
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            wrong = [*documents[:number], bytes(changed), *documents[number + 1 :]]
            if number == 1 and without_reasons(changed) == without_reasons(data):
                continue  # only the log can tell what the last one said in words
            with pytest.raises(DrawError) as caught:
                check_amendments(bundle_of(committed), wrong)
            assert caught.value.member == "amendment.json"


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 2000])
def test_hostile_documents_are_refused(data):
    committed, _ = two_amendments()
    with pytest.raises(DrawError) as caught:
        check_amendments(bundle_of(committed), [data])
    assert caught.value.member == "amendment.json"


def test_hostile_values_are_refused():
    committed, [first, _] = two_amendments()
    value = json.loads(first.document)
    for name in value:
        for odd in (None, 0, "", [], {}, [0], [{}], True, "é"):
            if value[name] == odd or (name, odd) == ("part", ""):
                continue
            with pytest.raises(DrawError) as caught:
                check_amendments(bundle_of(committed), [canonical.dumps(value | {name: odd})])
            assert caught.value.member == "amendment.json"


def test_the_document_says_what_changed_and_where_the_line_lies():
    committed, [first, _] = two_amendments()
    told = json.loads(first.document)
    assert canonical.dumps(told) == first.document
    assert set(told) == {
        *("v", "draw_id", "attempt", "cd", "seed", "number", "previous", "part", "changes"),
        *("frame", "selected", "reserves", "published", "strata", "entered", "left"),
    }
    assert [change["object_id"] for change in told["changes"]] == ["91003", "91004"]
    for one in told["strata"]:
        for side in ("before", "after"):
            assert set(one[side]) == {"count", "drawn", "last_drawn", "first_undrawn"}
        cut = one["after"]["last_drawn"]
        for spot in told["entered"]:
            assert spot["stratum"] != one["stratum"] or spot["ticket"] <= cut
    result = json.loads(draw_target(*committed).result_json)
    before = {row["stratum"]: row["first_undrawn"] for row in result["strata"]}
    assert all(one["before"]["first_undrawn"] == before[one["stratum"]] for one in told["strata"])


def test_parts_of_a_campaign_are_amended_one_by_one():
    for name in ("open", "sealed", "sm3", "dots"):
        parts, profile, alg = CAMPAIGNS[name]
        members, _ = make_campaign(parts, profile, alg=alg)
        documents = []
        for number, part in enumerate([parts[0], parts[-1], parts[0]], start=1):
            folder = f"parts/{parts.index(part) + 1}-{part.name}/"
            gone = sorted(part.rows)[number]
            found = amend(
                *(members[n] for n in (folder + "frame.tsv", "commitment.json", "seed.txt")),
                [Change(gone, part.rows[gone], None, "deregistered", "")],
                earlier=documents,
                part=part.name,
            )
            assert (found.number, found.part) == (number, part.name)
            assert gone.encode() not in found.frame_tsv
            documents.append(found.document)
        checked = check_amendments(members, documents)
        assert [one.document for one in checked] == documents
        assert checked[2].frame_tsv.count(b"\n") == len(parts[0].rows) - 2


def test_a_part_must_be_named_and_known():
    members, _ = make_campaign([FIRE, FOOD], "audit")
    gone = min(FIRE.rows)
    change = Change(gone, FIRE.rows[gone], None, "deregistered", "")
    files_of = [members[n] for n in ("parts/1-fire/frame.tsv", "commitment.json", "seed.txt")]
    for part in (None, "", "other"):
        with pytest.raises(DrawError) as caught:
            amend(*files_of, [change], part=part)
        assert caught.value.code == "part-unknown"
    good = json.loads(amend(*files_of, [change], part="fire").document)
    for part in (None, "other", "food"):
        with pytest.raises(DrawError):
            check_amendments(members, [canonical.dumps(good | {"part": part})])
    tampered = members | {"parts/1-fire/frame.tsv": members["parts/2-food/frame.tsv"]}
    with pytest.raises(DrawError) as caught:
        check_amendments(tampered, [canonical.dumps(good)])
    assert caught.value.member == "parts/1-fire/frame.tsv"


def test_the_inspector_stage_has_no_frame_to_amend():
    case = own_vectors("openlot1-inspector.json")["cases"][0]
    raw = canonical.dumps(case["commitment"])
    with pytest.raises(DrawError) as caught:
        amend(b"", raw, case["seed_txt"].encode(), [Change("a", "A/1", None, "r", "")])
    assert caught.value.code == "stage-wrong"
