"""What can go wrong in the registry.

DomainError
├── NotFound 404 ── DepartmentNotFound, ObjectNotFound, ItemNotFound,
│   InspectorNotFound
├── Forbidden 403 ── NotYourInterest
├── Conflict 409 ── ParentDepartmentMissing, InterestDeclaredAlready
└── Unprocessable 422 ── ImportRefused, CodeTableEmpty
"""

from app.core.problems import Conflict, DomainError, Forbidden, NotFound, Unprocessable


class DepartmentNotFound(NotFound):
    code = "department-not-found"
    zh = "没有部门“{department}”。"
    en = "There is no department {department}."


class ObjectNotFound(NotFound):
    code = "inspected-object-not-found"
    zh = "名录库中没有检查对象“{object}”。"
    en = "The directory has no inspected object {object}."


class ItemNotFound(NotFound):
    code = "inspection-item-not-found"
    zh = "没有抽查事项“{item}”。"
    en = "There is no inspection item {item}."


class InspectorNotFound(NotFound):
    code = "inspector-not-found"
    zh = "名录库中没有执法检查人员“{staff_no}”。"
    en = "The directory has no inspector {staff_no}."


class NotYourInterest(Forbidden):
    code = "not-your-interest"
    zh = "只能为本人申报回避。"
    en = "A person's key declares that person's interests only."


class InterestDeclaredAlready(Conflict):
    code = "interest-declared-already"
    zh = "该人员对该检查对象的回避已登记。"
    en = "The interest of this officer in this object is declared already."


class ParentDepartmentMissing(Conflict):
    code = "parent-department-missing"
    zh = "上级部门尚未登记。"
    en = "The parent department is not registered."


class ImportRefused(Unprocessable):
    code = "import-refused"
    zh = "文件有 {count} 处错误，未导入任何内容。"
    en = "The file has {count} fault(s); nothing was imported."


class CodeTableEmpty(Conflict):
    code = "code-table-empty"
    zh = "尚未导入代码表“{table}”，无法核对。"
    en = "The code table {table} has not been imported, so nothing can be checked against it."


CONSTRAINTS: dict[str, type[DomainError]] = {
    "fk_department_parent_code": ParentDepartmentMissing,
    "pk_declared_interest": InterestDeclaredAlready,
}
