"""A real Chromium and the verifier's page, opened from its file:// path."""

import base64
import os
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request

PAGE = Path(__file__).parents[2] / "app" / "sampling" / "verify.html"
NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ABSENT = (
    "no Chromium found: install one (Debian and Ubuntu: apt-get install chromium) so that "
    f"{', '.join(NAMES)} is on PATH, or set OPENLOT_CHROMIUM to its path"
)
# One call for many bundles: a report for each, from the page's own worker.
VERIFY_ALL = """async ([bundles, key]) => {
  const reports = [];
  for (const text of bundles) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    reports.push(await window.openlot.verify(bytes, key));
  }
  return reports;
}"""
ASK_ALL = """async ([name, inputs]) => {
  const ask = (input) => window.openlot.ask(name, input);
  const answers = [];
  for (const input of inputs) {
    answers.push(await ask(input).then((answer) => ({answer}), (error) => ({refused: error.message})));
  }
  return answers;
}"""


def executable() -> str:
    """Path of the Chromium to use; the test fails plainly where there is none."""
    found = os.environ.get("OPENLOT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found or not Path(found).exists():
        pytest.fail(ABSENT, pytrace=False)
    return found


class Verifier:
    """The page's functions, as tests call them."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def verify(self, bundles: list[bytes], key: str = "") -> list[dict]:
        """The page's report on each zip, `key` being the log's vkey or nothing."""
        texts = [base64.b64encode(data).decode() for data in bundles]
        return await self.page.evaluate(VERIFY_ALL, [texts, key])

    async def ask(self, name: str, inputs: list) -> list[dict]:
        """One function of the page's worker on each input: {"answer"} or {"refused"}."""
        return await self.page.evaluate(ASK_ALL, [name, inputs])


async def opened(browser: Browser) -> tuple[Page, list[str]]:
    """A new page with the verifier in it, and the list in which its errors and requests gather."""
    page, noises = await browser.new_page(viewport={"width": 1280, "height": 900}), []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            noises.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: noises.append(str(error)))

    def hear_request(request: Request) -> None:
        # The page itself, and the worker that it makes of its own text, whenever that is.
        if request.url != PAGE.as_uri() and not request.url.startswith("blob:null/"):
            noises.append(request.url)

    page.on("request", hear_request)
    await page.goto(PAGE.as_uri())
    return page, noises
