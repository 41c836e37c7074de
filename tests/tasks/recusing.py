"""What tests of recusals share."""

import io
import json
import zipfile
from typing import Any

from app.core.dispatch import dispatch_once
from app.main import HANDLERS
from tests.factories import Given, Key

Made = dict[str, Any]


async def settle(given: Given) -> None:
    """Let the service see all that has happened."""
    while await dispatch_once(given.app.state.database, HANDLERS):
        pass


def recusal_body(part: Made, **changes: Any) -> Made:
    """What a firm asks for: that the part's first officer keeps away."""
    return {
        "department_code": part["department_code"],
        "staff_no": part["officers"][0],
        "object_code": part["object_code"],
        "ground": "kinship",
        "asking_party": "企业负责人",
        "asked_on": "2026-03-02",
        "evidence": "回避申请书 1 号",
        **changes,
    }


def decision_body(outcome: str = "granted", **changes: Any) -> Made:
    return {"outcome": outcome, "reason": "配偶持股", "document_no": "回避决〔2026〕1号", **changes}


async def requested(given: Given, part: Made, person: str = "clerk", **changes: Any) -> Made:
    """A request of a firm that a clerk of the part's department has entered."""
    clerk = await given.officer_key(person, part["department_code"])
    return await given.post("/v1/recusals", clerk, json=recusal_body(part, **changes))


async def decided(
    given: Given, recusal: Made, outcome: str = "granted", head: str = "head"
) -> Made:
    """What the head of the department has decided."""
    by = await given.officer_key(head, recusal["department_code"])
    path = f"/v1/recusals/{recusal['id']}/decision"
    return await given.post(path, by, json=decision_body(outcome))


async def declared(given: Given, part: Made, staff_no: str, **changes: Any) -> Made:
    """An interest that an officer has declared."""
    own = await given.officer_key(staff_no, part["department_code"])
    body = {
        "department_code": part["department_code"],
        "staff_no": staff_no,
        "object_code": part["object_code"],
        "ground": "investment",
        **changes,
    }
    return await given.post("/v1/registry/interests", own, json=body)


async def recusals(given: Given, key: Key, **wanted: Any) -> list[Made]:
    answer = await given.http.get("/v1/recusals", auth=key, params={"limit": 200, **wanted})
    assert answer.status_code == 200, answer.text
    items: list[Made] = answer.json()["items"]
    return items


async def shown(given: Given, key: Key, path: str) -> Made:
    answer = await given.http.get(path, auth=key)
    assert answer.status_code == 200, answer.text
    body: Made = answer.json()
    return body


async def notices(given: Given, key: Key, task: Made, **wanted: Any) -> list[Made]:
    path = f"/v1/inspection-tasks/{task['national_key']}/officer-notices"
    answer = await given.http.get(path, auth=key, params={"limit": 200, **wanted})
    assert answer.status_code == 200, answer.text
    items: list[Made] = answer.json()["items"]
    return items


async def bundle_of(given: Given, key: Key, draw_id: str) -> bytes:
    address = f"/v1/draws/{draw_id}/attempts/1/bundles/audit"
    return (await given.http.get(address, auth=key)).content


async def assignment_of(given: Given, key: Key, draw_id: str) -> Made:
    """assignment.json of an inspector draw."""
    archive = zipfile.ZipFile(io.BytesIO(await bundle_of(given, key, draw_id)))
    found: Made = json.loads(archive.read("assignment.json"))
    return found


def excluded(assignment: Made, object_code: str) -> set[str]:
    """Who may not visit an object."""
    (team,) = [one for one in assignment["teams"] if one["id"] == object_code]
    return {name for group in team["groups"] for name in group["excludes"]}
