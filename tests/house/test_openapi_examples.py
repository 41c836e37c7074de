"""Examples are the part of the document that people copy: each one holds."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from app.core.openapi import JSON, PROBLEM_JSON
from app.draws.schemas import CommitmentCreate, SeedCreate
from app.ledger.schemas import EXAMPLE_NOTE
from app.registry.files.kinds import FileKind
from app.registry.files.run import check_file
from app.registry.files.tables import CodeTables
from app.sampling.openlot1 import ed25519, merkle, note
from tests.house.reading import all_operations, document

LARGEST_CSV_EXAMPLE = 2000


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": document()["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def contents(*statuses: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(operationId, media type, content) of the request bodies, or of the responses."""
    found = []
    for name, (_, _, operation) in all_operations().items():
        bodies = [operation["responses"].get(status, {}) for status in statuses]
        for body in bodies or [operation.get("requestBody", {})]:
            found += [(name, kind, content) for kind, content in body.get("content", {}).items()]
    return found


def example(name: str, *, request: bool = False) -> Any:
    operation = all_operations()[name][2]
    body = operation["requestBody"] if request else operation["responses"]["200"]
    return body["content"][JSON]["example"]


def test_every_json_request_has_an_example_that_its_schema_takes():
    bodies = [(name, content) for name, kind, content in contents() if kind == JSON]
    assert len(bodies) >= 7
    for name, content in bodies:
        assert "example" in content, f"{name}: a field of the body has no example"
        assert faults(content["schema"], content["example"]) == [], name


def test_every_json_answer_has_an_example_that_its_schema_takes():
    bodies = [(name, content) for name, kind, content in contents("200", "201") if kind == JSON]
    assert len(bodies) >= 30
    missing = [name for name, content in bodies if "example" not in content]
    assert not missing, f"a field of the answer has no example: {missing}"
    for name, content in bodies:
        assert faults(content["schema"], content["example"]) == [], name


def test_every_example_of_a_field_fits_the_field():
    looked_at = 0
    for name, schema in document()["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            for value in part.get("examples", []):
                looked_at += 1
                assert faults(part, value) == [], f"{name}.{field}"
    for name, (_, _, operation) in all_operations().items():
        for parameter in operation.get("parameters", []):
            for value in parameter["schema"].get("examples", []):
                looked_at += 1
                assert faults(parameter["schema"], value) == [], f"{name} {parameter['name']}"
    assert looked_at >= 150


def test_every_example_of_an_error_is_that_problem():
    looked_at = 0
    for name, (_, _, operation) in all_operations().items():
        for status, answer in operation["responses"].items():
            if PROBLEM_JSON not in answer.get("content", {}):
                continue
            content = answer["content"][PROBLEM_JSON]
            for code, one in content["examples"].items():
                looked_at += 1
                named = document()["components"]["examples"].get(code, {})
                value = one.get("value") or named["value"]
                assert faults(content["schema"], value) == [], (name, code)
                assert (value["code"], str(value["status"])) == (code, status), name
    assert looked_at >= 300


def test_every_csv_example_passes_the_check_of_its_import(tmp_path: Path):
    kinds = {
        "importDivisions": FileKind.DIVISIONS,
        "importIndustries": FileKind.INDUSTRIES,
        "importCreditClasses": FileKind.CREDIT_CLASSES,
        "importCertificates": FileKind.CERTIFICATES,
        "importInspectors": FileKind.INSPECTORS,
        "importInspectedObjects": FileKind.OBJECTS,
        "uploadStagedImport": FileKind.OBJECTS,
    }
    tables = CodeTables.of([{"code": "610403"}], [{"code": "52"}])
    bodies = {name: content for name, kind, content in contents() if kind == "text/csv"}
    assert set(bodies) == set(kinds)
    source, faults_out = tmp_path / "file", tmp_path / "faults"
    for name, content in bodies.items():
        source.write_text(content["example"], encoding="utf-8")
        told = check_file(
            source,
            kinds[name],
            tables,
            rows_out=None,
            faults_out=faults_out,
            department="610403-SCJG",
        )
        assert (told.valid, faults_out.read_text(encoding="utf-8")) == (1, ""), name


def test_the_examples_of_a_draw_belong_together():
    commitment = CommitmentCreate.model_validate(example("commitDraw", request=True))
    seed = SeedCreate.model_validate(example("seedDraw", request=True))
    promised, thrown = (source.model_dump() for source in commitment.sources)
    secret, dice = (source.model_dump() for source in seed.sources)
    assert promised["sha256"] == sha256(bytes.fromhex(secret["value"])).hexdigest()
    assert thrown["digits"] == len(dice["value"])
    assert dice["minutes"]["held_at"] >= commitment.not_before


def test_the_examples_of_the_log_prove_each_other():
    inclusion, consistency = example("getInclusionProof"), example("getConsistencyProof")
    leaf = merkle.leaf_hash(inclusion["data"].encode())
    path = [bytes.fromhex(one) for one in inclusion["path"]]
    root = bytes.fromhex(inclusion["root"])
    assert leaf.hex() == inclusion["leaf_hash"]
    assert merkle.verify_inclusion(inclusion["index"], inclusion["size"], leaf, path, root)
    assert merkle.verify_consistency(
        consistency["old"],
        consistency["new"],
        bytes.fromhex(consistency["old_root"]),
        bytes.fromhex(consistency["new_root"]),
        [bytes.fromhex(one) for one in consistency["path"]],
    )
    assert consistency["new_root"] == inclusion["root"]
    checkpoint = note.parse_checkpoint(EXAMPLE_NOTE)
    assert (checkpoint.size, checkpoint.root) == (inclusion["size"], root)
    key = note.parse_vkey(example("getLedgerKey")["vkey"])
    signature = base64.b64decode(EXAMPLE_NOTE.splitlines()[-1].rpartition(" ")[2])[4:]
    signed = note.checkpoint_text(checkpoint).encode()
    assert ed25519.verify(key.public_key, signed, signature)


def test_texts_have_examples():
    notes = [content for _, kind, content in contents("200") if kind == "text/plain"]
    assert len(notes) == 2
    assert all(content["example"] == EXAMPLE_NOTE for content in notes)
