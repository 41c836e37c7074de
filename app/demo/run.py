"""The whole job on the real service, through its HTTP API, as a short story with figures."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import httpx

from app.demo import draw, evidence, inspect, publish, registry
from app.demo.layout import Layout, LayoutError, load_folder
from app.demo.people import People
from app.demo.sample import write_sample
from app.demo.service import Client, DemoFailed, Service, start
from app.demo.story import Story

SAMPLE_OBJECTS = 3000


def run_demo(*, data: Path | None, out: Path, keep: bool, lang: str) -> int:
    """Run the demo; 0 if everything went as told. `data` is a folder of real input, else a
    generated sample is used. With `keep` the service stays and its key is printed."""
    story = Story(lang)
    home = Path(tempfile.mkdtemp(prefix="demo-", dir=_state_folder()))
    service: Service | None = None
    kept = False
    try:
        layout = _input(data, home, story)
        story.chapter("启动服务", "The service starts")
        department = registry.find_department(layout.departments, registry.MARKET)
        service = start(home, department["code"])
        http = httpx.Client(base_url=service.url, timeout=300, trust_env=False)
        client = Client(http, service.key, lang)
        story.tell(
            f"{service.url}（{department['name']}）", f"{service.url} ({department['name']})"
        )
        _tell(client, layout, out, story)
        kept = keep
    except (DemoFailed, LayoutError, httpx.HTTPError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    finally:
        if not kept:
            _stop(service, home)
    story.end("演示完成", "The demo is complete")
    if keep:
        _tell_where(service, story)
    return 0


def _state_folder() -> Path:
    folder = Path(os.environ.get("OPENLOT_HOME", ".openlot"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


def _input(data: Path | None, home: Path, story: Story) -> Layout:
    story.chapter("准备数据", "The input")
    if data is None:
        write_sample(home / "sample", objects=SAMPLE_OBJECTS)
        story.tell(
            "使用系统自带的生成样例（不含任何真实主体）",
            "a generated sample; no firm in it is real",
        )
        return load_folder(home / "sample")
    story.tell(f"使用真实数据：{data}", f"real input: {data}")
    return load_folder(data)


def _tell(client: Client, layout: Layout, out: Path, story: Story) -> None:
    """The whole story, from the registry to the public."""
    story.chapter("导入一单两库", "The registry is filled")
    scope = registry.fill(client, layout, story)
    people = People(client)
    receiver = publish.subscribe(people, scope, story)
    line = draw.plan(people, scope, story)
    drawn = draw.draw_objects(people, scope, line, story)
    lead = draw.lead_of(people, scope)
    objects = sorted(item["object_code"] for item in lead.all(f"{drawn.address}/selected"))
    officers = draw.draw_officers(people, scope, line, objects, story)
    task = inspect.dispatch(people, scope, line, objects, story)
    inspect.replace_one(people, scope, task, officers, story)
    inspect.inspect_all(people, scope, task, officers, story)
    publish.callbacks(receiver, len(objects), story)
    publish.publish(people, scope, task, story)
    publish.save_pages(client, out, story)
    evidence.check(lead, drawn, officers, out, story)


def _stop(service: Service | None, home: Path) -> None:
    if service is not None:
        service.stop()
    shutil.rmtree(home, ignore_errors=True)


def _tell_where(service: Service, story: Story) -> None:
    story.tell(f"公示页 {service.url}/public", f"public pages {service.url}/public")
    story.tell(f"接口 {service.url}/v1", f"API {service.url}/v1")
    story.tell(f"接口文档 {service.url}/docs", f"API pages {service.url}/docs")
    story.tell(f"密钥 {service.key}", f"key {service.key}")
    command = Path(sys.executable).with_name("openlot")
    stop = f"kill {service.process.pid} && OPENLOT_HOME={service.home} {command} stop"
    story.tell(f"停止：{stop}", f"to stop: {stop}")
