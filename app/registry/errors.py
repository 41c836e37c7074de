"""What can go wrong in the registry.

DomainError
├── NotFound 404 ── DepartmentNotFound, ObjectNotFound, ItemNotFound,
│   InspectorNotFound, LeaveNotFound, RecusalNotFound, SavedQueryNotFound, SpecialDirectoryNotFound,
│   RegistryFeedNotFound, CorrectionNotFound
├── Forbidden 403 ── CorrectionNotYours, NotYourInterest, RecusalHeadUnnamed
├── Conflict 409 ── CorrectionAnsweredAlready, ParentDepartmentMissing, InterestDeclaredAlready, RecusalRequestedAlready,
│   RecusalGrantedAlready, RecusalDecidedAlready, RecusalSamePerson, RecusalOfHead,
│   RecusalNeedsNoDecision, LeaveReplacedAlready
└── Unprocessable 422 ── CorrectionImportUnfit, FilterUnknown, RefusalUnexplained, ResponsibleUnknown, ImportRefused, CodeTableEmpty, DepartmentBelowItself, CapabilityReversed, AskedInFuture, ExportTooLarge, ExportCellTooLong, LeaveDaysReversed,
    LeaveReplacesNothing
"""

from app.core.problems import Conflict, DomainError, Fault, Forbidden, NotFound, Unprocessable


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


class SavedQueryNotFound(NotFound):
    code = "saved-query-not-found"
    zh = "没有检索方案“{query}”。"
    en = "There is no saved query {query}."


class SpecialDirectoryNotFound(NotFound):
    code = "special-directory-not-found"
    zh = "没有专项库“{directory}”。"
    en = "There is no special directory {directory}."


class RegistryFeedNotFound(NotFound):
    code = "registry-feed-not-found"
    zh = "没有登记数据来源“{feed}”。"
    en = "There is no feed {feed}."


class CorrectionNotFound(NotFound):
    code = "correction-not-found"
    zh = "没有这项更正请求。"
    en = "There is no such correction request."


class CorrectionNotYours(Forbidden):
    code = "correction-not-yours"
    zh = "该更正请求由部门“{department}”负责答复。"
    en = "Department {department} answers this correction request."


class CorrectionAnsweredAlready(Conflict):
    code = "correction-answered-already"
    zh = "该更正请求已经答复。"
    en = "The correction request was answered already."


class CorrectionImportUnfit(Unprocessable):
    code = "correction-import-unfit"
    zh = "该次导入没有在请求之后更改这个检查对象，不能作为更正的依据。"
    en = "That import did not change this object after the request, so it is no correction of it."


class FilterUnknown(Unprocessable):
    code = "filter-unknown"
    zh = "检索条件中的代码“{value}”不存在。"
    en = "The filters name the code {value}, which is not known."


class RefusalUnexplained(Unprocessable):
    code = "refusal-unexplained"
    zh = "不予更正的，须说明理由；同意更正的，须写明更正的导入。"
    en = "A refusal says why; an acceptance names the import that corrected."


class ResponsibleUnknown(Unprocessable):
    code = "responsible-unknown"
    zh = "没有登记来源“{source}”的责任部门，请先登记数据来源。"
    en = "No feed says which department answers for the source {source}; register the feed first."


class LeaveNotFound(NotFound):
    code = "leave-not-found"
    zh = "没有登记该人员的这项请假。"
    en = "No such leave of this inspector was recorded."


class LeaveReplacedAlready(Conflict):
    code = "leave-replaced-already"
    zh = "该项请假已被更正或撤销；请更正最新的一条。"
    en = "That leave was corrected or withdrawn before; correct the newest one."


class LeaveDaysReversed(Unprocessable):
    code = "leave-days-reversed"
    zh = "请假止日不得早于起日。"
    en = "The last day of a leave cannot lie before its first."


class LeaveReplacesNothing(Unprocessable):
    code = "leave-replaces-nothing"
    zh = "撤销请假须指明所撤销的是哪一项。"
    en = "A withdrawal names the leave that it takes back."


class NotYourInterest(Forbidden):
    code = "not-your-interest"
    zh = "只能为本人申报回避。"
    en = "A person's key declares that person's interests only."


class InterestDeclaredAlready(Conflict):
    code = "interest-declared-already"
    zh = "该人员对该检查对象的回避已登记。"
    en = "The interest of this officer in this object is declared already."


class RecusalNotFound(NotFound):
    code = "recusal-not-found"
    zh = "没有这项回避申请。"
    en = "There is no such recusal."


class RecusalHeadUnnamed(Forbidden):
    code = "recusal-head-unnamed"
    zh = "回避由负责人决定，须使用登记了本人的密钥。"
    en = "The head decides on a recusal, with a key that is registered for a person."


class RecusalRequestedAlready(Conflict):
    code = "recusal-requested-already"
    zh = "对该人员和该检查对象的回避申请尚待负责人决定。"
    en = "A recusal of this officer at this object waits for the head."


class RecusalGrantedAlready(Conflict):
    code = "recusal-granted-already"
    zh = "已决定该人员对该检查对象回避。"
    en = "The recusal of this officer at this object is granted already."


class RecusalDecidedAlready(Conflict):
    code = "recusal-decided-already"
    zh = "该回避申请已有决定。"
    en = "The recusal was decided."


class RecusalSamePerson(Conflict):
    code = "recusal-same-person"
    zh = "录入回避申请的人不得决定该申请，须由负责人决定。"
    en = "Who entered the request does not decide it; the head does."


class RecusalOfHead(Conflict):
    code = "recusal-of-head"
    zh = "不得决定本人的回避，须由其他负责人决定。"
    en = "Nobody decides on their own recusal; another head does."


class RecusalNeedsNoDecision(Conflict):
    code = "recusal-needs-no-decision"
    zh = "本人申报的回避即时生效，无须决定。"
    en = "An officer's own declaration is in force at once; there is nothing to decide."


class AskedInFuture(Unprocessable):
    code = "recusal-asked-in-future"
    zh = "申请回避的日期不得晚于今天。"
    en = "The firm cannot have asked later than today."


class ParentDepartmentMissing(Conflict):
    code = "parent-department-missing"
    zh = "上级部门尚未登记。"
    en = "The parent department is not registered."


class ItemPublishedAlready(Conflict):
    code = "inspection-item-published-already"
    zh = "抽查事项“{item}”第 {version} 版已公示。"
    en = "Version {version} of the inspection item {item} is published already."


class DepartmentBelowItself(Unprocessable):
    code = "department-below-itself"
    zh = "部门“{department}”不得隶属于其自身或其下级部门。"
    en = "The department {department} cannot stand below itself."


class CapabilityReversed(Unprocessable):
    code = "capability-reversed"
    zh = "监管条件的失效日期早于生效日期。"
    en = "The means ends before it begins."


class ImportRefused(Unprocessable):
    code = "import-refused"
    zh = "文件有 {count} 处错误，未导入任何内容。"
    en = "The file has {count} fault(s); nothing was imported."


class ImportNotFound(NotFound):
    code = "registry-import-not-found"
    zh = "没有这次导入。"
    en = "There is no such import."


class StagedImportNotFound(NotFound):
    code = "staged-import-not-found"
    zh = "没有这次分步导入。"
    en = "There is no such staged import."


class StagedImportOver(Conflict):
    code = "staged-import-over"
    zh = "这次分步导入已经合并或放弃。"
    en = "The staged import was merged or discarded."


class NothingPreviewed(Conflict):
    code = "nothing-previewed"
    zh = "尚无可确认的预览：文件仍在检查，或有错误。"
    en = "There is no preview to confirm: the file is being checked, or has faults."


class NothingToMark(Conflict):
    code = "nothing-to-mark"
    zh = "没有可标出的错误行，或该文件无法做成工作簿；请逐页查看错误。"
    en = "No faulty row can be marked, or no workbook can be made of the file; read its faults page by page."


class PreviewStale(Conflict):
    code = "preview-stale"
    zh = "预览之后名录库已有变动，请查看新的预览后再确认。"
    en = "The directory has moved since the preview; look at a new one and confirm that."


class UndoneAlready(Conflict):
    code = "import-undone-already"
    zh = "该次导入已被撤销。"
    en = "The import was undone already."


class UndoUnfit(Conflict):
    code = "import-undo-unfit"
    zh = "“{kind}”类导入不能撤销，请另行导入正确的数据。"
    en = "An import of {kind} cannot be undone; import the right data instead."


class ObjectListedAlready(Conflict):
    code = "inspected-object-listed-already"
    zh = "名录库中已有检查对象“{object}”，请更正而不是新增。"
    en = "The directory holds {object} already; correct that entry."


class ExportTooLarge(Unprocessable):
    code = "export-too-large"
    zh = "超过 Excel 的行数上限（{limit} 行），请导出 CSV。"
    en = "A workbook holds {limit} rows; export CSV instead."


class ExportCellTooLong(Unprocessable):
    code = "export-cell-too-long"
    zh = (
        "第 {row} 行（{key}）“{column_zh}”列有 {length} 个字符，超过 Excel 单元格上限（{limit} 个），"
        "为免截断未予导出；请改用 CSV 或 NDJSON 格式导出。"
    )
    en = (
        "Row {row} ({key}) has {length} characters in column {column_en}; a cell of Excel holds {limit}. "
        "Nothing is cut: export CSV or NDJSON instead."
    )

    def __init__(
        self, row: int, column: str, header: str, key: str, length: int, limit: int
    ) -> None:
        super().__init__(
            row=row, column_zh=header, column_en=column, key=key, length=length, limit=limit
        )
        place = Fault(self.code, self.text_zh, self.text_en, row=row, column=column, value=key)
        self.faults, self.fault_count = [place], 1


class FullFeedUnfit(Unprocessable):
    code = "full-feed-unfit"
    zh = "“{kind}”类数据没有全量方式，请按增量导入。"
    en = "There is no full feed of {kind}; import what changes."


class ImportChangedSince(Conflict):
    code = "import-changed-since"
    zh = "该次导入之后，又有 {count} 条记录被改动（{shown}等），不能撤销；请先撤销后来的导入，或另行更正。"
    en = "{count} row(s) were changed after that import ({shown}), so it cannot be undone; undo the later imports first, or correct the rows."


class CodeTableEmpty(Conflict):
    code = "code-table-empty"
    zh = "尚未导入代码表“{table}”，无法核对。"
    en = "The code table {table} has not been imported, so nothing can be checked against it."


CONSTRAINTS: dict[str, type[DomainError]] = {
    "uq_registry_import_undone_import_id": UndoneAlready,
    "uq_inspector_leave_replaces_id": LeaveReplacedAlready,
    "pk_correction_answer": CorrectionAnsweredAlready,
    "fk_department_parent_code": ParentDepartmentMissing,
    "pk_recusal_decision": RecusalDecidedAlready,
    "ck_recusal_decision_two_persons": RecusalSamePerson,
    "ck_recusal_decision_not_the_officer": RecusalOfHead,
    "ck_recusal_decision_named": RecusalHeadUnnamed,
}
