"""Tickets of many texts that begin alike are those of each text by itself."""

import hashlib
from unittest import mock

import pytest

from app.sampling.openlot1 import hashing
from app.sampling.openlot1.seed import ticket
from app.sampling.openlot1.tickets import begin_tickets

KEY = "0123456789abcdef" * 4
ENDINGS = (b"", b"A", b"B" * 64, b"1|I00001")


def made(alg):
    begun = begin_tickets(alg, KEY)
    begun.copy().update(b"not of this text")
    begun = begun.copy()
    begun.update(b"T1|g|")
    digests = []
    for ending in ENDINGS:
        one = begun.copy()
        one.update(ending[:1])
        one.update(ending[1:])
        digests.append(one.digest().hex())
    return digests


def expected(alg):
    return [ticket(alg, KEY, f"T1|g|{ending.decode()}", None) for ending in ENDINGS]


@pytest.mark.parametrize("alg", ["sha256", "sm3"])
def test_equal_to_tickets_one_by_one(alg):
    assert made(alg) == expected(alg)


def test_with_an_openssl_without_sm3():
    """Which SM3 there is is kept for the process."""
    wanted = expected("sm3")
    hashing._sm3_function.cache_clear()
    try:
        with mock.patch.object(hashlib, "new", side_effect=ValueError):
            assert made("sm3") == wanted
    finally:
        hashing._sm3_function.cache_clear()
