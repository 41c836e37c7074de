"""The operations of the draw as a client calls them: in its own service, and in a bare application."""

import io
import warnings
import zipfile

import httpx
from bundles import own_vectors
from fastapi import FastAPI

from app.core import problems
from app.main import create_sampling_service
from app.sampling import router as under_test
from app.sampling.openlot1 import canonical

TARGETS = own_vectors("openlot1-target.json")["cases"]

INSPECTORS = own_vectors("openlot1-inspector.json")["cases"]

FEASIBLE = [case for case in INSPECTORS if case["result_json"] is not None]

INFEASIBLE = [case for case in INSPECTORS if case["result_json"] is None]

DRAWS, ASSIGNMENTS = "/v1/sampling/draws", "/v1/sampling/assignments"

REPLAYS, TICKETS = "/v1/sampling/replays", "/v1/sampling/tickets"


def bare():
    app = FastAPI()
    app.include_router(under_test.router)
    return app


APPS = {"service": create_sampling_service, "bare": bare}


def client_of(app):
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://openlot.test")


def target_files(case):
    return {
        "commitment.json": canonical.dumps(case["commitment"]),
        "seed.txt": case["seed_txt"].encode(),
        "frame.tsv": case["frame_tsv"].encode(),
    }


def inspector_files(case):
    return {
        "commitment.json": canonical.dumps(case["commitment"]),
        "seed.txt": case["seed_txt"].encode(),
        "assignment.json": canonical.dumps(case["assignment"]),
    }


def zipped(entries, method=zipfile.ZIP_STORED):
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", method) as archive:
        warnings.filterwarnings("ignore", "Duplicate name")
        for member, data in entries:
            archive.writestr(member, data)
    return target.getvalue()


def unzipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {member: archive.read(member) for member in archive.namelist()}


async def post(client, path, body, *, kind="application/zip", **options):
    return await client.post(path, content=body, headers={"Content-Type": kind}, **options)


def refusal(answer, status=422):
    """The code of a problem whose shape is the one of the service, member by member."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "zh-CN"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    parsed = problems.Problem.model_validate(body, by_alias=True)
    assert parsed.model_dump(mode="json", by_alias=True) == body
    assert list(body) == list(problems.Problem.model_fields)
    assert body["status"] == status
    assert body["title"] == body["code"]
    assert body["type"] == problems.TYPE_BASE + body["code"]
    assert body["detail"] == body["texts"]["zh-CN"]
    assert body["texts"]["en"]
    return body["code"]
