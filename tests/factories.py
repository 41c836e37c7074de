"""One small function a noun; every argument has a default. All goes through the HTTP API."""

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from app.bootstrap import make_key
from app.core.clock import now as clock
from app.core.settings import Settings
from app.demo.uscc import check_character, organisation_check_character

DEPARTMENT = "610403-SCJG"
OTHER_DEPARTMENT = "610403-YJGL"
REGION = "610403"
DIVISIONS = (
    "code,name,full_name,level,parent_code,status,valid_from,valid_to,successor_codes\n"
    "610000,陕西省,陕西省,province,,current,1981,,\n"
    "610400,咸阳市,陕西省咸阳市,prefecture,610000,current,1984,,\n"
    "610403,杨陵区,陕西省咸阳市杨陵区,county,610400,current,1982,,\n"
    "610404,渭城区,陕西省咸阳市渭城区,county,610400,current,1986,,\n"
)
INDUSTRIES = (
    "code,name,level,parent_code,section_code\n"
    "F,批发和零售业,section,,F\n51,批发业,division,F,F\n52,零售业,division,F,F\n"
    "H,住宿和餐饮业,section,,H\n62,餐饮业,division,H,H\n"
)
REVEAL = "ab" * 32
DICE = "52117850255171607909"
CUSTODIANS = ("custodian-1", "custodian-2")
_keys = itertools.count(1)


class Key(httpx.Auth):
    """A key, and an Idempotency-Key of its own for each creating request that brings none."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self.secret}"
        if request.method == "POST" and "Idempotency-Key" not in request.headers:
            request.headers["Idempotency-Key"] = f"test-key-{next(_keys):08d}"
        yield request


def object_code(number: int, region: str = REGION) -> str:
    """A valid unified social credit code of an enterprise."""
    organisation = f"WY{number:06d}"
    body = f"91{region}{organisation}{organisation_check_character(organisation)}"
    return body + check_character(body)


def objects_csv(count: int = 40, *, region: str = REGION, status: str = "存续") -> str:
    """Objects 1 to `count`."""
    rows = "".join(
        f"{object_code(n, region)},第{n}号商店,企业,{region},52,2020-01-02,{status}\n"
        for n in range(1, count + 1)
    )
    return "uscc,name,object_class,region_code,industry_code,established,status\n" + rows


def classes_csv(count: int = 40, classes: str = "ABCD") -> str:
    """Classes of objects 1 to `count`, in turn."""
    rows = (f"{object_code(n)},{classes[n % len(classes)]}\n" for n in range(1, count + 1))
    return "uscc,credit_class\n" + "".join(rows)


def minutes(*roles: str, held_at: datetime | None = None) -> dict[str, Any]:
    """Minutes of an act that was held `held_at`, in two minutes if left out: then `Given.seed`
    gives its values."""
    signed = [{"role": role, "name": f"签字人{n}"} for n, role in enumerate(roles, start=1)]
    moment = held_at or datetime.now(UTC) + timedelta(minutes=2)
    return {"held_at": moment.isoformat(), "place": "杨陵区政务大厅", "signed_by": signed}


def sources() -> list[dict[str, Any]]:
    digest = hashlib.sha256(bytes.fromhex(REVEAL)).hexdigest()
    return [{"type": "reveal", "sha256": digest}, {"type": "dice", "digits": 20}]


def seed_values() -> list[dict[str, Any]]:
    return [
        {"type": "reveal", "value": REVEAL},
        {"type": "dice", "value": DICE, "minutes": minutes("operator", "witness", "notary")},
    ]


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client without a key."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://openlot.test")


class Given:
    """What stands at the beginning of a test."""

    def __init__(self, http: httpx.AsyncClient, settings: Settings, app: FastAPI) -> None:
        self.http, self.settings, self.app = http, settings, app
        self._custodians: dict[str, Key] = {}

    async def key(
        self,
        *permissions: str,
        department: str = DEPARTMENT,
        sees: tuple[str, ...] = (),
        person: str | None = None,
    ) -> Key:
        """A key of a department, or of a person; without `permissions` it may do everything."""
        return Key(await make_key(self.settings, department, "test", sees, permissions, person))

    async def admin(self) -> Key:
        return await self.key(sees=("*",))

    def at(self, moment: datetime) -> None:
        """Stop the clock of the service at `moment`; undone by `now_again`."""

        async def stopped() -> datetime:
            return moment

        self.app.dependency_overrides[clock] = stopped

    def now_again(self) -> None:
        self.app.dependency_overrides.pop(clock, None)

    async def post(self, path: str, key: Key, **request: Any) -> dict[str, Any]:
        answer = await self.http.post(path, auth=key, **request)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def upload(
        self,
        path: str,
        key: Key,
        csv: str | bytes,
        headers: dict[str, str] | None = None,
        **params: str,
    ) -> httpx.Response:
        content = csv.encode() if isinstance(csv, str) else csv
        sent = {"Content-Type": "text/csv", **(headers or {})}
        return await self.http.post(path, auth=key, params=params, content=content, headers=sent)

    async def upload_objects(
        self,
        key: Key,
        csv: str | bytes | None = None,
        department: str = DEPARTMENT,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Whatever comes of it."""
        return await self.upload(
            "/v1/registry/object-imports",
            key,
            objects_csv() if csv is None else csv,
            headers,
            department=department,
            source="登记注册库",
        )

    async def upload_classes(
        self, key: Key, csv: str | None = None, valid_from: str = "2026-01-01"
    ) -> httpx.Response:
        """Whatever comes of it."""
        return await self.upload(
            "/v1/registry/credit-class-imports",
            key,
            csv or classes_csv(),
            department=DEPARTMENT,
            source="信用分类系统",
            valid_from=valid_from,
        )

    async def departments(self, key: Key, *codes: str) -> None:
        rows = [{"code": code, "name": f"部门{code}"} for code in codes or (DEPARTMENT,)]
        await self.post("/v1/registry/department-imports", key, json={"departments": rows})

    async def code_tables(self, key: Key) -> None:
        for name, csv in (("division", DIVISIONS), ("industry", INDUSTRIES)):
            answer = await self.upload(f"/v1/registry/{name}-imports", key, csv, source="test")
            assert answer.status_code == 201, answer.text

    async def objects(self, key: Key, csv: str | None = None, department: str = DEPARTMENT) -> None:
        answer = await self.upload_objects(key, csv, department)
        assert answer.status_code == 201, answer.text

    async def classes(
        self, key: Key, csv: str | None = None, valid_from: str = "2026-01-01"
    ) -> None:
        answer = await self.upload_classes(key, csv, valid_from)
        assert answer.status_code == 201, answer.text

    async def upload_items(
        self, key: Key, items: list[dict[str, Any]], department: str = DEPARTMENT
    ) -> httpx.Response:
        """Whatever comes of it."""
        body = {"department_code": department, "source": "清单", "items": items}
        return await self.http.post("/v1/registry/inspection-item-imports", auth=key, json=body)

    async def items(self, key: Key, department: str = DEPARTMENT) -> None:
        items = [{"code": "SC-01", "name": "登记事项检查"}]
        answer = await self.upload_items(key, items, department)
        assert answer.status_code == 201, answer.text
        await self.publish_items(key, department)

    async def publish_items(self, key: Key, department: str = DEPARTMENT) -> None:
        """Make public what a department's list holds and is not public yet."""
        body = {"department_code": department}
        await self.post("/v1/registry/inspection-item-publications", key, json=body)

    async def registry(self, key: Key) -> None:
        """Department, code tables, 40 objects of classes A to D, one item."""
        await self.departments(key)
        await self.code_tables(key)
        await self.objects(key)
        await self.classes(key)
        await self.items(key)

    async def plan(self, key: Key, department: str = DEPARTMENT) -> str:
        body = {"department_code": department, "year": 2026, "name": "年度抽查计划"}
        return str((await self.post("/v1/plans", key, json=body))["code"])

    async def plan_line(self, key: Key, plan: str | None = None, **changes: Any) -> str:
        plan = plan or await self.plan(key)
        line = await self.post(f"/v1/plans/{plan}/lines", key, json=line_body(**changes))
        return str(line["code"])

    async def publish_plan(self, key: Key, plan: str) -> None:
        """Submit the plan, have another person approve it, and publish it; once."""
        shown = (await self.http.get(f"/v1/plans/{plan}", auth=key)).json()
        if shown["state"] == "published":
            return
        await self.post(f"/v1/plans/{plan}/submission", key)
        other = await self.key(sees=("*",), person="head-of-office")
        await self.post(f"/v1/plans/{plan}/approval", other)
        await self.post("/v1/publications", key, json={"kind": "plan", "subject": plan})

    async def draw(self, key: Key, line: str | None = None, **options: Any) -> str:
        """The address of a new draw of a published line."""
        line = line or await self.plan_line(key)
        await self.publish_plan(key, line.rpartition("-")[0])
        made = await self.post("/v1/draws", key, json={"plan_line_code": line, **options})
        return address_of(made)

    async def freeze(self, key: Key, address: str) -> str:
        await self.post(f"{address}/freeze", key)
        return address

    async def escrow(self, address: str, *persons: str, digest: str | None = None) -> str:
        """Custodians confirm that they hold a secret: that of `sources`, if left out."""
        body = {"sha256": digest or sources()[0]["sha256"], "envelope": "密封-1"}
        for person in persons or CUSTODIANS:
            await self.post(f"{address}/escrow-receipts", await self.custodian(person), json=body)
        return address

    async def custodian(self, person: str) -> Key:
        """The key of a person who holds secrets in escrow."""
        if person not in self._custodians:
            self._custodians[person] = await self.key("draws:seed", sees=("*",), person=person)
        return self._custodians[person]

    async def commit(self, key: Key, address: str) -> str:
        """Commit now, once two custodians hold the secret; the seed may come a minute later."""
        await self.escrow(address)
        not_before = datetime.now(UTC) + timedelta(minutes=1)
        body = {"sources": sources(), "not_before": not_before.isoformat()}
        await self.post(f"{address}/commitment", key, json=body)
        return address

    async def seed(self, key: Key, address: str) -> str:
        self.at(datetime.now(UTC) + timedelta(minutes=2))
        await self.post(f"{address}/seed", key, json={"sources": seed_values()})
        return address

    async def frozen(self, key: Key, line: str | None = None) -> str:
        return await self.freeze(key, await self.draw(key, line))

    async def committed(self, key: Key, line: str | None = None) -> str:
        return await self.commit(key, await self.frozen(key, line))

    async def seeded(self, key: Key, line: str | None = None) -> str:
        return await self.seed(key, await self.committed(key, line))

    async def drawn(self, key: Key, line: str | None = None) -> str:
        """The address of a target draw that was made."""
        return await self.finish(key, await self.draw(key, line))

    async def finish(self, key: Key, address: str) -> str:
        """Take a draw from its draft to its result."""
        self.now_again()
        await self.freeze(key, address)
        await self.commit(key, address)
        await self.seed(key, address)
        await self.post(f"{address}/result", key)
        self.now_again()
        return address

    async def inspectors(
        self, key: Key, department: str = DEPARTMENT, csv: str | None = None
    ) -> None:
        answer = await self.upload(
            "/v1/registry/inspector-imports",
            key,
            csv or inspectors_csv(department),
            department=department,
            source="人事库",
        )
        assert answer.status_code == 201, answer.text

    async def joint_registry(self, key: Key) -> None:
        """The registry of two departments: 40 objects, an item and ten officers of each."""
        await self.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
        await self.code_tables(key)
        await self.objects(key)
        await self.classes(key)
        for department in (DEPARTMENT, OTHER_DEPARTMENT):
            await self.items(key, department)
            await self.inspectors(key, department)

    async def joint_line(self, key: Key, **changes: Any) -> str:
        """A line with an item of each of the two departments."""
        both = (DEPARTMENT, OTHER_DEPARTMENT)
        items = [{"department_code": d, "item_code": "SC-01"} for d in both]
        return await self.plan_line(key, **{"items": items, **changes})

    async def officers_drawn(self, key: Key) -> tuple[str, str]:
        """A joint line whose objects and officers are drawn: line code, inspector draw's id."""
        line = await self.joint_line(key)
        await self.finish(key, await self.draw(key, line))
        return line, await self.officers(key, line)

    async def officers(self, key: Key, line: str, **options: Any) -> str:
        """Draw objects and officers of a line; id of the inspector draw."""
        address = await self.finish(key, await self.draw(key, line, stage="inspector", **options))
        return address.split("/")[3]

    async def task(self, key: Key, objects: int = 2, **changes: Any) -> dict[str, Any]:
        """A dispatched task of the two departments, with 1 to 4 objects."""
        line = await self.joint_line(key, class_rates=rates_of(objects), **changes)
        await self.finish(key, await self.draw(key, line))
        await self.officers(key, line)
        return await self.post("/v1/inspection-tasks", key, json={"plan_line_code": line})

    async def parts(self, key: Key, task: dict[str, Any], **wanted: Any) -> list[dict[str, Any]]:
        """The parts of a task that a key sees, by object and department."""
        address = f"/v1/inspection-tasks/{task['national_key']}/inspections"
        answer = await self.http.get(address, auth=key, params={"limit": 200, **wanted})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def officer_key(self, staff_no: str, department: str = DEPARTMENT) -> Key:
        """The key of an officer, who sees their own department."""
        return await self.key(department=department, person=staff_no)

    async def findings(
        self, task: dict[str, Any], part: dict[str, Any], **changes: Any
    ) -> dict[str, Any]:
        """Findings that the part's first officer enters."""
        officer = await self.officer_key(part["officers"][0], part["department_code"])
        body = findings_body(part, **changes)
        return await self.post(findings_of(task, part), officer, json=body)

    async def signed(
        self, task: dict[str, Any], part: dict[str, Any], **changes: Any
    ) -> dict[str, Any]:
        """Findings that the part's second officer has signed."""
        entered = await self.findings(task, part, **changes)
        officer = await self.officer_key(part["officers"][1], part["department_code"])
        address = f"{findings_of(task, part)}/{entered['version']}/signatures"
        body = {"department_code": part["department_code"]}
        return await self.post(address, officer, json=body)

    async def approved(
        self, task: dict[str, Any], part: dict[str, Any], **changes: Any
    ) -> dict[str, Any]:
        """Findings that a head of the part's department has approved."""
        signed = await self.signed(task, part, **changes)
        head = await self.officer_key("head", part["department_code"])
        address = f"{findings_of(task, part)}/{signed['version']}/review"
        return await self.post(address, head, json=review_body(part))

    async def replacement(
        self, task: dict[str, Any], part: dict[str, Any], **changes: Any
    ) -> dict[str, Any]:
        """A request to replace who holds the part's first seat."""
        clerk = await self.officer_key("clerk", part["department_code"])
        address = f"/v1/inspection-tasks/{task['national_key']}/replacements"
        return await self.post(address, clerk, json=replacement_body(part, **changes))

    async def completed_task(self, key: Key, objects: int = 1) -> dict[str, Any]:
        """A task whose every part is approved, without a problem found."""
        task = await self.task(key, objects)
        for part in await self.parts(key, task):
            await self.approved(task, part)
        return task


def rates_of(objects: int) -> list[dict[str, str]]:
    """Rates that draw one object of each of the first classes."""
    return [
        {"credit_class": name, "rate": "0.01" if place < objects else "0"}
        for place, name in enumerate("ABCD")
    ]


def findings_of(task: dict[str, Any], part: dict[str, Any]) -> str:
    """The address of the findings at an object."""
    key, code = task["national_key"], part["object_code"]
    return f"/v1/inspection-tasks/{key}/inspections/{code}/findings"


def findings_body(part: dict[str, Any], value: int = 1, **changes: Any) -> dict[str, Any]:
    """Findings that are in order."""
    return {
        "department_code": part["department_code"],
        "method": "on_site",
        "inspected_on": "2026-03-02",
        "findings": [{"item_code": "SC-01", "value": value}],
        **changes,
    }


def replacement_body(part: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A request to replace who holds the part's first seat."""
    return {
        "object_code": part["object_code"],
        "department_code": part["department_code"],
        "seat": 1,
        "staff_no": part["officers"][0],
        "reason": "leave",
        "evidence": "请假审批单 1 号",
        **changes,
    }


def review_body(part: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An approval."""
    return {"department_code": part["department_code"], "decision": "approved", **changes}


def address_of(draw: dict[str, Any]) -> str:
    return f"/v1/draws/{draw['draw_id']}/attempts/{draw['attempt']}"


def inspectors_csv(
    department: str, count: int = 10, *, first: int = 1, valid_to: str = "2030-12-31"
) -> str:
    """Officers `first` and following, all qualified for the item SC-01."""
    rows = "".join(
        f"{department}-{n:04d},执法员{n:04d},证{department}{n:04d},{valid_to},SC-01\n"
        for n in range(first, first + count)
    )
    return "staff_no,name,certificate_no,certificate_valid_to,item_codes\n" + rows


def line_body(**changes: Any) -> dict[str, Any]:
    """A plan line that is in order."""
    rates = [("A", "0.01"), ("B", "0.03"), ("C", "0.10"), ("D", "0.5")]
    return {
        "name": "商贸企业抽查",
        "items": [{"department_code": DEPARTMENT, "item_code": "SC-01"}],
        "regions": [REGION],
        "class_rates": [{"credit_class": c, "rate": r} for c, r in rates],
        "reserves": 1,
        "window_start": "2026-03-01",
        "window_end": "2026-11-30",
        **changes,
    }
