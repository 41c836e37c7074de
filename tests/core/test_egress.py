"""Which addresses may be called, and that a call goes to the very address that was checked."""

import asyncio
import ssl
from collections.abc import Sequence
from ipaddress import ip_network

import httpx
import pytest

from app.core.egress import Egress, EgressRefused, PinnedTransport, parse

PUBLIC = "93.184.215.14"
NAMES = {
    "public.example": [PUBLIC],
    "public6.example": ["2606:4700::1111"],
    "mixed.example": [PUBLIC, "10.0.0.1"],
    "mixed6.example": ["2606:4700::1111", "fe80::1"],
    "inner.example": ["192.168.7.7"],
    "loop.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "zone.example": ["fe80::1%eth0"],
    "nothing.example": [],
    "allowed.example": ["10.20.0.7"],
    "half.example": ["10.20.0.7", PUBLIC],
    "localhost": ["127.0.0.1", "::1"],
}
ALLOWED = [ip_network("10.20.0.0/16")]

MALFORMED = [
    "",
    "https:",
    "https://",
    "https:///path",
    "//public.example/",
    "public.example/callback",
    "https:public.example",
    "https://[::1",
    "https://public.example:99999/",
    "https://public.example:0/",
    "https://public.example:x/",
    "https://public..example/",
    "https://-public.example/",
    "https://public.example/ a",
    "https://public.example\t/",
    "https://public.example\n/",
    "https://public.example\\@127.0.0.1/",
    "https:\\\\127.0.0.1/",
    "https://pub lic.example/",
    "https://１２７.0.0.1/",
    "https://ⓛocalhost/",
    "https://127。0。0。1/",
    "https://public.example/回调",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1%2f.public.example/",
    "https://xn--a/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0x7f.0.0.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.1./",
    "https://1.2.3.4.5/",
    "https://256.0.0.1/",
    "https://public.example.0x1/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[::127.0.0.1.5]/",
    "https://[v1.fe80]/",
    "https://public.example/" + "a" * 2000,
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 127}example/",
]
REFUSED = {
    "scheme-refused": [
        "ftp://public.example/",
        "file:///etc/passwd",
        "gopher://public.example:443/",
        "javascript:alert(1)",
        "ws://public.example/",
    ],
    "userinfo-refused": [
        "https://a@public.example/",
        "https://a:b@public.example/",
        "https://@public.example/",
        "https://public.example@127.0.0.1/",
        "https://public.example:443@127.0.0.1/",
    ],
    "fragment-refused": ["https://public.example/#x", "https://public.example/#"],
    "name-unresolved": ["https://nothing.example/", "https://unknown.example/"],
    "plain-http": ["http://public.example/", "http://public.example:443/", f"http://{PUBLIC}/"],
    "port-refused": [
        "https://public.example:22/",
        "https://public.example:80/",
        "https://public.example:6379/",
        "https://half.example:8080/",
    ],
    "address-refused": [
        *(f"https://{name}/" for name in ("localhost", "LOCALHOST", "localhost.", "loop.example")),
        "https://inner.example/",
        "https://metadata.example/",
        "https://mixed.example/",
        "https://mixed6.example/",
        "https://mapped.example/",
        "https://zone.example/",
        "https://0.0.0.0/",
        "https://0.1.2.3/",
        "https://10.0.0.1/",
        "https://10.19.255.255/",
        "https://10.21.0.0/",
        "https://100.64.0.1/",
        "https://100.100.100.200/",
        "https://100.127.255.255/",
        "https://127.0.0.1/",
        "https://127.255.255.254/",
        "https://168.63.129.16/",
        "https://169.254.169.254/latest/meta-data/",
        "https://169.254.170.2/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://192.0.0.1/",
        "https://192.0.0.192/",
        "https://192.0.2.1/",
        "https://192.88.99.1/",
        "https://192.168.0.1/",
        "https://198.18.0.1/",
        "https://198.51.100.1/",
        "https://203.0.113.1/",
        "https://224.0.0.1/",
        "https://239.255.255.250/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
        "https://[::]/",
        "https://[::1]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::ffff:0:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::808:808]/",
        "https://[64:ff9b:1::1]/",
        "https://[100::1]/",
        "https://[2001::1]/",
        "https://[2001:db8::1]/",
        "https://[2002:7f00:1::]/",
        "https://[2002:808:808::1]/",
        "https://[3fff::1]/",
        "https://[5f00::1]/",
        "https://[fc00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
    ],
}
ADMITTED = {
    "https://public.example/callback?token=1": [PUBLIC],
    "https://public.example:8443/": [PUBLIC],
    "https://PUBLIC.example./": None,
    f"https://{PUBLIC}/": [PUBLIC],
    f"https://[::ffff:{PUBLIC}]/": [PUBLIC],
    "https://public6.example/": ["2606:4700::1111"],
    "https://allowed.example/": ["10.20.0.7"],
    "http://allowed.example:9000/": ["10.20.0.7"],
    "http://10.20.255.255:80/": ["10.20.255.255"],
    "http://[::ffff:10.20.0.1]:9000/": ["10.20.0.1"],
    "https://half.example/": ["10.20.0.7", PUBLIC],
}


async def answer(host: str, _: int) -> Sequence[str]:
    found = NAMES.get(host.rstrip("."))
    if found is None:
        raise OSError("no such host")
    return found


async def admit(url: str) -> list[str]:
    return [str(address) for address in await Egress(ALLOWED, answer).admit(url)]


@pytest.mark.parametrize("url", MALFORMED)
async def test_what_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(EgressRefused) as refused:
        await admit(url)
    assert refused.value.code in {"url-malformed", "scheme-refused"}


@pytest.mark.parametrize(("code", "url"), [(c, u) for c, urls in REFUSED.items() for u in urls])
async def test_what_is_not_a_receiver_is_refused(code: str, url: str) -> None:
    with pytest.raises(EgressRefused) as refused:
        await admit(url)
    assert refused.value.code == code
    assert refused.value.zh
    assert refused.value.en


@pytest.mark.parametrize("url", ADMITTED)
async def test_receivers_are_admitted_with_every_address(url: str) -> None:
    assert await admit(url) == (ADMITTED[url] or [PUBLIC])


async def test_some_networks_are_never_allowed() -> None:
    everywhere = Egress([ip_network("0.0.0.0/0"), ip_network("::/0")], answer)
    never = ("169.254.169.254", "0.0.0.0", "224.0.0.1", "[fe80::1]", "[64:ff9b::a00:1]", "[::]")
    for host in never:
        with pytest.raises(EgressRefused):
            await everywhere.admit(f"http://{host}/")
    assert await everywhere.admit("http://127.0.0.1:9/")
    assert await everywhere.admit("http://[::1]:9/")


async def test_without_a_setting_nothing_inside_is_allowed() -> None:
    with pytest.raises(EgressRefused):
        await Egress(resolve=answer).admit("https://allowed.example/")


async def test_a_slow_resolver_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.egress.RESOLVE_S", 0.05)

    async def never(_: str, __: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return [PUBLIC]

    with pytest.raises(EgressRefused, match="name-unresolved"):
        await Egress(resolve=never).admit("https://public.example/")


async def test_the_call_is_judged_by_the_answer_it_connects_to() -> None:
    """Rebinding: the first answer is good, the second is not, and nobody is called."""
    answers = [[PUBLIC], ["127.0.0.1"]]
    asked = 0

    async def rebinding(_: str, __: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        return answers[min(asked, 2) - 1]

    egress = Egress(resolve=rebinding)
    await egress.admit("https://public.example/")
    transport = PinnedTransport(egress, ssl.create_default_context())
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
        with pytest.raises(EgressRefused, match="address-refused"):
            await client.post("https://public.example/")
    assert asked == 2


def test_the_table_is_wide() -> None:
    assert len(MALFORMED) + sum(map(len, REFUSED.values())) >= 100
    assert str(parse("https://PUBLIC.example:443/a?b=1")) == "https://public.example/a?b=1"
