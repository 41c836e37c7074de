"""From the commitment and its sources to seed, keys and tickets (draw-spec 4 and 5)."""

from collections.abc import Callable, Sequence

from app.sampling.openlot1.commitment import Commitment
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.hashing import digest_hex, hash_function
from app.sampling.openlot1.sources import check_line

HEADER = "openlot/1/seed"
PURPOSES = ("target", "round", "round-start", "team", "seat")

_MEMBER = "seed.txt"


def build_seed_txt(cd: str, lines: Sequence[str]) -> bytes:
    """seed.txt of the source lines in the order of the commitment; a line holds no LF."""
    for number, line in enumerate(lines, start=3):
        if "\n" in line:
            raise _refusal("source-line-break", "a source line holds LF", "来源行含换行符", number)
    return "".join(f"{line}\n" for line in (HEADER, cd, *lines)).encode("utf-8")


def parse_seed_txt(data: bytes, commitment: Commitment, cd: str) -> list[str]:
    """The source lines of seed.txt, each held against its source in the commitment.

    Signatures of beacons (drand, nist2) are not checked here: only the form of their lines is.
    """
    lines = _lines(data)
    if lines[:1] != [HEADER]:
        raise _refusal("seed-header", f"must begin with {HEADER}", f"须以 {HEADER} 开头", 1)
    if lines[1:2] != [cd]:
        raise _refusal("seed-cd", "is of another commitment", "属于另一份承诺", 2)
    values = lines[2:]
    if len(values) != len(commitment.sources):
        expected = len(commitment.sources)
        raise _refusal(
            "seed-source-count",
            f"holds {len(values)} source lines instead of {expected}",
            f"应有 {expected} 行来源，实有 {len(values)} 行",
            min(len(values), expected) + 3,
        )
    for number, (line, source) in enumerate(zip(values, commitment.sources, strict=True), 3):
        try:
            check_line(line, source)
        except DrawError as error:
            raise _refusal(error.code, error.en, error.zh, number) from None
    return values


def seed(alg: str, seed_txt: bytes) -> str:
    """H of seed.txt by the commitment's algorithm, 64 hex characters."""
    return digest_hex(alg, seed_txt)


def key(alg: str, seed: str, purpose: str, scope: str) -> str:
    """The key of one purpose, 64 hex characters; `scope` is that of this stage's commitment."""
    if purpose not in PURPOSES:
        raise DrawError("purpose-unknown", f"unknown purpose {purpose!r}", f"未知用途 {purpose!r}")
    return digest_hex(alg, f"openlot/1/key\n{seed}\n{purpose}\n{scope}\n".encode())


def dryrun_key(alg: str) -> str:
    """The key of previews, known to all, so that no preview shows a real ticket (draw-spec 8)."""
    return digest_hex(alg, b"openlot/1/dryrun")


def ticket(alg: str, key: str, object_id: str, salt: str | None) -> str:
    """T(id); `salt` is the one in the object's line of a sealed frame, None in an open one."""
    return digest_hex(alg, f"{key}{object_id}{salt or ''}".encode("ascii"))


def ticket_function(alg: str, key: str) -> Callable[[bytes], str]:
    """T of `object_id + salt` given as bytes, for loops over a frame."""
    prefix = key.encode("ascii")
    function = hash_function(alg)
    return lambda id_and_salt: function(prefix + id_and_salt).hexdigest()


def _lines(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise _refusal("not-utf8", "is not UTF-8", "不是 UTF-8", number) from None
    lines = text.split("\n")
    if lines.pop():
        number = len(lines) + 1
        raise _refusal("last-line-open", "lacks the LF of its last line", "末行缺少换行符", number)
    return lines


def _refusal(code: str, en: str, zh: str, line: int) -> DrawError:
    return DrawError(code, en, zh, member=_MEMBER, line=line)
