"""The chapters of the demo about the public: publication in its time, pages, callbacks."""

import re
import time
from pathlib import Path

from app.demo.draw import lead_of
from app.demo.inspect import DispatchedTask
from app.demo.people import SYSTEM, People
from app.demo.receiver import Receiver
from app.demo.registry import Scope
from app.demo.service import Client, DemoFailed
from app.demo.story import Story

CALLBACK_TIMEOUT_S = 60
LINK = re.compile(r'href="([^":#?]+)"')


def subscribe(people: People, scope: Scope, story: Story) -> Receiver:
    """Another system subscribes to callbacks, and is down for now."""
    receiver = Receiver()
    department = scope.departments[0]
    body = {
        "url": receiver.url,
        "event_types": ["inspection.completed", "task.completed"],
        "department_code": department,
        "secret": receiver.secret,
    }
    people.one("demo-system", department, SYSTEM).post("/v1/webhook-subscriptions", body)
    story.tell(
        f"另一业务系统订阅回调 {receiver.url}，此刻尚未开机",
        f"another system subscribes to callbacks at {receiver.url}, and is down for now",
    )
    return receiver


def callbacks(receiver: Receiver, objects: int, story: Story) -> None:
    """The receiver comes up; what waited arrives, signed, each once."""
    story.chapter("回调其他业务系统", "Callbacks to another system")
    receiver.switch_on()
    deadline = time.monotonic() + CALLBACK_TIMEOUT_S
    while time.monotonic() < deadline and receiver.count("task.completed") < 1:
        time.sleep(0.1)
    while time.monotonic() < deadline and receiver.count("inspection.completed") < objects:
        time.sleep(0.1)
    inspections, tasks = receiver.count("inspection.completed"), receiver.count("task.completed")
    if (inspections, tasks, receiver.forged) != (objects, 1, 0):
        raise DemoFailed(f"callbacks: {inspections}, {tasks}, forged {receiver.forged}")
    story.tell(
        f"开机后收到：检查完成 {inspections} 条、任务完成 {tasks} 条，签名全部核对无误",
        f"once up it received {inspections} x inspection.completed and {tasks} x task.completed, "
        "all signatures good",
    )


def publish(people: People, scope: Scope, task: DispatchedTask, story: Story) -> None:
    """The last visit is done: drawn list and results become public."""
    story.chapter("到时公示：抽中名单与检查结果", "Publication in its time")
    lead = lead_of(people, scope)
    drawn = lead.post("/v1/publications", {"kind": "drawn-list", "subject": task.key})
    due = drawn["due_on"]
    for code in task.objects:
        made = lead.post("/v1/publications", {"kind": "result", "subject": f"{task.key}/{code}"})
        due = made["due_on"]
    story.tell(
        f"抽中名单 1 份、检查结果 {len(task.objects)} 份已公示，结果公示期限 {due}（20 个工作日）",
        f"1 drawn list and {len(task.objects)} results published, the results due by {due} "
        "(20 working days)",
    )


def save_pages(client: Client, out: Path, story: Story) -> None:
    """Save every public page that links from the home page as files that work by themselves."""
    wanted, saved = ["index.html"], set[str]()
    while wanted:
        name = wanted.pop()
        if name in saved:
            continue
        saved.add(name)
        content = client.download(f"/public/{name}")
        path = out / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if name.endswith(".html"):
            wanted += [_resolve(name, link) for link in LINK.findall(content.decode())]
    index = out / "site" / "index.html"
    story.tell(f"公示页 {len(saved)} 个文件：{index}", f"{len(saved)} public pages saved: {index}")


def _resolve(page: str, link: str) -> str:
    """The name of a relative link of a page, below /public."""
    parts = page.split("/")[:-1]
    for part in link.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
