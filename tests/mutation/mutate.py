"""Mutation testing of the pure core: which changes of the code would no test notice?

    python -m tests.mutation.mutate [MODULE ...] [--results FILE] [--only TEXT]

Our own and not mutmut or cosmic-ray: mutmut changes the bodies of functions only, while here
patterns and tables of modules decide bytes too, and cosmic-ray rewrites the source that is being
worked on and starts an interpreter for each mutant, which is far slower.

Each mutant lives in a forked child that imports the changed module in place of the real one and
runs the tests of BATTERY that need no fixture, no random data and no process, until one fails.
What is found is kept next to FILE, by module: killed mutants are not tried again, survivors are. A mutant that
changes no output and no refusal stands in equivalent.toml, with its reason.
"""

import argparse
import ast
import hashlib
import importlib
import importlib.abc
import importlib.util
import inspect
import itertools
import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.operators import mutants, mutated, place_of

ROOT = Path(__file__).parents[2]
PACKAGE = "app.sampling.openlot1"
CORE = ROOT / "app" / "sampling" / "openlot1"
TESTS = ROOT / "tests" / "sampling"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
MEMORY = 2 << 30
SECONDS = 2
"""Of processor time for one test: what takes longer hangs."""
KILLED, SURVIVED, EQUAL = "killed", "survived", "equivalent"
LOADED_ONCE = (
    "base64",
    "hypothesis",
    "pytest",
    "subprocess",
    "zipfile",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
)
"""What the tests import and no mutant touches; children inherit it."""

_TARGET = ("counts_edges", "sources_edges", "seed_edges", "target", "counts", "seed")
_FRAME = ("frame_edges", "frame")
_TREE = ("merkle_edges", "merkle")
_INSPECTORS = (
    "inspectors_edges",
    "inspectors",
    "certificate_batches",
    "inspectors_certificates",
    "inspectors_small",
)
BATTERY = {
    "amendment": ("amendment_edges", "changes_edges"),
    "assignment": ("assignment_edges", "team_text", "inspectors_refusals", "inspectors"),
    "bundle": ("bundle_edges", "bundle_zip_edges"),
    "canonical": ("canonical_edges", "canonical", "target"),
    "certificate": (*_INSPECTORS, "inspectors_properties"),
    "changes": ("changes_edges", "amendment_edges"),
    "commitment": ("commitment_edges", "seed", "target"),
    "counts": _TARGET,
    "design": _TARGET,
    "ed25519": ("note_edges", "note"),
    "errors": ("frame_edges", *_TARGET, "frame"),
    "evidence": ("evidence_edges",),
    "excluded": _FRAME,
    "fields": ("canonical_edges", "seed", "counts", "inspectors_refusals"),
    "fixing": _INSPECTORS,
    "flow": ("flow", *_INSPECTORS),
    "frame": (*_FRAME, "target"),
    "hashing": ("canonical_edges", "seed", "target"),
    "inspectors": _INSPECTORS,
    "level": _INSPECTORS,
    "lines": (*_FRAME, "target"),
    "log": ("log_edges", "evidence_edges"),
    "membership": _FRAME,
    "merkle": (*_TREE, "frame"),
    "note": ("note_edges", "note"),
    "parts": ("parts_edges", "evidence_edges"),
    "problem": _INSPECTORS,
    "proposals": _INSPECTORS,
    "report": ("note_edges", "evidence"),
    "reroute": ("reroute_edges", *_INSPECTORS),
    "seed": ("seed_edges", *_TARGET),
    "sources": ("sources_edges", *_TARGET),
    "target": ("seed_edges", *_TARGET),
    "team_text": ("team_text",),
    "tickets": ("tickets", "inspectors_edges"),
}
"""Module -> the test files that speak of it, in the order in which they are tried."""
LEFT_OUT = ("hash_seed", "shell", "openssl_command", "equal_officers", "unequal_chances")
"""Tests that start an interpreter or a command, which sees the code as it is, or that take long."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="*", help="of app/sampling/openlot1, all if none")
    default = Path(tempfile.gettempdir()) / "openlot-mutants.json"
    parser.add_argument("--results", type=Path, default=default)
    parser.add_argument("--only", default="", help="mutants whose line or change holds this text")
    chosen = parser.parse_args()
    for name in LOADED_ONCE:
        importlib.import_module(name)
    sys.path[:0] = [str(TESTS), str(ROOT)]
    names = chosen.modules or sorted(p.stem for p in CORE.glob("*.py") if p.stem != "__init__")
    return max([_forked(lambda name=name: _alone(name, chosen)) for name in names], default=0)


def _forked(work: Callable[[], int]) -> int:
    """The exit code of `work` in a process of its own, negative if a signal ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work()
        except BaseException:  # noqa: BLE001 -- whatever it raises, it is told and ends the child
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _alone(name: str, chosen: argparse.Namespace) -> int:
    """One module, with all that does not depend on it loaded once for all of its mutants."""
    needs = {path.stem: _needs(path) for path in CORE.glob("*.py")}
    dependent = {name}
    while more := {m for m in needs if needs[m] & dependent} - dependent:
        dependent |= more
    for other in sorted(needs.keys() - dependent - {"__init__"}):
        importlib.import_module(f"{PACKAGE}.{other}")
    return 1 if _module(name, chosen.results, chosen.only) else 0


def _needs(path: Path) -> set[str]:
    """The modules of the core that one imports, and some words more, which do no harm."""
    return {
        word
        for line in path.read_text("utf-8").splitlines()
        if line.startswith(f"from {PACKAGE}")
        for word in re.findall(r"\w+", line.removeprefix(f"from {PACKAGE}"))
    }


def _module(name: str, results: Path, only: str) -> int:
    """Tries the mutants of one module, prints the survivors, returns how many there are."""
    begun = time.monotonic()
    source = (CORE / f"{name}.py").read_text("utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    if not _survives(name, compile(tree, name, "exec"), tell=True):
        raise SystemExit(f"{name}: the tests fail before anything is changed")
    known = _known(results, name, source)
    equivalent = _equivalents(f"{name}.py")
    counted: Counter[str] = Counter()
    seen: Counter[tuple[int, int, str]] = Counter()
    for number, variant, change in mutants(tree):
        line, column = place_of(tree, number)
        text = lines[line - 1].strip()
        if only not in f"{line}: {text} {change}":
            continue
        seen[line, column, change] += 1
        mutant = f"{line}:{column} {seen[line, column, change]} {change}"
        verdict = known.get(mutant, SURVIVED)
        if verdict == SURVIVED:
            code = _compiled(name, mutated(tree, number, variant))
            survived = code is not None and _survives(name, code)
            listed = EQUAL if (text, change) in equivalent else SURVIVED
            verdict = listed if survived else KILLED
            known[mutant] = verdict
            _keep(results, name, source, known)
        counted[verdict] += 1
        if verdict == SURVIVED:
            print(f"{name}.py:{line}: {change}    | {text}", flush=True)
    told = ", ".join(f"{counted[verdict]} {verdict}" for verdict in (KILLED, EQUAL, SURVIVED))
    seconds = time.monotonic() - begun
    print(f"{name}: {counted.total()} mutants: {told}; {seconds:.0f} s", flush=True)
    return counted[SURVIVED]


def _compiled(name: str, tree: ast.Module) -> CodeType | None:
    try:
        return compile(tree, str(CORE / f"{name}.py"), "exec")
    except (SyntaxError, ValueError):
        return None


def _survives(name: str, code: CodeType, *, tell: bool = False) -> bool:
    """Whether all tests pass with this code in place of the module, within time and memory."""

    def work() -> int:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.alarm(SECONDS * 60)
        if not tell:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sys.meta_path.insert(0, _Instead(f"{PACKAGE}.{name}", code))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        for test in _tests(name):
            test()
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
        return 0

    return _forked(work) == 0


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed code to whoever imports the module."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name, self.code = name, code

    def find_spec(self, fullname: str, path: object, target: object = None) -> Any:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def _tests(name: str) -> Iterator[Callable[[], object]]:
    """The tests for the module, each with its parameters, without pytest's own cost."""
    for file in BATTERY[name]:
        if not (TESTS / f"test_{file}.py").exists():
            continue
        module = importlib.import_module(f"test_{file}")
        for test in vars(module).values():
            if isinstance(test, FunctionType) and test.__name__.startswith("test_"):
                yield from _calls(test)


def _calls(test: FunctionType) -> Iterator[Callable[[], object]]:
    if hasattr(test, "hypothesis") or inspect.iscoroutinefunction(test):
        return
    if any(word in test.__name__ for word in LEFT_OUT):
        return
    choices = [
        [_arguments(mark.args[0], values) for values in mark.args[1]]
        for mark in getattr(test, "pytestmark", [])
        if mark.name == "parametrize"
    ]
    names = {name for choice in choices for name in choice[0]} if all(choices) else set()
    if names != set(test.__code__.co_varnames[: test.__code__.co_argcount]):
        return
    for chosen in itertools.product(*choices):
        arguments = {name: value for given in chosen for name, value in given.items()}
        yield lambda arguments=arguments: test(**arguments)


def _arguments(names: str | tuple[str, ...], values: Any) -> dict[str, Any]:
    if isinstance(names, str) and "," not in names:
        return {names: getattr(values, "values", [values])[0] if _is_set(values) else values}
    split = [n.strip() for n in names.split(",")] if isinstance(names, str) else names
    return dict(zip(split, values.values if _is_set(values) else values, strict=True))


def _is_set(values: Any) -> bool:
    return type(values).__name__ == "ParameterSet"


def _equivalents(file: str) -> set[tuple[str, str]]:
    entries = tomllib.loads(EQUIVALENT.read_text("utf-8")).get("mutant", [])
    return {(e["line"], change) for e in entries if e["file"] == file for change in e["changes"]}


def _known(results: Path, name: str, source: str) -> dict[str, str]:
    file = _file(results, name)
    kept = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return kept["found"] if kept.get("source") == _digest(source) else {}


def _keep(results: Path, name: str, source: str, known: dict[str, str]) -> None:
    kept = {"source": _digest(source), "found": known}
    _file(results, name).write_text(json.dumps(kept), "utf-8")


def _file(results: Path, name: str) -> Path:
    """One for each module, so that several may be tried at a time."""
    return results.with_name(f"{results.stem}-{name}.json")


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
