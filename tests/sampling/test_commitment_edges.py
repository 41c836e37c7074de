"""The edges of commitment.json: which members each stage has, their least values, their places."""

import pytest
from bundles import own_vectors

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import cd, parse_commitment
from app.sampling.openlot1.errors import DrawError

TARGET = own_vectors("openlot1-target.json")["cases"][0]["commitment"]
INSPECTOR = own_vectors("openlot1-inspector.json")["cases"][0]["commitment"]
OWN = ("frame", "excluded", "design")
PART = {name: TARGET[name] for name in OWN}
CAMPAIGN = {name: value for name, value in TARGET.items() if name not in OWN}
CAMPAIGN["parts"] = [{"name": "a", **PART}, {"name": "b", **PART}]
DROPPED = object()


def changed(base, path, value):
    result = canonical.loads(canonical.dumps(base))
    place = result
    for step in path[:-1]:
        place = place[step]
    if value is DROPPED:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return canonical.dumps(result)


def refusal(data):
    with pytest.raises(DrawError) as caught:
        parse_commitment(data)
    assert caught.value.member == "commitment.json"
    return caught.value


ALL = [(base, name) for base in (TARGET, INSPECTOR, CAMPAIGN) for name in base if name != "stage"]


@pytest.mark.parametrize(("base", "name"), ALL)
def test_every_member_is_required_by_its_name(base, name):
    error = refusal(changed(base, (name,), DROPPED))
    assert error.code == "member-missing"
    missing = "frame" if name == "parts" else name
    assert error.en.startswith(f"{missing} ")


@pytest.mark.parametrize(("base", "name"), ALL)
def test_no_member_may_be_of_another_type(base, name):
    """1.5 has no canonical form, so a type no member has is a list in a list."""
    error = refusal(changed(base, (name,), [[]]))
    assert error.code == "member-type"
    assert error.en.startswith(name)


@pytest.mark.parametrize(
    ("base", "own"), [(TARGET, "assignment"), (INSPECTOR, "frame"), (INSPECTOR, "parts")]
)
def test_members_of_the_other_stage_are_unknown(base, own):
    error = refusal(changed(base, (own,), {}))
    assert (error.code, error.en.split()[0]) == ("member-unknown", own)


@pytest.mark.parametrize("stage", ["", "Target", "inspectors", None, 1, DROPPED])
def test_there_are_two_stages(stage):
    code = refusal(changed(TARGET, ("stage",), stage)).code
    assert code in {"member-form", "member-type", "member-missing"}


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"target"', b"{"])
def test_a_commitment_is_an_object(data):
    assert refusal(data).code in {"member-type", "not-canonical"}


@pytest.mark.parametrize(
    ("path", "value", "code", "place"),
    [
        (("v",), "openlot/2", "member-form", "v"),
        (("attempt",), 0, "member-range", "attempt"),
        (("attempt",), 1, None, ""),
        (("alg",), "md5", "member-form", "alg"),
        (("alg",), "sha256", None, ""),
        (("alg",), "sm3", None, ""),
        (("purpose",), "real", None, ""),
        (("purpose",), "test", None, ""),
        (("purpose",), "", "member-form", "purpose"),
        (("code", "version"), 1, "member-type", "code.version"),
        (("code", "sha256"), "0" * 63, "member-form", "code.sha256"),
        (("code", "more"), 1, "member-unknown", "code.more"),
        (("plan", "ref"), DROPPED, "member-missing", "plan.ref"),
        (("plan", "sha256"), "0" * 65, "member-form", "plan.sha256"),
        (("scope",), "", None, ""),
        (("sources",), [], "sources-empty", "sources"),
        (("sources", 0, "params"), [], "member-type", "sources[0].params"),
        (("sources", 0, "params"), {}, "member-missing", "sources[0].params.sha256"),
        (("sources", 0, "type"), "coin", "source-unknown", "sources[0].type"),
        (("sources", 0, "more"), 1, "member-unknown", "sources[0].more"),
        (("not_before",), "2026-02-30T00:00:00Z", "member-form", "not_before"),
        (("fallback",), "wait", None, ""),
        (("fallback",), "void", None, ""),
        (("fallback",), "skip", "member-form", "fallback"),
        (("previous",), None, None, ""),
        (("previous",), "0" * 64, None, ""),
        (("previous",), "", "member-form", "previous"),
        (("frame", "sha256"), "", "member-form", "frame.sha256"),
        (("frame", "root"), "", "member-form", "frame.root"),
        (("frame", "count"), -1, "member-range", "frame.count"),
        (("frame", "count"), 0, None, ""),
        (("frame", "sealed"), 1, "member-type", "frame.sealed"),
        (("frame", "more"), 1, "member-unknown", "frame.more"),
        (("excluded", "sha256"), "", "member-form", "excluded.sha256"),
        (("excluded", "root"), "", "member-form", "excluded.root"),
        (("excluded", "count"), -1, "member-range", "excluded.count"),
        (("excluded", "by_reason"), [], "member-type", "excluded.by_reason"),
        (("excluded", "by_reason"), {"why": 1}, "reason-unknown", "excluded.by_reason.why"),
        (
            ("excluded", "by_reason"),
            {"other-draws": 1},
            "reason-unknown",
            "excluded.by_reason.other-draws",
        ),
        (
            ("excluded", "by_reason"),
            {"other-draw": 0},
            "member-range",
            "excluded.by_reason.other-draw",
        ),
        (("excluded", "by_reason"), {"other-draw": 1}, "by-reason-sum", "excluded.by_reason"),
        (("design", "strata"), {}, "member-type", "design.strata"),
        (("design", "strata"), [{"stratum": "S"}], "member-missing", "design.strata[0].rate"),
        (("design", "cells"), [{"total": "t"}], "member-missing", "design.cells[0].rate"),
    ],
)
def test_members_at_the_edge(path, value, code, place):
    base = changed(TARGET, ("excluded",), {**TARGET["excluded"], "by_reason": {}, "count": 0})
    data = changed(canonical.loads(base), path, value)
    if code is None:
        parse_commitment(data)
        return
    error = refusal(data)
    assert error.code == code
    assert error.en.startswith(f"{place} ")
    assert error.zh.startswith(f"{place} ")


def test_what_is_read_is_what_was_written():
    parsed = parse_commitment(canonical.dumps(TARGET))
    assert cd(canonical.dumps(TARGET)) == own_vectors("openlot1-target.json")["cases"][0]["cd"]
    for name in ("draw_id", "attempt", "stage", "alg", "purpose", "scope", "not_before"):
        assert getattr(parsed, name) == TARGET[name]
    assert (parsed.fallback, parsed.previous) == (TARGET["fallback"], TARGET["previous"])
    assert (parsed.code_version, parsed.code_sha256) == (
        TARGET["code"]["version"],
        TARGET["code"]["sha256"],
    )
    assert (parsed.plan_ref, parsed.plan_sha256) == (
        TARGET["plan"]["ref"],
        TARGET["plan"]["sha256"],
    )
    [part] = parsed.parts
    assert part.name == ""
    assert vars(part.frame) == TARGET["frame"]
    assert vars(part.excluded) == TARGET["excluded"]
    assert parsed.assignment_sha256 is None
    assert [source.type for source in parsed.sources] == [s["type"] for s in TARGET["sources"]]


def test_reasons_add_up():
    excluded = {**TARGET["excluded"], "by_reason": {"other-draw": 2, "x-a": 3}, "count": 5}
    [part] = parse_commitment(changed(TARGET, ("excluded",), excluded)).parts
    assert part.excluded.by_reason == {"other-draw": 2, "x-a": 3}
    for count in (4, 6):
        data = changed(TARGET, ("excluded",), {**excluded, "count": count})
        assert refusal(data).code == "by-reason-sum"


def test_the_inspector_stage_names_its_assignment_and_no_part():
    parsed = parse_commitment(canonical.dumps(INSPECTOR))
    assert parsed.assignment_sha256 == INSPECTOR["assignment"]["sha256"]
    assert parsed.parts == ()
    error = refusal(changed(INSPECTOR, ("assignment", "sha256"), ""))
    assert (error.code, error.en.split()[0]) == ("member-form", "assignment.sha256")


@pytest.mark.parametrize(
    ("path", "value", "code", "place"),
    [
        (("parts",), [], "parts-names", "parts"),
        (("parts", 1, "name"), "a", "parts-names", "parts"),
        (("parts", 1, "name"), "", "member-form", "parts[1].name"),
        (("parts", 1, "name"), "n" * 33, "member-form", "parts[1].name"),
        (("parts", 1, "name"), "a/b", "member-form", "parts[1].name"),
        (("parts", 1, "name"), "n" * 32, None, ""),
        (("parts", 1, "frame", "count"), -1, "member-range", "parts[1].frame.count"),
        (("parts", 1, "excluded", "root"), "", "member-form", "parts[1].excluded.root"),
        (("parts", 1, "more"), 1, "member-unknown", "parts[1].more"),
        (("frame",), TARGET["frame"], "member-unknown", "frame"),
    ],
)
def test_parts_of_a_campaign(path, value, code, place):
    data = changed(CAMPAIGN, path, value)
    if code is None:
        assert len(parse_commitment(data).parts) == 2
        return
    error = refusal(data)
    assert error.code == code
    assert error.en.startswith(f"{place} ")


def test_names_of_parts_keep_to_their_alphabet():
    fine = []
    for char in map(chr, range(128)):
        try:
            parse_commitment(changed(CAMPAIGN, ("parts", 1, "name"), f"b{char}"))
        except DrawError:
            continue
        fine.append(char)
    assert set(fine) == {c for c in map(chr, range(128)) if c.isalnum()} | set("._-")


def test_a_part_is_found_by_its_name():
    campaign = parse_commitment(canonical.dumps(CAMPAIGN))
    assert campaign.part("b").name == "b"
    single = parse_commitment(canonical.dumps(TARGET))
    assert single.part() == single.part("") == single.parts[0]
    for parsed, name in ((campaign, None), (campaign, "c"), (campaign, ""), (single, "a")):
        with pytest.raises(DrawError) as caught:
            parsed.part(name)
        assert (caught.value.code, caught.value.member) == ("part-unknown", "commitment.json")
