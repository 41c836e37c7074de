"""Imports as the API shows them."""

from typing import Annotated
from uuid import UUID

from app.core.schema import Instant, Schema, shown


class RegistryImportRead(Schema):
    """An accepted import. Counts are rows."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]
    department_code: Annotated[str, shown("610403-SCJG")]
    kind: Annotated[str, shown("objects")]
    source: Annotated[str, shown("登记注册库")]
    file_sha256: Annotated[
        str, shown("9a4d5ac4e13e98f6b9453ddf45e88842cbe375136a25ac75afdf258ba0593667")
    ]
    rows: Annotated[int, shown(1200)]
    added: Annotated[int, shown(35)]
    changed: Annotated[int, shown(12)]
    unchanged: Annotated[int, shown(1153)]
    imported_at: Instant


class ImportEvent(Schema):
    """A feed was accepted."""

    import_id: str
    department_code: str
    kind: str
    source: str
    file_sha256: str
    rows: int
    added: int
    changed: int
