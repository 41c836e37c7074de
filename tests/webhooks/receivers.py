"""Other systems that receive callbacks: real sockets on this machine, honest and hostile."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def new_secret(size: int = 32) -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(size)).decode()


@dataclass(frozen=True)
class Taken:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Refused(Exception):
    pass


def verify(secret: str, headers: dict[str, str], body: bytes, *, now: int) -> None:
    """Written from the text of Standard Webhooks 1.0.0 alone."""
    try:
        message_id = headers["webhook-id"]
        moment = headers["webhook-timestamp"]
        given = headers["webhook-signature"]
    except KeyError as missing:
        raise Refused(str(missing)) from None
    if not moment.isascii() or not moment.isdigit() or abs(now - int(moment)) > 300:
        raise Refused("timestamp")
    key = base64.b64decode(secret[len("whsec_") :])
    content = b".".join([message_id.encode("latin-1"), moment.encode(), body])
    wanted = hmac.new(key, content, hashlib.sha256).digest()
    for one in given.split(" "):
        version, _, text = one.partition(",")
        if version == "v1" and hmac.compare_digest(
            base64.b64encode(wanted), text.encode("latin-1")
        ):
            return
    raise Refused("signature")


def status(code: int, **headers: str) -> Answer:
    named = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} X\r\n{named}Content-Length: 0\r\n\r\n".encode())

    return answer


OK = status(204)


class Receiver:
    """Writes down every request and answers as `answer` says. `open` is how many are being
    answered now, `most` how many there ever were at once."""

    def __init__(self, answer: Answer = OK, tls: ssl.SSLContext | None = None) -> None:
        self.answer, self._tls = answer, tls
        self.secret = new_secret()
        self.taken: list[Taken] = []
        self.open = self.most = 0
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/callback"
        self._server: asyncio.Server | None = None

    async def start(self) -> "Receiver":
        """Until now connections were refused."""
        self._server = await asyncio.start_server(self._serve, sock=self._socket, ssl=self._tls)
        return self

    async def stop(self) -> None:
        if self._server is None:
            self._socket.close()
        else:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await self._take(reader)
            await self.answer(writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _take(self, reader: asyncio.StreamReader) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        now = asyncio.get_running_loop().time()
        self.taken.append(Taken(lines[0].split()[1], headers, body, now))

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.taken]


async def until(what: Callable[[], Any], seconds: float = 10) -> None:
    """Wait for what other tasks bring about."""
    for _ in range(round(seconds / 0.02)):
        if what():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
