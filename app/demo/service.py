"""The real service as a process of its own, and a client that speaks to it as any other system."""

import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

START_TIMEOUT_S = 90
COMMAND = [sys.executable, "-m", "app.cli"]


class DemoFailed(Exception):
    """The demo cannot go on; the text says what happened."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its address, an administrator's key, its process, and the folder that
    holds its state."""

    url: str
    key: str
    process: "subprocess.Popen[bytes]"
    home: Path

    def stop(self) -> None:
        """Stop the service and the Postgres that came with it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        subprocess.run([*COMMAND, "stop"], env=_environment(self.home), check=False)


def start(home: Path, department: str) -> Service:
    """Start the service on a free port, with a key of `department`, and wait until it says where
    it listens."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / "service.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--first-key", department],
            env=_environment(home),
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        told = log.read_text(encoding="utf-8", errors="replace")
        said = {line.partition("_")[0].partition(":")[0]: line for line in told.splitlines()}
        if "http" in said and told.endswith("\n"):
            return Service(said["http"], said["olk"], process, home)
        if process.poll() is not None:
            raise DemoFailed(told.strip() or "the service did not start")
        time.sleep(0.05)
    process.kill()
    raise DemoFailed(f"the service did not answer within {START_TIMEOUT_S} s; see {log}")


def _environment(home: Path) -> dict[str, str]:
    """The demo's receiver of callbacks is on this machine, and its retries need not take days."""
    return {
        **os.environ,
        "OPENLOT_HOME": str(home),
        "OPENLOT_WEBHOOK_ALLOWED_CIDRS": "127.0.0.0/8",
        "OPENLOT_WEBHOOK_RETRY_SECONDS": "0,1,1,2,2,5,5,10",
        "PYTHONUNBUFFERED": "1",
    }


class Client:
    """Requests with a key; anything but success ends the demo with the service's own words."""

    def __init__(self, http: httpx.Client, key: str, lang: str) -> None:
        self._http = http
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Accept-Language": "en" if lang == "en" else "zh-CN",
        }

    def with_key(self, key: str) -> "Client":
        """Another holder of a key, over the same connections."""
        other = Client(self._http, key, "zh")
        other._headers["Accept-Language"] = self._headers["Accept-Language"]
        return other

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        return self._checked(self._http.post(path, json=body, headers=self._once()))

    def put(self, path: str, body: object = None) -> None:
        answer = self._http.put(path, json=body, headers=self._headers)
        if not answer.is_success:
            raise DemoFailed(f"PUT {path}: {answer.text}")

    def upload(self, path: str, content: bytes, **params: str) -> dict[str, Any]:
        headers = {"Content-Type": "text/csv", **self._once()}
        return self._checked(self._http.post(path, params=params, content=content, headers=headers))

    def refused(self, code: str, path: str, body: object = None) -> str:
        """A request that must be refused with `code`."""
        answer = self._http.post(path, json=body, headers=self._once())
        if answer.is_success or answer.json()["code"] != code:
            raise DemoFailed(f"{path} should have been refused as {code}: {answer.text}")
        return code

    def all(self, path: str) -> list[dict[str, Any]]:
        """The items of all pages of a list."""
        items: list[dict[str, Any]] = []
        after = ""
        while True:
            mark = "&" if "?" in path else "?"
            page = self.get(f"{path}{mark}limit=200{after}")
            items += page["items"]
            if page["next"] is None:
                return items
            after = f"&after={page['next']}"

    def get(self, path: str) -> dict[str, Any]:
        return self._checked(self._http.get(path, headers=self._headers))

    def download(self, path: str) -> bytes:
        answer = self._http.get(path, headers=self._headers)
        if not answer.is_success:
            raise DemoFailed(f"{path}: {answer.text}")
        return answer.content

    def _once(self) -> dict[str, str]:
        return {**self._headers, "Idempotency-Key": secrets.token_hex(16)}

    @staticmethod
    def _checked(answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            raise DemoFailed(f"{answer.request.method} {answer.request.url.path}: {answer.text}")
        body: dict[str, Any] = answer.json()
        return body
