"""The words that closed columns of a file may hold, and the values that they mean. Plain strings,
so that the checking process starts without the database's models; a test holds them to the same
enumerations."""

OBJECT_CLASSES = {
    "企业": "enterprise",
    "个体户": "individual",
    "个体工商户": "individual",
    "农专社": "cooperative",
    "农民专业合作社": "cooperative",
    "外企代表机构": "foreign_office",
    "其他": "other",
    "产品": "product",
    "项目": "project",
    "行为": "behaviour",
    "人员": "person",
    "enterprise": "enterprise",
    "individual": "individual",
    "cooperative": "cooperative",
    "foreign_office": "foreign_office",
    "other": "other",
    "product": "product",
    "project": "project",
    "behaviour": "behaviour",
    "person": "person",
}
OWN_CODE_CLASSES = frozenset({"product", "project", "behaviour", "person"})
"""They have no unified social credit code; the column holds a code of the department's own."""
OBJECT_STATUSES = {
    "": "active",
    "存续": "active",
    "开业": "active",
    "在营": "active",
    "停业": "suspended",
    "歇业": "suspended",
    "注销": "deregistered",
    "吊销": "revoked",
    "撤销": "cancelled",
    "迁出": "moved_out",
    "active": "active",
    "suspended": "suspended",
    "deregistered": "deregistered",
    "revoked": "revoked",
    "cancelled": "cancelled",
    "moved_out": "moved_out",
}
HELD = {
    "": "true",
    "是": "true",
    "否": "false",
    "true": "true",
    "false": "false",
    "TRUE": "true",
    "FALSE": "false",
}
"""Whether an object belongs to a special directory; it does where nothing is said."""
UNLIMITED = frozenset({"", "长期", "长期有效", "无固定期限"})
"""What stands for the last day of a licence without one."""
CREDIT_CLASSES = {"A": "A", "B": "B", "C": "C", "D": "D", "U": "U"}
