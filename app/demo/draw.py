"""The chapters of the demo that draw: a plan line, its objects, its officers."""

import secrets
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from app.demo.people import CUSTODIAN, HEAD, LEAD, OFFICER, People
from app.demo.registry import Scope
from app.demo.service import Client
from app.demo.story import Story

RATES = {"A": "0.01", "B": "0.03", "C": "0.10", "D": "0.50", "U": "0.03"}
LEAD_S = 1
DICE_DIGITS = 20
WINDOW_DAYS = 60
SEATS_PER_OFFICER = 40
RECUSALS = 3


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw that was made."""

    address: str
    draw_id: str


def lead_of(people: People, scope: Scope) -> Client:
    """The official of the lead department, who sees the partner's part too."""
    return people.one("demo-lead", scope.departments[0], LEAD, *scope.departments[1:])


def head_of(people: People, scope: Scope) -> Client:
    return people.one("demo-head", scope.departments[0], HEAD, *scope.departments[1:])


def custodians_of(people: People, scope: Scope) -> list[Client]:
    """Two people who hold the operator's secret in sealed envelopes."""
    lead, *partners = scope.departments
    return [people.one(f"demo-custodian-{n}", lead, CUSTODIAN, *partners) for n in (1, 2)]


def plan(people: People, scope: Scope, story: Story) -> str:
    """A plan with one joint line, submitted by one person, approved by another, published."""
    story.chapter("制定部门联合抽查计划", "A joint plan")
    lead, head = lead_of(people, scope), head_of(people, scope)
    today = date.today()  # noqa: DTZ011 -- the plan is for the demo's own day
    plan_body = {
        "department_code": scope.departments[0],
        "year": today.year,
        "name": "部门联合“双随机、一公开”抽查计划（演示）",
    }
    made = lead.post("/v1/plans", plan_body)
    line = _line(lead, f"/v1/plans/{made['code']}/lines", scope, today, story)
    lead.post(f"/v1/plans/{made['code']}/submission")
    head.post(f"/v1/plans/{made['code']}/approval")
    early = lead.refused("plan-not-published", "/v1/draws", {"plan_line_code": line})
    lead.post("/v1/publications", {"kind": "plan", "subject": made["code"]})
    story.tell(
        f"一人提交、另一人审批后公示；公示之前抽取被拒绝：{early}",
        f"submitted by one person, approved by another, published; drawing before: {early}",
    )
    return line


def _line(lead: Client, address: str, scope: Scope, today: date, story: Story) -> str:
    body = {
        "name": "经营主体信用风险分类部门联合抽查",
        "items": [{"department_code": d, "item_code": i} for d, i in scope.items],
        "regions": [scope.region],
        "industries": scope.industries,
        "class_rates": [{"credit_class": c, "rate": r} for c, r in RATES.items()],
        "reserves": 2,
        "window_start": today.isoformat(),
        "window_end": (today + timedelta(days=WINDOW_DAYS)).isoformat(),
    }
    too_high = [{"credit_class": "A", "rate": "1.5"}]
    code = lead.refused("rate-above-one", address, {**body, "class_rates": too_high})
    line = lead.post(address, body)
    story.tell(
        f"{line['code']}：区划 {scope.region}，行业 {'、'.join(scope.industries)}，"
        f"部门 {'、'.join(scope.departments)}",
        f"{line['code']}: region {scope.region}, industries {', '.join(scope.industries)}, "
        f"departments {', '.join(scope.departments)}",
    )
    story.tell(
        "比例：A 1 %，B 3 %，C 10 %，D 50 %；U（未分类）按 B 级 3 %",
        "rates: A 1 %, B 3 %, C 10 %, D 50 %; U (not classified) as B, 3 %",
    )
    story.tell(f"比例 150 % 被拒绝：{code}", f"a rate of 150 % is refused: {code}")
    return str(line["code"])


def draw_objects(people: People, scope: Scope, line: str, story: Story) -> Drawn:
    """第一个随机: freeze, commit, seed, draw the objects."""
    story.chapter("第一个随机：抽取检查对象", "The first random: whom to inspect")
    lead = lead_of(people, scope)
    drawn = _begin(lead, {"plan_line_code": line})
    details = lead.post(f"{drawn.address}/freeze")["steps"][-1]["details"]
    frame, excluded = details["frame"], details["excluded"]
    story.tell(
        f"冻结名单：{frame['count']:,} 户可抽，{excluded['count']:,} 户因注销、吊销排除",
        f"frame frozen: {frame['count']:,} objects to draw from, {excluded['count']:,} left out "
        "as deregistered",
    )
    custodians = custodians_of(people, scope)
    result = _commit_and_draw(lead, custodians, drawn, story, show_refusals=True)
    _tell_strata(result, story)
    return drawn


def draw_officers(
    people: People, scope: Scope, line: str, objects: list[str], story: Story
) -> Drawn:
    """第二个随机: recusals are declared, then officers are drawn for the drawn objects."""
    story.chapter("第二个随机：抽取执法检查人员", "The second random: who inspects")
    lead = lead_of(people, scope)
    _recuse(people, scope, objects, story)
    drawn = _begin(lead, {"plan_line_code": line, "stage": "inspector", "cap": SEATS_PER_OFFICER})
    details = lead.post(f"{drawn.address}/freeze")["steps"][-1]["details"]
    expiring = details["left_out"].get("certificate-expires", 0)
    story.tell(
        f"席位 {details['seats']} 个；可抽人员 {details['eligible']} 名，"
        f"证件在检查期限内到期的 {expiring} 名不参加",
        f"{details['seats']} seats; {details['eligible']} officers may be drawn, {expiring} are "
        "left out whose certificates expire inside the window",
    )
    _commit_and_draw(lead, custodians_of(people, scope), drawn, story)
    seats = lead.all(f"/v1/draws/{drawn.draw_id}/seats")
    loads = Counter(seat["staff_no"] for seat in seats)
    story.tell(
        f"每户每部门两人，共 {len(loads)} 人，席位最多者 {max(loads.values())} 个",
        f"two officers of each department at each object, {len(loads)} people, "
        f"{max(loads.values())} seats at most for one",
    )
    return drawn


def draw_substitute(people: People, scope: Scope, draw_id: str, story: Story) -> None:
    """A replacement is a small draw of its own, with its own commitment and a fresh source."""
    lead = lead_of(people, scope)
    drawn = Drawn(f"/v1/draws/{draw_id}/attempts/1", draw_id)
    lead.post(f"{drawn.address}/freeze")
    _commit_and_draw(lead, custodians_of(people, scope), drawn, story)


def _recuse(people: People, scope: Scope, objects: list[str], story: Story) -> None:
    for n, code in enumerate(objects[:RECUSALS], start=1):
        department = scope.departments[0]
        staff_no = f"{department}-{n:04d}"
        officer = people.one(staff_no, department, OFFICER)
        body = {
            "department_code": department,
            "staff_no": staff_no,
            "object_code": code,
            "ground": "kinship",
        }
        officer.post("/v1/registry/interests", body)
    story.tell(
        f"{RECUSALS} 名人员本人申报回避，抽取时自动排除",
        f"{RECUSALS} officers declared an interest themselves; no draw seats them there",
    )


def _begin(lead: Client, body: dict[str, Any]) -> Drawn:
    made = lead.post("/v1/draws", body)
    address = f"/v1/draws/{made['draw_id']}/attempts/{made['attempt']}"
    return Drawn(address, str(made["draw_id"]))


def _commit_and_draw(
    lead: Client,
    custodians: list[Client],
    drawn: Drawn,
    story: Story,
    *,
    show_refusals: bool = False,
) -> dict[str, Any]:
    """Commit, wait for the committed moment, set the seed and draw; the details of the result."""
    secret = secrets.token_bytes(32)
    digest = sha256(secret).hexdigest()
    address = drawn.address
    if show_refusals:
        alone = lead.refused("custodians-too-few", f"{address}/commitment", _commitment(digest))
        story.tell(
            f"秘密值未经两名保管人封存就登记承诺被拒绝：{alone}",
            f"committing before two custodians hold the secret is refused: {alone}",
        )
    _deposit(custodians, drawn, digest)
    commitment = _commitment(digest)
    not_before = datetime.fromisoformat(commitment["not_before"])
    cd = lead.post(f"{address}/commitment", commitment)["steps"][-1]["details"]["cd"]
    story.tell(
        f"承诺已入册：{drawn.draw_id}，cd {cd}", f"commitment logged: {drawn.draw_id}, cd {cd}"
    )
    seed = _seed(secret, not_before)
    if show_refusals:
        early = lead.refused("seed-too-early", f"{address}/seed", seed)
        story.tell(
            f"时间未到就交种子被拒绝：{early}", f"a seed before its time is refused: {early}"
        )
    wait = (not_before.replace(microsecond=0) - datetime.now(UTC)).total_seconds()
    time.sleep(max(0.0, wait + 0.05))
    lead.post(f"{address}/seed", seed)
    result: dict[str, Any] = lead.post(f"{address}/result")["steps"][-1]["details"]
    if show_refusals:
        second = lead.refused("seed-already-set", f"{address}/seed", seed)
        again = lead.refused("draw-drawn-already", f"{address}/result")
        story.tell(
            f"再交一个种子被拒绝：{second}；再抽一次被拒绝：{again}",
            f"a second seed is refused: {second}; drawing again is refused: {again}",
        )
    return result


def _deposit(custodians: list[Client], drawn: Drawn, digest: str) -> None:
    """Each custodian confirms that they hold the secret of this SHA-256."""
    for number, custodian in enumerate(custodians, start=1):
        body = {"sha256": digest, "envelope": f"演示-{number}"}
        custodian.post(f"{drawn.address}/escrow-receipts", body)


def _commitment(digest: str) -> dict[str, Any]:
    """A secret and dice, a few moments from now."""
    not_before = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=LEAD_S + 1)
    return {
        "sources": [
            {"type": "reveal", "sha256": digest},
            {"type": "dice", "digits": DICE_DIGITS},
        ],
        "not_before": not_before.isoformat(),
    }


def _seed(secret: bytes, held_at: datetime) -> dict[str, Any]:
    """The operator's secret and the dice, with minutes signed in three roles."""
    roles = ("operator", "witness", "notary")
    signed = [{"role": role, "name": f"演示{n}"} for n, role in enumerate(roles, start=1)]
    minutes = {"held_at": held_at.isoformat(), "place": "演示", "signed_by": signed}
    digits = "".join(str(secrets.randbelow(6) + 1) for _ in range(DICE_DIGITS))
    return {
        "sources": [
            {"type": "reveal", "value": secret.hex()},
            {"type": "dice", "value": digits, "minutes": minutes},
        ]
    }


def _tell_strata(result: dict[str, Any], story: Story) -> None:
    heading = story.words(
        "等级,名单（户）,比例,抽中（户）", "class,frame (objects),rate,drawn (objects)"
    )
    rows = [
        (s["stratum"], f"{s['count']:,}", s["rate"], f"{s['drawn']:,}") for s in result["strata"]
    ]
    story.table([tuple(heading.split(",")), *rows])
    count = result["selected"]["count"]
    story.tell(f"共抽中 {count:,} 户", f"{count:,} objects drawn")
