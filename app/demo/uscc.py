"""Unified social credit codes (GB 32100-2015) for firms that do not exist."""

from app.demo.stream import Stream

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

# GB 11714-1997 counts the letters through, I, O, S, V and Z included.
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

# Registers give out organisation codes that begin with a digit, with MA or with a few older
# letters; a prefix seen in none of them keeps a generated code from naming a real firm.
_GENERATED_PREFIX = "WY"
_SERIAL_LENGTH = 6


def organisation_check_character(body: str) -> str:
    """Return the ninth character for eight characters of an organisation code (GB 11714)."""
    pairs = zip(body, _ORGANISATION_WEIGHTS, strict=True)
    total = sum(_ORGANISATION_ALPHABET.index(character) * weight for character, weight in pairs)
    check = 11 - total % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def check_character(body: str) -> str:
    """Return the eighteenth character for seventeen characters of a code (GB 32100)."""
    pairs = zip(body, _WEIGHTS, strict=True)
    total = sum(_ALPHABET.index(character) * weight for character, weight in pairs)
    return _ALPHABET[-total % 31]


def generate_uscc(stream: Stream, kind: str, region_code: str) -> str:
    """Return a well-formed code: `kind` is the two leading digits, such as 91 for enterprises."""
    serial = "".join(stream.choose(_ALPHABET) for _ in range(_SERIAL_LENGTH))
    organisation = _GENERATED_PREFIX + serial
    body = kind + region_code + organisation + organisation_check_character(organisation)
    return body + check_character(body)
