"""Canonical JSON (RFC 8785 without fractions), and a bounded reader of strangers' JSON.

Rules:
1. A value has one form; what is not in it is refused, so no byte can change unseen.
2. Size and depth are bounded before the parser sees a byte.
"""

import json
import re
from collections.abc import Callable, Mapping

from sottovoce.values.errors import Unfit

MAX_NUMBER = 2**53 - 1
MAX_DEPTH = 16
# The closing quote may be missing, else every quote of a string without end is tried anew.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_NUMBER_DIGITS = 17
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(value: object) -> bytes:
    """Return the canonical bytes of a value of dicts, lists, strings, booleans, whole numbers."""
    return _ENCODER.encode(_plain(value)).encode()


def canonical_page(value: object) -> bytes:
    """Return the same value indented, in ASCII, with a newline at the end: a file for people."""
    return json.dumps(_plain(value), sort_keys=True, indent=2).encode() + b"\n"


def read_canonical(
    data: bytes, *, what: str, limit: int, form: Callable[[object], bytes] = canonical
) -> object:
    """Read a value from exactly the bytes that ``form`` gives for it, or raise Unfit."""
    if len(data) > limit:
        raise Unfit(f"{what} has {len(data)} bytes; the limit is {limit}")
    if _depth(data) > MAX_DEPTH:
        raise Unfit(f"{what} is nested more than {MAX_DEPTH} levels deep")
    try:
        value: object = json.loads(data.decode(), parse_int=_number)
        # A name that is there twice is lost in the value, so this finds it too.
        same = form(value) == data
    except ValueError:
        raise Unfit(f"{what} is not readable JSON of our kind") from None
    if not same:
        raise Unfit(f"{what} is not written in its one canonical form")
    return value


def _depth(data: bytes) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _number(digits: str) -> int:
    if len(digits) > _NUMBER_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _plain(value: object, depth: int = MAX_DEPTH) -> object:
    if depth < 0:
        raise ValueError(f"value must be nested at most {MAX_DEPTH} levels deep")
    # Plain types first: every entry of the ledger comes through here.
    if type(value) is str or (isinstance(value, int) and -MAX_NUMBER <= value <= MAX_NUMBER):
        return value
    if type(value) is dict or isinstance(value, Mapping):
        if any(type(name) is not str and not isinstance(name, str) for name in value):
            raise ValueError("names must be strings")
        return {name: _plain(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, depth - 1) for inner in value]
    if isinstance(value, str):
        return value
    raise ValueError(f"values must be objects, lists, strings, booleans, numbers to {MAX_NUMBER}")
