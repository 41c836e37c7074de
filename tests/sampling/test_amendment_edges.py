"""The edges of amendments: the whole document by the definition, and every refusal."""

import hashlib
import json

import oracle
import pytest
from bundles import own_vectors
from campaigns import FIRE, FOOD, SALT_KEY, make_campaign
from test_amendment import (
    NAMES,
    RATES,
    ROWS_NOW,
    bundle_of,
    change_of,
    files,
    mended,
    places,
)

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.amendment import (
    AmendmentDocument,
    StratumChange,
    amend,
    check_amendments,
    parse_amendment,
)
from app.sampling.openlot1.changes import Change
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import frame_digest

ODD_VALUES = (None, 0, 1, "", "x", [], {}, True)


def refusal(call, *given, **options):
    """(code, member, what is said) of the refusal."""
    with pytest.raises(DrawError) as caught:
        call(*given, **options)
    return caught.value.code, caught.value.member, caught.value.en


ROWS = {f"91{n:03}": NAMES[n * n % 4] for n in range(60)}
FIGURES = ("count", "drawn", "last_drawn", "first_undrawn")


def table(text):
    return {"count": text.count("\n"), "sha256": hashlib.sha256(text.encode()).hexdigest()}


class Slow:
    """The draw of these rows by the definition, and the figures of its strata."""

    def __init__(self, committed, rows, *, sealed, alg, design):
        value = json.loads(committed[1])
        seed, scope = oracle.digest(alg, committed[2].decode()), value["scope"]
        salt_key = SALT_KEY if sealed else None
        drawn = oracle.draw(list(rows.items()), design, alg, seed, scope, salt_key)
        self.selected, self.reserves = drawn
        ids = sorted(line.split("\t")[2] for line in self.selected.splitlines())
        self.published = "".join(f"{i}\n" for i in ids)
        self.places, self.seed, self.cd = (
            places(self.selected),
            seed,
            oracle.digest("sha256", committed[1].decode()),
        )
        self.strata = {}
        key = oracle.key(alg, seed, "target", scope)
        for stratum in NAMES:
            its = [i for i, s in rows.items() if s == stratum]
            tickets = [t for t, _ in oracle.ranked(alg, key, its, salt_key)]
            n = sum(s == stratum for s, _ in self.places)
            edges = [tickets[n - 1] if n else None, tickets[n] if n < len(its) else None]
            self.strata[stratum] = dict(zip(FIGURES, [len(its), n, *edges], strict=True))


def slow_document(committed, rows, found, *, number, previous, sealed, alg, design=RATES):
    """The document of `found.changes` by the definition, from the rows before them."""
    after = mended(rows, found.changes)
    was = Slow(committed, rows, sealed=sealed, alg=alg, design=design)
    now = Slow(committed, after, sealed=sealed, alg=alg, design=design)
    value = json.loads(committed[1])
    return canonical.dumps(
        {
            "v": "openlot/1",
            "draw_id": value["draw_id"],
            "attempt": value["attempt"],
            "cd": was.cd,
            "seed": was.seed,
            "number": number,
            "previous": previous,
            "part": None,
            "changes": [
                {
                    "object_id": c.object_id,
                    "from": c.origin,
                    "to": c.target,
                    "reason": c.reason,
                    "evidence": c.evidence,
                    "salt": c.salt,
                }
                for c in sorted(found.changes, key=lambda c: c.object_id)
            ],
            "frame": vars(frame_digest(found.frame_tsv, sealed=sealed)),
            "selected": table(now.selected),
            "reserves": table(now.reserves),
            "published": table(now.published),
            "strata": [
                {"stratum": s, "before": was.strata[s], "after": now.strata[s]}
                for s in sorted(NAMES)
                if was.strata[s] != now.strata[s]
            ],
            "entered": [vars(p) for at, p in now.places.items() if at not in was.places],
            "left": [vars(p) for at, p in was.places.items() if at not in now.places],
        }
    )


@pytest.mark.parametrize(("sealed", "alg"), [(False, "sha256"), (True, "sm3")])
def test_the_whole_document_by_the_definition(sealed, alg):
    committed = files(ROWS, RATES, sealed=sealed, alg=alg)
    drawn = list(Slow(committed, ROWS, sealed=sealed, alg=alg, design=RATES).places)
    moved = [(drawn[0][1], None), (drawn[3][1], "A/2"), (drawn[-1][1], "A/1"), ("91000x", "A/1")]
    first = amend(*committed, [change_of(ROWS, i, to, sealed=sealed) for i, to in moved])
    told = {"sealed": sealed, "alg": alg}
    assert first.document == slow_document(committed, ROWS, first, number=1, previous=None, **told)
    after = mended(ROWS, first.changes)
    back = [change_of(after, "91000x", None), change_of(after, drawn[0][1], "B/1", sealed=sealed)]
    second = amend(*committed, back, earlier=[first.document], part="")
    previous = hashlib.sha256(first.document).hexdigest()
    assert second.document == slow_document(
        committed, after, second, number=2, previous=previous, **told
    )
    third = amend(
        *committed, [change_of(after, "91001", None)], earlier=[first.document, second.document]
    )
    assert json.loads(third.document)["previous"] == hashlib.sha256(second.document).hexdigest()
    assert (first.number, second.number, third.number) == (1, 2, 3)
    checked = check_amendments(bundle_of(committed), [first.document, second.document])
    assert checked == (first, second)
    assert (first.part, second.part) == ("", "")
    assert parse_amendment(second.document) == AmendmentDocument(
        draw_id=json.loads(committed[1])["draw_id"],
        attempt=1,
        cd=hashlib.sha256(committed[1]).hexdigest(),
        seed=oracle.digest(alg, committed[2].decode()),
        number=2,
        previous=previous,
        part="",
        changes=second.changes,
    )


def test_the_lists_of_an_amendment():
    committed = files(ROWS, RATES)
    gone = next(iter(Slow(committed, ROWS, sealed=False, alg="sha256", design=RATES).places))[1]
    found = amend(*committed, [change_of(ROWS, "z", "C=x"), change_of(ROWS, gone, None)])
    now = Slow(committed, mended(ROWS, found.changes), sealed=False, alg="sha256", design=RATES)
    assert found.selected_tsv == now.selected.encode()
    assert found.reserves_tsv == now.reserves.encode()
    assert found.published_tsv == now.published.encode()
    assert [c.object_id for c in found.changes] == [gone, "z"]
    told = json.loads(found.document)
    assert [vars(place) for place in found.entered] == told["entered"]
    assert [vars(place) for place in found.left] == told["left"]
    assert gone in {place.object_id for place in found.left}
    assert all(isinstance(one, StratumChange) for one in found.strata)
    assert [one.after.stratum for one in found.strata] == [s["stratum"] for s in told["strata"]]


def one_document():
    committed = files(ROWS_NOW, RATES)
    return committed, amend(*committed, [change_of(ROWS_NOW, "a", None)]).document


def test_documents_that_are_read_and_those_that_are_not():
    _, document = one_document()
    value = json.loads(document)
    members = ("draw_id", "attempt", "cd", "seed", "number", "previous", "part", "changes")
    types = {"draw_id": str, "part": (str, type(None)), "changes": list}
    wrong = {"member-type", "member-form", "member-range"}
    for name in value:
        rest = {n: v for n, v in value.items() if n != name}
        found = refusal(parse_amendment, canonical.dumps(rest))
        assert found[:2] == ("member-missing", "amendment.json")
        for odd in ODD_VALUES:
            data = canonical.dumps(value | {name: odd})
            fits = isinstance(odd, types.get(name, ())) or (name, odd) == ("previous", None)
            fits |= name in ("attempt", "number") and odd == 1 and odd is not True
            if fits or name not in (*members, "v"):
                parse_amendment(data)
            else:
                code, member, _ = refusal(parse_amendment, data)
                assert (code in wrong, member) == (True, "amendment.json"), (name, odd)
    found = refusal(parse_amendment, canonical.dumps(value | {"x": 1}))
    assert found[:2] == ("member-unknown", "amendment.json")
    for attempt in ("attempt", "number"):
        data = canonical.dumps(value | {attempt: 7, "part": "p", "previous": "a" * 64})
        read = parse_amendment(data)
        assert (getattr(read, attempt), read.part, read.previous) == (7, "p", "a" * 64)
        assert refusal(parse_amendment, canonical.dumps(value | {attempt: 0}))[0] == "member-range"
    assert refusal(parse_amendment, b"{")[1] == "amendment.json"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("draw_id", "other"),
        ("attempt", 2),
        ("cd", "0" * 64),
        ("seed", "0" * 64),
        ("number", 2),
        ("previous", "0" * 64),
    ],
)
def test_documents_of_another_draw_or_place(name, value):
    committed, document = one_document()
    other = canonical.dumps(json.loads(document) | {name: value})
    found = refusal(check_amendments, bundle_of(committed), [other])
    assert found[:2] == ("amendment-order", "amendment.json")
    assert found[2].startswith(f"{name} is {value}, not ")
    again = refusal(amend, *committed, [change_of(ROWS_NOW, "b", None)], earlier=[other])
    assert again == found


@pytest.mark.parametrize("name", ["frame", "selected", "reserves", "published", "strata"])
def test_figures_that_are_not_the_recomputed_ones(name):
    committed, document = one_document()
    other = canonical.dumps(json.loads(document) | {name: [name]})
    found = refusal(check_amendments, bundle_of(committed), [other])
    assert found[:2] == ("amendment-differs", "amendment.json")
    assert found[2].startswith("number 1 differs")
    assert check_amendments(bundle_of(committed), []) == ()


def test_what_the_committed_files_must_be():
    committed, _ = one_document()
    frame, raw, seed_txt = committed
    gone = [change_of(ROWS_NOW, "a", None)]
    found = refusal(amend, frame.replace(b"A/2", b"A/1"), raw, seed_txt, gone)
    assert found[:2] == ("frame-not-committed", "frame.tsv")
    assert refusal(amend, frame, raw, seed_txt[:-1], gone)[1] == "seed.txt"
    assert refusal(amend, frame, raw, seed_txt, gone, part="x")[0] == "part-unknown"
    members = bundle_of(committed) | {"frame.tsv": frame[:-1]}
    document = amend(*committed, gone).document
    assert refusal(check_amendments, members, [document])[1] == "frame.tsv"


def test_the_inspector_stage_has_no_frame():
    case = own_vectors("openlot1-inspector.json")["cases"][0]
    raw, seed_txt = canonical.dumps(case["commitment"]), case["seed_txt"].encode()
    gone = [change_of(ROWS_NOW, "a", None)]
    found = refusal(amend, b"", raw, seed_txt, gone)
    assert found[:2] == ("stage-wrong", "commitment.json")


def test_parts_are_amended_each_from_its_own_documents():
    members, _ = make_campaign([FIRE, FOOD], "audit")
    ids = [min(FIRE.rows), min(FOOD.rows), max(FIRE.rows)]
    documents = []
    for part, gone in zip([FIRE, FOOD, FIRE], ids, strict=True):
        folder = f"parts/{1 + (part is FOOD)}-{part.name}/"
        names = (folder + "frame.tsv", "commitment.json", "seed.txt")
        found = amend(
            *(members[name] for name in names),
            [Change(gone, part.rows[gone], None, "r", "")],
            earlier=documents,
            part=part.name,
        )
        assert json.loads(found.document)["part"] == found.part == part.name
        documents.append(found.document)
    assert [one.number for one in check_amendments(members, documents)] == [1, 2, 3]
    kept = {**FIRE.rows}
    del kept[ids[0]], kept[ids[2]]
    assert found.frame_tsv == "".join(f"{i}\t{kept[i]}\n" for i in sorted(kept)).encode()
    for part in (None, "x"):
        told = canonical.dumps(json.loads(documents[0]) | {"part": part})
        found = refusal(check_amendments, members, [told])
        assert found[:2] == ("amendment-part", "amendment.json")
        assert found[2].startswith(f"part {part or ''!r}")
    wrong = members | {"parts/2-food/frame.tsv": b"x\tA/1\n"}
    assert refusal(check_amendments, wrong, documents)[1] == "parts/2-food/frame.tsv"
    check_amendments(wrong, documents[:1])
