"""`encode_special`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator

import numpy as np

from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.mistakes import Judge
from course_lib.exercises.observe import Outcome
from course_lib.exercises.tokenization.special_mistakes import MISTAKES, refused, truth

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each allowed special token in the text becomes its one id.
# 2. The text between them goes through `encode`, piece by piece, in order.
# 3. Where two special tokens could start at the same place, the longest one wins: `<|end|>!` before
#    `<|end|>`. What is inside a longer one does not count on its own.
# 4. If a special token stands in the text and is not allowed, it raises `ValueError` with the
#    token's name in the message.
# 5. `specials` may be empty; then everything is ordinary text.

END, END2, START, PAD = "<|end|>", "<|end|>!", "<|start|>", "[PAD]"
LOW = {"low": 256, "lowly": 257, "lo": 258}
EXAMPLE = {
    "text": "low<|end|>lowly",
    "pieces": LOW,
    "specials": {END: 300},
    "allowed": [END],
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    two = {END: 300, START: 301}
    yield EXAMPLE  # 1, 2
    yield {"text": "lowly low", "pieces": LOW, "specials": two, "allowed": [END]}  # 4: none here
    yield {"text": "", "pieces": LOW, "specials": two, "allowed": []}
    yield _with_all("<|start|>low<|end|><|start|>low er<|end|>", two)  # 1, 2
    yield _with_all("lo<|end|>w", two)  # 2: "lo" and "w", never "low"
    yield _with_all("a[PAD]b.low.", {PAD: 7, ".": 8})  # 1: [, ] and . are signs like others
    yield _with_all("low<|end|>!<|end|>", {END: 300, END2: 302})  # 3
    yield {"text": "low<|end|>", "pieces": LOW, "specials": two, "allowed": []}  # 4
    yield {"text": "<|end|>a<|start|>", "pieces": LOW, "specials": two, "allowed": [END]}  # 4
    yield {  # 3, 4
        "text": "low<|end|>!",
        "pieces": LOW,
        "specials": {END: 300, END2: 302},
        "allowed": [END],
    }
    yield {"text": "low", "pieces": LOW, "specials": {}, "allowed": []}
    for _ in range(20 if thorough else 4):
        yield _random_case(rng)


def _with_all(text: str, specials: dict) -> dict:
    return {"text": text, "pieces": LOW, "specials": specials, "allowed": list(specials)}


def _random_case(rng: np.random.Generator) -> dict:
    names = [str(name) for name in rng.permutation([END, START, PAD, "<s>", "</s>", "*"])[:3]]
    names += [f"{names[0]}!"] * int(rng.integers(2))
    ids = rng.permutation(range(300, 400)).tolist()
    # A long name and its beginning are allowed together or not at all.
    refused = names[1:2] if rng.random() < 0.3 else []
    text = "".join(rng.choice([*names, "low", "lo", "w", " ", "!", "é"], size=rng.integers(1, 9)))
    return {
        "text": text,
        "pieces": LOW,
        "specials": dict(zip(names, ids, strict=False)),
        "allowed": [name for name in names if name not in refused],
    }


compare = Judge(truth, MISTAKES, cases=cases)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    names = refused(inputs)
    if "ValueError" not in outcome.raised_kinds:
        return compare(inputs, outcome)
    message = outcome.raised[1]
    if any(name in message for name in names):
        return None
    got = f"ValueError: {shown(message, quote=False)}"
    if names:
        return Finding(
            "error_without_the_name",
            "",
            f"a ValueError with {' or '.join(names)} in its message",
            got,
            "Whoever reads the error has to find the culprit. Put the special token itself into "
            "the message.",
        )
    if any(name in message and name in inputs["text"] for name in inputs["allowed"]):
        return Finding(
            "refuses_what_is_allowed",
            "",
            "a list of ids",
            got,
            "It refused a special token that is allowed. Is the test for `allowed` the wrong way "
            "round?",
        )
    return compare(inputs, outcome)


def call_text(inputs: dict) -> str:
    """Write the call with the set that `allowed` is, and say what `encode` does."""
    allowed = "{" + ", ".join(map(repr, inputs["allowed"])) + "}" if inputs["allowed"] else "set()"
    call = f"encode_special({inputs['text']!r}, encode, {inputs['specials']!r}, {allowed})"
    return f"{call}, where {encoder_text(inputs['pieces'])}"


def encoder_text(pieces: dict) -> str:
    """Say in words what the `encode` does that an answer is given."""
    known = ", ".join(f"{piece!r} into [{i}]" for piece, i in pieces.items())
    return (
        f"encode turns {known}, and all else into its bytes"
        if known
        else ("encode turns a text into its bytes")
    )


EXERCISE = Exercise(
    name="encode_special",
    functions=("encode_special",),
    read="section 8, Encode with special tokens",
    cases=cases,
    judge=judge,
    returns=("list",),
    raises=lambda inputs: "ValueError" if refused(inputs) else "",
    call_text=call_text,
)
