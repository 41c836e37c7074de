#!/usr/bin/env python3
"""Everything a newcomer needs, with nothing but Python 3.11 or later:

  python3 dev.py demo [--data DIR] [--out DIR] [--keep] [--lang zh|en]
                          show the whole job on the real service 演示
  python3 dev.py serve    run the service 启动服务
  python3 dev.py test     run the tests 测试
  python3 dev.py check    lint, types, import contracts, migrations, OpenAPI 检查
  python3 dev.py openapi  write openapi/openapi.json 生成接口文档
  python3 dev.py bench NAME [--rows N] [--json FILE]
                          measure 性能测量

The first run makes .venv from the locked dependencies; later runs start at once.
"""

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
PARALLEL = ("-n", "auto", "--dist", "loadfile")
OLDEST = (3, 11)
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"


def main(arguments: Sequence[str]) -> int:
    """Run one verb in the project's own environment."""
    if sys.version_info < OLDEST:
        print("OpenLot needs Python 3.11 or later. 需要 Python 3.11 或更高版本。", file=sys.stderr)
        return 2
    if not arguments or arguments[0] not in VERBS:
        print(__doc__)
        return 0 if not arguments or arguments[0] in {"-h", "--help"} else 2
    lock, run = VERBS[arguments[0]]
    set_up(lock)
    return run(arguments[1:])


def set_up(lock: str) -> None:
    """Make .venv hold what `lock` names, if it does not yet. The development lock holds the
    runtime lock."""
    wanted = [_stamp(lock), _stamp(DEVELOPMENT)]
    if any(stamp.exists() for stamp in wanted):
        return
    print(
        f"正在安装 {lock}，首次约需一分钟 · Installing; the first time takes about a minute …",
        flush=True,
    )
    if not PYTHON.exists():
        _make_venv()
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    own = [str(PYTHON), "-m", "pip"]
    if subprocess.run([*own, "--version"], check=False, capture_output=True).returncode == 0:
        pip = own
    quiet = [*pip, "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*quiet, "--require-hashes", "-r", str(ROOT / lock)], check=True)
    subprocess.run(
        [*quiet, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], check=True
    )
    _stamp(lock).touch()


def _make_venv() -> None:
    try:
        venv.create(VENV, with_pip=True)
    except subprocess.CalledProcessError:  # some systems ship Python without ensurepip
        venv.create(VENV, with_pip=False, clear=True)


def _stamp(lock: str) -> Path:
    """Exists when the environment was made from exactly this lock and project file."""
    digest = hashlib.sha256()
    for name in (lock, "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return VENV / f".made-from-{lock}-{digest.hexdigest()[:16]}"


def call(*command: str | Path, **environment: str) -> int:
    """Run a program of the environment from the project's root."""
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**os.environ, **environment}, check=False
    ).returncode


def openlot(*arguments: str) -> int:
    """Run the installed command where the user stands, with its state in the project's folder."""
    os.environ.setdefault("OPENLOT_HOME", str(ROOT / ".openlot"))
    try:
        return subprocess.run([str(BIN / "openlot"), *arguments], check=False).returncode
    except KeyboardInterrupt:
        return 130


def demo(arguments: Sequence[str]) -> int:
    return openlot("demo", *arguments)


def serve(arguments: Sequence[str]) -> int:
    return openlot("serve", *arguments)


def bench(arguments: Sequence[str]) -> int:
    return openlot("bench", *arguments)


def openapi(_: Sequence[str]) -> int:
    return openlot("openapi", "--out", str(ROOT / "openapi" / "openapi.json"))


def test(arguments: Sequence[str]) -> int:
    """Everything on every processor, file by file; or what the arguments ask for."""
    return call(PYTHON, "-m", "pytest", *(arguments or PARALLEL))


def check(_: Sequence[str]) -> int:
    """All of it, even after a failure, so that one run shows everything."""
    steps: dict[str, list[str | Path]] = {
        "ruff check": [BIN / "ruff", "check", "."],
        "ruff format": [BIN / "ruff", "format", "--check", "."],
        "mypy": [BIN / "mypy"],
        "import contracts": [BIN / "lint-imports"],
        "house (migrations, OpenAPI)": [PYTHON, "-m", "pytest", *PARALLEL, "tests/house"],
    }
    failed = [name for name, command in steps.items() if call(*command) != 0]
    print(f"FAILED: {', '.join(failed)}" if failed else "check: all passed")
    return 1 if failed else 0


VERBS = {
    "demo": (RUNTIME, demo),
    "serve": (RUNTIME, serve),
    "bench": (DEVELOPMENT, bench),
    "openapi": (RUNTIME, openapi),
    "test": (DEVELOPMENT, test),
    "check": (DEVELOPMENT, check),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
