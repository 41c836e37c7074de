"""Calls that leave the house go only to addresses that are allowed.

An address of a callback is given by a client, so it may point at what only this machine can reach.
It is checked when it is registered and again at every call, and the call connects to the very
address that was checked: a name that answers differently the second time gains nothing."""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name; raises OSError if it has none."""

PORTS = frozenset({443, 8443})
LONGEST_URL = 2000
CONNECT_S = 5.0
RESOLVE_S = 3.0

_NEVER = (
    "0.0.0.0/8",  # this host
    "169.254.0.0/16",  # link-local; metadata of most clouds
    "100.100.100.200/32",  # metadata
    "192.0.0.192/32",  # metadata
    "168.63.129.16/32",  # metadata
    "192.88.99.0/24",  # 6to4 relays
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
    "::/128",  # unspecified
    "::ffff:0:0:0/96",  # translated IPv4
    "64:ff9b::/96",  # NAT64
    "64:ff9b:1::/48",  # NAT64
    "2001::/32",  # Teredo
    "2002::/16",  # 6to4
    "fd00:ec2::254/128",  # metadata
    "fd20:ce::254/128",  # metadata
    "fe80::/10",  # link-local
    "fec0::/10",  # site-local
    "ff00::/8",  # multicast
)
_NOT_GLOBAL = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "::/96",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
)
NEVER: tuple[Network, ...] = tuple(map(ip_network, _NEVER))
"""Never called, whatever is allowed: none of these is a receiver."""
NOT_GLOBAL: tuple[Network, ...] = tuple(map(ip_network, _NOT_GLOBAL))
"""Called only where an installation allows it. What Python holds for not global comes on top."""

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class EgressRefused(Exception):
    """The address may not be called; `code` is stable."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code, self.zh, self.en = code, zh, en
        super().__init__(f"{code}: {en}")


def _malformed() -> EgressRefused:
    zh = "地址格式不正确（须为 ASCII 字符、主机名或规范的 IP 地址）"
    return EgressRefused("url-malformed", zh, "it is no plain ASCII address of a host name or IP")


async def resolve(host: str, port: int) -> Sequence[str]:
    """As the operating system answers."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    return [str(address[0]) for *_, address in found]


class Egress:
    """Which addresses may be called. `allowed` are networks of receivers that the public internet
    does not reach; inside them any port and plain http will do."""

    def __init__(self, allowed: Sequence[Network] = (), resolve: Resolve = resolve) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve

    async def admit(self, url: str) -> list[Address]:
        """Every address that `url` stands for, all of them checked. Raises EgressRefused."""
        parsed = parse(url)
        addresses = await self._addresses(parsed)
        judged = [self._judge(address) for address in addresses]
        inside = all(judged)
        if parsed.scheme != "https" and not inside:
            zh = "必须使用 https（仅许可网段内可用 http）"
            raise EgressRefused("plain-http", zh, "plain http is for allowed networks only")
        if _port(parsed) not in PORTS and not inside:
            zh = "端口只能是 443 或 8443（仅许可网段内不限）"
            raise EgressRefused("port-refused", zh, "the port is neither 443 nor 8443")
        return addresses

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        literal = _literal(url.host)
        if literal is not None:
            return [_unwrapped(literal)]
        try:
            async with asyncio.timeout(RESOLVE_S):
                texts = await self._resolve(url.host, _port(url))
            found = [_unwrapped(ip_address(text)) for text in dict.fromkeys(texts)]
        except (OSError, ValueError):
            found = []
        if not found:
            zh = "主机名无法解析"
            raise EgressRefused("name-unresolved", zh, "the host name does not resolve")
        return list(dict.fromkeys(found))

    def _judge(self, address: Address) -> bool:
        """Whether the address is inside the allowed networks; raises EgressRefused if it is
        neither there nor on the public internet."""
        never = _in(address, NEVER)
        if not never and _in(address, self._allowed):
            return True
        if never or _in(address, NOT_GLOBAL) or not address.is_global:
            zh = "主机地址是内部或保留地址，不在许可网段内"
            en = "the host has an internal or reserved address that is not allowed"
            raise EgressRefused("address-refused", zh, en)
        return False


def parse(url: str) -> httpx.URL:
    """The address in the form in which it is called: the parser is that of the caller. Raises
    EgressRefused for everything that two parsers could read differently."""
    if len(url) > LONGEST_URL or not re.fullmatch(r"[!-\[\]-~]+", url):
        raise _malformed()
    try:
        parsed = httpx.URL(url)
        host = parsed.host
    except (httpx.InvalidURL, ValueError):
        raise _malformed() from None
    if parsed.scheme not in {"https", "http"}:
        raise EgressRefused("scheme-refused", "只支持 https", "the scheme is not https")
    authority = re.split(r"[/?#]", url.partition("//")[2], maxsplit=1)[0]
    if parsed.userinfo or "@" in authority:
        zh = "地址中不得含有用户名或密码"
        raise EgressRefused("userinfo-refused", zh, "it holds a user name or password")
    if "#" in url:
        raise EgressRefused("fragment-refused", "地址中不得含有 # 片段", "it holds a fragment")
    if not 0 < _port(parsed) < 2**16 or not (_literal(host) or _is_name(host)):
        raise _malformed()
    return parsed


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else {"https": 443, "http": 80}[url.scheme]


def _literal(host: str) -> Address | None:
    """The IP address that `host` is; other spellings of one (decimal, octal, hex, zones) are no
    names either, so they are refused."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return None if isinstance(found, IPv6Address) and found.scope_id else found


def _is_name(host: str) -> bool:
    last = host.rstrip(".").rpartition(".")[2]
    return len(host) < 254 and bool(_NAME.fullmatch(host)) and not _NUMBER.fullmatch(last)


def _unwrapped(address: Address) -> Address:
    """::ffff:a.b.c.d is a.b.c.d."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


class PinnedTransport(httpx.AsyncHTTPTransport):
    """Connects to an address that was just checked, and still speaks with the host that the
    request names: its certificate must be of that name. No connection is kept, since one that was
    made for a host could otherwise serve another behind the same address."""

    def __init__(self, egress: Egress, tls: ssl.SSLContext) -> None:
        super().__init__(
            verify=tls,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )
        self._egress = egress

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        named = request.url
        addresses = await self._egress.admit(str(named))
        request.extensions = {**request.extensions, "sni_hostname": named.host}
        for address in addresses[:-1]:
            request.url = named.copy_with(host=str(address))
            try:
                return await super().handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent; the host may listen at its next address
        request.url = named.copy_with(host=str(addresses[-1]))
        return await super().handle_async_request(request)
