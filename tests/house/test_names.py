"""The words of the glossary: the full domain term, never a bare Item, Object or Task."""

import ast

from app.core.database import Base
from app.core.schema import Schema
from tests.house.reading import BARE, BARE_NAMES, python_files, tree

PARTS_OF_A_FEATURE = {
    "errors.py",
    "files.py",
    "models.py",
    "queries.py",
    "router.py",
    "schemas.py",
    "service.py",
    "states.py",
    "worker.py",
}


def test_models_and_schemas_have_the_full_term():
    models = [mapper.class_.__name__ for mapper in Base.registry.mappers]
    found = [*models, *(schema.__name__ for schema in Schema.__subclasses__())]
    assert len(models) >= 21
    assert len(found) >= 60
    assert BARE_NAMES & set(found) == set()


def test_no_class_is_bare():
    classes = [
        (name, node.name)
        for name in python_files("app")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.ClassDef)
    ]
    assert len(classes) >= 150
    assert [one for one in classes if one[1] in BARE] == []


def test_tables_are_named_after_their_class():
    for mapper in Base.registry.mappers:
        table = mapper.class_.__tablename__
        words = mapper.class_.__name__.removesuffix("Record")
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in words).lstrip("_")
        assert table == snake, mapper.class_.__name__


def test_core_bears_no_name_of_a_feature_file():
    """The import contracts choose files by these names."""
    core = {name.rpartition("/")[2] for name in python_files("app/core")}
    assert len(core) >= 15
    assert core & PARTS_OF_A_FEATURE == set()
