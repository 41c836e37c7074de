"""Keys as the API shows them; never their secret."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.core.caller import Permission
from app.core.schema import Instant, NextCursor, Schema, shown

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
    departments: Annotated[list[DepartmentCode], Field(max_length=200), shown(["610403-RSJ"])] = []
    """Further departments whose data it may see."""
    permissions: Annotated[
        list[Permission], Field(min_length=1, max_length=100), shown(["objects:read", "draws:read"])
    ]
    sha256: Annotated[
        str,
        Field(pattern=r"^[0-9a-f]{64}$"),
        shown("6ad31ace4452cefabbb5130fe257ae615672727c85af94cbf124d4748c4f6dd4"),
    ]
    """SHA-256 of the whole key text."""
    valid_until: Annotated[AwareDatetime | None, shown("2027-01-01T00:00:00Z")] = None
    """Without it the key is good until it is revoked."""


class ApiKeyRead(Schema):
    """A registered key."""

    key_id: Annotated[str, shown("scjgywxt01")]
    label: Annotated[str, shown("市监局业务系统")]
    person: Annotated[str | None, shown("610403-SCJG-0001", None)]
    department_code: Annotated[str, shown("610403-SCJG")]
    departments: Annotated[list[str], shown(["610403-RSJ"])]
    permissions: Annotated[list[str], shown(["draws:read", "objects:read"])]
    valid_until: Annotated[Instant | None, shown("2027-01-01T00:00:00.000000Z", None)]
    created_at: Instant
    created_by: Annotated[str, shown("command-line")]
    """Id of the key that registered it, or `command-line`."""


class ApiKeyPage(Schema):
    """Keys by id."""

    items: list[ApiKeyRead]
    next: NextCursor


class ApiKeyEvent(Schema):
    """A key was registered or revoked."""

    key_id: str
    department_code: str
    permissions: list[str]
