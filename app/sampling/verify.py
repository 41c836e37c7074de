#!/usr/bin/env python3
"""Recompute an OpenLot draw (openlot/1) from its evidence bundle, trusting nobody.

    python3 verify.py [BUNDLE.zip | FOLDER] [--key LOGKEY] [--lang zh|en]

One file, Python 3.11 or later, standard library only, no network. Without an argument it checks
the folder in which it lies. Exit status: 0 every recomputed step holds, 1 a step failed (the line
FAILED names the member and the first difference), 2 bad usage.

What a pass proves: the lists, the rules and the sources were fixed in `commitment.json` and logged
before the seed; the seed is made of that commitment and of the sources given; and the result is
the one and only result of that seed. A sealed public bundle holds no lists: there the seed, the
digest of the published list and the order of the log are checked, and nothing is replayed.
What it does not prove: that the lists were complete, that the dice fell as the minutes say, that a
beacon or lottery value is genuine, or (without --key) that the log signed the tree. These are
printed as "not checked". Take this program and the log key from a place that you trust: a bundle
can vouch for neither.

用途：独立重算一次抽取，不依赖任何一方。通过即表明：名单、规则与随机源在种子产生之前已写入
commitment.json 并登记入日志；种子由该承诺与所列随机源得出；抽取结果是该种子唯一对应的结果。
不含名单的公开包只核对种子、公布名单摘要与日志顺序，不重放抽取。
不能证明：名单是否齐全；骰子是否如记录所载；信标或彩票数值是否真实；未给 --key 时日志是否签名。
这些一律列为“未核对”。本程序与日志公钥请从可信处取得，证据包不能自证。
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import os
import re
import sys
import unicodedata
import zipfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import chain, pairwise
from math import gcd
from pathlib import Path
from typing import Any, NamedTuple

LIST_CAP, JSON_CAP, TOTAL_CAP, MEMBERS_CAP = 2 << 30, 64 << 20, 4 << 30, 1000  # bytes, members
DEPTH_CAP, SAFE_INT = 32, 2**53 - 1
ID, STRATUM, GROUP = r"[0-9A-Za-z._:-]{1,64}", r"[0-9A-Za-z._:/=-]{1,128}", r"[0-9A-Za-z._-]{1,32}"
PART_FOLDER = rf"[1-9][0-9]{{0,3}}-{GROUP}"
STEPS = ("frozen", "committed", "seeded", "drawn")
REASONS = {"inspected-recently", "frequency-cap", "deregistered", "exempt-by-rule"}
REASONS |= {"merged-into-joint-visit", "other-draw", "manual-with-approval"}
Json = Any  # what json.loads gives
Hasher = Callable[[bytes], str]  # H of the specification, as hex

# Every text that is printed; the English text is its own name.
CHINESE = {
    "ok": "通过",
    "not checked": "未核对",
    "OK: every recomputed step holds": "OK：重算各步全部相符",
    "line {}: {}": "第 {} 行：{}",
    "draw": "抽取",
    "log": "日志",
    "signed": "签名相符",
    "signatures not checked": "签名未核对",
    "seed": "种子",
    "part": "部分",
    "lists (frame + excluded)": "名单（抽查+排除）",
    "drawn + reserves": "抽中+备选",
    "teams / inspectors": "检查组/人员",
    "assigned": "分派结果",
    "published list": "公布名单",
    "cannot be checked: {}": "无法核对：{}",
    "missing member": "缺少该文件",
    "extra member": "多余的文件",
    "bad or repeated member name": "文件名有误或重复",
    "too large, or too many members": "过大，或文件过多",
    "not a readable zip: {}": "不是可读的 zip：{}",
    "damaged in the zip: {}": "压缩包内已损坏：{}",
    "not a plain file": "不是普通文件",
    "the line does not end with LF": "行末缺少换行符",
    "malformed": "格式有误",
    "malformed: {}": "格式有误：{}",
    "not sorted, or twice: {}": "未排序或重复：{}",
    "not canonical JSON: {}": "不是规范 JSON：{}",
    "not listed in SHA256SUMS: {}": "未列入 SHA256SUMS：{}",
    "SHA-256 of {} is {}, listed {}": "{} 的 SHA-256 为 {}，所列为 {}",
    "bad value of {}": "{} 的值有误",
    "unknown member {}": "未知成员 {}",
    "found {}, recomputed {}": "文件为 {}，重算为 {}",
    "{} is {}, should be {}": "{} 为 {}，应为 {}",
    "not the checkpoint of the other proofs": "与其他证明的检查点不同",
    "the entry is not in the tree of its checkpoint": "该条目不在检查点的树中",
    "the checkpoint has no good signature of the log key": "检查点没有该日志公钥的有效签名",
    "not an entry {}": "不是 {} 条目",
    "logged before {}": "登记早于 {}",
    "logged at {}, not_before is {}": "登记于 {}，而 not_before 为 {}",
    "not the tree between commitment and seed": "不是承诺与种子之间的树",
    "the tree at commitment is no prefix of the later tree": "承诺时的树不是后来之树的前缀",
    "not a committed {} value: {}": "不是所承诺的 {} 值：{}",
    "not the seed of the logged result: {}": "不是日志所记结果的种子：{}",
    "{} is also excluded": "{} 同时在排除名单中",
    "unknown reason {}": "未知理由 {}",
    "more objects than the frame holds": "多于抽查名单总数",
    "no complete assignment exists": "不存在完整的分派",
    "signatures of the log checkpoints (no log key given)": "日志检查点的签名（未给日志公钥）",
    "cosignatures of witnesses": "见证方的联署",
    "dice: the minutes and their signatures": "骰子：记录及其签名",
    "balls: the public drawing": "摇号：现场过程",
    "lottery: the published numbers and their time": "彩票：开奖号码与时间",
    "drand: BLS signature and time of the round": "drand：BLS 签名与轮次时间",
    "nist2: RSA signature and time of the pulse": "nist2：RSA 签名与脉冲时间",
    "whether the lists were complete; code and plan digests": "名单是否齐全；代码与计划的摘要",
    "whether the salts come from one secret key": "盐值是否出自同一保密密钥",
    "the earlier attempts of this draw": "本次抽取此前的各次尝试",
    "the selection itself (this public bundle holds no lists)": "抽取本身（此公开包不含名单）",
    "verify.py of the bundle (another one is running)": "包内的 verify.py（正在运行的是另一份）",
}


class Bad(Exception):
    """One step does not hold; `member` is the file to blame, `line` is 1-based, 0 for none."""

    def __init__(self, member: str, text: str, *values: object, line: int = 0) -> None:
        super().__init__(member, text, values, line)
        self.member, self.text, self.line = member, text, line
        self.values = [plain(value) for value in values]


def need(holds: object, member: str, text: str, *values: object, line: int = 0) -> None:
    if not holds:
        raise Bad(member, text, *values, line=line)


def plain(value: object) -> str:
    """Text of a stranger, made safe for a terminal."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[:300])
    return text if len(text) <= 200 else text[:200] + "…"


# --- 1 digests: SHA-256, SM3 (GB/T 32905) ------------------------------------------------------


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def rotl(x: int, n: int) -> int:
    n %= 32
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def sm3_block(v: list[int], block: bytes) -> list[int]:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ rotl(w[j - 3], 15)
        w.append(x ^ rotl(x, 15) ^ rotl(x, 23) ^ rotl(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = v
    for j in range(64):
        early = j < 16
        constant = rotl(0x79CC4519 if early else 0x7A879D8A, j)
        ss1 = rotl((rotl(a, 12) + e + constant) & 0xFFFFFFFF, 7)
        ff = a ^ b ^ c if early else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if early else (e & f) | (~e & g)
        tt1 = (ff + d + (ss1 ^ rotl(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
        tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
        a, b, c, d = tt1, a, rotl(b, 9), c
        e, f, g, h = tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17), e, rotl(f, 19), g
    return [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h), strict=True)]


def sm3(data: bytes) -> str:
    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600]
    v += [0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    data += b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    for at in range(0, len(data), 64):
        v = sm3_block(v, data[at : at + 64])
    return b"".join(x.to_bytes(4, "big") for x in v).hex()


def hasher(alg: str) -> Hasher:
    """H by the name in the commitment; the library's SM3 is used, for speed, where it agrees."""
    if alg == "sha256":
        return sha256
    try:
        agrees = all(hashlib.new("sm3", x).hexdigest() == sm3(x) for x in (b"abc", bytes(200)))
    except ValueError:
        agrees = False
    return (lambda data: hashlib.new("sm3", data).hexdigest()) if agrees else sm3


# --- 2 canonical JSON (RFC 8785 without floats) ------------------------------------------------


def dumps(value: Json, depth: int = 0) -> str:
    if depth > DEPTH_CAP or (depth == DEPTH_CAP and isinstance(value, (list, dict))):
        raise ValueError("nested too deep")
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > SAFE_INT:
            raise ValueError("an integer beyond 2^53-1")
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(dumps(item, depth + 1) for item in value) + "]"
    if not isinstance(value, dict):
        raise TypeError("a float")
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{dumps(name)}:{dumps(value[name], depth + 1)}" for name in names) + "}"


def no_float(text: str) -> Json:
    raise ValueError(f"{text[:40]} is not an integer")


def loads(member: str, data: bytes) -> Json:
    """The value, if `data` is byte for byte what `dumps` writes (so no name stands twice)."""
    try:
        value = json.loads(data.decode("utf-8"), parse_float=no_float, parse_constant=no_float)
        again = dumps(value).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Bad(member, "not canonical JSON: {}", error) from error
    if again != data:
        raise Bad(member, "not canonical JSON: {}", f"byte {first_difference(data, again) + 1}")
    return value


def same(a: Json, b: Json) -> bool:
    """Equal as JSON: unlike ==, true is not 1."""
    return dumps(a) == dumps(b)


def first_difference(a: Any, b: Any) -> int:
    """Index of the first item in which two sequences differ."""
    pairs = enumerate(zip(a, b, strict=False))
    return next((at for at, (x, y) in pairs if x != y), min(len(a), len(b)))


# --- 3 Merkle tree (RFC 6962) ------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Root of a growing list: one finished subtree for every 1 bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self.parts: list[bytes] = []

    def add(self, data: bytes) -> None:
        new, bits = leaf_hash(data), self.size
        while bits & 1:
            new, bits = node_hash(self.parts.pop(), new), bits >> 1
        self.parts.append(new)
        self.size += 1

    def root(self) -> str:
        if not self.parts:
            return sha256(b"")
        *rest, top = self.parts
        for left in reversed(rest):
            top = node_hash(left, top)
        return top.hex()


def included(index: int, size: int, top: bytes, path: list[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2; `top` begins as the leaf hash."""
    if index >= size:
        return False
    fn, sn = index, size - 1
    for part in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            top = node_hash(part, top)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            top = node_hash(top, part)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and top == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> bool:
    """RFC 9162, 2.1.4.2; an empty old tree proves nothing and is refused."""
    if old == new:
        return not path and old_root == new_root
    if 0 < old < new and old & (old - 1) == 0:
        path = [old_root, *path]
    if not 0 < old < new or not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for part in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(part, first), node_hash(part, second)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, part)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


# --- 4 Ed25519 (RFC 8032) ----------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def point_add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_times(n: int, p: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = point_add(total, p)
        p, n = point_add(p, p), n >> 1
    return total


def point_decode(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if len(data) != 32 or y >= P or x * x % P != square or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def point_encode(p: Point) -> bytes:
    z = pow(p[2], -1, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")


@cache  # the same checkpoint stands in every proof
def ed25519_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    base = point_decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    a, s = point_decode(public_key), int.from_bytes(signature[32:], "little")
    if base is None or a is None or len(signature) != 64 or s >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(hashed, "little") % ORDER
    minus_a = (P - a[0], a[1], 1, P - a[3])
    r = point_add(point_times(s, base), point_times(k, minus_a))
    return point_encode(r) == signature[:32]


# --- 5 signed notes, checkpoints, proofs (C2SP signed-note, tlog-checkpoint, tlog-proof) -------

B64 = "[A-Za-z0-9+/]"
HASHES = rf"((?:{B64}{{43}}=\n)*)"
NUMBER = "(0|[1-9][0-9]{0,15})"
NOTE = rf"(([^\n]+)\n{NUMBER}\n({B64}{{43}}=)\n(?:[^\n]+\n)*)\n((?:— [^\s+]+ {B64}+={{0,2}}\n)+)"
PROOF = rf"c2sp\.org/tlog-proof@v1\nextra ({B64}+={{0,2}})\nindex {NUMBER}\n{HASHES}\n((?s:.+))"
PREFIX = rf"openlot/1/consistency\nold {NUMBER}\nnew {NUMBER}\n{HASHES}\n((?s:.+))"


class Key(NamedTuple):
    name: str
    key_id: bytes
    public: bytes


class Note(NamedTuple):
    """A signed checkpoint: `whole` is all its text, `body` the signed part."""

    whole: str
    body: str
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes]]


class Proof(NamedTuple):
    place: int
    path: list[bytes]
    entry: bytes
    note: Note


def unbase64(member: str, text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4))
    need(base64.b64encode(data).decode() == text, member, "malformed: {}", text)
    return data


def parse_key(text: str) -> Key | None:
    """A vkey `name+hex(key id)+base64(0x01 + public key)`; None if it is not one."""
    found = re.fullmatch(rf"([^\s+]+)\+([0-9a-f]{{8}})\+({B64}{{44}})", text.strip())
    if not found:
        return None
    coded = base64.b64decode(found[3])
    key_id = hashlib.sha256(found[1].encode() + b"\n" + coded).digest()[:4]
    if coded[0] != 1 or key_id.hex() != found[2]:
        return None
    return Key(found[1], key_id, coded[1:])


def parse_note(member: str, text: str) -> Note:
    found = re.fullmatch(NOTE, text)
    if not found or re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise Bad(member, "malformed")
    lines = [line.split(" ") for line in found[5].splitlines()]
    signatures = [(name, unbase64(member, coded)) for _, name, coded in lines]
    return Note(text, found[1], found[2], int(found[3]), unbase64(member, found[4]), signatures)


def parse_proof(member: str, data: bytes) -> Proof:
    found = re.fullmatch(PROOF, data.decode("utf-8"))
    if not found:
        raise Bad(member, "malformed")
    path = [unbase64(member, line) for line in found[3].split()]
    note = parse_note(member, found[4])
    return Proof(int(found[2]), path, unbase64(member, found[1]), note)


def check_signature(member: str, note: Note, key: Key | None) -> None:
    if key:
        ours = [s[4:] for name, s in note.signatures if (name, s[:4]) == (key.name, key.key_id)]
        good = [ed25519_holds(key.public, note.body.encode(), signature) for signature in ours]
        need(good and all(good), member, "the checkpoint has no good signature of the log key")


# --- 6 the bundle: zip or folder, names, sizes, SHA256SUMS -------------------------------------


class Bundle:
    """All members in memory; `at` is the member at hand, named when something breaks."""

    def __init__(self, path: Path) -> None:
        self.path, self.at = path, path.resolve().name
        self.members: dict[str, bytes] = {}
        self.total = 0

    def load(self) -> None:
        if self.path.is_dir():
            self.load_folder(self.path, "")
        else:
            self.load_zip()

    def read(self, name: str) -> bytes:
        self.at = name
        need(name in self.members, name, "missing member")
        return self.members[name]

    def digest(self, name: str) -> str:
        return sha256(self.members[name])

    def admit(self, name: str, size: int) -> None:
        self.at = name
        folder = rf"(?:(?:log|sources|parts/{PART_FOLDER})/)?"
        good = re.fullmatch(folder + "[0-9A-Za-z_-][0-9A-Za-z._-]*", name)
        need(good and name not in self.members, name, "bad or repeated member name")
        self.total += size
        fits = size <= (LIST_CAP if name.endswith(".tsv") else JSON_CAP)
        fits = fits and self.total <= TOTAL_CAP and len(self.members) < MEMBERS_CAP
        need(fits, name, "too large, or too many members")

    def load_zip(self) -> None:
        try:
            archive = zipfile.ZipFile(self.path)
        except Exception as error:  # zipfile raises a dozen kinds on damaged input
            raise Bad(self.at, "not a readable zip: {}", error) from error
        with archive:
            for info in archive.infolist():
                self.admit(info.orig_filename, info.file_size)
                try:
                    self.members[self.at] = archive.read(info)
                except Exception as error:  # as above; the member is named whatever it was
                    raise Bad(self.at, "damaged in the zip: {}", error) from error

    def load_folder(self, path: Path, prefix: str) -> None:
        for entry in sorted(path.iterdir()):
            self.at = name = prefix + entry.name
            known = re.fullmatch(f"log|sources|parts(?:/{PART_FOLDER})?", name)
            if known and entry.is_dir() and not entry.is_symlink():
                self.load_folder(entry, name + "/")
                continue
            need(entry.is_file() and not entry.is_symlink(), name, "not a plain file")
            self.admit(name, entry.stat().st_size)
            self.members[name] = entry.read_bytes()


def lines_of(member: str, data: bytes) -> Iterator[tuple[int, bytes]]:
    """(1-based number, line without its LF); a last line without LF is refused."""
    for number, line in enumerate(io.BytesIO(data), 1):
        if not line.endswith(b"\n"):
            raise Bad(member, "the line does not end with LF", line=number)
        yield number, line[:-1]


TABLES = {"frame.tsv", "excluded.tsv", "selected.tsv", "reserves.tsv", "result.json"}
ALWAYS = {"SHA256SUMS", "VERIFY.md", "verify.py", "commitment.json", "seed.txt"}
ALWAYS |= {f"log/{step}.proof" for step in (*STEPS, "consistency")}


def parts_of(c: Json) -> list[tuple[str, Json]]:
    """(folder, what holds its frame, excluded and design) of every part of a target draw."""
    if c["stage"] == "inspector":
        return []
    if "parts" not in c:
        return [("", c)]
    return [(f"parts/{n}-{part['name']}/", part) for n, part in enumerate(c["parts"], 1)]


def is_public(c: Json, names: dict[str, bytes]) -> bool:
    """A sealed public bundle: the published list of every part in place of its tables."""
    parts = parts_of(c)
    tables = {folder + name for folder, _ in parts for name in TABLES}
    lists = {folder + "published.tsv" for folder, _ in parts}
    sealed = any(own["frame"]["sealed"] is True for _, own in parts)
    some = lists & names.keys() or names.keys().isdisjoint(tables)
    return bool(sealed and some and not names.keys() >= tables)


def expected_names(c: Json, names: dict[str, bytes]) -> set[str]:
    wanted = ALWAYS | {f"sources/{n}-{s['type']}.json" for n, s in enumerate(c["sources"], 1)}
    if c["stage"] == "inspector":
        return wanted | {"assignment.json", "assignment.tsv", "result.json"}
    files = {"published.tsv"} if is_public(c, names) else TABLES
    return wanted | {folder + name for folder, _ in parts_of(c) for name in files}


def parse_sums(data: bytes) -> dict[str, str]:
    sums: dict[str, str] = {}
    previous = ""
    for number, line in lines_of("SHA256SUMS", data):
        found = re.fullmatch(rb"([0-9a-f]{64})  ([!-~]+)", line)
        if not found or found[2].decode() <= previous:
            raise Bad("SHA256SUMS", "malformed: {}", line, line=number)
        previous = found[2].decode()
        sums[previous] = found[1].decode()
    return sums


def check_sums(bundle: Bundle) -> int:
    """Blames SHA256SUMS itself where it, and not the member, must have been edited."""
    sums = parse_sums(bundle.read("SHA256SUMS"))
    members = {name: data for name, data in bundle.members.items() if name != "SHA256SUMS"}
    try:
        known = expected_names(json.loads(members["commitment.json"]), members)
    except (ValueError, LookupError, TypeError, RecursionError):  # judged where it is read
        known = set(sums)
    for name in sorted(members.keys() - sums.keys()):
        raise Bad("SHA256SUMS" if name in known else name, "not listed in SHA256SUMS: {}", name)
    for name in sorted(sums.keys() - members.keys()):
        raise Bad(name if name in known else "SHA256SUMS", "missing member")
    for name, listed in sums.items():
        found = bundle.digest(name)
        # An edited member changes about 60 of the 64 characters, an edited list only a few.
        edited = sum(a != b for a, b in zip(found, listed, strict=True)) <= 8
        blame = "SHA256SUMS" if edited else name
        need(found == listed, blame, "SHA-256 of {} is {}, listed {}", name, found, listed)
    return len(sums)


# --- 7 commitment ------------------------------------------------------------------------------

FIELDS = {"v", "draw_id", "attempt", "stage", "alg", "purpose", "code", "plan", "scope", "sources"}
FIELDS |= {"not_before", "fallback", "previous"}


def is_int(value: Json, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_hex(value: Json) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def is_time(value: Json) -> bool:
    form = r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"
    try:
        return bool(re.fullmatch(form, value, re.ASCII) and datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def is_summary(value: Json, more: str) -> bool:
    """The digests of one list, and one member more."""
    form = isinstance(value, dict) and value.keys() == {"sha256", "root", "count", more}
    return form and is_hex(value["sha256"]) and is_hex(value["root"]) and is_int(value["count"])


def is_reason(text: str) -> bool:
    return text in REASONS or bool(re.fullmatch(r"x-[0-9A-Za-z._-]{1,62}", text))


def is_excluded(value: Json) -> bool:
    reasons: Json = value["by_reason"] if is_summary(value, "by_reason") else None
    form = isinstance(reasons, dict) and all(map(is_reason, reasons))
    form = form and all(is_int(times, 1) for times in reasons.values())
    return form and sum(reasons.values()) == value["count"]


def is_ref(value: Json, *texts: str) -> bool:
    """A digest, and the texts that go with it."""
    form = isinstance(value, dict) and value.keys() == {*texts, "sha256"}
    return form and is_hex(value["sha256"]) and all(isinstance(value[text], str) for text in texts)


PARAMS = {"reveal": ["sha256"], "dice": ["digits"], "balls": ["count", "max", "min"], "test": []}
PARAMS |= {"lottery": ["code", "issue"], "drand": ["chain", "round"], "nist2": ["chain", "pulse"]}


def is_source(value: Json, purpose: Json) -> bool:
    form = isinstance(value, dict) and value.keys() == {"type", "params"}
    form = form and value["type"] in SOURCE_LINES and isinstance(value["params"], dict)
    form = form and sorted(value["params"]) == PARAMS[value["type"]]
    return form and params_hold(value["type"], value["params"], purpose)


def params_hold(kind: str, params: dict[str, Json], purpose: Json) -> bool:
    if kind == "reveal":
        return is_hex(params["sha256"])
    if kind == "dice":
        return is_int(params["digits"], 1 if purpose == "test" else 20)
    if kind == "balls":
        count, low, high = params["count"], params["min"], params["max"]
        return is_int(low) and is_int(high, low) and is_int(count, 1) and count <= high - low + 1
    if kind == "lottery":
        texts = [text for text in params.values() if isinstance(text, str)]
        return sum(bool(re.fullmatch(r"[^\x00-\x1f\x7f:]{1,128}", text)) for text in texts) == 2
    if kind == "drand":
        return is_hex(params["chain"]) and is_int(params["round"], 1)
    return is_int(params["chain"]) and is_int(params["pulse"]) if params else purpose == "test"


def check_part(own: dict[str, Json], where: str) -> None:
    """The three members that a part has, or a draw that is not in parts."""
    frame = own.get("frame")
    rules = {
        "frame": is_summary(frame, "sealed") and isinstance(dict(frame or {})["sealed"], bool),
        "excluded": is_excluded(own.get("excluded")),
        "design": isinstance(own.get("design"), dict),
    }
    for field, holds in rules.items():
        need(holds, "commitment.json", "bad value of {}", where + field)
    check_design(own["design"])


def check_parts(parts: Json) -> None:
    """A campaign: at least one part, names unique."""
    name, text = "commitment.json", "bad value of {}"
    need(isinstance(parts, list) and parts, name, text, "parts")
    for n, part in enumerate(parts):
        form = isinstance(part, dict) and part.keys() == {"name", "frame", "excluded", "design"}
        need(form and isinstance(part["name"], str), name, text, f"parts[{n}]")
        need(re.fullmatch(GROUP, part["name"]), name, text, f"parts[{n}].name")
        check_part(part, f"parts[{n}].")
    need(len({part["name"] for part in parts}) == len(parts), name, text, "parts, name twice")


def check_commitment(bundle: Bundle) -> dict[str, Json]:
    name = "commitment.json"
    c = loads(name, bundle.read(name))
    need(isinstance(c, dict), name, "malformed")
    own = {"assignment"}
    if c.get("stage") == "target":
        own = {"parts"} if "parts" in c else {"frame", "excluded", "design"}
    for field in sorted(c.keys() - FIELDS - own):
        raise Bad(name, "unknown member {}", field)
    sources = c.get("sources")
    rules: dict[str, object] = {
        "v": c.get("v") == "openlot/1",
        "draw_id": isinstance(c.get("draw_id"), str),
        "attempt": is_int(c.get("attempt"), 1),
        "stage": c.get("stage") in ("target", "inspector"),
        "alg": c.get("alg") in ("sha256", "sm3"),
        "purpose": c.get("purpose") in ("real", "test"),
        "code": is_ref(c.get("code"), "version"),
        "plan": is_ref(c.get("plan"), "ref"),
        "scope": isinstance(c.get("scope"), str),
        "sources": isinstance(sources, list)
        and sources
        and all(is_source(source, c.get("purpose")) for source in sources),
        "not_before": is_time(c.get("not_before")),
        "fallback": c.get("fallback") in ("wait", "void"),
        "previous": c.get("previous", "") is None or is_hex(c.get("previous")),
        "assignment": own != {"assignment"} or is_ref(c.get("assignment")),
    }
    for field, holds in rules.items():
        need(holds, name, "bad value of {}", field)
    if "parts" in own:
        check_parts(c["parts"])
    elif "frame" in own:
        check_part(c, "")
    return dict(c)


# --- 8 log: four entries in one tree, in the right order ---------------------------------------


def proof_name(step: str) -> str:
    return f"log/{step}.proof"


def check_log(bundle: Bundle, c: dict[str, Json], key: Key | None) -> dict[str, Json]:
    """Proves the four entries to be in one tree; the public part of draw.drawn."""
    proofs = {step: parse_proof(proof_name(step), bundle.read(proof_name(step))) for step in STEPS}
    usual = Counter(proof.note.whole for proof in proofs.values()).most_common(1)[0][0]
    entries = {}
    for step, (place, path, entry, note) in proofs.items():
        bundle.at = name = proof_name(step)
        need(note.whole == usual, name, "not the checkpoint of the other proofs")
        inside = included(place, note.size, leaf_hash(entry), path, note.root)
        need(inside, name, "the entry is not in the tree of its checkpoint")
        check_signature(name, note, key)
        entries[step] = loads(name, entry)
        need(is_entry(entries[step], step), name, "not an entry {}", f"draw.{step}")
    check_entries(bundle, c, entries)
    for before, after in pairwise(STEPS):
        ordered = proofs[before].place < proofs[after].place
        need(ordered, proof_name(after), "logged before {}", before)
    check_prefix(bundle, proofs, key)
    return dict(entries["drawn"]["public"])


def is_entry(entry: Json, step: str) -> bool:
    fields = {"at", "digest", "id", "public", "subject", "type"}
    form = isinstance(entry, dict) and entry.keys() == fields and entry["type"] == f"draw.{step}"
    return form and is_time(entry["at"]) and isinstance(entry["public"], dict)


def check_entries(bundle: Bundle, c: dict[str, Json], entries: dict[str, Json]) -> None:
    """Every entry is about this very commitment, and neither early nor late."""
    cd, logged = bundle.digest("commitment.json"), entries["committed"]["public"].get("cd")
    if logged != cd:  # to blame is whichever of commitment, seed and log stands alone
        alone = bundle.members["seed.txt"].split(b"\n", 2)[1:2] == [cd.encode()]
        blame = proof_name("committed") if alone else "commitment.json"
        raise Bad(blame, "{} is {}, should be {}", "cd", cd, logged)
    for step, entry in entries.items():
        wanted = {"draw_id": c["draw_id"], "attempt": c["attempt"], "stage": c["stage"]}
        wanted |= frozen_fields(c) if step == "frozen" else {"cd": cd}
        later = {"result"} | ({"published"} if c["stage"] == "target" else set())
        later = {"parts"} if "parts" in c else later
        names = sorted(wanted.keys() | (later if step == "drawn" else set()))
        check_field(step, {"names": sorted(entry["public"])}, "names", names)
        for field, value in wanted.items():
            check_field(step, entry["public"], field, value)
    if "parts" in c:
        told = {"parts": [part_head(one) for one in logged_parts(c, entries["drawn"]["public"])]}
        heads = [["name", "published", "result", part["name"]] for part in c["parts"]]
        check_field("drawn", told, "parts", heads)
    for step, early in (("committed", True), ("seeded", False)):
        at, start = entries[step]["at"], c["not_before"]
        good = at <= start if early else at >= start
        need(good, proof_name(step), "logged at {}, not_before is {}", at, start)


def check_field(step: str, public: dict[str, Json], field: str, value: Json) -> None:
    found = public.get(field)
    need(same(found, value), proof_name(step), "{} is {}, should be {}", field, found, value)


def frozen_fields(c: dict[str, Json]) -> dict[str, Json]:
    if c["stage"] == "inspector":
        return {"assignment": {"sha256": c["assignment"]["sha256"]}}
    if "parts" in c:
        return {"parts": [{"name": part["name"]} | list_fields(part) for part in c["parts"]]}
    return list_fields(c)


def list_fields(own: dict[str, Json]) -> dict[str, Json]:
    return {n: {k: own[n][k] for k in ("count", "root", "sha256")} for n in ("frame", "excluded")}


def part_head(entry: Json) -> Json:
    """The names of what is logged of a part, and its name."""
    return [*sorted(entry), entry.get("name")] if isinstance(entry, dict) else entry


def logged_parts(c: dict[str, Json], drawn: dict[str, Json]) -> list[dict[str, Json]]:
    """What the log says of the result of each part; of the one result of any other draw."""
    told = drawn.get("parts") if "parts" in c else [drawn]
    return told if isinstance(told, list) else []


def check_prefix(bundle: Bundle, proofs: dict[str, Proof], key: Key | None) -> None:
    name = proof_name("consistency")
    found = re.fullmatch(PREFIX, bundle.read(name).decode("utf-8"))
    if not found:
        raise Bad(name, "malformed")
    path = [unbase64(name, line) for line in found[3].split()]
    early, late = parse_note(name, found[4]), proofs["drawn"].note
    sizes, told = (early.size, late.size), (int(found[1]), int(found[2]))
    need(told == sizes, name, "{} is {}, should be {}", "old, new", told, sizes)
    prefix = consistent(early.size, late.size, early.root, late.root, path)
    prefix = prefix and early.origin == late.origin
    need(prefix, name, "the tree at commitment is no prefix of the later tree")
    between = proofs["committed"].place < early.size <= proofs["seeded"].place
    need(between, name, "not the tree between commitment and seed")
    check_signature(name, early, key)


# --- 9 seed ------------------------------------------------------------------------------------

BALLS = r"(?:(?:0|[1-9][0-9]{0,9})\.)+/"
SOURCE_LINES = {
    "reveal": r"reveal:([0-9a-f]{64})",
    "dice": r"dice:([0-9]+)",
    "balls": rf"balls:({BALLS})",
    "lottery": rf"lottery:([^:]+):([^:]+):((?:{BALLS})+)",
    "drand": r"drand:([^:]+):(0|[1-9][0-9]*):[0-9a-f]{64}",
    "nist2": r"nist2:([^:]+):(0|[1-9][0-9]*):[0-9a-f]{128}",
    "test": r"test:([^\n]*)",
}


def rising_numbers(text: str) -> list[list[int]]:
    """The groups of `1.2.3./4.5./`; an empty list if one is not strictly ascending."""
    groups = [[int(number) for number in g[:-1].split(".")] for g in text.split("/")[:-1]]
    return groups if all(group == sorted(set(group)) for group in groups) else []


def source_holds(source: dict[str, Json], line: str, purpose: str) -> bool:
    """Is `line` a value that the commitment allows? What nobody can recompute is not judged."""
    kind, params = source["type"], source["params"]
    found = re.fullmatch(SOURCE_LINES[kind], line)
    if not found:
        return False
    if kind == "reveal":
        return bool(sha256(bytes.fromhex(found[1])) == params["sha256"])
    if kind == "dice":
        return len(found[1]) >= int(params["digits"])
    if kind == "balls":
        numbers = list(chain(*rising_numbers(found[1])))
        inside = all(params["min"] <= number <= params["max"] for number in numbers)
        return bool(numbers and inside and len(numbers) == params["count"])
    if kind == "test":
        return purpose == "test"
    names = {"lottery": ("code", "issue"), "drand": ("chain", "round"), "nist2": ("chain", "pulse")}
    told = tuple(str(params[name]) for name in names[kind])
    return told == (found[1], found[2]) and (kind != "lottery" or bool(rising_numbers(found[3])))


def check_seed(bundle: Bundle, c: dict[str, Json], drawn: dict[str, Json], h: Hasher) -> str:
    data, cd = bundle.read("seed.txt"), bundle.digest("commitment.json")
    seed, folders = h(data), [folder for folder, _ in parts_of(c)] or [""]
    results = [bundle.members.get(folder + "result.json", b"") for folder in folders]
    # So it tells which file was edited.
    kept = any(f'"seed":"{seed}"'.encode() in result for result in results)
    texts = [line.decode("utf-8") for _, line in lines_of("seed.txt", data)]
    for number, (found, wanted) in enumerate(zip(texts, ("openlot/1/seed", cd), strict=False), 1):
        need(found == wanted, "seed.txt", "found {}, recomputed {}", found, wanted, line=number)
    lines = 2 + len(c["sources"])
    need(len(texts) == lines, "seed.txt", "{} is {}, should be {}", "lines", len(texts), lines)
    for number, source in enumerate(c["sources"], 3):
        bundle.at, kind, line = "seed.txt", source["type"], texts[number - 1]
        good = source_holds(source, line, c["purpose"])
        need(good, "seed.txt", "not a committed {} value: {}", kind, line, line=number)
        name = f"sources/{number - 2}-{kind}.json"
        check_source(bundle, name, kind, line, name if kept else "seed.txt")
    pairs = zip(results, logged_parts(c, drawn), strict=True)
    other = not kept and any(result and told["result"] == sha256(result) for result, told in pairs)
    need(not other, "seed.txt", "not the seed of the logged result: {}", seed)
    return seed


def check_source(bundle: Bundle, name: str, kind: str, line: str, blame: str) -> None:
    record = loads(name, bundle.read(name))
    form = isinstance(record, dict) and record.keys() == {"line", "type", "evidence"}
    form = form and record["type"] == kind and isinstance(record["evidence"], dict)
    need(form, name, "malformed")
    found = record["line"]
    need(same(found, line), blame, "{} is {}, should be {}", name, found, line)


def draw_key(h: Hasher, seed: str, purpose: str, scope: str) -> str:
    return h(f"openlot/1/key\n{seed}\n{purpose}\n{scope}\n".encode())


# --- 10 frame and excluded ---------------------------------------------------------------------


def check_list(
    bundle: Bundle, file: str, own: dict[str, Json], folder: str, form: str
) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Yields (number, line); at the end count, digest and root must be the committed ones."""
    member = folder + file
    sealed, tree, previous, data = own["frame"]["sealed"], Tree(), b"", bundle.read(member)
    pattern = re.compile((form + (r"\t[0-9a-f]{32}" if sealed else "")).encode())
    for number, line in lines_of(member, data):
        found = pattern.fullmatch(line)
        if not found:
            raise Bad(member, "malformed: {}", line, line=number)
        name, rest = line.split(b"\t", 1)
        if name <= previous:
            raise Bad(member, "not sorted, or twice: {}", name, line=number)
        previous = name
        tree.add(name + b"\t" + sha256(rest).encode() if sealed else line)
        yield number, found
    promise, digest = own[file[:-4]], sha256(data)
    wanted = promise["sha256"]
    need(digest == wanted, member, "{} is {}, should be {}", "SHA-256", digest, wanted)
    for field, value in (("count", tree.size), ("root", tree.root())):
        text, told = f"{member[:-4]}.{field}", promise[field]
        need(same(told, value), "commitment.json", "{} is {}, should be {}", text, told, value)


def check_frame(bundle: Bundle, own: dict[str, Json], folder: str = "") -> Counter[str]:
    """Checks both lists; the number of objects of every stratum."""
    taken = check_excluded(bundle, own, folder)
    sizes: Counter[str] = Counter()
    for number, row in check_list(bundle, "frame.tsv", own, folder, rf"({ID})\t({STRATUM})"):
        if row[1] in taken:
            raise Bad(bundle.at, "{} is also excluded", row[1], line=number)
        sizes[row[2].decode()] += 1
    return sizes


def check_excluded(bundle: Bundle, own: dict[str, Json], folder: str) -> set[bytes]:
    reasons, taken, form = Counter[str](), set(), rf"({ID})\t([^\t\n]+)\t([^\t\n]*)"
    for number, row in check_list(bundle, "excluded.tsv", own, folder, form):
        reason, _ = row[2].decode("utf-8"), row[3].decode("utf-8")
        need(is_reason(reason), bundle.at, "unknown reason {}", reason, line=number)
        reasons[reason] += 1
        taken.add(row[1])
    told, found, text = own["excluded"]["by_reason"], dict(reasons), "{} is {}, should be {}"
    where = folder + "excluded.by_reason"
    need(same(told, found), "commitment.json", text, where, told, found)
    return taken


# --- 11 target draw ----------------------------------------------------------------------------


def design_needs(holds: object, what: str, value: object) -> None:
    need(holds, "commitment.json", "bad value of {}", f"design, {what}: {value}")


def rate_of(text: Json) -> tuple[int, int]:
    form = r"([0-9]+)/([0-9]+)|([0-9]+)(?:\.([0-9]+))?"
    found = re.fullmatch(form, text) if isinstance(text, str) else None
    if not found:
        raise Bad("commitment.json", "bad value of {}", f"design, rate: {text}")
    decimals = found[4] or ""
    p, q = int(found[1] or found[3] + decimals), int(found[2] or 10 ** len(decimals))
    design_needs(0 <= p <= q and q > 0, "rate", text)
    return p // gcd(p, q), q // gcd(p, q)


def check_stratum(item: Json) -> None:
    """The form of an item of `strata`: a rate or a fixed number."""
    design_needs(isinstance(item, dict), "strata", item)
    if "fixed" in item:
        form = item.keys() == {"stratum", "fixed"} and is_int(item["fixed"])
        design_needs(form, "fixed", dumps(item))
        return
    form = {"stratum", "rate"} <= item.keys() <= {"stratum", "rate", "rounding"}
    design_needs(form, "strata", dumps(item))
    rate_of(item["rate"])
    rounding = item.get("rounding", "ceil")
    design_needs(rounding in ("ceil", "floor", "half_up"), "rounding", rounding)


def count_stratum(item: dict[str, Json], size: int, least: int) -> int:
    """How many of its `size` objects a stratum with a rate or a fixed number gives."""
    if "fixed" in item:
        design_needs(item["fixed"] <= size, "fixed", dumps(item))
        return int(item["fixed"])
    p, q = rate_of(item["rate"])
    ways = {"ceil": (size * p + q - 1) // q, "floor": size * p // q}
    ways["half_up"] = (2 * size * p + q) // (2 * q)
    n = ways[item.get("rounding", "ceil")]
    return min(size, max(n, least if size > 0 and p > 0 else 0))


def count_cells(
    item: dict[str, Json], sizes: Counter[str], seed: str, scope: str, h: Hasher
) -> dict[str, int]:
    """Random-start cumulative rounding of one list of cells."""
    (p, q), scope = rate_of(item["rate"]), f"{scope}/{item['total']}"
    own = draw_key(h, seed, "round", scope)
    cells = sorted(item["cells"], key=lambda cell: (h((own + cell).encode()), cell))
    start = int(draw_key(h, seed, "round-start", scope), 16)
    counts, mass, below = {}, 0, start * q // (q << 256)
    for cell in cells:
        mass += sizes[cell] * p
        upto = ((mass << 256) + start * q) // (q << 256)
        counts[cell], below = upto - below, upto
    return counts


def check_cells(item: Json) -> None:
    """The form of a list of cells that share one total."""
    form = isinstance(item, dict) and item.keys() == {"total", "rate", "cells"}
    form = form and isinstance(item["total"], str) and isinstance(item["cells"], list)
    design_needs(form, "cells", dumps(item))
    rate_of(item["rate"])


def check_design(design: dict[str, Json]) -> list[str]:
    """The form of section 6, where every stratum stands in one place; the strata with a place."""
    known = {"strata", "min_per_stratum", "reserves", "cells"}
    strata: Json = design.get("strata")
    cells: Json = [] if design.get("cells") is None else design["cells"]
    design_needs(not design.keys() - known, "member", sorted(design.keys() - known))
    for name in ("min_per_stratum", "reserves"):
        design_needs(is_int(design.get(name, 0)), name, design.get(name))
    design_needs(isinstance(strata, list) and isinstance(cells, list), "strata, cells", "no list")
    for item in strata:
        check_stratum(item)
    for item in cells:
        check_cells(item)
    totals = [item["total"] for item in cells]
    design_needs(len(set(totals)) == len(totals), "total twice", totals)
    places = [item["stratum"] for item in strata]
    places += [cell for item in cells for cell in item["cells"]]
    for place in places:
        design_needs(isinstance(place, str) and re.fullmatch(STRATUM, place), "stratum", place)
    twice = [place for place, times in Counter(places).items() if times > 1]
    design_needs(not twice, "stratum twice", twice)
    return places


def counts_of(
    design: dict[str, Json], sizes: Counter[str], seed: str, scope: str, h: Hasher
) -> dict[str, int]:
    """n of every stratum of the design."""
    homeless = sorted(sizes.keys() - set(check_design(design)))
    design_needs(not homeless, "no place for", homeless)
    least = design.get("min_per_stratum", 0)
    counts = {s["stratum"]: count_stratum(s, sizes[s["stratum"]], least) for s in design["strata"]}
    for item in design.get("cells") or []:
        counts |= count_cells(item, sizes, seed, scope, h)
    return counts


def first_tickets(
    frame: bytes, keep: dict[str, int], key: str, h: Hasher
) -> dict[str, list[tuple[str, str]]]:
    """The first (ticket, object id) of every stratum, in order; `keep` says how many."""
    best: dict[str, list[tuple[str, str]]] = {stratum: [] for stratum in keep}
    for _, line in lines_of("frame.tsv", frame):
        name, stratum, *salt = line.decode().split("\t")
        rows = best[stratum]
        rows.append((h((key + name + "".join(salt)).encode()), name))
        if len(rows) > 2 * keep[stratum] + 1000:
            rows[:] = sorted(rows)[: keep[stratum]]
    return {stratum: sorted(rows)[: keep[stratum]] for stratum, rows in best.items()}


def summary_of(data: bytes) -> dict[str, Json]:
    return {"count": data.count(b"\n"), "sha256": sha256(data)}


def result_head(c: dict[str, Json], seed: str) -> dict[str, Json]:
    cd = sha256(dumps(c).encode())
    return {name: c[name] for name in ("v", "draw_id", "attempt")} | {"cd": cd, "seed": seed}


def target_draw(
    c: dict[str, Json], design: dict[str, Json], frame: bytes, sizes: Counter[str], seed: str
) -> tuple[bytes, bytes, dict[str, Json]]:
    """(selected.tsv, reserves.tsv, result.json) of one frame as they must be."""
    h, spare = hasher(c["alg"]), design.get("reserves", 0)
    counts = counts_of(design, sizes, seed, c["scope"], h)
    key = draw_key(h, seed, "target", c["scope"])
    keep = {stratum: n + max(spare, 1) for stratum, n in counts.items()}
    best = first_tickets(frame, keep, key, h)
    rates = {s["stratum"]: s.get("rate") for s in design["strata"]}
    rates |= {cell: i["rate"] for i in design.get("cells") or [] for cell in i["cells"]}
    strata: list[Json] = []
    selected, reserves, drawn = "", "", []
    for stratum in sorted(counts):
        rows, n = best[stratum], counts[stratum]
        lines = [f"{stratum}\t{rank}\t{x}\t{ticket}\n" for rank, (ticket, x) in enumerate(rows, 1)]
        selected += "".join(lines[:n])
        reserves += "".join(lines[n : n + spare])
        drawn += [name + "\n" for _, name in rows[:n]]
        edges = {"last_drawn": rows[n - 1][0] if n else None}
        edges["first_undrawn"] = rows[n][0] if n < len(rows) else None
        size, rate = sizes[stratum], rates[stratum]
        strata.append(edges | {"stratum": stratum, "count": size, "rate": rate, "drawn": n})
    result = result_head(c, seed) | {"key": key, "strata": strata}
    result["selected"] = summary_of(selected.encode())
    result["reserves"] = summary_of(reserves.encode())
    result["published"] = summary_of("".join(sorted(drawn)).encode())
    return selected.encode(), reserves.encode(), result


# --- 12 inspector draw -------------------------------------------------------------------------


class Seat(NamedTuple):
    team: str
    group: str
    number: int
    may: frozenset[str]  # everybody who may take it


class Seating:
    """Seats filled under caps, an inspector at most once in a team; seats get fixed one by one."""

    def __init__(self, seats: list[Seat], caps: dict[str, int]) -> None:
        self.seats, self.room = seats, dict(caps)
        self.taken: dict[int, str] = {}
        self.held: dict[str, set[int]] = {name: set() for name in caps}
        self.team: dict[str, dict[str, int]] = {seat.team: {} for seat in seats}
        self.fixed: set[int] = set()

    def put(self, seat: int, name: str) -> None:
        self.taken[seat] = name
        self.held[name].add(seat)
        self.team[self.seats[seat].team][name] = seat
        self.room[name] -= 1

    def free(self, seat: int) -> str:
        name = self.taken.pop(seat)
        self.held[name].remove(seat)
        del self.team[self.seats[seat].team][name]
        self.room[name] += 1
        return name

    def fill(self, start: int) -> bool:
        """Fills one more seat by a chain of moves; False, and no change, if there is none."""
        came: dict[int, tuple[int, str]] = {}
        unseen, queue, seen = set(self.room), deque([start]), {start} | self.fixed
        while queue:
            seat = queue.popleft()
            mates, may = self.team[self.seats[seat].team], self.seats[seat].may
            reach = [(other, name) for name, other in mates.items() if name in may]
            for name in (may & unseen) - mates.keys():
                unseen.remove(name)
                if self.room[name] > 0:
                    self.shift(seat, name, came)
                    return True
                reach += [(other, name) for other in self.held[name]]
            for other, name in reach:
                if other not in seen:
                    seen.add(other)
                    came[other] = (seat, name)
                    queue.append(other)
        return False

    def shift(self, seat: int, name: str, came: dict[int, tuple[int, str]]) -> None:
        while seat in came:
            self.free(seat)
            self.put(seat, name)
            seat, name = came[seat]
        self.put(seat, name)

    def fix(self, seat: int, name: str) -> bool:
        """Gives `seat` to `name` for good, if all other seats can still be filled."""
        self.fixed.add(seat)
        if self.taken[seat] == name:
            return True
        loser = self.team[self.seats[seat].team].get(name)
        if loser is None and self.room[name] <= 0:
            loser = next(iter(self.held[name] - self.fixed))
        before = self.free(seat)
        if loser is not None:
            self.free(loser)
        self.put(seat, name)
        if loser is None or self.fill(loser):
            return True
        self.free(seat)
        self.put(loser, name)
        self.put(seat, before)
        self.fixed.remove(seat)
        return False


def filled(seats: list[Seat], caps: dict[str, int]) -> Seating | None:
    """A complete seating, or None if there is none."""
    seating = Seating(seats, caps)
    enough = len(seats) <= sum(caps.values())
    return seating if enough and all(map(seating.fill, range(len(seats)))) else None


def rises(values: Json, form: str) -> bool:
    """A sorted list of different texts of this form."""
    texts = isinstance(values, list) and all(isinstance(value, str) for value in values)
    texts = texts and all(re.fullmatch(form, value) for value in values)
    return texts and values == sorted(set(values), key=str.encode)


def is_person(person: Json) -> bool:
    form = person.keys() == {"id", "tags", "cap", "load"} and rises(person["tags"], TAG)
    return form and is_int(person["cap"]) and is_int(person["load"])


def is_group(group: Json) -> bool:
    lists = {"requires": TAG, "forbids": TAG, "excludes": ID}
    form = group.keys() == {"name", "demand", *lists} and is_int(group["demand"], 1)
    return form and all(rises(group[name], pattern) for name, pattern in lists.items())


TAG = r"[^\x00-\x1f\x7f-\x9f]*"


def check_assignment(a: Json) -> None:
    """The form of section 7."""

    def check(holds: object, where: str) -> None:
        need(holds, "assignment.json", "malformed: {}", where)

    fields = isinstance(a, dict) and a.keys() == {"v", "teams", "inspectors", "slack"}
    check(fields and a["v"] == "openlot/1" and is_int(a["slack"]), "v, slack, teams, inspectors")
    check(rises([team["id"] for team in a["teams"]], ID), "team ids")
    check(rises([person["id"] for person in a["inspectors"]], ID), "inspector ids")
    for person in a["inspectors"]:
        check(is_person(person), person["id"])
    for team in a["teams"]:
        check(team.keys() == {"id", "groups"}, team["id"])
        check(rises(sorted(group["name"] for group in team["groups"]), GROUP), team["id"])
        for group in team["groups"]:
            check(is_group(group), f"{team['id']} {group['name']}")


def seats_of(a: Json, order: Hasher) -> list[Seat]:
    """All seats in the order in which they are fixed; `order` is the digest of a team id."""
    tags = {person["id"]: set(person["tags"]) for person in a["inspectors"]}
    seats = []
    for team in sorted(a["teams"], key=lambda team: (order(team["id"].encode()), team["id"])):
        for group in team["groups"]:
            wants, bars = set(group["requires"]), set(group["forbids"])
            able = {name for name, has in tags.items() if wants <= has and not bars & has}
            may = frozenset(able - set(group["excludes"]))
            need(group["demand"] <= len(may), "assignment.json", "no complete assignment exists")
            seats += [Seat(team["id"], group["name"], n + 1, may) for n in range(group["demand"])]
    return seats


def working_caps(a: Json, level: int) -> dict[str, int]:
    return {p["id"]: min(p["cap"], max(0, level - p["load"])) for p in a["inspectors"]}


def least_level(a: Json, seats: list[Seat]) -> int:
    """L: the least load level at which every seat can be filled (more room never hurts)."""
    low, high = 0, max((p["cap"] + p["load"] for p in a["inspectors"]), default=0)
    possible = filled(seats, working_caps(a, high))
    need(possible, "assignment.json", "no complete assignment exists")
    while low < high:
        middle = (low + high) // 2
        if filled(seats, working_caps(a, middle)):
            high = middle
        else:
            low = middle + 1
    return low


def fix_all(
    seats: list[Seat], caps: dict[str, int], loads: dict[str, int], ticket: Hasher
) -> dict[tuple[str, str, int], str]:
    """Steps 3 and 4: the line of assignment.tsv of every seat."""
    seating, busy, lines = filled(seats, caps) or Seating([], {}), Counter(loads), {}
    for index, (team, group, number, may) in enumerate(seats):
        mates = {name for name, seat in seating.team[team].items() if seat in seating.fixed}
        open_to = [name for name in may - mates if busy[name] - loads[name] < caps[name]]
        where = f"{team}|{group}|{number}|"
        ranked = sorted((busy[name], ticket((where + name).encode()), name) for name in open_to)
        _, first, name = next(row for row in ranked if seating.fix(index, row[2]))
        busy[name] += 1
        lines[team, group, number] = f"{team}\t{group}\t{number}\t{name}\t{first}\n"
    return lines


def inspector_draw(a: Json, seed: str, scope: str, h: Hasher) -> tuple[int, bytes]:
    """(L, assignment.tsv) as they must be."""
    teams, tickets = (draw_key(h, seed, purpose, scope).encode() for purpose in ("team", "seat"))
    seats = seats_of(a, lambda team: h(teams + team))
    level = least_level(a, seats)
    load = {person["id"]: person["load"] for person in a["inspectors"]}
    lines = fix_all(seats, working_caps(a, level + a["slack"]), load, lambda x: h(tickets + x))
    places = [
        (team["id"], group["name"], number)
        for team in a["teams"]
        for group in team["groups"]
        for number in range(1, group["demand"] + 1)
    ]
    return level, "".join(lines[place] for place in places).encode()


# --- 13 comparing with what the bundle holds ---------------------------------------------------


def check_table(bundle: Bundle, member: str, wanted: bytes) -> None:
    """The member must be `wanted`; otherwise the first line that differs is named."""
    found = bundle.read(member)
    if found != wanted:
        theirs, ours = found.splitlines(keepends=True), wanted.splitlines(keepends=True)
        at = first_difference(theirs, ours)
        have, want = (lines[at] if at < len(lines) else "-" for lines in (theirs, ours))
        raise Bad(member, "found {}, recomputed {}", have, want, line=at + 1)


def json_difference(found: Json, wanted: Json, path: str) -> tuple[str, str, str] | None:
    """(path, found, wanted) at the first place where two JSON values differ."""
    pairs: list[tuple[str, Json, Json]] = []
    if isinstance(found, dict) and isinstance(wanted, dict) and found.keys() == wanted.keys():
        pairs = [(f"{path}.{name}", found[name], wanted[name]) for name in sorted(wanted)]
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        pairs = [(f"{path}[{n}]", a, b) for n, (a, b) in enumerate(zip(found, wanted, strict=True))]
    elif not same(found, wanted):
        return path, dumps(found), dumps(wanted)
    return next(filter(None, (json_difference(a, b, where) for where, a, b in pairs)), None)


def check_result(
    bundle: Bundle, name: str, wanted: dict[str, Json], logged: dict[str, Json]
) -> None:
    found = loads(name, bundle.read(name))
    wrong = json_difference(found, wanted, "result")
    need(not wrong, name, "{} is {}, should be {}", *(wrong or ()))
    check_field("drawn", logged, "result", bundle.digest(name))
    if "published" in wanted:
        check_field("drawn", logged, "published", wanted["published"])


def check_published(bundle: Bundle, name: str, logged: dict[str, Json], most: int) -> int:
    previous, count = b"", 0
    for count, line in lines_of(name, bundle.read(name)):
        need(re.fullmatch(ID.encode(), line), name, "malformed: {}", line, line=count)
        need(line > previous, name, "not sorted, or twice: {}", line, line=count)
        previous = line
    wrong = json_difference(logged["published"], summary_of(bundle.members[name]), "published")
    need(not wrong, name, "{} is {}, should be {}", *((wrong or ())[i] for i in (0, 2, 1) if wrong))
    need(count <= most, name, "more objects than the frame holds")
    return count


# --- 14 the whole check, and what it says ------------------------------------------------------


class Report:
    """Prints in one language; silent once a digest failed, as later passes would mislead."""

    def __init__(self, lang: str) -> None:
        self.chinese, self.quiet = lang == "zh", False

    def text(self, text: str, *values: object) -> str:
        return (CHINESE[text] if self.chinese else text).format(*values)

    def ok(self, step: str, *details: object) -> None:
        step = CHINESE.get(step, step) if self.chinese else step
        width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in step)
        detail = " ".join(plain(value) for value in details)
        if not self.quiet:
            print(f"  {self.text('ok')}  {step}{' ' * max(1, 26 - width)}{detail}")

    def failed(self, bad: Bad) -> None:
        text = self.text(bad.text, *bad.values)
        text = self.text("line {}: {}", bad.line, text) if bad.line else text
        print(f"FAILED {plain(bad.member)}: {text}")


def check_target(
    bundle: Bundle, c: dict[str, Json], seed: str, drawn: dict[str, Json], report: Report
) -> None:
    """Every part: its published list in a public bundle, else its lists and its draw."""
    public = is_public(c, bundle.members)
    for (folder, own), logged in zip(parts_of(c), logged_parts(c, drawn), strict=True):
        if folder:
            report.ok("part", own["name"])
        if public:
            count = check_published(bundle, folder + "published.tsv", logged, own["frame"]["count"])
            report.ok("published list", count)
            continue
        sizes = check_frame(bundle, own, folder)
        report.ok("lists (frame + excluded)", sizes.total(), "+", own["excluded"]["count"])
        bundle.at = "commitment.json"
        frame = bundle.members[folder + "frame.tsv"]
        selected, reserves, result = target_draw(c, own["design"], frame, sizes, seed)
        check_table(bundle, folder + "selected.tsv", selected)
        check_table(bundle, folder + "reserves.tsv", reserves)
        check_result(bundle, folder + "result.json", result, logged)
        tell_result(result, report)


def tell_result(result: dict[str, Json], report: Report) -> None:
    for row in result["strata"][:20]:
        report.ok("  " + row["stratum"], row["count"], "x", row["rate"] or "-", "->", row["drawn"])
    report.ok("drawn + reserves", result["selected"]["count"], "+", result["reserves"]["count"])


def check_inspector(
    bundle: Bundle, c: dict[str, Json], seed: str, drawn: dict[str, Json], report: Report
) -> None:
    name, wanted = "assignment.json", c["assignment"]["sha256"]
    a = loads(name, bundle.read(name))
    check_assignment(a)
    digest = bundle.digest(name)
    need(digest == wanted, name, "{} is {}, should be {}", "SHA-256", digest, wanted)
    report.ok("teams / inspectors", len(a["teams"]), "/", len(a["inspectors"]))
    level, table = inspector_draw(a, seed, c["scope"], hasher(c["alg"]))
    check_table(bundle, "assignment.tsv", table)
    result = result_head(c, seed) | {"scope": c["scope"], "L": level, "slack": a["slack"]}
    result |= {"teams": len(a["teams"]), "seats": table.count(b"\n")}
    result |= {"assignment": {"sha256": sha256(table)}}
    check_result(bundle, "result.json", result, drawn)
    report.ok("assigned", result["seats"], f"L={level}")


def unchecked(bundle: Bundle, c: dict[str, Json], key: Key | None) -> list[str]:
    texts = [] if key else ["signatures of the log checkpoints (no log key given)"]
    kinds = {source["type"] + ":" for source in c["sources"]}
    texts += [text for text in CHINESE if text.split(" ")[0] in kinds]
    texts += ["cosignatures of witnesses", "whether the lists were complete; code and plan digests"]
    if is_public(c, bundle.members):
        texts.append("the selection itself (this public bundle holds no lists)")
    elif any(own["frame"]["sealed"] for _, own in parts_of(c)):
        texts.append("whether the salts come from one secret key")
    if c["attempt"] > 1:
        texts.append("the earlier attempts of this draw")
    if Path(__file__).read_bytes() != bundle.members["verify.py"]:
        texts.append("verify.py of the bundle (another one is running)")
    return texts


def check_contents(bundle: Bundle, key: Key | None, report: Report) -> list[str]:
    """Every step after the digests; what could not be checked."""
    c = check_commitment(bundle)
    drawn = check_log(bundle, c, key)
    mark = "TEST" if c["purpose"] == "test" else ""
    report.ok("draw", c["draw_id"], f"#{c['attempt']}", c["stage"], c["alg"], mark)
    report.ok("commitment.json (cd)", bundle.digest("commitment.json"))
    signed = report.text("signed" if key else "signatures not checked")
    report.ok("log", *" < ".join(STEPS).split(), f"({signed})")
    wanted = expected_names(c, bundle.members)
    for name in sorted(wanted ^ bundle.members.keys()):
        raise Bad(name, "missing member" if name in wanted else "extra member")
    seed = check_seed(bundle, c, drawn, hasher(c["alg"]))
    report.ok("seed", seed)
    if c["stage"] == "inspector":
        check_inspector(bundle, c, seed, drawn, report)
    else:
        check_target(bundle, c, seed, drawn, report)
    return unchecked(bundle, c, key)


@contextmanager
def naming(bundle: Bundle) -> Iterator[None]:
    """Whatever else goes wrong is a failure of the member at hand."""
    try:
        yield
    except Bad:
        raise
    except Exception as error:  # a verdict, never a traceback: this file may be hostile
        text = f"{type(error).__name__}: {error}"
        raise Bad(bundle.at, "cannot be checked: {}", text) from error


def check(bundle: Bundle, key: Key | None, report: Report) -> list[str]:
    """Runs every step; raises Bad for the first that does not hold."""
    edited: Bad | None = None
    with naming(bundle):
        bundle.load()
        for name in sorted(ALWAYS - bundle.members.keys()):
            raise Bad(name, "missing member")
        try:
            report.ok("SHA256SUMS", check_sums(bundle))
        except Bad as bad:
            if bad.member == "SHA256SUMS" or bad.member not in bundle.members:
                raise
            edited, report.quiet = bad, True
    try:
        with naming(bundle):
            texts = check_contents(bundle, key, report)
    except Bad as bad:
        # A digest that differs names the member; its content may tell where it differs.
        raise edited if edited and bad.member != edited.member else bad from None
    if edited:
        raise edited
    return texts


def read_key(text: str) -> Key | None:
    """The key as text, or in the first 4 KiB of a file; None if it is neither."""
    try:
        with Path(text).open(encoding="utf-8", errors="replace") as file:
            text = file.read(4096)
    except (OSError, ValueError):
        pass  # no such file: the text itself may be the key
    return parse_key(text)


def main(arguments: list[str]) -> int:
    chinese = "zh" in os.environ.get("LANG", "").lower()
    parser = argparse.ArgumentParser(prog="verify.py", allow_abbrev=False)
    parser.add_argument("bundle", nargs="?", help="BUNDLE.zip | FOLDER")
    parser.add_argument("--key", help="log key (vkey text, or a file that holds it)")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh" if chinese else "en")
    options = parser.parse_args(arguments)
    path = Path(options.bundle or Path(__file__).parent)
    key = None if options.key is None else read_key(options.key)
    if options.key is not None and key is None:
        parser.error("--key is not a log key (name+id+base64), nor a file that holds one")
    if not path.exists():
        parser.error(f"no such file or folder: {plain(path)}")
    bundle, report = Bundle(path), Report(options.lang)
    print(f"OpenLot verify.py, openlot/1: {plain(bundle.at)}")
    try:
        texts = check(bundle, key, report)
    except Bad as bad:
        report.failed(bad)
        return 1
    for text in texts:
        print(f"  {report.text('not checked')}  {report.text(text)}")
    print(report.text("OK: every recomputed step holds"))
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except (KeyboardInterrupt, OSError) as stop:  # interrupted, or nobody reads the output
        sys.stderr.write(f"stopped: {type(stop).__name__}\n")
        os._exit(1)
    sys.exit(code)
