"""What a person sees: files put in by hand, the verdict, the steps, one object, two languages."""

import base64
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser import PAGE, opened
from bundles import with_sums
from playwright.async_api import Browser, Page, expect
from verifier import V, complete, edits

from app.sampling.openlot1.bundle import write_zip

DROP = """([text, name]) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), data = new DataTransfer();
  data.items.add(new File([bytes], name));
  const place = document.getElementById("drop");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    place.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
  }
}"""
LONG_WORK = """async ([text]) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), ticks = [];
  let alive = 0;
  const timer = setInterval(() => alive++, 20);
  const watch = (progress) => progress.kind === "tick" && ticks.push(progress);
  const report = await verifyBytes(bytes, "", "long.zip", watch);
  clearInterval(timer);
  return {ok: report.ok, failure: report.failure, ticks, alive};
}"""


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A fresh page; afterwards: no error, no warning, and not one request but its own worker."""
    page, noises = await opened(chromium)
    yield page
    await page.close()
    assert noises == []


async def put(page: Page, members: dict[str, bytes], name: str = "bundle.zip") -> None:
    file = {"name": name, "mimeType": "application/zip", "buffer": write_zip(members)}
    await page.set_input_files("#file", file)


async def test_a_good_bundle_by_the_file_input(page: Page) -> None:
    members, key = complete("open")
    assert page.url.startswith("file://")
    await expect(page.locator("#verdict")).to_be_hidden()
    await put(page, members)
    await expect(page.locator("#word")).to_have_text("核验通过")
    await expect(page.locator("#verdict")).to_be_focused()
    await expect(page.locator("#test")).to_be_visible()
    await expect(page.locator("#steps li.ok")).to_have_count(8)
    await expect(page.locator("#open")).to_contain_text("日志检查点的签名（未给日志公钥）")
    await expect(page.locator("#steps li[data-step=log]")).to_contain_text("签名未核对")
    facts = page.locator("#facts")
    for text in (V.sha256(members["commitment.json"]), V.sha256(members["seed.txt"])):
        await expect(facts).to_contain_text(text)
    await page.get_by_text("日志公钥（选填").click()
    await page.fill("#key", f"\n{key} \n")
    await page.locator("#key").blur()
    await expect(page.locator("#steps li[data-step=log]")).to_contain_text("签名相符")
    await expect(page.locator("#open")).not_to_contain_text("签名（未给日志公钥）")


async def test_a_bad_bundle_by_a_drop(page: Page) -> None:
    members, _ = complete("sealed")
    lines = members["selected.tsv"].split(b"\n")
    lines[:2] = lines[1::-1]
    data = write_zip(with_sums(members | {"selected.tsv": b"\n".join(lines)}))
    await page.evaluate(DROP, [base64.b64encode(data).decode(), "坏.zip"])
    await expect(page.locator("#word")).to_have_text("核验未通过")
    await expect(page.locator("#summary code")).to_have_text("selected.tsv")
    await expect(page.locator("#difference")).to_contain_text("第 1 行：文件为")
    await expect(page.locator("#steps li[data-step=draw]")).to_have_class("failed")
    await expect(page.locator("#steps li[data-step=result]")).to_contain_text("未执行")
    await expect(page.locator("#open")).to_be_hidden()
    await expect(page.locator("#look")).to_be_hidden()
    assert await page.title() == "核验未通过 · OpenLot"


async def test_a_wrong_and_a_foreign_key(page: Page) -> None:
    members, key = complete("inspector")
    await page.get_by_text("日志公钥（选填").click()
    await page.fill("#key", "nonsense")
    await put(page, members)
    await expect(page.locator("#keyError")).to_be_visible()
    await expect(page.locator("#verdict")).to_be_hidden()
    name, _, public = key.split("+", 2)
    await page.fill("#key", f"{name}+00000000+{public}")
    await page.locator("#key").blur()
    await expect(page.locator("#keyError")).to_be_visible()
    forged = V.parse_key(complete("open")[1])
    assert forged is not None
    other = base64.b64encode(b"\x01" + b"\x02" * 32).decode()
    key_id = V.sha256(forged.name.encode() + b"\n" + base64.b64decode(other))[:8]
    await page.fill("#key", f"{forged.name}+{key_id}+{other}")
    await page.locator("#key").blur()
    await expect(page.locator("#summary code")).to_have_text("log/frozen.proof")


async def test_english_and_the_keyboard(page: Page) -> None:
    await page.keyboard.press("Tab")
    await expect(page.locator("#lang")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Check a draw")
    await page.keyboard.press("Tab")
    await expect(page.locator("#file")).to_be_focused()
    await put(page, complete("sealed-public")[0])
    await expect(page.locator("#word")).to_have_text("Verified")
    await expect(page.locator("#summary")).to_contain_text("the draw was not replayed")
    await expect(page.locator("#steps li.open")).to_have_count(2)
    assert await page.get_attribute("html", "lang") == "en"
    text = await page.inner_text("body")
    assert re.findall(r"[\u4e00-\u9fff]+", text) == ["中文"]


async def test_one_object_of_an_audit_bundle(page: Page) -> None:
    members, _ = complete("sealed")
    await put(page, members)
    rows = [line.split("\t") for line in members["selected.tsv"].decode().splitlines()]
    lines = dict(line.split("\t", 1) for line in members["frame.tsv"].decode().splitlines())
    drawn = {row[2]: row[3] for row in rows}
    for name in (rows[0][2], next(name for name in lines if name not in drawn)):
        await page.fill("#code", name)
        await page.press("#code", "Enter")
        text = "抽中：票号不大于分界线" if name in drawn else "未抽中：票号大于分界线"
        await expect(page.locator("#found p").nth(1)).to_have_text(
            f"{text} · 分层 {lines[name].split(chr(9))[0]}"
        )
        await expect(page.locator("#found")).to_contain_text(drawn.get(name, "票号"))
    await page.fill("#code", "x-gone")
    await page.press("#code", "Enter")
    await expect(page.locator("#found")).to_contain_text("在排除名单中，理由：deregistered")
    await page.fill("#code", "not there")
    await page.press("#code", "Enter")
    await expect(page.locator("#found")).to_contain_text("代码格式有误")


async def test_one_object_of_a_public_bundle(page: Page) -> None:
    members, _ = complete("sealed-public")
    await put(page, members)
    name = members["published.tsv"].decode().split("\n")[0]
    await page.fill("#code", name)
    await page.press("#code", "Enter")
    await expect(page.locator("#found")).to_contain_text("在公布的抽中名单中。")
    await expect(page.locator("#found")).to_contain_text("须填盐值")
    await page.fill("#salt", "0" * 32)
    await page.press("#salt", "Enter")
    seed = V.sha256(members["seed.txt"])
    scope = V.loads("commitment.json", members["commitment.json"])["scope"]
    key = V.draw_key(V.sha256, seed, "target", scope)
    ticket = V.sha256((key + name + "0" * 32).encode())
    await expect(page.locator("#found code").first).to_have_text(ticket)


async def test_a_second_file_replaces_the_first(page: Page) -> None:
    good, _ = complete("open")
    bad = good | {"seed.txt": edits(good["seed.txt"], random.Random(1))[0]}
    for members, verdict in ((good, "核验通过"), (bad, "核验未通过"), (good, "核验通过")):
        await put(page, members)
        await expect(page.locator("#word")).to_have_text(verdict)
    await expect(page.locator("#difference")).to_be_hidden()


async def test_the_page_stays_alive_and_counts(page: Page) -> None:
    members, _ = complete("open")
    frame = "".join(f"{n:08}\tB\n" for n in range(200_000)).encode()
    long = with_sums(members | {"frame.tsv": frame})
    answer = await page.evaluate(LONG_WORK, [base64.b64encode(write_zip(long)).decode()])
    assert answer["failure"]["member"] == "frame.tsv"
    assert answer["alive"] > 0
    counts = [(tick["done"], tick["total"]) for tick in answer["ticks"] if tick["step"] == "lists"]
    assert counts
    assert counts == sorted(counts)


async def test_the_page_may_reach_nothing(chromium: Browser) -> None:
    page, noises = await opened(chromium)
    for attempt in ("fetch('http://127.0.0.1:9/')", "new WebSocket('ws://127.0.0.1:9/').x.y"):
        assert (
            await page.evaluate(
                f"async () => {{ try {{ await {attempt}; return 1 }} catch {{ return 0 }} }}"
            )
            == 0
        )
    image = "new Promise((r) => { const i = new Image(); i.onload = () => r(1); i.onerror = () => r(0); i.src = 'http://127.0.0.1:9/x.png' })"
    assert await page.evaluate(f"() => {image}") == 0
    await page.close()
    assert any("Content Security Policy" in noise for noise in noises)


def test_the_page_is_one_file_without_references() -> None:
    text = Path(PAGE).read_text("utf-8")
    assert not re.search(r"\b(?:src|href)=", text)
    assert not re.search(r"crypto\.subtle|\beval\b|innerHTML|https?://|import\(|localStorage", text)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert "connect-src" not in policy[1]
