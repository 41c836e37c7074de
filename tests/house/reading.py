"""What the house tests look at: the published document, and the project's own files."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.core.openapi import operations
from app.main import document as make_document

ROOT = Path(__file__).parents[2]
ONE_FILE_BY_CONTRACT = "app/sampling/verify.py"
"""The verifier that an auditor is handed: one file, so that it can be read and run alone."""

BARE = {"Item", "Object", "Task"}
"""Words that collide with Python and with each other; the full domain term is meant."""
_ROLES = ("Create", "Event", "Import", "Page", "Read", "Ref", "Register", "Summary", "Write", "")
BARE_NAMES = {f"{noun}{role}" for noun in BARE for role in _ROLES}

_NOT_OURS = re.compile(r"^(\..*|__pycache__|demo-output|dist|.*\.egg-info)$")


@functools.cache
def document() -> dict[str, Any]:
    return make_document()


@functools.cache
def all_operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """operationId -> (path, method, operation)."""
    found = {o["operationId"]: (path, method, o) for path, method, o in operations(document())}
    assert len(found) >= 36, "the document has lost operations"
    return found


def project_files() -> list[Path]:
    """Everything that is or could be checked in, without what .gitignore leaves out."""
    found = list(_below(ROOT))
    assert len(found) >= 120
    return found


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not _NOT_OURS.match(path.name):
                yield from _below(path)
        elif path.name == ".gitignore" or not _NOT_OURS.match(path.name):
            yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def python_files(*folders: str) -> dict[str, str]:
    """Relative name -> text, of the Python files below the folders (`.`: of the root itself)."""
    chosen = {
        name_of(path): path.read_text(encoding="utf-8")
        for path in project_files()
        if path.suffix == ".py"
    }
    found = {
        name: text
        for name, text in chosen.items()
        if any(name.startswith(f"{f}/") or (f == "." and "/" not in name) for f in folders)
    }
    assert found, f"no Python below {folders}"
    return found


@functools.cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), filename=name)


def functions(name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(name)) if isinstance(node, kinds)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end; decorators and the docstring's own lines counted."""
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1
