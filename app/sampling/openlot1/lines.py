"""Lines of a .tsv file one at a time: sorted by object id, every one ended by LF."""

import io
import re
from collections.abc import Callable, Iterable, Iterator

from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.fields import HEX64
from app.sampling.openlot1.hashing import sha256_hex

OBJECT_ID = re.compile(r"[0-9A-Za-z._:-]{1,64}")
SALT = re.compile(r"[0-9a-f]{32}")

Groups = tuple[bytes, ...]
Explain = Callable[[bytes], tuple[str, str, str]]


def scan(
    data: bytes, pattern: re.Pattern[bytes], explain: Explain, *, member: str
) -> Iterator[Groups]:
    """The fields of each line, in file order.

    `pattern` matches a whole line with its LF; its first group is the object id, by which lines
    must ascend strictly. `explain` says of a line that does not match what is wrong with it.
    """
    previous = b""
    match = pattern.fullmatch
    for number, line in enumerate(io.BytesIO(data), start=1):
        found = match(line)
        if found is None:
            code, en, zh = _explain_bytes(line, number) or explain(line[:-1])
            raise DrawError(code, en, zh, member=member, line=number)
        groups = found.groups()
        if groups[0] <= previous:
            raise _order(groups[0], previous, member, number)
        previous = groups[0]
        yield groups


def salt(salt_key_hex: str, object_id: str) -> str:
    """The 32 characters that hide the class of one object; the key is 64 hex characters."""
    return salt_function(salt_key_hex)(object_id)


def salt_function(salt_key_hex: str) -> Callable[[str], str]:
    """`salt` with the key checked once, for loops over a frame."""
    if not HEX64.fullmatch(salt_key_hex):
        raise DrawError(
            "salt-key-form", "a salt key is 64 hex characters", "盐密钥须为 64 位十六进制"
        )
    return lambda object_id: sha256_hex((salt_key_hex + object_id).encode("ascii"))[:32]


def refuse_duplicates(sorted_ids: Iterable[str], member: str) -> None:
    """Raises duplicate-object for an id that follows itself."""
    previous = None
    for object_id in sorted_ids:
        if object_id == previous:
            raise DrawError(
                "duplicate-object", f"{object_id} occurs twice", f"{object_id} 重复", member=member
            )
        previous = object_id


def check_object_id(object_id: str, member: str) -> str:
    """The id itself, or object-id-form; `member` is the file it was meant for."""
    if not OBJECT_ID.fullmatch(object_id):
        raise DrawError(
            "object-id-form",
            f"{object_id!r} is not an object id",
            f"{object_id!r} 不是合法的对象代码",
            member=member,
        )
    return object_id


def _explain_bytes(line: bytes, number: int) -> tuple[str, str, str] | None:
    if number == 1 and line.startswith(b"\xef\xbb\xbf"):
        return "byte-order-mark", "begins with a byte order mark", "以字节顺序标记开头"
    if not line.endswith(b"\n"):
        return "last-line-open", "the last line lacks its LF", "末行缺少换行符"
    if line.endswith(b"\r\n"):
        return "carriage-return", "line ends with CR LF", "行以 CR LF 结尾"
    return None


def _order(object_id: bytes, previous: bytes, member: str, number: int) -> DrawError:
    name = object_id.decode("ascii")
    if object_id == previous:
        return DrawError(
            "duplicate-object", f"{name} occurs twice", f"{name} 重复", member=member, line=number
        )
    return DrawError(
        "not-sorted",
        f"{name} must stand before the line above",
        f"{name} 应排在上一行之前",
        member=member,
        line=number,
    )
