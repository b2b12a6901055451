"""`chat_targets`, the bug hunt: what a right answer does."""

from collections.abc import Iterator

import numpy as np

from course_lib.exercises.exercise import SHOWN, Exercise, Finding, shown
from course_lib.exercises.mistakes import Judge
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sft.chat_targets_mistakes import MISTAKES, by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. `read` holds the ids of all pieces in their order, all but the last one.
# 2. `targets` is as long: at each place, the id that comes after the one read there, if the
#    assistant says that id, and −100 otherwise.
# 3. Every piece of the assistant counts whole, its first and its last id too, however many pieces
#    there are and whoever begins. Where the assistant says nothing, all targets are −100.
# 4. `pieces` and the lists in it are left unchanged.

EXAMPLE = {
    "pieces": [
        ("template", [1]),
        ("user", [11, 12]),
        ("template", [2]),
        ("assistant", [21, 22, 9]),
        ("template", [1]),
        ("user", [13]),
        ("template", [2]),
        ("assistant", [23, 9]),
    ]
}
BY_HAND = {
    "pieces": [
        ("user", [11, 12]),
        ("assistant", [21, 9]),
        ("user", [13]),
        ("assistant", [22, 9]),
    ]
}
SAME_PIECES = [
    *(("user", [5, 6]), ("assistant", [5, 6]), ("user", [4])),
    *(("assistant", [8, 9]), ("user", [8, 9])),
]
LATE_SYSTEM = [
    *(("user", [4, 3]), ("assistant", [5, 2]), ("system", [6, 7])),
    *(("user", [8]), ("assistant", [9, 2])),
]
OPENING = {"system": [1, 5], "user": [1, 6], "assistant": [1, 7]}
END = 2
WHOLE = 380  # characters of a chat that is shown whole


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(11)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2, 3
    yield _chat(first, ["system", "user", "assistant", "user", "assistant"])  # 1, 2, 3
    yield BY_HAND  # 1, 2, 3: no template
    yield _chat(first, ["user", "assistant"])  # 2, 3: one answer
    yield _chat(
        first, ["user", "assistant", "user", "assistant", "user"]
    )  # 3: ends with a question
    yield _chat(first, ["user", "system", "user"])  # 3: no answer
    yield {"pieces": [("user", [5, 7]), ("assistant", [7, 5, 2]), ("user", [2, 0, 7])]}  # 2: alike
    yield {"pieces": [("assistant", [4, 3, 2]), ("user", [6]), ("assistant", [0])]}  # 3: begins
    yield {"pieces": [("user", [8]), ("assistant", [6, 9]), ("assistant", [5, 9])]}  # 3: two on end
    yield {"pieces": [("assistant", [3, 1, 2])]}  # 3: an answer alone
    yield {"pieces": SAME_PIECES}  # 2, 3: two speakers say the same
    yield {"pieces": LATE_SYSTEM}  # 2: the system speaks right after an answer
    yield _chat(first, ["user", "assistant"] * 10)  # 3: many answers
    for _ in range(24 if thorough else 4):
        turns = rng.choice(["user", "assistant"], size=int(rng.integers(2, 7))).tolist()
        yield _chat(rng, ["system", *turns] if rng.random() < 0.3 else turns)


def _chat(rng: np.random.Generator, speakers: list[str]) -> dict:
    """Return a chat with openings and closing marks; a closing mark is said by the assistant."""
    pieces = []
    for speaker in speakers:
        words = rng.integers(10, 40, size=int(rng.integers(1, 5))).tolist()
        pieces.append(("template", list(OPENING[speaker])))
        if speaker == "assistant":
            pieces.append((speaker, [*words, END]))
        else:
            pieces += [(speaker, words), ("template", [END])]
    return {"pieces": pieces}


def truth(inputs: dict) -> tuple[list[int], list[int]]:
    """Look at two neighbors at a time, the one that is read and the one that follows."""
    said = [(id, speaker) for speaker, piece in inputs["pieces"] for id in piece]
    read, targets = [], []
    for place in range(len(said) - 1):
        following, speaker = said[place + 1]
        read.append(said[place][0])
        targets.append({"assistant": following}.get(speaker, -100))
    return read, targets


def contrast(right: tuple, got: tuple | None) -> tuple[str, str]:
    """Write the list that is wrong, and where it first is; None stands for an error."""
    if got is None or right is None:
        return "a value, no error", shown(got)
    for name, a, b in zip(("read", "targets"), right, got, strict=True):
        if type(b) is not list:
            return f"`{name}`: a list", f"`{name}`: a {type(b).__name__}"
        if a != b or list(map(type, a)) != list(map(type, b)):
            return _first_difference(name, a, b)
    return shown(right), shown(got)


def _first_difference(name: str, a: list, b: list) -> tuple[str, str]:
    if max(len(repr(a)), len(repr(b))) <= SHOWN:
        return f"`{name}` {a}", f"`{name}` {b}"
    if len(a) != len(b):
        return f"{len(a)} items in `{name}`", f"{len(b)} items in `{name}`"
    place = next(p for p, (x, y) in enumerate(zip(a, b, strict=True)) if repr(x) != repr(y))
    return f"`{name}[{place}]` is {a[place]}", f"`{name}[{place}]` is {shown(b[place])}"


compare = Judge(truth, MISTAKES, cases=cases, contrast=contrast, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what comes back as no pair, and errors in a chat without an answer."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    if kind == "ReturnsNoPair":
        return Finding(
            "returns_no_pair",
            "",
            "a tuple of two lists",
            message,
            "Return what is read and the targets as a tuple: `return read, targets`, with a comma "
            "and without square brackets around the two.",
        )
    has_answer = any(speaker == "assistant" for speaker, _ in inputs["pieces"])
    if not has_answer and kind not in ("NotImplementedError", "TimeLimitReached"):
        return Finding(
            "fails_without_an_answer",
            "",
            "every target is -100",
            f"{kind}: {shown(message, quote=False)}",
            "The assistant says nothing here. Does your function look for an answer before it goes "
            "through the pieces?",
        )
    return compare(inputs, outcome)


def call_text(inputs: dict) -> str:
    pieces = repr(inputs["pieces"])
    return f"chat_targets({pieces if len(pieces) <= WHOLE else shown(inputs['pieces'])})"


EXERCISE = Exercise(
    name="chat_targets",
    functions=("chat_targets",),
    read="section 4, A model that asks itself",
    cases=cases,
    judge=judge,
    returns=("tuple",),
    call_text=call_text,
)
