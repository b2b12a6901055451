"""Read a GGUF file, in which llama.cpp keeps a model: named values, then tensors.

`gguf.GGUFReader` reads both too, but needs seconds for a vocabulary, as it makes arrays of each of
its strings. The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

STRING, ARRAY = 8, 9  # the numbers of the two types without a fixed size
FIXED_SIZE = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}  # in the letters of struct


def read_metadata(path: Path) -> dict[str, object]:
    """Return the named values at the beginning of a GGUF file, without its tensors.

    Raises:
        ValueError: if it is not a GGUF file, or not a whole one.
    """
    with explained(path), open(path, "rb") as file:
        return read_header(file)[0]


def read_tensors(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and the values of each tensor, as float32; a matrix is (out, in).

    Weights that are stored in 4 or 8 bits are multiplied out.

    Raises:
        ValueError: if it is not a GGUF file, or not a whole one.
    """
    import gguf  # what needs only the metadata does not wait for it

    with explained(path):
        with open(path, "rb") as file:
            metadata, n_tensors = read_header(file)
            tensors = [read_tensor_info(file) for _ in range(n_tensors)]
            alignment = metadata.get("general.alignment", 32)
            data_start = -(-file.tell() // alignment) * alignment  # rounded up
        data = np.memmap(path, mode="c")  # a change would stay in memory
        for name, shape, type_number, offset in tensors:
            kind = gguf.GGMLQuantizationType(type_number)
            values, n_bytes = gguf.GGML_QUANT_SIZES[kind]  # of one block
            begin = data_start + offset
            stored = data[begin : begin + prod(shape) // values * n_bytes]
            yield name, gguf.dequantize(stored, kind).reshape(shape)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong while reading a broken file into a ValueError that names it."""
    try:
        yield
    except (ValueError, struct.error, KeyError, ArithmeticError, MemoryError) as error:
        raise ValueError(f"{path} is not a whole GGUF file: {error}") from error


def read_header(file: BinaryIO) -> tuple[dict[str, object], int]:
    """Return the named values and the number of tensors; `file` then stands at the first one."""
    magic, version, n_tensors, n_values = read(file, "4sIQQ")
    if magic != b"GGUF" or version < 2:
        raise ValueError(f"expected a GGUF file of version 2 or later, got {magic}, {version}")
    values = {}
    for _ in range(n_values):
        name = read_string(file)
        values[name] = read_value(file, *read(file, "I"))
    return values, n_tensors


def read_tensor_info(file: BinaryIO) -> tuple[str, tuple[int, ...], int, int]:
    """Return a tensor's name, shape, number of its type, and where its data begins."""
    name = read_string(file)
    (n_dims,) = read(file, "I")
    shape = read(file, f"{n_dims}Q")[::-1]  # the file has the fastest dimension first
    return name, shape, *read(file, "IQ")


def read(file: BinaryIO, letters: str) -> tuple:
    """Read values of a fixed size, in the letters of `struct`."""
    return struct.unpack(f"<{letters}", file.read(struct.calcsize(f"<{letters}")))


def read_string(file: BinaryIO) -> str:
    (length,) = read(file, "Q")
    return read(file, f"{length}s")[0].decode()


def read_value(file: BinaryIO, kind: int) -> object:
    """Read one named value of a type with the number `kind`."""
    if kind == STRING:
        return read_string(file)
    if kind == ARRAY:
        element, length = read(file, "IQ")
        if element in FIXED_SIZE:
            return list(read(file, f"{length}{FIXED_SIZE[element]}"))
        return [read_value(file, element) for _ in range(length)]
    return read(file, FIXED_SIZE[kind])[0]
