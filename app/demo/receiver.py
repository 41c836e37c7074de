"""Another system that receives callbacks: it checks the signature as Standard Webhooks says."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Receiver:
    """Listens on a free port of this machine once it is switched on."""

    def __init__(self) -> None:
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.received: list[dict[str, Any]] = []
        self.ids: set[str] = set()
        self.forged = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(dict(self.headers.items()), body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing: the story tells what came."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.server_bind()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/callback"

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Keep what is signed with the secret, each id once; count what is not."""
        named = {name.lower(): value for name, value in headers.items()}
        signed = b".".join(
            (named["webhook-id"].encode(), named["webhook-timestamp"].encode(), body)
        )
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        given = named["webhook-signature"].split()
        if not any(hmac.compare_digest(f"v1,{expected}", one) for one in given):
            self.forged += 1
        elif named["webhook-id"] not in self.ids:
            self.ids.add(named["webhook-id"])
            self.received.append(json.loads(body))

    def switch_on(self) -> None:
        """Begin to answer; until now a connection was refused."""
        self._server.server_activate()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def count(self, event_type: str) -> int:
        return sum(one["type"] == event_type for one in self.received)
