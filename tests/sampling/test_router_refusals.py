"""What the draw over HTTP refuses: bad zips, bad files, too much; always as the same problem."""

import pytest
from calls import (
    APPS,
    ASSIGNMENTS,
    DRAWS,
    FEASIBLE,
    REPLAYS,
    TARGETS,
    TICKETS,
    bare,
    client_of,
    inspector_files,
    post,
    refusal,
    target_files,
    zipped,
)
from fastapi import FastAPI

from app.core import problems
from app.main import create_sampling_service
from app.sampling import edge
from app.sampling import router as under_test
from app.sampling.openlot1.bundle import write_zip
from app.sampling.openlot1.errors import DrawError

SEED = target_files(TARGETS[0])["seed.txt"]

LAST = SEED.count(b"\n")

INSPECTOR_TERMS = inspector_files(FEASIBLE[0])["commitment.json"]

GOOD = zipped(target_files(TARGETS[0]).items())


@pytest.fixture(params=APPS)
async def http(request):
    async with client_of(APPS[request.param]()) as client:
        yield client


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"alg": "md5"}, "/alg"),
        ({"key": "7" * 63}, "/key"),
        ({"key": "F" * 64}, "/key"),
        ({"key": "7" * 64 + "\n"}, "/key"),
        ({"object_id": "a b"}, "/object_id"),
        ({"object_id": ""}, "/object_id"),
        ({"object_id": "a" * 65}, "/object_id"),
        ({"object_id": 7}, "/object_id"),
        ({"salt": ""}, "/salt"),
        ({"salt": "5" * 31}, "/salt"),
        ({"seed": "x"}, "/seed"),
    ],
    ids=repr,
)
async def test_ticket_inputs_that_are_refused(change, pointer, http):
    body = {"alg": "sha256", "key": "7" * 64, "object_id": "a", **change}
    answer = await http.post(TICKETS, json=body)
    assert refusal(answer) == "invalid-input"
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid-input"),
        (b"[]", 422, "invalid-input"),
        (b"\xff", 400, "malformed-body"),
        (b"[" * 60_000, 400, "malformed-body"),
    ],
    ids=["empty", "list", "not UTF-8", "deep"],
)
async def test_ticket_bodies_that_are_no_object(body, status, code, http):
    answer = await post(http, TICKETS, body, kind="application/json")
    assert refusal(answer, status) == code


async def test_a_ticket_body_has_a_limit(http):
    for size in (edge.MAX_JSON_BYTES + 1, 2**21):
        body = b'"' + b"a" * size + b'"'
        answer = await post(http, TICKETS, body, kind="application/json")
        assert refusal(answer, 413) == "body-too-large"


def changed_draw(change):
    return write_zip(target_files(TARGETS[0]) | change)


@pytest.mark.parametrize(
    ("body", "code", "member", "line"),
    [
        (changed_draw({"commitment.json": b""}), "not-canonical", "commitment.json", None),
        (changed_draw({"commitment.json": b"[1.5]"}), "not-canonical", "commitment.json", None),
        (changed_draw({"commitment.json": b'"\\ud800"'}), "not-canonical", "commitment.json", None),
        (changed_draw({"commitment.json": b"9" * 5000}), "not-canonical", "commitment.json", None),
        (changed_draw({"commitment.json": b"[" * 10**6}), "not-canonical", "commitment.json", None),
        (changed_draw({"seed.txt": b""}), "seed-header", "seed.txt", 1),
        (changed_draw({"seed.txt": SEED[:-1]}), "last-line-open", "seed.txt", LAST),
        (changed_draw({"seed.txt": SEED.replace(b"\n", b"\n\n", 1)}), "seed-cd", "seed.txt", 2),
        (changed_draw({"frame.tsv": b""}), "frame-not-committed", "frame.tsv", None),
        (changed_draw({"frame.tsv": b"a\tA/1\na\tA/1\n"}), "duplicate-object", "frame.tsv", 2),
        (
            changed_draw({"commitment.json": INSPECTOR_TERMS}),
            "stage-wrong",
            "commitment.json",
            None,
        ),
    ],
)
async def test_files_that_the_core_refuses_are_named(body, code, member, line, http):
    answer = await post(http, DRAWS, body)
    assert refusal(answer) == code
    (one,) = answer.json()["errors"]
    assert (one["code"], one["pointer"], one["row"]) == (code, member, line)
    assert one["texts"] == answer.json()["texts"]


async def test_a_file_of_another_draw_is_refused(http):
    files = inspector_files(FEASIBLE[0])
    other = inspector_files(FEASIBLE[1])
    for member, code in (("assignment.json", "assignment-digest"), ("seed.txt", "seed-cd")):
        answer = await post(http, ASSIGNMENTS, write_zip(files | {member: other[member]}))
        assert refusal(answer) == code


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "multipart/form-data"])
@pytest.mark.parametrize("path", [DRAWS, ASSIGNMENTS, REPLAYS])
async def test_other_content_types(path, kind, http):
    answer = await post(http, path, b"{}", kind=kind)
    assert refusal(answer, 415) == "wrong-content-type"


@pytest.mark.parametrize("make", [create_sampling_service, bare])
async def test_a_body_is_not_read_beyond_its_limit(make, monkeypatch):
    for name in ("MAX_ZIP_BYTES", "MAX_FRAME_ZIP_BYTES"):
        monkeypatch.setattr(edge, name, 1000)
    asked = 0

    async def endless():
        nonlocal asked
        while True:
            asked += 1
            yield bytes(100)

    app = FastAPI() if make is bare else create_sampling_service()
    app.include_router(under_test.router, prefix="/limited")
    async with client_of(app) as client:
        small = await post(client, f"/limited{DRAWS}", bytes(1000))
        large = await post(client, f"/limited{DRAWS}", bytes(1001))
        streamed = await post(client, f"/limited{DRAWS}", endless())
    assert refusal(small) == "zip-damaged"
    assert refusal(large, 413) == refusal(streamed, 413) == "body-too-large"
    assert "1000" in large.json()["detail"]
    assert asked <= 12


async def test_a_frame_has_a_number_of_lines_at_most(http, monkeypatch):
    files = target_files(TARGETS[0])
    lines = files["frame.tsv"].count(b"\n")
    for most, status in ((lines, 200), (lines - 1, 422)):
        monkeypatch.setattr(under_test, "MAX_FRAME_LINES", most)
        answer = await post(http, DRAWS, write_zip(files))
        assert answer.status_code == status
    assert refusal(answer) == "member-too-large"
    assert answer.json()["errors"][0]["pointer"] == "frame.tsv"
    assert str(lines - 1) in answer.json()["texts"]["en"]


@pytest.mark.parametrize("path", [ASSIGNMENTS, REPLAYS])
async def test_only_a_draw_takes_a_body_of_gigabytes(path, http, monkeypatch):
    monkeypatch.setattr(edge, "MAX_ZIP_BYTES", 10)
    assert refusal(await post(http, path, GOOD), 413) == "body-too-large"
    assert (await post(http, DRAWS, GOOD)).status_code == 200


async def test_bodies_share_a_space_that_they_give_back(http, monkeypatch):
    monkeypatch.setattr(edge, "MAX_SPOOLED_BYTES", len(GOOD))
    for _ in range(3):
        assert (await post(http, DRAWS, GOOD)).status_code == 200
        assert refusal(await post(http, DRAWS, GOOD + b"x"), 503) == "spool-full"
        assert refusal(await post(http, DRAWS, GOOD[:-30])) == "zip-damaged"
    assert edge._Share.taken == 0


async def test_no_file_is_left_behind(http, tmp_path, monkeypatch):
    monkeypatch.setattr(edge.tempfile, "tempdir", str(tmp_path))
    for body in (GOOD, b"", GOOD[:-30], changed_draw({"frame.tsv": b"a"})):
        await post(http, DRAWS, body)
        assert not list(tmp_path.iterdir())


async def test_lists_and_parsed_files_have_limits_of_their_own(http, monkeypatch):
    files = target_files(TARGETS[0])
    for member, data in files.items():
        with monkeypatch.context() as lower:
            lower.setitem(under_test.TARGET_CAPS, member, len(data) - 1)
            answer = await post(http, DRAWS, write_zip(files))
            assert refusal(answer) == "member-too-large"
            assert answer.json()["errors"][0]["pointer"] == member
            lower.setitem(under_test.TARGET_CAPS, member, len(data))
            assert (await post(http, DRAWS, write_zip(files))).status_code == 200
    monkeypatch.setattr(under_test, "MAX_PARSED_BYTES", 10)
    monkeypatch.setattr(under_test, "MAX_LIST_BYTES", 100)
    for lists, parsed, culprit in ((100, 0, None), (101, 0, "frame.tsv"), (50, 11, "seed.txt")):
        body = zipped([("frame.tsv", b"x" * lists), ("seed.txt", b"y" * parsed)])
        answer = await post(http, REPLAYS, body)
        if culprit is None:
            assert not answer.json()["ok"]
            continue
        assert refusal(answer) == "member-too-large"
        assert answer.json()["errors"][0]["pointer"] == culprit


@pytest.mark.parametrize(
    ("accepted", "english"),
    [
        ("", False),
        ("en", True),
        ("zh-CN", False),
        ("en;q=0.5, zh", False),
        ("zh;q=0.5, en-GB", True),
        ("fr", False),
        ("fr, en", True),
        ("en;q=x, zh", False),
        ("en;q=0, fr", False),
        ("zh ; q=0.1, en", True),
    ],
)
async def test_the_language_is_the_one_asked_for(accepted, english, http):
    headers = {"Accept-Language": accepted, "Content-Type": "application/zip"}
    answer = await http.post(DRAWS, content=b"", headers=headers)
    body = answer.json()
    assert answer.headers["content-language"] == ("en" if english else "zh-CN")
    assert body["detail"] == body["texts"]["en" if english else "zh-CN"]


async def test_the_instance_is_the_request():
    async with client_of(create_sampling_service()) as client:
        answer = await post(client, DRAWS, b"")
        request_id = answer.headers["x-request-id"]
        assert answer.json()["instance"] == f"urn:openlot:request:{request_id}"
    async with client_of(bare()) as client:
        first, second = await post(client, DRAWS, b""), await post(client, DRAWS, b"")
        assert first.json()["instance"] == DRAWS
        assert first.content == second.content


def test_shared_codes_have_the_texts_of_the_service():
    for ours, theirs in (
        (edge.body_too_large(5), problems.BodyTooLarge(limit=5)),
        (edge.wrong_content_type("a/b"), problems.WrongContentType(expected="a/b")),
        (edge.invalid_input([{}]), problems.InvalidInput(count=1)),
        (
            edge.malformed_body(),
            problems.MalformedBody(why_zh="无法读取", why_en="it cannot be read"),
        ),
    ):
        assert (ours.status, ours.code) == (theirs.status, theirs.code)
        assert (ours.en, ours.zh) == (theirs.text_en, theirs.text_zh)


def test_a_refusal_of_the_core_is_the_same_problem_as_in_the_service():
    error = DrawError("some-code", "english", "中文", member="frame.tsv", line=7)
    theirs = problems.render(problems.DrawRefused.of(error), instance="urn:x")
    assert edge.problem(error, instance="urn:x") == theirs.body
    assert edge.problem(error, instance="urn:x")["status"] == theirs.status


def test_a_long_list_of_faults_is_counted_in_full():
    many = edge.invalid_input([edge.fault("x", "en", "zh")] * 1001)
    body = edge.problem(many, instance="urn:x")
    assert (len(body["errors"]), body["error_count"]) == (1000, 1001)
