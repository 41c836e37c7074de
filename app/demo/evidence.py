"""The last chapters of the demo: the evidence leaves the service and is checked without it."""

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from app.demo.draw import Drawn
from app.demo.service import COMMAND, Client, DemoFailed
from app.demo.story import Story

TAMPERED = "frame.tsv"
TICKET_LENGTH = 64


def check(client: Client, objects: Drawn, officers: Drawn, out: Path, story: Story) -> None:
    """Write the bundles of both draws to `out` and verify them in three ways; change one byte."""
    story.chapter("证据包，离开系统也能核对", "Evidence that needs no trust in the service")
    out.mkdir(parents=True, exist_ok=True)
    key = str(client.get("/v1/ledger/key")["vkey"])
    (out / "log-key.txt").write_text(key + "\n", encoding="utf-8")
    audit = _save(client, objects, "audit", out, story)
    public = _save(client, objects, "public", out, story)
    seats = _save(client, officers, "audit", out, story)
    for bundle in (audit, public, seats):
        _verify(
            [*COMMAND, "verify", str(bundle), "--key", key], f"openlot verify {bundle.name}", story
        )
    for bundle in (audit, seats):
        with tempfile.TemporaryDirectory() as made:
            _check_unpacked(bundle, Path(made), key, story)
    _tamper(audit, story)
    _tell_public(public, story)


def _save(client: Client, drawn: Drawn, profile: str, out: Path, story: Story) -> Path:
    data = client.download(f"{drawn.address}/bundles/{profile}")
    path = out / f"{drawn.draw_id}-{profile}.zip"
    path.write_bytes(data)
    story.tell(f"{path}（{len(data) / 1e3:,.0f} kB）", f"{path} ({len(data) / 1e3:,.0f} kB)")
    return path


def _check_unpacked(bundle: Path, folder: Path, key: str, story: Story) -> None:
    """With nothing but what is in the bundle: verify.py, the draw again, one ticket."""
    zipfile.ZipFile(bundle).extractall(folder)
    verifier = [sys.executable, "-I", "-S", str(folder / "verify.py"), "--key", key]
    _verify(verifier, f"python3 verify.py ({bundle.name})", story)
    _offline(folder, story)
    _ticket(folder, story)


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _verify(command: list[str], name: str, story: Story) -> None:
    told = _run(command)
    if told.returncode != 0:
        raise DemoFailed(f"{name}: {told.stdout}{told.stderr}")
    story.tell(f"✓ {name}：各步重算相符", f"✓ {name}: every step recomputed")


TARGET = ("draw", {"--frame": "frame.tsv"}, ("selected.tsv", "reserves.tsv", "result.json"))
INSPECTOR = ("assign", {"--assignment": "assignment.json"}, ("assignment.tsv", "result.json"))


def _offline(folder: Path, story: Story) -> None:
    """The draw again from its three files, by the offline command."""
    verb, own, results = TARGET if (folder / "frame.tsv").exists() else INSPECTOR
    files = {**own, "--commitment": "commitment.json", "--seed-file": "seed.txt"}
    named = [part for option, name in files.items() for part in (option, str(folder / name))]
    again = folder / "again"
    told = _run([*COMMAND, verb, *named, "--out", str(again)])
    same = told.returncode == 0 and all(
        (again / name).read_bytes() == (folder / name).read_bytes() for name in results
    )
    if not same:
        raise DemoFailed(f"openlot {verb}: {told.stderr}")
    story.tell(
        f"✓ openlot {verb}：离线重抽，结果逐字节相同",
        f"✓ openlot {verb}: drawn again offline, the same bytes",
    )


def _ticket(folder: Path, story: Story) -> None:
    """One ticket with sha256sum, by the commands of VERIFY.md itself."""
    text = (folder / "VERIFY.md").read_text(encoding="utf-8")
    block = next(
        part for part in text.split("```bash\n")[1:] if "| sha256sum\n" in part and "KEY=" in part
    )
    commands = block.split("```")[0]
    told = _run(["bash", "-c", f"cd '{folder}' && {commands}"])
    tickets = [word for word in told.stdout.split() if len(word) == TICKET_LENGTH]
    if len(tickets) < 2 or len(set(tickets)) != 1:
        raise DemoFailed(f"sha256sum: {told.stdout}{told.stderr}")
    story.tell(
        f"✓ sha256sum：票号 {tickets[0][:16]}… 与名单一致",
        f"✓ sha256sum: the ticket {tickets[0][:16]}… is the one that is listed",
    )


def _tamper(audit: Path, story: Story) -> None:
    """One changed byte is found, and the file that holds it is named."""
    with tempfile.TemporaryDirectory() as made:
        changed = Path(made) / "changed.zip"
        changed.write_bytes(_with_changed_byte(audit.read_bytes()))
        verifier = Path(made) / "verify.py"
        verifier.write_bytes(zipfile.ZipFile(audit).read("verify.py"))
        for command in (
            [*COMMAND, "verify", str(changed)],
            [sys.executable, "-I", "-S", str(verifier), str(changed)],
        ):
            told = _run(command)
            if told.returncode != 1 or TAMPERED not in told.stdout + told.stderr:
                raise DemoFailed(f"a changed byte was not found: {told.stdout}{told.stderr}")
    story.tell(
        f"✓ 改动 {TAMPERED} 一个字节：两种核对都指出该文件并以 1 退出",
        f"✓ one byte of {TAMPERED} changed: both verifiers name the file and exit 1",
    )


def _with_changed_byte(bundle: bytes) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(bundle))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = bytearray(source.read(name))
            if name == TAMPERED:
                data[5] ^= 1
            target.writestr(name, bytes(data))
    return made.getvalue()


def _tell_public(public: Path, story: Story) -> None:
    names = ", ".join(zipfile.ZipFile(public).namelist())
    story.tell(f"公开证据包只含：{names}", f"the public bundle holds only: {names}")
    story.tell(
        "没有等级、盐值和分层，外人无法由公开的种子推出任何企业的信用风险等级",
        "no class, salt or stratum: from the public seed nobody can infer the class of a firm",
    )
