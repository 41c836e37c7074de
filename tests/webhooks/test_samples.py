"""The checks of signatures that the documentation gives to receivers do what they say."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from app.webhooks.worker import sign
from tests.house.reading import ROOT
from tests.webhooks.receivers import new_secret

SECRET = new_secret()
BODY = json.dumps({"type": "task.completed", "data": {"name": "抽查 $`'\"\n"}}).encode()
ID = "0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001"


def sample(language: str) -> str:
    text = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    chapter = text.partition("## Callbacks")[2].partition("\n## ")[0]
    (found,) = re.findall(rf"```{language}\n(.*?)```", chapter, re.DOTALL)
    return str(found)


def headers(*, age_s: int = 0, secret: str = SECRET, body: bytes = BODY) -> dict[str, str]:
    moment = int(time.time()) - age_s
    signature = sign(secret, ID, moment, body)
    return {
        "webhook-id": ID,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,AAAA {signature}",
    }


def cases() -> list[tuple[dict[str, str], bytes, bool]]:
    """Made when they are needed: a signature is good for five minutes."""
    return [
        (headers(), BODY, True),
        (headers(), BODY + b" ", False),
        (headers(), BODY.replace(b"task", b"tusk"), False),
        (headers(secret=new_secret()), BODY, False),
        (headers() | {"webhook-id": ID.replace("0b", "0c")}, BODY, False),
        (headers() | {"webhook-signature": "v1,AAAA"}, BODY, False),
    ]


def old() -> tuple[dict[str, str], bytes, bool]:
    return headers(age_s=400), BODY, False


def test_in_python() -> None:
    names: dict[str, Any] = {}
    exec(compile(sample("python"), "operate.md", "exec"), names)
    for given, body, genuine in [*cases(), old()]:
        assert names["genuine"](SECRET, given, body) is genuine


def test_with_openssl(tmp_path: Path) -> None:
    for given, body, genuine in cases():
        (tmp_path / "body.json").write_bytes(body)
        done = subprocess.run(
            ["bash", "-c", sample("bash")],
            cwd=tmp_path,
            env={
                "PATH": "/usr/bin:/bin",
                "SECRET": SECRET,
                "ID": given["webhook-id"],
                "TIMESTAMP": given["webhook-timestamp"],
                "SIGNATURE": given["webhook-signature"],
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() == ("genuine" if genuine else "forged"), done.stderr
        assert done.returncode == int(not genuine)


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler on this machine")
def test_in_java(tmp_path: Path) -> None:
    main = (
        "public static void main(String[] a) throws Exception {"
        " for (int n = 0; n < a.length; n += 5)"
        " System.out.println(genuine(a[n], a[n + 1], a[n + 2], a[n + 3],"
        " java.util.HexFormat.of().parseHex(a[n + 4]))); }"
    )
    (tmp_path / "Check.java").write_text(f"class Check {{\n{sample('java')}\n{main}\n}}\n")
    told = [*cases(), old()]
    arguments = []
    for given, body, _ in told:
        arguments += [SECRET, *given.values(), body.hex()]
    done = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "Check.java", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(genuine).lower() for *_, genuine in told]
