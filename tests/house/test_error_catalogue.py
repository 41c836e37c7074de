"""Every error can come, has its own code and both languages, and is documented where it comes."""

import ast
import re
import string
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.edge import from_database
from app.core.problems import DomainError, InternalError
from app.main import CONSTRAINTS, metadata
from tests.house.reading import document, python_files, tree

OF_NO_OPERATION = {
    "no-such-path": "comes where there is no operation",
    "method-not-allowed": "comes where there is no operation",
}
BROUGHT = {"draw-refused", "assignment-infeasible"}
"""Texts that the draw core brings; the rest of the code is not DrawError's."""
UNREACHABLE = {
    "pk_operation": "a random id",
    "ck_operation_state": "the service and its workers write it",
    "ck_operation_cancelled": "the service writes both",
    "ck_registry_import_mode": "the schema takes the values of the same enumeration",
    "ck_registry_import_undone": "the service writes both or neither",
    "fk_registry_import_undone_import_id": "the import is read first; imports are never deleted",
    "fk_inspected_object_version_ended_import_id": "written in the same transaction",
    "fk_inspector_version_ended_import_id": "written in the same transaction",
    "pk_staged_import": "a random id",
    "ck_staged_import_mode": "the schema takes the same values",
    "pk_staged_import_step": "an import has one operation at a time, others take turns",
    "fk_staged_import_step_import_id": "the import is read first; none is ever deleted",
    "ck_staged_import_step_step": "the service writes it",
    "pk_staged_file_part": "the service counts up from 0",
    "fk_staged_file_part_import_id": "written in the same transaction",
    "pk_staged_fault": "the service counts up from 1",
    "fk_staged_fault_import_id": "the import is read first; none is ever deleted",
    "pk_department": "an import inserts or updates",
    "pk_division": "an import inserts or updates; the file check refuses a key that stands twice",
    "pk_industry": "an import inserts or updates; the file check refuses a key that stands twice",
    "pk_inspected_object": "an import inserts or updates",
    "pk_inspected_object_version": "imports of a department take turns, codes stand once in a file",
    "pk_credit_class": "the number of the import is in the key; codes stand once in a file",
    "pk_inspection_item": "imports of a department take turns, codes stand once in a list",
    "pk_registry_import": "a random id",
    "pk_event": "a random id",
    "uq_event_sequence": "an identity column",
    "pk_kept_reply": "a claim does nothing on conflict",
    "pk_plan": "plans of a department take turns, numbers are given",
    "pk_plan_line": "lines of a department take turns, numbers are given",
    "pk_ledger_entry": "appends take turns",
    "pk_ledger_node": "appends take turns",
    "pk_ledger_checkpoint": "appends take turns",
    "uq_ledger_entry_event_id": "an event is taken once from its transaction",
    "ck_ledger_entry_index": "an index counts up from 0",
    "pk_event_dispatch": "an event is dispatched by workers only",
    "fk_event_dispatch_event_id": "an event is dispatched by workers only",
    "ck_event_dispatch_state": "an event is dispatched by workers only",
    "fk_api_key_revocation_key_id": "the key is read first; keys are never deleted",
    "fk_credit_class_import_id": "written in the same transaction",
    "fk_inspected_object_import_id": "written in the same transaction",
    "fk_inspected_object_version_import_id": "written in the same transaction",
    "fk_inspection_item_import_id": "written in the same transaction",
    "fk_ledger_entry_event_id": "written in the same transaction",
    "fk_draw_step_event_id": "written in the same transaction",
    "fk_draw_step_draw_id_attempt": "the draw is read first; draws are never deleted",
    "fk_draw_file_draw_id_attempt": "the draw is read first; draws are never deleted",
    "fk_draw_plan_line_code": "the line is read first; lines are never deleted",
    "fk_plan_line_plan_code": "the plan is read first; plans are never deleted",
    "fk_plan_department_code": "the department is read first; departments are never deleted",
    "ck_credit_class_credit_class": "the file check takes the values of the same enumeration",
    "ck_inspected_object_kind": "the file check takes the values of the same enumeration",
    "ck_inspected_object_status": "the file check takes the values of the same enumeration",
    "ck_inspection_item_category": "the schema takes the values of the same enumeration",
    "ck_inspection_item_validity": "the import refuses an item whose validity is reversed",
    "ck_inspection_item_standard": "the service writes both or neither",
    "pk_inspection_item_publication": "publications of a department take turns, none is repeated",
    "fk_inspection_item_publication_department_code_code_version": "the version is read first",
    "pk_department_version": "registrations of departments take turns",
    "fk_department_version_code": "written in the same transaction",
    "pk_department_capability": "records of means take turns",
    "fk_department_capability_department_code": "the department is read first; none is deleted",
    "ck_department_capability_means": "the schema takes the values of the same enumeration",
    "ck_department_capability_validity": "the service refuses a means that ends before it begins",
    "fk_draw_part_draw_id_attempt": "written in the same transaction",
    "fk_draw_part_plan_line_code": "the line is read first; lines are never deleted",
    "uq_draw_part_draw_id_attempt_name": "a part is named after its line or its number",
    "fk_draw_change_draw_id_attempt": "the draw is read first; draws are never deleted",
    "fk_draw_change_decision_change_id_requested_person": "the person is taken from the change",
    "pk_draw_change": "a random id",
    "uq_draw_change_id_requested_person": "only what the foreign key needs: a random id",
    "uq_draw_change_draw_id_attempt_number": "changes of an attempt take turns",
    "ck_draw_change_number": "the service counts up from 1",
    "ck_draw_change_reason": "the schema takes the same values",
    "ck_draw_change_decision_decision": "the schema takes the same values",
    "ck_draw_after_void": "the service writes the attempt before",
    "fk_draw_draw_id_previous_attempt_previous_state": "the void is read first",
    "ck_draw_purpose": "the schema takes the same values",
    "ck_draw_alg": "the schema takes the same values",
    "ck_draw_stage": "the service writes it",
    "ck_draw_attempt": "the service writes it",
    "ck_draw_round": "the schema takes 1 and more",
    "pk_rule": "an identity column is in the key",
    "pk_calendar_day": "an identity column is in the key",
    "pk_special_directory": "versions of a department take turns, numbers are given",
    "pk_special_entry": "the number of the import is in the key; keys stand once in a request",
    "fk_special_entry_import_id": "written in the same transaction",
    "pk_object_tag": "the number of the import is in the key; codes stand once in a request",
    "fk_object_tag_import_id": "written in the same transaction",
    "pk_object_count": "the number of the import is in the key; codes stand once in a request",
    "fk_object_count_import_id": "written in the same transaction",
    "ck_object_count_kind": "the schema takes the values of the same enumeration",
    "ck_object_count_days": "the service refuses reversed days",
    "ck_object_count_number": "the schema takes 0 and more",
    "pk_object_inspection": "reviews of a task take turns; a part is approved once",
    "pk_saved_query": "versions of a department take turns, numbers are given",
    "fk_saved_query_department_code": "the department is read first; departments are never deleted",
    "ck_plan_line_query": "the service takes both or none",
    "fk_plan_line_department_code_query_code_query_version": "the version is read first",
    "pk_registry_feed": "versions of a department take turns, numbers are given",
    "fk_registry_feed_department_code": "the department is read first; none is ever deleted",
    "fk_registry_feed_responsible_department": "the department is read first; none is deleted",
    "ck_registry_feed_interval": "the schema takes 1 and more",
    "pk_correction_request": "a random id",
    "fk_correction_request_department_code_object_code": "the object is read first, none is deleted",
    "fk_correction_request_responsible_department": "the feed names a department that is known",
    "fk_correction_answer_request_id": "the request is read first; requests are never deleted",
    "fk_correction_answer_import_id": "the import is read first; imports are never deleted",
    "ck_correction_answer_decision": "the schema takes the same values",
    "ck_correction_answer_corrected": "the service takes an import just with an acceptance",
    "ck_correction_answer_refused": "the service wants the reason of a refusal",
    "pk_credit_repair_notice": "a second notice does nothing on conflict",
    "fk_credit_repair_notice_disposal_id": "the disposal is read first; none is ever deleted",
    "pk_publication": "a random id",
    "pk_plan_step": "steps of a plan take turns, and the last one is read first",
    "uq_plan_step_plan_code_state_taken_person": "only what the foreign key needs: pk_plan_step",
    "pk_inspector": "an import inserts or updates",
    "pk_inspector_version": "imports of a department take turns, staff stand once in a file",
    "fk_plan_step_plan_code": "the plan is read first; plans are never deleted",
    "fk_plan_step_plan_code_state_before_person_before": "the step before is read first",
    "fk_publication_supersedes_id": "the version before is read first; none is ever deleted",
    "fk_inspector_import_id": "written in the same transaction",
    "fk_inspector_version_import_id": "written in the same transaction",
    "pk_recusal_request": "a random id",
    "uq_recusal_request_id_origin_requested_person_staff_no": "only what the foreign key needs",
    "uq_recusal_request_cause_id": "who is found takes turns with what is said of the pair",
    "fk_recusal_request_department_code_staff_no": "the inspector is read first, none is deleted",
    "fk_recusal_request_cause_id": "the declaration is read first; none is ever deleted",
    "ck_recusal_request_origin": "the service writes it",
    "ck_recusal_request_asked": "the schema of a firm's request takes both, no other takes any",
    "ck_recusal_request_cause": "the service writes it with what it finds",
    "fk_recusal_decision_request_id_origin_requested_person_staff_no": "taken from the request",
    "uq_recusal_decision_request_id_outcome": "only what the foreign key needs",
    "ck_recusal_decision_origin": "the origin is read first",
    "ck_recusal_decision_outcome": "the schema takes the same values",
    "pk_recusal_replacement": "a draw of its own for each seat",
    "fk_recusal_replacement_request_id_outcome": "the decision is read first; none is ever deleted",
    "fk_recusal_replacement_task_code": "the task is read first; tasks are never deleted",
    "ck_recusal_replacement_outcome": "the service writes it",
    "pk_officer_notice": "a random id",
    "uq_officer_notice_change": "a replacement draw is dispatched once, and an event handled once",
    "fk_officer_notice_task_code": "the task is read first; tasks are never deleted",
    "ck_officer_notice_kind": "the service writes it",
    "ck_officer_notice_reason": "the service writes it",
    "fk_drawn_seat_draw_id_attempt": "the draw is read first; draws are never deleted",
    "ck_plan_step_order": "the service takes the step before from the same table of states",
    "ck_plan_step_person_before": "the service writes the person of the step before",
    "ck_inspector_status": "the file check takes the values of the same enumeration",
    "ck_inspector_kind": "the file check takes the values of the same enumeration",
    "ck_inspector_validity": "the file check compares the days",
    "pk_inspector_leave": "a random id",
    "fk_inspector_leave_department_code_staff_no": "the inspector is read first, none is deleted",
    "fk_inspector_leave_replaces_id": "the leave is read first; leave is never deleted",
    "ck_inspector_leave_days": "the service compares the days",
    "ck_inspector_leave_withdrawn": "the service looks for what is withdrawn",
    "pk_certificate_holder": "the number of the import is in the key; numbers stand once in a file",
    "fk_certificate_holder_import_id": "written in the same transaction",
    "pk_assisting_seat": "an attempt is drawn once",
    "fk_assisting_seat_inspector_draw_id_attempt": "the draw is read first",
    "ck_draw_mode": "the schema takes the same values",
    "ck_rule_officers": "the service compares the number",
    "ck_rule_ceilings": "the service checks the shape",
    "ck_recusal_request_ground": "the schema takes the same values",
    "ck_drawn_seat_turn": "the service counts up from 1",
    "ck_publication_kind": "the schema takes the same values",
    "ck_draw_step_order": "the service takes the step before from the same table of states",
    "fk_escrow_receipt_draw_id_attempt": "the draw is read first; draws are never deleted",
    "fk_escrow_receipt_event_id": "written in the same transaction",
    "ck_escrow_receipt_digest": "the schema takes the same form",
    "fk_source_value_draw_id_attempt": "the draw is read first; draws are never deleted",
    "fk_source_value_event_id": "written in the same transaction",
    "ck_source_value_number": "the path takes 1 and more",
    "pk_webhook_subscription": "a random id",
    "ck_webhook_subscription_state": "the service writes it",
    "pk_webhook_delivery": "a random id; deliveries are written by workers only",
    "uq_webhook_delivery_subscription_id_event_id": "workers do nothing on conflict",
    "fk_webhook_delivery_event_id": "deliveries are written by workers only",
    "fk_webhook_delivery_subscription_id": "deliveries are written by workers only",
    "ck_webhook_delivery_state": "deliveries are written by workers only",
    "pk_webhook_attempt": "attempts are written by workers only",
    "fk_webhook_attempt_delivery_id": "attempts are written by workers only",
    "pk_inspection_task": "tasks of a department take turns, numbers are given",
    "uq_inspection_task_national_key": "tasks of a region and day take turns, numbers are given",
    "fk_inspection_task_plan_line_code": "the line is read first; lines are never deleted",
    "pk_department_task": "each department once, with its new task",
    "uq_department_task_national_key_department_code": "each department once, with its new task",
    "fk_department_task_task_code": "written in the same transaction",
    "pk_inspection_part": "each object and department once, with its new task",
    "fk_inspection_part_task_code_department_code": "written in the same transaction",
    "pk_inspection_closing": "reviews of a task take turns; a part is approved once",
    "fk_inspection_closing_task_code": "the task is read first; tasks are never deleted",
    "ck_inspection_closing_value": "the schema of the findings takes 1 to 8",
    "pk_task_closing": "reviews of a task take turns; an object is closed once",
    "fk_task_closing_task_code": "the task is read first; tasks are never deleted",
    "pk_replacement_request": "a random id",
    "uq_replacement_request_id_requested_person": "only what the foreign key needs: a random id",
    "fk_replacement_request_task_code": "the task is read first; tasks are never deleted",
    "ck_replacement_request_reason": "the schema takes the same values",
    "ck_replacement_request_number": "the service counts up from 1",
    "uq_replacement_request_requested_person_year_number": "requests of a person take turns",
    "fk_replacement_endorsement_request_id_requested_person": "the person is from the request",
    "uq_replacement_endorsement_request_id_endorsed_person": "only what the foreign key needs",
    "fk_replacement_approval_request_id_requested_person": "the person is taken from the request",
    "fk_replacement_approval_request_id_endorsed_person": "the person is from the endorsement",
    "uq_result_entry_person": "only what the foreign keys need: pk_result_entry",
    "fk_result_entry_task_code_object_code_department_code": "the part is read first",
    "fk_result_signature_entry": "the person is taken from the entry",
    "fk_result_review_entry": "the person is taken from the entry",
    "ck_result_review_decision": "the schema takes the same values",
    "pk_disposal": "a random id",
    "fk_disposal_task_code_object_code_department_code": "the part is read first",
    "ck_disposal_kind": "the schema takes the same values",
    "fk_disposal_step_disposal_id": "the disposal is read first; disposals are never deleted",
    "ck_disposal_step_kind": "the schema takes the same values",
}
"""Constraints that no request can run against: what stands before them. They are the second lock;
should one ever answer, that is a fault of the service, and a 500 is right."""


def descend(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for one in error.__subclasses__():
        yield one
        yield from descend(one)


def leaves() -> list[type[DomainError]]:
    """The errors of the service; tests beside these may make their own."""
    ours = [e for e in descend(DomainError) if e.__module__.startswith("app.")]
    found = [error for error in ours if "code" in vars(error)]
    assert len(found) >= 45
    return found


def test_a_branch_is_only_a_status_and_has_leaves():
    branches = [error for error in descend(DomainError) if "code" not in vars(error)]
    assert len(branches) >= 8
    for branch in branches:
        assert set(vars(branch)) & {"zh", "en"} == set(), branch.__name__
        assert list(descend(branch)), f"{branch.__name__} is never raised"


def test_codes_are_unique_kebab_case():
    codes = [error.code for error in leaves()]
    assert len(codes) == len(set(codes))
    for code in codes:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", code), code


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("error", leaves(), ids=lambda error: error.code)
def test_both_languages_say_the_same(error: type[DomainError]):
    assert re.search(r"[\u4e00-\u9fff]", error.zh) or error.code in BROUGHT
    assert re.search(r"[A-Za-z]", error.en)
    assert re.search(r"[\u4e00-\u9fff]", error.en) is None
    if error.code not in BROUGHT:
        ours = {name.removesuffix("_zh") for name in fields(error.zh)}
        assert ours == {name.removesuffix("_en") for name in fields(error.en)}
        assert error.zh.endswith("。")
        assert error.en.endswith((".", ">."))


def raised_names() -> set[str]:
    """Classes that the code makes, raises, or keeps in a table of errors to be raised."""
    found: set[str] = set()
    for name in python_files("app"):
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Raise) and node.exc is not None:
                found |= names_in(node.exc)
            elif isinstance(node, ast.Call):
                found |= names_in(node.func)
            elif isinstance(node, ast.Dict):
                for value in node.values:
                    found |= names_in(value) if isinstance(value, ast.Name) else set()
    return found


def names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def test_every_error_can_come():
    made = raised_names()
    assert "DrawExists" in made
    assert [error.__name__ for error in leaves() if error.__name__ not in made] == []


def test_every_error_is_documented_on_some_operation():
    shown = set(document()["components"]["examples"])
    missing = {error.code for error in leaves()} - shown
    assert missing == set(OF_NO_OPERATION)


def constraints() -> set[str]:
    found = {
        str(constraint.name) for table in metadata.sorted_tables for constraint in table.constraints
    }
    assert len(found) >= 50
    return found


def test_every_mapped_constraint_exists():
    assert len(CONSTRAINTS) >= 10
    assert set(CONSTRAINTS) <= constraints()


def test_every_constraint_is_mapped_or_out_of_reach():
    explained = set(CONSTRAINTS) | set(UNREACHABLE)
    assert set(CONSTRAINTS) & set(UNREACHABLE) == set()
    assert explained == constraints(), "map it in its feature's errors.py, or say what shields it"


class Violation(Exception):
    """As the driver raises it: the name of the constraint is on the cause of the cause."""

    def __init__(self, constraint: str) -> None:
        self.constraint_name = constraint


def violated(constraint: str) -> DomainError:
    driver = Exception()
    driver.__cause__ = Violation(constraint)
    return from_database(IntegrityError("", {}, driver), CONSTRAINTS)


@pytest.mark.parametrize("constraint", sorted(CONSTRAINTS))
def test_a_mapped_error_needs_no_values(constraint: str):
    """It is raised from a name alone, so its texts can have no places to fill."""
    assert type(violated(constraint)) is CONSTRAINTS[constraint]


def test_an_unknown_constraint_stays_an_internal_error():
    assert type(violated("ck_nothing_known")) is InternalError
