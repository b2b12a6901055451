"""Our reader of GGUF files beside the library that defines the format, and on broken files."""

import random
import struct

import gguf
import numpy as np
import pytest

from course_lib import assets
from course_lib.gguf_file import read_metadata, read_tensors

with_models = pytest.mark.skipif(
    bool(assets.missing()), reason="the models and texts are not here: run `course fetch`"
)
VALUES = {
    "uint8": 200,
    "int8": -100,
    "uint16": 60_000,
    "int16": -30_000,
    "uint32": 4_000_000_000,
    "int32": -2_000_000_000,
    "float32": 0.5,
    "uint64": 2**63,
    "int64": -(2**62),
    "float64": 0.1,
    "bool": True,
    "string": "é🙂",
}
ARRAYS = {"words": ["", "a", "é"], "numbers": [-1, 2], "fractions": [0.25, -4.0]}
TENSORS = {
    "table": np.arange(12, dtype=np.float32).reshape(4, 3),
    "half": np.array([[0.5, -2.0]], dtype=np.float16),
    "vector": np.array([1.0, 2.0, 3.0], dtype=np.float32),
}


@pytest.fixture
def small(tmp_path):
    """A file with every type of value, and three tensors."""
    writer = gguf.GGUFWriter(tmp_path / "small.gguf", "llama")
    for kind, value in VALUES.items():
        getattr(writer, f"add_{kind}")(kind, value)
    for name, value in ARRAYS.items():
        writer.add_array(name, value)
    for name, value in TENSORS.items():
        writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "small.gguf"


def test_every_type_of_value_is_read(small):
    assert read_metadata(small) == {"general.architecture": "llama", **VALUES, **ARRAYS}


def test_tensors_are_read_as_float32(small):
    tensors = dict(read_tensors(small))
    assert list(tensors) == list(TENSORS)
    for name, values in tensors.items():
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values, TENSORS[name])


def test_a_changed_tensor_does_not_change_the_file(small):
    before = small.read_bytes()
    for _, values in read_tensors(small):
        values[:] = 7
    assert small.read_bytes() == before


def test_a_file_cut_anywhere_is_refused_by_name(small):
    whole = small.read_bytes()
    last_value = whole.rindex(TENSORS["vector"].tobytes()) + TENSORS["vector"].nbytes
    for length in range(last_value):
        small.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="small.gguf is not a whole GGUF file"):
            list(read_tensors(small))


def test_a_header_cut_anywhere_is_refused_by_name(small):
    whole = small.read_bytes()
    for length in range(whole.index(b"table") - 8):
        small.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="small.gguf is not a whole GGUF file"):
            read_metadata(small)


def test_a_file_with_wrong_bytes_is_read_or_refused(small):
    whole = small.read_bytes()
    generator = random.Random(0)
    refused = 0
    for _ in range(500):
        broken = bytearray(whole)
        for _ in range(3):
            broken[generator.randrange(len(whole))] = generator.randrange(256)
        small.write_bytes(broken)
        try:
            list(read_tensors(small))
        except ValueError as error:
            assert "small.gguf" in str(error)
            refused += 1
    assert 50 < refused < 500


@pytest.mark.parametrize(
    "start",
    [struct.pack("<4sIQQ", b"PK\x03\x04", 3, 0, 0), struct.pack("<4sIQQ", b"GGUF", 1, 0, 0)],
)
def test_a_file_that_is_not_gguf_is_refused(tmp_path, start):
    (tmp_path / "a").write_bytes(start)
    with pytest.raises(
        ValueError, match="a .*: expected a GGUF file of version 2 or later, got b'"
    ):
        read_metadata(tmp_path / "a")


def test_a_missing_file_is_the_systems_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_metadata(tmp_path / "none.gguf")


@with_models
@pytest.mark.slow
def test_smollm2_is_what_gguf_reads_in_it():
    path = assets.path("smollm2")
    reader = gguf.GGUFReader(path)
    metadata = read_metadata(path)
    names = [name for name in reader.fields if not name.startswith("GGUF.")]
    assert list(metadata) == names
    for name in names:
        assert metadata[name] == reader.fields[name].contents(), name
    ours = read_tensors(path)
    for theirs, (name, values) in zip(reader.tensors, ours, strict=True):
        assert name == theirs.name
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values, gguf.dequantize(theirs.data, theirs.tensor_type))
