"""Write small graphs as ONNX, field by field, so that no test needs the packages that export them.

A message of protocol buffers is a row of fields; here a field is written as its number, how it is
packed (0 a whole number, 2 bytes), and what it holds. The numbers are those of onnx.proto.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INT64, BOOL, FLOAT = 7, 9, 1
_TYPES = {"float32": FLOAT, "int64": INT64}
_OPSET = 17


@dataclass(frozen=True)
class Node:
    """One operation: what it takes, what it makes, its whole-number attributes."""

    operation: str
    takes: Sequence[str]
    makes: str
    attributes: tuple[tuple[str, int | tuple[int, ...]], ...] = ()


def model(
    nodes: Sequence[Node],
    constants: dict[str, NDArray[np.float32] | NDArray[np.int64]],
    inputs: dict[str, tuple[int, int]],
    output: str,
) -> bytes:
    """Return a model; an input is a type and a number of dimensions, all of any length."""
    graph = b"".join(
        [
            *(_bytes(1, _node(node)) for node in nodes),
            _text(2, "tiny"),
            *(_bytes(5, _tensor(name, array)) for name, array in constants.items()),
            *(_bytes(11, _value(name, *shape)) for name, shape in inputs.items()),
            _bytes(12, _value(output, FLOAT, None)),
        ]
    )
    opset = _bytes(8, _number(2, _OPSET))
    return _number(1, 8) + _bytes(7, graph) + opset


def _node(node: Node) -> bytes:
    return b"".join(
        [
            *(_text(1, name) for name in node.takes),
            _text(2, node.makes),
            _text(4, node.operation),
            *(_bytes(5, _attribute(name, value)) for name, value in node.attributes),
        ]
    )


def _attribute(name: str, value: int | tuple[int, ...]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, 2)
    return _text(1, name) + b"".join(_number(8, n) for n in value) + _number(20, 7)


def _tensor(name: str, array: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    dims = b"".join(_number(1, n) for n in array.shape)
    return dims + _number(2, _TYPES[str(array.dtype)]) + _text(8, name) + _bytes(9, array.tobytes())


def _value(name: str, kind: int, dimensions: int | None) -> bytes:
    tensor = _number(1, kind)
    if dimensions is not None:
        tensor += _bytes(2, b"".join(_bytes(1, _text(2, f"{name}_{i}")) for i in range(dimensions)))
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
