"""What may stand where: chance, clocks, the environment and commits each have one place."""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator

import pytest

from tests.house.reading import (
    ONE_FILE_BY_CONTRACT,
    ROOT,
    functions,
    length,
    python_files,
    tree,
)

ALLOWED = {
    "commit": {
        "migrations/env.py": "gives the lock and the schema to the migrations before they begin",
    },
    "environment": {
        "app/core/embedded_binaries.py": "finds Postgres on the PATH and cleans what it inherits",
        "app/demo/service.py": "starts the service as a process of its own",
        "app/demo/run.py": "finds the folder of the service that it starts",
        "dev.py": "starts everything else; it runs before the project is installed",
        ONE_FILE_BY_CONTRACT: "runs alone, without the project; chooses its language",
    },
    "clock": {
        "app/core/clock.py": "the one clock of requests",
        "app/bootstrap.py": "the first key is made outside of any request",
        "app/core/dispatch.py": "a worker acts outside of any request",
        "app/bench/__init__.py": "dates its measurements",
        "app/demo/draw.py": "waits for the committed moment as any client does",
        "app/demo/inspect.py": "inspects on the day of the demo",
        "app/demo/registry.py": "certificates count from the day of the demo",
    },
    "identifier": {"app/core/ids.py": "the one maker of identifiers"},
    "chance": {},
    "secret": {
        "app/core/edge.py": "request ids",
        "app/core/embedded_home.py": "passwords of the embedded Postgres",
        "app/core/events.py": "salts of digests in the log",
        "app/draws/pools/targets.py": "salts of the frozen lists",
        "app/draws/pools/officers.py": "a tag that keeps assignment.json from being guessed",
        "app/bootstrap.py": "the first key",
        "app/demo/draw.py": "the operator's secret and the dice of the demo",
        "app/demo/people.py": "keys, which clients make themselves",
        "app/demo/receiver.py": "the secret of its subscription, which clients make themselves",
        "app/demo/service.py": "idempotency keys, as any client makes them",
    },
    "print": {
        "app/cli.py": "the command line answers on the terminal",
        "app/bench/__init__.py": "the command line answers on the terminal",
        "app/bench/child.py": "a measurement tells its parent on standard output",
        "app/bench/draw.py": "the command line answers on the terminal",
        "app/demo/story.py": "the demo tells its story on the terminal",
        "app/demo/run.py": "the demo tells its story on the terminal",
        "dev.py": "the command line answers on the terminal",
        ONE_FILE_BY_CONTRACT: "the verifier answers on the terminal",
    },
}
"""Kind of thing -> file -> why it may stand there."""
MAX_FILE_LINES = 400
MAX_TEST_FILE_LINES = 600
MAX_FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 10
FORBIDDEN_WORDS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")


def ours() -> list[str]:
    found = [*python_files("app", "migrations", ".")]
    assert len(found) >= 100
    return found


def everything() -> list[str]:
    found = [*python_files("app", "migrations", ".", "tests")]
    assert len(found) >= 130
    return found


def kinds_in(source: ast.Module) -> Iterator[tuple[str, int]]:
    """(kind, line) of everything that has its own places."""
    modules = {"random": "chance", "secrets": "secret"}
    for node in ast.walk(source):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            yield from ((modules[n], line) for n in names if n in modules)
            if getattr(node, "module", "") in {"os", "uuid"}:
                listed = {"environ": "environment", "getenv": "environment", "uuid4": "identifier"}
                yield from ((listed[n], line) for n in names if n in listed)
        elif isinstance(node, ast.Attribute):
            match ast.unparse(node.value), node.attr:
                case "os", "environ" | "environb" | "getenv":
                    yield "environment", line
                case "uuid", "uuid1" | "uuid4":
                    yield "identifier", line
        elif isinstance(node, ast.Call):
            yield from ((kind, line) for kind in kinds_of_call(node))


def kinds_of_call(node: ast.Call) -> Iterator[str]:
    called = ast.unparse(node.func)
    receiver, _, last = called.rpartition(".")
    if last == "commit" and receiver and receiver.rpartition(".")[2] != "service":
        yield "commit"
    if receiver.endswith(("datetime", "date")) and last in {"now", "utcnow", "today"}:
        yield "clock"
    if called in {"time.time", "time.time_ns"}:
        yield "clock"
    if called in {"uuid4", "uuid1"}:
        yield "identifier"
    if called == "print":
        yield "print"


def test_what_has_its_place_stands_there_only():
    used: set[tuple[str, str]] = set()
    faults = []
    for name in ours():
        for kind, line in kinds_in(tree(name)):
            used.add((kind, name))
            if name not in ALLOWED[kind]:
                faults.append(f"{name}:{line} {kind}")
    assert not faults, f"has its own place, or needs a reason in ALLOWED: {faults}"
    idle = {(kind, name) for kind, names in ALLOWED.items() for name in names} - used
    assert idle == set(), f"allowed, but not used there any more: {idle}"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("session.commit()", "commit"),
        ("import os\nos.environ['A']", "environment"),
        ("from os import getenv", "environment"),
        ("datetime.now(UTC)", "clock"),
        ("dt.datetime.utcnow()", "clock"),
        ("date.today()", "clock"),
        ("time.time()", "clock"),
        ("uuid4()", "identifier"),
        ("import random", "chance"),
        ("from random import choice", "chance"),
        ("import secrets", "secret"),
        ("print()", "print"),
    ],
)
def test_the_search_sees(source: str, kind: str):
    assert kind in {found for found, _ in kinds_in(ast.parse(source))}


def comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def unexplained(comment: str) -> bool:
    """Whether a linter or type checker is told to look away without a word on why."""
    ignored = re.search(
        r"(#\s*type:\s*ignore(?:\[[^\]]*\])?|#\s*noqa(?::\s*[A-Z0-9, ]+)?)(.*)", comment
    )
    return ignored is not None and len(ignored[2].strip(" #-")) < 8


def test_nothing_is_left_open_and_no_check_is_silenced_without_a_reason():
    told = 0
    faults = []
    for name, text in python_files("app", "migrations", ".", "tests").items():
        for line, comment in comments(text):
            told += "ignore" in comment or "noqa" in comment
            if unexplained(comment):
                faults.append(f"{name}:{line} {comment}")
            left = [word for word in FORBIDDEN_WORDS if re.search(rf"\b{word}\b", comment)]
            faults += [f"{name}:{line} {word}" for word in left]
        if not name.startswith("tests/"):
            faults += [f"{name} {word}" for word in FORBIDDEN_WORDS if word in text]
    assert told >= 5
    assert not faults


def test_the_reason_is_what_is_looked_for():
    assert unexplained("# noqa" + ": S101")
    assert unexplained("# type" + ": ignore[misc]")
    assert not unexplained("# noqa" + ": S101 -- registered for this type only")
    assert not unexplained("# type" + ": ignore[misc]  # the core's codes are stable too")


def test_no_test_is_skipped_without_a_reason():
    calls = [
        (name, node)
        for name in python_files("tests")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        and re.search(r"\bpytest\.(mark\.)?(skip|xfail)", ast.unparse(node.func))
    ]
    bare = [
        name
        for name in python_files("tests")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(re.search(r"mark\.(skip|xfail)$", ast.unparse(d)) for d in node.decorator_list)
    ]
    assert bare == []
    for name, node in calls:
        reasons = [k.value for k in node.keywords if k.arg == "reason"] or node.args[-1:]
        told = ast.unparse(reasons[0]) if reasons else ""
        assert len(told) >= 10, f"{name}:{node.lineno} gives no reason"


def test_files_are_short():
    for name in everything():
        if name == ONE_FILE_BY_CONTRACT or name.startswith("migrations/versions/"):
            continue  # one file by contract; a migration is a record, not code to be read again
        limit = MAX_TEST_FILE_LINES if name.startswith("tests/") else MAX_FILE_LINES
        lines = len((ROOT / name).read_text(encoding="utf-8").splitlines())
        assert lines <= limit, f"{name} has {lines} lines: split it by noun"


def test_functions_are_short():
    lengths = []
    for name in everything():
        if name.startswith("migrations/versions/"):
            continue
        for function in functions(name):
            size = length(function)
            assert size <= MAX_FUNCTION_LINES, f"{name}:{function.lineno} {function.name}: {size}"
            if not name.startswith("tests/"):
                lengths.append(size)
    assert len(lengths) >= 500
    assert statistics.median(lengths) < MEDIAN_FUNCTION_LINES


def test_there_is_no_drawer_for_odds_and_ends():
    for name in everything():
        file = name.rpartition("/")[2]
        assert file not in {"utils.py", "helpers.py", "common.py", "misc.py"}, name
