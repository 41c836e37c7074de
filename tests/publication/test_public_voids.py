"""The public learns of attempts and voids at once, of their content later; and may check by page."""

import httpx
import pytest

from app.sampling import members
from tests.draws.changing import VOID, changed
from tests.factories import Given, Key


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.registry(key)
    yield key
    given.now_again()


async def public_draw(http: httpx.AsyncClient, draw_id: str, attempt: int) -> dict[str, object]:
    answer = await http.get(f"/v1/public/draws/{draw_id}/attempts/{attempt}")
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


async def test_a_void_and_the_number_of_attempts_are_public_at_once(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.seeded(key)
    given.now_again()
    draw_id = address.split("/")[3]
    assert (await public_draw(http, draw_id, 1))["voided_at"] is None
    await changed(given, key, address, VOID)
    again = f"{address.rpartition('/')[0]}/2"
    await given.post(address.rpartition("/")[0], key)
    await given.commit(key, await given.freeze(key, again))
    first = await public_draw(http, draw_id, 1)
    assert (first["void_reason"], first["voided_from"]) == ("ceremony-flawed", "seeded")
    assert first["attempts"] == 2
    second = await public_draw(http, draw_id, 2)
    assert (second["void_reason"], second["voided_at"]) == (None, None)
    page = (await http.get(f"/public/draws/{draw_id}.html")).text
    assert "第1次抽取的承诺（已作废）" in page
    assert "现场程序有瑕疵" in page
    assert "种子已经产生、尚未抽取" in page
    assert "现场记录第 3 页" not in page
    details = (await http.get(address, auth=key)).json()["steps"][-1]["details"]
    assert details["result"] not in page


async def test_a_plan_made_anew_for_a_voided_list_is_shown_beside_it(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    first = await given.committed(key)
    await changed(given, key, first, VOID)
    other_line = await given.plan_line(key)
    second = (await given.committed(key, other_line)).split("/")[3]
    shown = await public_draw(http, second, 1)
    assert shown["same_population"] == [first.split("/")[3]]
    assert (await public_draw(http, first.split("/")[3], 1))["same_population"] == []
    page = (await http.get(f"/public/draws/{second}.html")).text
    assert "名单完全相同" in page


async def test_the_verifier_is_served_as_it_is_with_its_own_policy(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/public/verify.html")
    assert answer.content == members.verify_html()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "connect-src" not in policy
    assert 'href="verify.html"' in (await http.get("/public/index.html")).text
