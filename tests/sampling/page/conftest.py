"""One Chromium for all tests of the verifier's page, and one page in it for those of its functions."""

from collections.abc import AsyncIterator

import pytest
from browser import OPTIONS, Verifier, executable, opened
from playwright.async_api import Browser, async_playwright


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=OPTIONS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def verifier(chromium: Browser) -> AsyncIterator[Verifier]:
    page, _ = await opened(chromium)
    yield Verifier(page)
    await page.close()
