"""Keys as the API shows them; never their secret."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.core.caller import Permission
from app.core.schema import Instant, Schema

DepartmentCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Z][0-9A-Z-]{1,31}$",
        description="Department code 部门代码",
        examples=["610403-SCJG"],
    ),
]


StaffNumber = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z._:-]{1,64}$",
        description="Staff number 工号",
        examples=["610403-SCJG-0001"],
    ),
]


class ApiKeyRegister(Schema):
    """A key that the client made itself: `olk_<key_id>_<43 characters of base64url>`, at least
    256 random bits. Only its digest travels, so nobody but the client ever holds it."""

    label: Annotated[str, Field(min_length=1, max_length=100, examples=["市监局业务系统"])]
    """Which system uses it."""
    person: StaffNumber | None = None
    """Staff number of the official who holds the key; what is done with it is done by them."""
    department_code: DepartmentCode
    departments: Annotated[list[DepartmentCode], Field(max_length=200)] = []
    """Further departments whose data it may see."""
    permissions: Annotated[list[Permission], Field(min_length=1, max_length=100)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the whole key text."""
    valid_until: AwareDatetime | None = None


class ApiKeyRead(Schema):
    """A registered key."""

    key_id: str
    label: str
    person: str | None
    department_code: str
    departments: list[str]
    permissions: list[str]
    valid_until: Instant | None
    created_at: Instant
    created_by: str


class ApiKeyPage(Schema):
    """Keys by id."""

    items: list[ApiKeyRead]
    next: str | None


class ApiKeyEvent(Schema):
    """A key was registered or revoked."""

    key_id: str
    department_code: str
    permissions: list[str]
