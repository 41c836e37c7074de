"""The import contracts of pyproject.toml keep, and each one really sees a violation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house.reading import ROOT

LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CONTRACTS = {
    "Features import downwards only": (
        "app/registry/service.py",
        "from app.draws import states as planted\n",
        "app.registry.service -> app.draws.states",
    ),
    "Inside a feature: router, worker, service": (
        "app/plans/utils.py",
        "",
        "app.plans.utils",
    ),
    "HTTP stays in routers": (
        "app/plans/service.py",
        "import fastapi as planted\n",
        "app.plans.service -> fastapi",
    ),
    "The draw is pure": (
        "app/sampling/openlot1/target.py",
        "import random as planted\n",
        "app.sampling.openlot1.target -> random",
    ),
    "The demo is a client of the HTTP API": (
        "app/demo/sample.py",
        "import app.core.clock as planted\n",
        "app.demo.sample -> app.core.clock",
    ),
}


def lint(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", LINTER, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_contracts_keep():
    status, told = lint(ROOT)
    assert status == 0, told
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in told
    for name in CONTRACTS:
        assert name in told


def test_each_contract_sees_what_it_forbids(tmp_path: Path):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line, _ in CONTRACTS.values():
        planted = tmp_path / name
        old = planted.read_text(encoding="utf-8") if planted.exists() else '"""Planted."""\n'
        planted.write_text(old + line, encoding="utf-8")
    status, told = lint(tmp_path)
    assert status == 1, told
    assert f"Contracts: 0 kept, {len(CONTRACTS)} broken." in told, told
    for name, (_, _, shown) in CONTRACTS.items():
        assert shown in told, f"{name} does not name what was planted:\n{told}"
