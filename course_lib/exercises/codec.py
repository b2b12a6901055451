"""Plain data as JSON text, so that a value can cross from one process to another without pickle.

Plain data is None, bool, int, float, str, bytes, list, tuple, dict and torch tensors, nested in any
way. JSON itself knows some of these; each of the others becomes an object with one key, its tag:
`{"tuple": [...]}`, `{"bytes": "<base64>"}`, `{"float": "nan"}`, `{"dict": [[key, value], ...]}`,
`{"tensor": {...}}`. Types are compared exactly: a subclass may behave as it likes, so it is
refused.
"""

import base64
import json
import math
import sys
from collections import Counter, OrderedDict, defaultdict
from typing import Any

# Dictionaries of the standard library that hold nothing but their pairs.
DICT_TYPES = (dict, Counter, defaultdict, OrderedDict)
DEEPEST = 100  # levels of nesting; also what ends a list that contains itself
LARGEST = 1 << 1_000  # larger integers travel in base 16, for which Python has no limit of digits
SURROGATES = "surrogatepass"
DTYPES = {
    *("bool", "uint8", "int8", "int16", "int32", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
}


class NotPlain(TypeError):
    """The value holds something that is not plain data."""


def encode(value: Any) -> str:
    """Write plain data as JSON text.

    Raises:
        NotPlain: if the value, or anything inside it, is of any other type; says which.

    Example:
        >>> encode({(1, 2): [b"a", None]})
        '{"dict": [[{"tuple": [1, 2]}, [{"bytes": "YQ=="}, null]]]}'
    """
    return json.dumps(_tagged(value, 0))


def decode(text: str) -> Any:
    """Read plain data back from the JSON text that `encode` wrote."""
    return _untagged(json.loads(text))


def copy(value: Any) -> Any:
    """Return an independent copy of plain data."""
    return decode(encode(value))


def type_name(value: Any) -> str:
    """Return the exact type of a value: "list", "numpy.ndarray", "collections.Counter"."""
    kind = type(value)
    return _name(kind)


def is_tensor(value: Any) -> bool:
    """Return whether a value is a tensor, and of no subclass."""
    # Lessons without torch never import it: a value can only be a tensor once somebody has.
    return "torch" in sys.modules and type(value) is sys.modules["torch"].Tensor


def has_huge_integer(value: Any) -> bool:
    """Return whether plain data holds an integer that is too large to be turned into a float."""
    return '{"int": "' in encode(value)  # within a string the quotes would have backslashes


def _tagged(value: Any, depth: int) -> Any:
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if abs(value) < LARGEST else {"int": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is str:
        return value if _is_text(value) else {"str": _base64(value.encode("utf-8", SURROGATES))}
    if kind is bytes:
        return {"bytes": _base64(value)}
    if is_tensor(value):
        return {"tensor": _tensor_fields(value)}
    if depth == DEEPEST:
        raise NotPlain(f"something nested more than {DEEPEST} deep, or inside itself")
    if kind is list:
        return [_tagged(item, depth + 1) for item in value]
    if kind is tuple:
        return {"tuple": [_tagged(item, depth + 1) for item in value]}
    if kind in DICT_TYPES:
        pairs = dict.items(value)
        return {"dict": [[_tagged(k, depth + 1), _tagged(v, depth + 1)] for k, v in pairs]}
    raise NotPlain(_name(kind))


def _untagged(data: Any) -> Any:
    if isinstance(data, list):
        return [_untagged(item) for item in data]
    if not isinstance(data, dict):
        return data
    [(tag, content)] = data.items()
    if tag == "int":
        return int(content, 16)
    if tag == "float":
        return float(content)
    if tag == "str":
        return base64.b64decode(content).decode("utf-8", SURROGATES)
    if tag == "tuple":
        return tuple(_untagged(item) for item in content)
    if tag == "bytes":
        return base64.b64decode(content)
    if tag == "dict":
        return {_untagged(key): _untagged(item) for key, item in content}
    if tag == "tensor":
        return _tensor(content)
    raise ValueError(f"unknown tag {tag!r} in encoded data")


def _name(kind: type) -> str:
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_text(value: str) -> bool:
    """Return whether a string holds no half of a surrogate pair, which JSON would join."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _tensor_fields(tensor: Any) -> dict:
    import torch

    dtype = str(tensor.dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        raise NotPlain(f"values of dtype {dtype}")
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.is_meta:
        raise NotPlain(f"{tensor.layout} on {tensor.device} instead of plain values")
    flat = tensor.detach().cpu().resolve_conj().contiguous().reshape(-1)
    data = flat.view(torch.uint8).numpy().tobytes()
    return {
        "dtype": dtype,
        "shape": list(tensor.shape),
        "data": _base64(data),
    }


def _tensor(fields: dict) -> Any:
    import torch

    if fields["dtype"] not in DTYPES:
        raise ValueError(f"unknown dtype {fields['dtype']!r} in encoded data")
    dtype = getattr(torch, fields["dtype"])
    data = bytearray(base64.b64decode(fields["data"]))
    flat = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
    return flat.reshape(fields["shape"])
