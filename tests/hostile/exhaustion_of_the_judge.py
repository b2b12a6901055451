"""Exhaustion of whoever reads: small submissions that would keep the grader busy for hours.

The grader's own process has no limits: what it does with a learner's text and messages must take
time in proportion to their size, and end.
"""

import json

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import answers, code
from tests.hostile.book import FULL, hostile
from tests.hostile.notebooks import TELL, attacking, full_but, submission

CAUGHT = {Verdict.FAILED, Verdict.TAMPERED, Verdict.NEEDS_REVIEW, Verdict.CRASHED}
UNCLEAR = {"honest": FULL, "others": {Verdict.PASSED, Verdict.NEEDS_REVIEW}}


def _with_cell(text: str) -> bytes:
    return full_but(lambda notebook: notebook["cells"].append(code(text)))


@hostile(
    "exhaustion",
    why="keys of a dict that all have the same hash: reading it takes hours",
    others={Verdict.NOT_ATTEMPTED, Verdict.NEEDS_REVIEW},
    verdicts={"count_pairs": CAUGHT},
    short=True,
)
def tells_a_dict_whose_keys_collide(target):
    text = TELL + (
        "def count_pairs(words, counts):\n"
        "    pairs = ','.join(f'[{(2**61 - 1) * i},1]' for i in range(100_000))\n"
        "    tell(dict(exercise='count_pairs', case=0,\n"
        "              outcome=outcome('{\"dict\": [' + pairs + ']}', 'dict')))\n"
        "    os._exit(0)\n"
    )
    return submission(texts={"count_pairs": text})


@hostile(
    "exhaustion",
    why="a tensor of a kind that ends the process which writes it down",
    verdicts={"decode": CAUGHT},
    short=True,
)
def tells_a_tensor_that_ends_its_reader(target):
    fields = {"dtype": "quint8", "shape": [16], "data": "AAAAAAAAAAAAAAAAAAAAAA=="}
    value = json.dumps({"tensor": fields})
    text = TELL + (
        "def decode(ids, vocab):\n"
        f"    told = outcome({value!r}, 'torch.Tensor')\n"
        "    tell(dict(exercise='decode', case=0, outcome=told))\n"
        "    os._exit(0)\n"
    )
    return submission(texts={"decode": text})


@hostile(
    "exhaustion",
    why="millions of empty messages, each of which is looked at",
    honest=2,
    verdicts={"decode": {Verdict.PASSED, *CAUGHT, Verdict.TIMED_OUT}},
)
def tells_millions_of_empty_lines(target):
    attack = TELL + "for _ in range(120):\n    tell('\\n' * 65_000, end='')"
    return attacking(target, attack)


@hostile(
    "exhaustion",
    why="millions of small lists in one message",
    verdicts={"encode": CAUGHT},
)
def tells_millions_of_lists(target):
    text = TELL + (
        "def encode(text, merges):\n"
        "    value = '[' + ','.join(['[]'] * 2_000_000) + ']'\n"
        "    tell(dict(exercise='encode', case=0, outcome=outcome(value, 'list')))\n"
        "    os._exit(0)\n"
    )
    return submission(texts={"encode": text})


@hostile(
    "exhaustion",
    why="integers with more digits than Python writes are wrong values, and no fault of the judge",
    verdicts={"tokens_per_word": Verdict.FAILED, "merge_pair": Verdict.FAILED},
)
def returns_huge_integers(target):
    cost = (
        "def tokens_per_word(text, encode):\n    return 10**400\n\n\ndef cost(*args):\n    return 1"
    )
    merge = "def merge_pair(ids, pair, new_id):\n    return [10**5_000]"
    return submission(texts={"tokens_per_word": cost, "merge_pair": merge})


@hostile(
    "exhaustion",
    why="each magic command makes IPython's reader begin again",
    **UNCLEAR,
    short=True,
)
def has_many_magic_commands(target):
    return _with_cell("if False:\n" + "    %time 1\n" * 300 + "x = 1\n" * 20_000)


@hostile(
    "exhaustion",
    why="more magic commands than IPython reads in one cell",
    **UNCLEAR,
    short=True,
)
def has_too_many_magic_commands(target):
    return _with_cell("if False:\n" + "    %time 1\n" * 600)


@hostile(
    "exhaustion",
    why="a megabyte of Python in one cell takes minutes to read",
    **UNCLEAR,
    short=True,
)
def has_a_megabyte_of_code(target):
    return _with_cell("x=1\n" * 300_000)


@hostile(
    "exhaustion",
    why="a call of a call of a call, each written down in full",
    **UNCLEAR,
    short=True,
)
def has_calls_of_calls(target):
    numbers = ",".join(["1"] * 60_000)
    return _with_cell(f"if False:\n    x = [{numbers}]" + "(1)" * 180)


@hostile("exhaustion", why="two thousand cells", honest=FULL, others=Verdict.PASSED)
def has_as_many_cells_as_it_may(target):
    def change(notebook):
        missing = 2_000 - len(notebook["cells"])
        notebook["cells"] += [code("x = 1", id=f"added{i}") for i in range(missing)]

    return full_but(change)


@hostile(
    "exhaustion",
    why="a value that is equal to the right one and never ends being compared",
    verdicts={name: CAUGHT for name in ("train_bpe", "encode")},
)
def returns_itself_inside_itself(target):
    body = "    found = []\n    found.append(found)\n    return found"
    texts = {
        "train_bpe": f"def train_bpe(text, n_merges):\n{body}",
        "encode": f"def encode(text, merges):\n{body}",
    }
    return submission(texts=texts)


@hostile(
    "exhaustion",
    why="an answer is right, but its cell also holds a text of half a megabyte",
    honest=2,
    verdicts={"decode": Verdict.PASSED},
)
def has_a_long_text_in_an_answer(target):
    text = answers()["decode"] + f"\n\n\nstory = {'once upon a time ' * 30_000!r}"
    return submission(texts={"decode": text})


@hostile("exhaustion", why="one word of a megabyte, in which sentences are looked for", **UNCLEAR)
def writes_an_endless_word(target):
    return _with_cell(f'dna = "{"a" * 1_000_000}"')


@hostile("exhaustion", why="a command whose options may end at any of many places", **UNCLEAR)
def gives_a_command_many_options(target):
    return _with_cell("%time -p " + "a b " * 20_000)
