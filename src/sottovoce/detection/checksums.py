"""Checksums that an owner's kind may name (docs/spec/kinds.md).

Rules:
1. A value is small letters and figures; what a checksum is not made for does not pass it.
2. A checksum raises confidence; it never vetoes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

_MODULES = {
    "luhn": "stdnum.luhn",
    "verhoeff": "stdnum.verhoeff",
    "damm": "stdnum.damm",
    "mod97": "stdnum.iso7064.mod_97_10",
    "iso7064_mod11_2": "stdnum.iso7064.mod_11_2",
    "iso7064_mod11_10": "stdnum.iso7064.mod_11_10",
    "iso7064_mod37_2": "stdnum.iso7064.mod_37_2",
    "iso7064_mod37_36": "stdnum.iso7064.mod_37_36",
    "iso7064_mod97_10": "stdnum.iso7064.mod_97_10",
    "ean": "stdnum.ean",
    "iban": "stdnum.iban",
}
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Checksum:
    """A checksum by its name; weights and modulus where it is the owner's own."""

    name: str
    weights: tuple[int, ...] = ()
    modulus: int = 0

    def passes(self, value: str) -> bool:
        """Tell whether a value in small letters and figures passes."""
        if len(value) < _LEAST or not (value.isascii() and value.isalnum()):
            return False
        own = _OWN.get(self.name)
        if own is not None:
            return own(value, self)
        return bool(import_module(_MODULES[self.name]).is_valid(value.upper()))


def _mod11(value: str, _: Checksum) -> bool:
    """Weigh from the right by 1, 2, 3 and so on; an x at the end is 10."""
    body, last = value[:-1], value[-1]
    if not body.isdigit() or not (last.isdigit() or last == "x"):
        return False
    figures = [*map(int, body), 10 if last == "x" else int(last)]
    return sum(w * f for w, f in enumerate(reversed(figures), start=1)) % 11 == 0


def _weighted(value: str, checksum: Checksum) -> bool:
    """Weigh every figure by the owner's weights; the sum leaves nothing over."""
    if not value.isdigit() or len(value) != len(checksum.weights):
        return False
    total = sum(w * int(f) for w, f in zip(checksum.weights, value, strict=True))
    return total % checksum.modulus == 0


_OWN: Mapping[str, Callable[[str, Checksum], bool]] = {"mod11": _mod11, "weighted": _weighted}
CHECKSUMS = tuple(sorted({*_MODULES, *_OWN}))
