"""The draw over HTTP, in its own service and alone: every vector, and the same bytes every time."""

import asyncio
import itertools
import os
import random
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import httpx
import pytest
from bundles import make_bundle, with_sums
from calls import (
    APPS,
    ASSIGNMENTS,
    DRAWS,
    FEASIBLE,
    INFEASIBLE,
    INSPECTORS,
    REPLAYS,
    TARGETS,
    TICKETS,
    bare,
    client_of,
    inspector_files,
    post,
    refusal,
    target_files,
    unzipped,
    zipped,
)
from openapi_spec_validator import validate
from test_engine import case_of

from app.main import create_sampling_service, document
from app.sampling import router as under_test
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import parse_assignment
from app.sampling.openlot1.bundle import write_bundle, write_zip
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.inspectors import feasibility
from app.sampling.openlot1.target import draw_target

ROOT = Path(__file__).parents[2]

EXCLUDED = [("x-gone", "deregistered", "注销 2026-01")]


def name(case):
    return case["commitment"]["draw_id"]


@pytest.fixture(params=APPS)
async def http(request):
    async with client_of(APPS[request.param]()) as client:
        yield client


@pytest.mark.parametrize("case", TARGETS, ids=name)
async def test_every_target_vector(case, http):
    answer = await post(http, DRAWS, write_zip(target_files(case)))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    published = sorted(line.split("\t")[2] for line in case["selected_tsv"].splitlines())
    assert unzipped(answer.content) == {
        "selected.tsv": case["selected_tsv"].encode(),
        "reserves.tsv": case["reserves_tsv"].encode(),
        "published.tsv": "".join(f"{one}\n" for one in published).encode(),
        "result.json": case["result_json"].encode(),
    }


@pytest.mark.parametrize("case", INSPECTORS, ids=name)
async def test_every_inspector_vector(case, http):
    answer = await post(http, ASSIGNMENTS, write_zip(inspector_files(case)))
    if case["result_json"] is None:
        assert refusal(answer) == "assignment-infeasible"
        return
    assert answer.status_code == 200, answer.text
    assert unzipped(answer.content) == {
        "assignment.tsv": case["assignment_tsv"].encode(),
        "result.json": case["result_json"].encode(),
    }


@pytest.mark.parametrize(
    ("path", "files"),
    [(DRAWS, target_files(TARGETS[1])), (ASSIGNMENTS, inspector_files(FEASIBLE[0]))],
)
async def test_neither_order_nor_packing_nor_repetition_changes_a_byte(path, files):
    answers = set()
    for app in (create_sampling_service(), bare()):
        async with client_of(app) as client:
            for order in itertools.permutations(files.items()):
                for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    body = zipped(order, method)
                    answers.add((await post(client, path, body)).content)
            kind = "application/octet-stream; x=y"
            answers.add((await post(client, path, body, kind=kind)).content)
    assert len(answers) == 1


async def test_a_large_frame_is_drawn_by_the_engine(http, monkeypatch):
    engines = []
    draw = under_test.draw_target_files

    def told(*args, **options):
        drawn = draw(*args, **options)
        engines.append(drawn.engine)
        return drawn

    monkeypatch.setattr(under_test, "draw_target_files", told)
    rows = [(f"{n:018}", "AB"[n % 2]) for n in range(60_000)]
    design = {"strata": [{"stratum": s, "rate": "1/2"} for s in "AB"], "reserves": 7}
    files = dict(
        zip(("frame.tsv", "commitment.json", "seed.txt"), case_of(rows, design), strict=True)
    )
    drawn = draw_target(*files.values())
    answers = [await post(http, DRAWS, zipped(files.items(), m)) for m in (0, 8)]
    expected = write_zip(
        {
            "selected.tsv": drawn.selected_tsv,
            "reserves.tsv": drawn.reserves_tsv,
            "published.tsv": drawn.published_tsv,
            "result.json": drawn.result_json,
        }
    )
    for answer in answers:
        assert answer.content == expected
        assert answer.headers["content-length"] == str(len(expected))
    assert len(expected) > 2**20
    assert engines == ["compiled", "compiled"]


async def test_an_infeasible_assignment_says_what_is_missing(http):
    for case in INFEASIBLE[:5]:
        found = feasibility(parse_assignment(canonical.dumps(case["assignment"])))
        body = (await post(http, ASSIGNMENTS, write_zip(inspector_files(case)))).json()
        assert str(found.certificate["demand"]) in body["detail"]
        assert str(found.certificate["capacity"]) in body["texts"]["en"]
        told = [(one["code"], one["texts"]["zh-CN"], one["texts"]["en"]) for one in body["errors"]]
        assert told == [(p.kind, p.zh, p.en) for p in found.proposals]
        assert body["error_count"] == len(found.proposals)


async def test_the_part_of_a_campaign_is_named(http):
    case = TARGETS[0]
    commitment = dict(case["commitment"])
    one = {member: commitment.pop(member) for member in ("frame", "excluded", "design")}
    commitment["parts"] = [{"name": "fire", **one}, {"name": "food", **one}]
    raw = canonical.dumps(commitment)
    header, _, *sources = case["seed_txt"].split("\n")
    seed_txt = "\n".join([header, sha256_hex(raw), *sources]).encode()
    body = write_zip(target_files(case) | {"commitment.json": raw, "seed.txt": seed_txt})
    for part in (None, "tax"):
        answer = await post(http, DRAWS, body, params={"part": part} if part else None)
        assert refusal(answer) == "part-unknown"
    answers = [await post(http, DRAWS, body, params={"part": part}) for part in ("fire", "food")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


CASES = {
    "open": (TARGETS[0], "audit", EXCLUDED),
    "sealed": (TARGETS[1], "audit", EXCLUDED),
    "public": (TARGETS[1], "public", EXCLUDED),
    "inspector": (FEASIBLE[0], "audit", None),
}


@pytest.mark.parametrize("kind", CASES)
async def test_a_bundle_that_holds(kind, http):
    case, profile, excluded = CASES[kind]
    members, key = make_bundle(case, profile, excluded=excluded)
    body = write_bundle(members)
    signed = await post(http, REPLAYS, body, params={"log_key": key})
    unsigned = await post(http, REPLAYS, body)
    assert signed.status_code == unsigned.status_code == 200
    assert signed.json()["ok"]
    assert unsigned.json()["ok"]
    verdicts = [
        {step["name"]: step["verdict"] for step in answer.json()["steps"]}
        for answer in (signed, unsigned)
    ]
    assert [one["log-signature"] for one in verdicts] == ["passed", "not-checked"]
    assert verdicts[0]["replay"] == ("not-checked" if kind == "public" else "passed")
    step = signed.json()["steps"][0]
    assert list(step) == ["name", "verdict", "member", "zh", "en"]
    repeated = await post(http, REPLAYS, body, params={"log_key": key})
    assert repeated.content == signed.content


@pytest.mark.parametrize("kind", CASES)
async def test_a_bundle_with_one_changed_byte_names_the_member(kind, http):
    case, profile, excluded = CASES[kind]
    members, _ = make_bundle(case, profile, excluded=excluded)
    chance = random.Random(kind)
    for member, data in members.items():
        if not data:
            continue
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1
        answer = await post(http, REPLAYS, write_zip({**members, member: bytes(changed)}))
        assert answer.status_code == 200
        failed = [step for step in answer.json()["steps"] if step["verdict"] == "failed"]
        assert not answer.json()["ok"]
        assert [step["member"] for step in failed] == [member]
        assert failed[0]["zh"]


async def test_a_bundle_without_a_member_is_an_answer_and_a_stranger_is_refused(http):
    members, _ = make_bundle(TARGETS[0], "audit")
    missing = with_sums({m: data for m, data in members.items() if m != "frame.tsv"})
    answer = await post(http, REPLAYS, write_zip(missing))
    assert answer.json()["steps"][0] | {"zh": "", "en": ""} == {
        "name": "members",
        "verdict": "failed",
        "member": "frame.tsv",
        "zh": "",
        "en": "",
    }
    strange = await post(http, REPLAYS, write_zip({**members, "notes.txt": b""}))
    assert refusal(strange) == "member-extra"


async def test_a_malformed_log_key_is_the_callers(http):
    members, key = make_bundle(TARGETS[0], "audit")
    for wrong in ("", "x", key.replace("+", " "), key[:-4]):
        answer = await post(http, REPLAYS, write_bundle(members), params={"log_key": wrong})
        assert refusal(answer) == "vkey-malformed"


@pytest.mark.parametrize("case", [TARGETS[0], TARGETS[1], TARGETS[4], TARGETS[19]], ids=name)
async def test_tickets_are_those_of_the_draw(case, http):
    salts = {
        line.split("\t")[0]: line.split("\t")[2]
        for line in case["frame_tsv"].splitlines()
        if case["commitment"]["frame"]["sealed"]
    }
    for line in case["selected_tsv"].splitlines()[:5]:
        _, _, object_id, ticket = line.split("\t")
        body = {"alg": case["commitment"]["alg"], "key": case["key_target"], "object_id": object_id}
        if object_id in salts:
            body["salt"] = salts[object_id]
        answer = await http.post(TICKETS, json=body)
        assert answer.json() == {"ticket": ticket}


async def test_the_examples_of_a_ticket_belong_together(http):
    asked, told = (
        {field: one.examples[0] for field, one in body.model_fields.items()}
        for body in (under_test.TicketCreate, under_test.TicketRead)
    )
    assert (await http.post(TICKETS, json=asked)).json() == told


async def test_a_ticket_without_salt(http):
    body = {"alg": "sha256", "key": "7" * 64, "object_id": "a"}
    plain = await http.post(TICKETS, json=body)
    explicit = await http.post(TICKETS, json={**body, "salt": None})
    assert plain.status_code == 200
    assert plain.content == explicit.content


async def test_the_loop_stays_free_and_few_draws_run_at_once(http, monkeypatch):
    running, most, let_go = 0, 0, threading.Event()
    loop, busy = asyncio.get_running_loop(), asyncio.Event()

    def slow(*_):
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            loop.call_soon_threadsafe(busy.set)
        assert let_go.wait(20)
        running -= 1
        raise DrawError("slow", "slow", "慢")

    monkeypatch.setattr(under_test, "_target_draw", slow)
    waiting = [
        asyncio.create_task(post(http, DRAWS, write_zip(target_files(TARGETS[0]))))
        for _ in range(5)
    ]
    await asyncio.wait_for(busy.wait(), 10)
    body = {"alg": "sha256", "key": "7" * 64, "object_id": "a"}
    quick = await asyncio.wait_for(http.post(TICKETS, json=body), 10)
    assert quick.status_code == 200
    let_go.set()
    assert {refusal(answer) for answer in await asyncio.gather(*waiting)} == {"slow"}
    assert most == 2


@pytest.mark.parametrize(
    "make",
    [document, lambda: create_sampling_service().openapi(), lambda: bare().openapi()],
    ids=["whole service", "sampling service", "bare"],
)
def test_the_document(make):
    made = make()
    if make is not document:  # that of the whole service is validated with the house
        validate(made)
    found = {}
    for path, item in made["paths"].items():
        if path.startswith("/v1/sampling"):
            found[path] = item["post"]["operationId"]
            check_operation(item["post"])
    assert found == {
        DRAWS: "replayTargetDraw",
        ASSIGNMENTS: "replayInspectorDraw",
        REPLAYS: "replayBundle",
        TICKETS: "computeTicket",
    }


def check_operation(operation):
    assert operation["tags"] == ["sampling"]
    assert operation["summary"]
    assert operation["description"]
    assert operation["requestBody"]["required"]
    for status, answer in operation["responses"].items():
        if status != "200":
            place = answer["content"]["application/problem+json"]
            assert place["schema"]
            for code, example in place["examples"].items():
                assert "$ref" in example or example["value"]["code"] == code


def test_it_is_served_alone_without_any_setting(tmp_path):
    """No database is named and none is there: nothing but the program."""
    command = [sys.executable, "-m", "app.cli", "serve", "--sampling-only", "--port", "0"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            address = process.stdout.readline().strip()
            kind = {"Content-Type": "application/zip"}
            body = write_zip(target_files(TARGETS[1]))
            answer = httpx.post(f"{address}{DRAWS}", content=body, headers=kind, timeout=60)
            missing = httpx.get(f"{address}/v1/plans", timeout=60)
        finally:
            process.terminate()
    assert unzipped(answer.content)["result.json"] == TARGETS[1]["result_json"].encode()
    assert missing.status_code == 404
    assert not list(tmp_path.iterdir())


def test_the_router_needs_nothing_of_the_service():
    program = (
        "import sys, app.sampling.router\n"
        "banned = ('sqlalchemy', 'asyncpg', 'pydantic_settings', 'alembic', 'cryptography', "
        "'app.core', 'app.main')\n"
        "print([m for m in sys.modules if m.startswith(banned)])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
