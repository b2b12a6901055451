"""`decode`: what a right answer does, and the mistakes that people make in it."""

import codecs
from collections.abc import Callable, Iterator

import numpy as np

from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge, Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The bytes of all ids are joined first and read as UTF-8 after that, so a character may be
#    spread over several tokens.
# 2. Bytes that are not valid UTF-8 become `�`, as `errors="replace"` does it; nothing is raised.
# 3. No ids give an empty string.

EXAMPLE = {  # low lower
    "ids": [10, 8, 11, 4],
    "vocab": {4: b"r", 8: b" ", 9: b"lo", 10: b"low", 11: b"lowe"},
}
ALPHABET = ["a", "z", " ", "\n", "é", "ß", "я", "猫", "न", "🙂", "👩"]


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE
    yield {"ids": [2, 0, 2], "vocab": {0: b"\n", 2: b" low "}}  # spaces stay
    yield {"ids": [5, 3, 7], "vocab": {5: b"caf", 3: b"\xc3", 7: b"\xa9"}}  # 1
    smiley = {0: b"\xf0\x9f", 1: b"\x99", 2: b"\x82!"}
    yield {"ids": [0, 1, 2], "vocab": smiley}  # 1: four bytes in three tokens
    yield {"ids": [4, 1, 4], "vocab": {1: b"\xff", 4: b"ab"}}  # 2
    yield {"ids": [9, 0], "vocab": {0: b"\xf0\x9f", 9: b"ok "}}  # 2: a half and nothing after it
    yield {"ids": [], "vocab": {0: b"a"}}  # 3
    for number in range(20 if thorough else 4):
        data = "".join(rng.choice(ALPHABET, size=rng.integers(1, 8))).encode("utf-8")
        if number % 2:  # lose one byte
            place = rng.integers(len(data))
            data = data[:place] + data[place + 1 :]
        yield _cut(rng, data)


def _cut(rng: np.random.Generator, data: bytes) -> dict:
    """Return inputs whose tokens are pieces of `data`, numbered in no order."""
    pieces, start = [], 0
    while start < len(data):
        end = start + int(rng.integers(1, 4))
        pieces.append(data[start:end])
        start = end
    numbers = rng.permutation(500)[: len(pieces)].tolist()
    return {"ids": numbers, "vocab": dict(zip(numbers, pieces, strict=True))}


def truth(inputs: dict) -> str:
    """Decode byte by byte with the decoder that Python has for streams."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    text = ""
    for i in inputs["ids"]:
        for byte in inputs["vocab"][i]:
            text += decoder.decode(bytes([byte]))
    return text + decoder.decode(b"", final=True)


def _joined(**wrong) -> Callable[[dict], str]:
    return lambda inputs: _bytes(inputs).decode(**({"encoding": "utf-8"} | wrong))


def _each_token(errors: str) -> Callable[[dict], str]:
    return lambda inputs: "".join(
        inputs["vocab"][i].decode("utf-8", errors=errors) for i in inputs["ids"]
    )


def _bytes(inputs: dict) -> bytes:
    return b"".join(inputs["vocab"][i] for i in inputs["ids"])


def _without_the_end(inputs: dict) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return decoder.decode(_bytes(inputs))


def _spaced(inputs: dict) -> str:
    return b" ".join(inputs["vocab"][i] for i in inputs["ids"]).decode("utf-8", errors="replace")


def _as_characters(inputs: dict) -> str:
    return "".join(chr(byte) for byte in _bytes(inputs))


ONE_BY_ONE = (
    "A character may lie in several tokens, and half a character cannot be read. Join the bytes of "
    "all ids first, then decode once."
)
INVALID = (
    "A model can produce bytes that are not valid UTF-8, and a decoder must not stop there: "
    '`errors="replace"`.'
)
MISTAKES = (
    Mistake(
        "adds_spaces",
        _spaced,
        "There are spaces between the tokens. The tokens hold their own spaces: join with nothing.",
    ),
    Mistake(
        "strips_spaces",
        lambda inputs: truth(inputs).strip(),
        "Spaces at the ends are gone. Decoding gives back every character; nothing is cleaned up.",
    ),
    Mistake(
        "text_of_bytes",
        lambda inputs: str(_bytes(inputs)),
        "`str(...)` of bytes writes them as Python does, with b'...' around. `.decode(...)` reads "
        "them as text.",
    ),
    Mistake(
        "text_of_bytes",
        lambda inputs: "".join(str(inputs["vocab"][i]) for i in inputs["ids"]),
        "`str(...)` of bytes writes them as Python does, with b'...' around. Join the bytes, then "
        "`.decode(...)` reads them as text.",
    ),
    Mistake("decodes_each_token", _each_token("replace"), ONE_BY_ONE),
    Mistake("decodes_each_token", _each_token("ignore"), ONE_BY_ONE),
    Mistake("decodes_each_token", _each_token("strict"), ONE_BY_ONE),
    Mistake(
        "not_utf8",
        _as_characters,
        "Each byte became a character of its own, as in Latin-1. In UTF-8, `é` is two bytes that "
        "belong together.",
        "section 1",
    ),
    Mistake(
        "not_utf8",
        _joined(encoding="ascii", errors="replace"),
        "ASCII knows 128 characters only; the bytes are UTF-8.",
        "section 1",
    ),
    Mistake("stops_at_invalid_bytes", _joined(), INVALID),
    Mistake(
        "drops_invalid_bytes",
        _joined(errors="ignore"),
        'The bytes that are not valid have vanished. With `errors="replace"` each such place stays '
        "visible as �.",
    ),
    Mistake("shows_escapes", _joined(errors="backslashreplace"), INVALID),
    Mistake(
        "forgets_the_end",
        _without_the_end,
        "The half character at the end is missing. A decoder for streams keeps it and waits for "
        "the rest: tell it that this was all.",
    ),
)

EXERCISE = Exercise(
    name="decode",
    functions=("decode",),
    read="section 7, Decode",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases),
    returns=("str",),
)
