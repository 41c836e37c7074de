"""Chapters two and three of the demo: a plan line, and its target draw."""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from app.demo.registry import Scope
from app.demo.service import Client
from app.demo.story import Story

RATES = {"A": "0.01", "B": "0.03", "C": "0.10", "D": "0.50", "U": "0.03"}
LEAD_S = 2
DICE = "31415926535897932384"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw that was made."""

    address: str
    draw_id: str
    first: dict[str, Any]
    """The first drawn object."""


def plan(client: Client, scope: Scope, story: Story) -> str:
    """Make a plan with one line; its code."""
    story.chapter("制定计划条目", "A plan line")
    today = date.today()  # noqa: DTZ011 -- the plan is for the demo's own day
    made = client.post(
        "/v1/plans",
        {"department_code": scope.department, "year": today.year, "name": "演示抽查计划"},
    )
    body = {
        "name": "经营主体信用风险分类抽查",
        "items": [{"department_code": scope.department, "item_code": scope.item}],
        "regions": [scope.region],
        "industries": scope.industries,
        "class_rates": [{"credit_class": c, "rate": r} for c, r in RATES.items()],
        "reserves": 2,
        "window_start": today.isoformat(),
        "window_end": (today + timedelta(days=60)).isoformat(),
    }
    address = f"/v1/plans/{made['code']}/lines"
    too_high = [{"credit_class": "A", "rate": "1.5"}]
    code = client.refused(address, {**body, "class_rates": too_high})
    line = client.post(address, body)
    story.tell(
        f"{line['code']}：区划 {scope.region}，行业 {'、'.join(scope.industries)}",
        f"{line['code']}: region {scope.region}, industries {', '.join(scope.industries)}",
    )
    story.tell(
        "比例：A 1 %，B 3 %，C 10 %，D 50 %；U（未分类）按 B 级 3 %",
        "rates: A 1 %, B 3 %, C 10 %, D 50 %; U (not classified) as B, 3 %",
    )
    story.tell(f"比例 150 % 被拒绝：{code}", f"a rate of 150 % is refused: {code}")
    return str(line["code"])


def draw(client: Client, line: str, story: Story) -> Drawn:
    """Freeze, commit, seed, draw."""
    story.chapter("抽取检查对象", "The target draw")
    made = client.post("/v1/draws", {"plan_line_code": line})
    address = f"/v1/draws/{made['draw_id']}/attempts/{made['attempt']}"
    _freeze(client, address, story)
    secret = secrets.token_bytes(32)
    not_before = _commit(client, address, secret, story)
    _seed(client, address, secret, not_before, story)
    result = client.post(f"{address}/result")["steps"][-1]["details"]
    _tell_result(result, story)
    again = client.refused(f"{address}/result")
    story.tell(f"再抽一次被拒绝：{again}", f"drawing again is refused: {again}")
    first = client.get(f"{address}/selected?limit=1")["items"][0]
    return Drawn(address, str(made["draw_id"]), first)


def _freeze(client: Client, address: str, story: Story) -> None:
    details = client.post(f"{address}/freeze")["steps"][-1]["details"]
    frame, excluded = details["frame"], details["excluded"]
    story.tell(
        f"冻结名单：{frame['count']:,} 户可抽，{excluded['count']:,} 户因注销、吊销排除",
        f"frame frozen: {frame['count']:,} objects to draw from, {excluded['count']:,} left out "
        "as deregistered",
    )
    story.tell(f"frame.tsv SHA-256 {frame['sha256']}", f"frame.tsv SHA-256 {frame['sha256']}")


def _commit(client: Client, address: str, secret: bytes, story: Story) -> datetime:
    not_before = datetime.now(UTC) + timedelta(seconds=LEAD_S)
    body = {
        "sources": [
            {"type": "reveal", "sha256": sha256(secret).hexdigest()},
            {"type": "dice", "digits": len(DICE)},
        ],
        "not_before": not_before.isoformat(),
    }
    cd = client.post(f"{address}/commitment", body)["steps"][-1]["details"]["cd"]
    story.tell(f"承诺已入册：cd {cd}", f"commitment logged: cd {cd}")
    return not_before


def _seed(client: Client, address: str, secret: bytes, not_before: datetime, story: Story) -> None:
    roles = ("operator", "witness", "notary")
    signed = [{"role": role, "name": f"演示{n}"} for n, role in enumerate(roles, start=1)]
    minutes = {"held_at": not_before.isoformat(), "place": "演示", "signed_by": signed}
    body = {
        "sources": [
            {"type": "reveal", "value": secret.hex()},
            {"type": "dice", "value": DICE, "minutes": minutes},
        ]
    }
    early = client.refused(f"{address}/seed", body)
    story.tell(f"时间未到就交种子被拒绝：{early}", f"a seed before its time is refused: {early}")
    time.sleep(max(0.0, (not_before - datetime.now(UTC)).total_seconds() + 0.2))
    client.post(f"{address}/seed", body)
    second = client.refused(f"{address}/seed", body)
    story.tell(f"再交一个种子被拒绝：{second}", f"a second seed is refused: {second}")


def _tell_result(result: dict[str, Any], story: Story) -> None:
    heading = story.words(
        "等级,名单（户）,比例,抽中（户）", "class,frame (objects),rate,drawn (objects)"
    )
    rows = [
        (s["stratum"], f"{s['count']:,}", s["rate"], f"{s['drawn']:,}") for s in result["strata"]
    ]
    story.table([tuple(heading.split(",")), *rows])
    count = result["selected"]["count"]
    story.tell(f"共抽中 {count:,} 户", f"{count:,} objects drawn")
