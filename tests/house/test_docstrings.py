"""Each module and each class says what it is for; the draw's functions say what they promise."""

import ast
from collections.abc import Iterator

from tests.house.reading import functions, length, python_files, tree

SHORT_FUNCTION_LINES = 4
"""A function shorter than this, with a full signature, is its own description."""
SHORT_METHOD_LINES = 9
"""A method shorter than this is read with the docstring of its class."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
FORM_ONLY = ("Args:", "Parameters\n", ":param", ":return", "Returns:\n")


def modules(least: int, *folders: str) -> dict[str, str]:
    found = {
        name: text
        for name, text in python_files(*folders).items()
        if text.strip() and not name.startswith("migrations/versions")
    }
    assert len(found) >= least
    return found


def test_every_module_says_what_it_is_for():
    silent = [
        name for name in modules(90, "app", "migrations") if not ast.get_docstring(tree(name))
    ]
    assert silent == []


def public(name: str) -> Iterator[tuple[Function, int]]:
    """Public functions of a module and public methods of its public classes, each with the length
    below which it may be silent. A method that a Protocol of the module describes is left out."""
    body = tree(name).body
    classes = [c for c in body if isinstance(c, ast.ClassDef) and not c.name.startswith("_")]
    protocols = [c for c in classes if any(ast.unparse(base) == "Protocol" for base in c.bases)]
    promised = {m.name for c in protocols for m in c.body if isinstance(m, Function)}
    for node in body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node, SHORT_FUNCTION_LINES
    for node in (method for c in classes for method in c.body):
        hidden = not isinstance(node, Function) or node.name.startswith("_")
        if not hidden and node.name not in promised:
            yield node, SHORT_METHOD_LINES


def is_typed(function: Function) -> bool:
    arguments = function.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    typed = all(a.annotation is not None or a.arg in {"self", "cls"} for a in listed)
    return typed and function.returns is not None


def test_every_public_function_of_the_draw_says_what_it_promises():
    looked_at = 0
    silent = []
    for name in modules(25, "app/sampling/openlot1"):
        for function, short in public(name):
            looked_at += 1
            assert is_typed(function), f"{name}:{function.lineno} {function.name}"
            if not ast.get_docstring(function) and length(function) >= short:
                silent.append(f"{name}:{function.lineno} {function.name}")
    assert looked_at >= 80
    assert silent == []


def test_every_class_of_the_contract_and_of_the_tables_is_described():
    looked_at = 0
    for name in python_files("app"):
        if name.rpartition("/")[2] not in {"schemas.py", "models.py", "states.py"}:
            continue
        for node in tree(name).body:
            if isinstance(node, ast.ClassDef):
                looked_at += 1
                assert ast.get_docstring(node), f"{name}: {node.name}"
    assert looked_at >= 60


def test_docstrings_say_more_than_the_signature():
    looked_at = 0
    for name in modules(90, "app", "migrations"):
        for function in functions(name):
            text = ast.get_docstring(function) or ""
            looked_at += bool(text)
            assert not any(form in text for form in FORM_ONLY), f"{name} {function.name}"
            words = text.lower().rstrip(".").split()
            said = function.name.strip("_").lower().split("_")
            assert not text or set(words) - set(said), f"{name} {function.name}: its own name"
    assert looked_at >= 150
