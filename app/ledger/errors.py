"""What can go wrong with the log.

DomainError
└── NotFound 404 ── LedgerEmpty, EntryNotFound, CheckpointNotFound
"""

from app.core.problems import DomainError, NotFound


class LedgerEmpty(NotFound):
    code = "ledger-empty"
    zh = "日志中还没有记录。"
    en = "The log has no entry yet."


class EntryNotFound(NotFound):
    code = "ledger-entry-not-found"
    zh = "日志中没有这样的序号或树大小（当前共 {size} 条）。"
    en = "The log has no such index or tree size (it holds {size} entries)."


class CheckpointNotFound(NotFound):
    code = "checkpoint-not-found"
    zh = "没有该大小的签名检查点。"
    en = "There is no signed checkpoint of that size."


CONSTRAINTS: dict[str, type[DomainError]] = {}
