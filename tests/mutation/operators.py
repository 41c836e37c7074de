"""What a mutant changes: for each node of a syntax tree the variants that stand in its place.

Left out on purpose, because no output and no refusal hangs on it: docstrings, annotations,
decorators, `__all__`, texts for people (English and Chinese of refusals, proposals and reports).
"""

import ast
import copy
import re
from collections.abc import Iterator

LT, LE, GT, GE = ast.Lt, ast.LtE, ast.Gt, ast.GtE
COMPARISONS: dict[type, tuple[type, ...]] = {
    LT: (LE, GE),
    LE: (LT, GT),
    GT: (GE, LE),
    GE: (GT, LT),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
METHODS = {"startswith": "endswith", "endswith": "startswith", "fullmatch": "match"}
SAYING = re.compile(r"(_?refusal|DrawError|Proposal|NotCheckedError|Step|_label)$")
READERS = {"Fields", "_group", "parse_source", "_frame", "_excluded"}
"""Their second argument is the place of a member, which is told in a refusal and nowhere else."""
PLACES = {"where", "place", "at"}
PROSE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|[\u2e80-\uffff]")
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
REMOVABLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Delete, ast.Raise, ast.Continue, ast.Break)

LONGEST = 80
"""Characters of the code that is shown of a change."""


def mutants(tree: ast.Module) -> Iterator[tuple[int, int, str]]:
    """(number of the node, number of its variant, what changes) in the order of the text."""
    for number, (node, parent) in enumerate(_nodes(tree)):
        for variant, new in enumerate(_replacements(node)):
            yield number, variant, _change(node, new, parent)


def mutated(tree: ast.Module, number: int, variant: int) -> ast.Module:
    """A copy of `tree` with one variant in its place."""
    changed = copy.deepcopy(tree)
    old, parent = _nodes(changed)[number]
    new = ast.copy_location([*_replacements(old)][variant], old)
    for name, value in _with(parent, old, new).items():
        setattr(parent, name, value)
    return ast.fix_missing_locations(changed)


def place_of(tree: ast.Module, number: int) -> tuple[int, int]:
    """The line and the column that the node begins at."""
    node = _nodes(tree)[number][0]
    placed = node.target if isinstance(node, ast.comprehension) else node
    return getattr(placed, "lineno", 0), getattr(placed, "col_offset", 0)


def _nodes(node: ast.AST, parent: ast.AST | None = None) -> list[tuple[ast.AST, ast.AST]]:
    """The nodes that decide something, each with its parent, parents first."""
    found = [] if parent is None else [(node, parent)]
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"} or _is_human(node, name):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_told(node, child):
                found += _nodes(child, node)
    return found


def _with(parent: ast.AST, old: ast.AST, new: ast.AST) -> dict[str, object]:
    """The field of `parent` that holds `old`, with `new` in its place."""
    for name, value in ast.iter_fields(parent):
        if value is old:
            return {name: new}
        if isinstance(value, list) and any(item is old for item in value):
            return {name: [new if item is old else item for item in value]}
    raise LookupError("no child of this parent")


def _is_human(node: ast.AST, name: str) -> bool:
    described = isinstance(node, ast.FunctionDef) and node.name == "describe"
    literal = isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"
    return described or _is_list_of_names(node) or (literal and name == "slice")


def _is_list_of_names(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _is_told(parent: ast.AST, child: ast.AST) -> bool:
    """Whether `child` is a docstring, a sentence, or a text of a refusal that is not its code."""
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    if isinstance(parent, ast.Assign) and ast.unparse(parent.targets[0]) in PLACES:
        return True
    if isinstance(parent, ast.Call) and ast.unparse(parent.func) in READERS:
        return child in parent.args[1:2]
    says = isinstance(parent, ast.Call) and SAYING.search(ast.unparse(parent.func)) is not None
    if isinstance(child, ast.JoinedStr):
        parts = [part.value for part in child.values if isinstance(part, ast.Constant)]
        return any(map(_is_prose, parts)) or (says and child is not parent.args[0])
    if says and isinstance(child, ast.Constant) and isinstance(child.value, str):
        return child is not parent.args[0] or not CODE.fullmatch(child.value)
    return False


def _is_prose(text: str) -> bool:
    return PROSE.search(text) is not None


def _change(old: ast.AST, new: ast.AST, parent: ast.AST) -> str:
    """What changes; a constant or a name is told with the expression that it stands in."""
    small = isinstance(old, ast.Constant | ast.Name | ast.Slice | ast.UnaryOp)
    if small and isinstance(parent, ast.expr) and not isinstance(parent, ast.JoinedStr):
        whole = _but(parent, **_with(parent, old, new))
        if len(ast.unparse(parent)) <= LONGEST:
            old, new = parent, whole
    return f"{_told(old)} -> {_told(new)}"


def _told(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BinOp() | ast.AugAssign() if type(node.op) in ARITHMETIC:
            yield _but(node, op=ARITHMETIC[type(node.op)]())
        case ast.BoolOp():
            yield _but(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp():
            yield node.operand
        case ast.Constant():
            yield from (ast.Constant(value) for value in _values(node.value))
        case ast.Name(ctx=ast.Load()) if node.id in FUNCTIONS:
            yield ast.Name(FUNCTIONS[node.id], ast.Load())
        case ast.Attribute(ctx=ast.Load()) if node.attr in METHODS:
            yield _but(node, attr=METHODS[node.attr])
        case ast.Slice():
            yield from _slices(node)
        case ast.If() | ast.While() | ast.IfExp() if not isinstance(node.test, ast.Compare):
            yield _but(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension() if node.ifs:
            yield _but(node, ifs=[])
        case ast.ExceptHandler() if node.type is not None:
            yield _but(node, type=ast.Tuple([], ast.Load()))
        case ast.Return() if node.value is not None and ast.unparse(node.value) != "None":
            yield ast.Return(ast.Constant(None))
    if isinstance(node, REMOVABLE) and not _is_list_of_names(node):
        yield ast.Pass()


def _but(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for i, old in enumerate(node.ops):
        for new in COMPARISONS[type(old)]:
            yield _but(node, ops=[*node.ops[:i], new(), *node.ops[i + 1 :]])


def _slices(node: ast.Slice) -> Iterator[ast.AST]:
    if node.lower is not None:
        yield _but(node, lower=None)
    if node.upper is not None:
        yield _but(node, upper=None)


def _values(value: object) -> Iterator[object]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, bytes):
        yield from (b"", value + b"~") if value else (b"~",)
    elif isinstance(value, str) and (not _is_prose(value) or re.search(r"[\[{(]", value)):
        yield from _texts(value)


def _texts(text: str) -> Iterator[str]:
    """Another text; of a pattern also its numbers by one, its classes and repetitions."""
    if text in {"ascii", "utf-8", "utf-16-be"}:
        yield "utf-16"
        return
    yield from ("", f"{text}~") if text else ("~",)
    if not re.search(r"[\[{]|\\d", text):
        return
    for found in re.finditer(r"(?<=[{,])\d+", text):
        for number in (int(found[0]) + 1, int(found[0]) - 1):
            yield f"{text[: found.start()]}{number}{text[found.end() :]}"
    for found in re.finditer(r"(?<=\])[+*]", text):
        yield text[: found.start()] + "+*"[found[0] == "+"] + text[found.end() :]
    for found in re.finditer(r"\[\^?", text):
        yield f"{text[: found.end()]}~{text[found.end() :]}"
