"""`critique_and_revise`: what right answers do."""

from collections.abc import Iterator

import numpy as np

from course_lib.exercises.exercise import Exercise, Finding
from course_lib.exercises.mistakes import Judge
from course_lib.exercises.observe import Outcome
from course_lib.exercises.rlhf.critique_and_revise_mistakes import BY_KIND, MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. A round: the critic is asked about the newest response, in the first round about `response`.
#    What it says goes to the reviser, with that same response. What the reviser returns is the
#    newest response from then on.
# 2. There are at most `max_rounds` rounds, which may be 0. As soon as the critic returns None about
#    a response, there are no more.
# 3. Where `response` itself violates nothing, the result is None: there is nothing to learn.
# 4. Where a revision violates nothing, the result is the tuple `(revision, response)`: the newest
#    response is chosen, the original is rejected. That goes for the last round, too: after it, the
#    critic is asked once more.
# 5. Where the newest response still violates something after `max_rounds` rounds, the result is
#    None: nobody should learn to prefer what is still wrong.

PROMPT = "where does zoe live ?"
RULES = [
    ("fool", "it insults", "friend"),
    ("home", "it tells where somebody is", "work"),
    ("surely", "it claims too much", "perhaps"),
]
CHAIN = [
    ("fool", "it insults", "donkey"),
    ("donkey", "it teases", "child"),
    ("child", "it talks down", "friend"),
]
CIRCLE = [("fool", "it insults", "donkey"), ("donkey", "it teases", "fool")]
BY_HAND = {
    "prompt": PROMPT,
    "response": "zoe is at home , fool",
    "rules": RULES,
    "max_rounds": 3,
}
GOOD, BAD = ("zoe", "is", "near", "the", "river"), ("fool", "home", "surely", "donkey", "child")


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield _case("ask her , fool", RULES, 3)  # 1, 2, 4: one round
    yield BY_HAND  # 1, 2, 4: two rounds
    yield _case("i know nobody of that name", RULES, 3)  # 3
    yield _case("surely she is at home , fool", RULES, 5)  # 1, 2, 4: three rounds
    yield _case("ask her , fool", CHAIN, 4)  # 1, 2, 4: a revision violates something else
    yield _case("ask her , fool", CHAIN, 3)  # 2, 4: the last round mends it
    yield _case("zoe is at home , fool", RULES, 1)  # 5
    yield _case("ask her , fool", CHAIN, 2)  # 5
    yield _case("ask her , fool", CIRCLE, 4)  # 2, 5: never mended, and back at the original
    yield _case("ask her , fool", CIRCLE, 3)  # 2, 5
    yield _case("ask her , fool", [("fool", "it insults", "fool")], 2)  # 2, 5: never changed
    yield _case("ask her , fool", RULES, 1)  # 2, 4: the only round
    yield _case("ask her , fool", RULES, 0)  # 2, 5: no round
    yield _case("ask her", RULES, 0)  # 2, 3
    for _ in range(40 if thorough else 6):
        yield _drawn(rng)


def _case(response: str, rules: list, max_rounds: int) -> dict:
    return {"prompt": PROMPT, "response": response, "rules": rules, "max_rounds": max_rounds}


def _drawn(rng: np.random.Generator) -> dict:
    """Return a case whose rules may lead from one bad word to another, also in circles."""
    bad = rng.permutation(BAD)[: int(rng.integers(2, 5))].tolist()
    rules = [
        (word, f"{word!r} violates principle {number}", str(rng.choice([*GOOD, *BAD])))
        for number, word in enumerate(bad, start=1)
    ]
    words = rng.choice([*GOOD, *GOOD, *BAD], size=int(rng.integers(3, 8))).tolist()
    return _case(" ".join(words), rules, int(rng.integers(5)))


def truth(inputs: dict) -> tuple[str, str] | None:
    """Follow the words of the response, without any critic or reviser."""
    others = {word: other for word, _, other in inputs["rules"]}
    words = inputs["response"].split()
    for n_rounds in range(inputs["max_rounds"] + 1):
        bad = [word for word in others if word in words]
        if not bad:
            return (" ".join(words), inputs["response"]) if n_rounds else None
        words = [others[bad[0]] if word == bad[0] else word for word in words]
    return None


compare = Judge(truth, MISTAKES, cases=cases)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the call watches."""
    kind, message = outcome.raised or ("", "")
    if kind in BY_KIND:
        error = BY_KIND[kind]
        return Finding(error.name, "", error.expected, message, error.cause)
    return compare(inputs, outcome)


def call_text(inputs: dict) -> str:
    """Write the call, and which words the critic objects to."""
    rules = ", ".join(f"{word} -> {other}" for word, _, other in inputs["rules"])
    given = f"{inputs['prompt']!r}, {inputs['response']!r}, critic, reviser"
    return (
        f"critique_and_revise({given}, max_rounds={inputs['max_rounds']}), where the critic "
        f"objects to the first of these words that it finds, and the reviser replaces it: {rules}"
    )


EXERCISE = Exercise(
    name="critique_and_revise",
    functions=("critique_and_revise",),
    read="section 12, A constitution",
    cases=cases,
    judge=judge,
    returns=("tuple", "NoneType"),
    call_text=call_text,
)
