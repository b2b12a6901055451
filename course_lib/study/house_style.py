"""Teach SmolLM2 a house style with LoRA, and measure what that gives and what it costs.

An answer in the style is one sentence, and the words of it that would do, on a line of their own:

    The capital of France is Paris.
    In short: Paris.

A program can check that, and it cannot be learned by heart: each answer ends in other words.
`python -m course_lib.study.house_style` writes house_style.csv, in about seven minutes.
"""

import csv
import math
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import torch

from course_lib import smollm2
from course_lib.llm.batches import Batch, row_batches
from course_lib.llm.chat import Message
from course_lib.llm.lora import EVERY_MATRIX, add_lora, count_trainable
from course_lib.llm.model import GPT
from course_lib.llm.optim import AdamW
from course_lib.llm.sft import answers, closing_mark, encode_example, pack_examples
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import StepReport, Trainer, TrainingConfig, evaluate
from course_lib.study.demos import shakespeare
from course_lib.study.house_style_chats import LESSONS, PROSE, TESTS

HOUSE_STYLE_CSV = "house_style.csv"
IN_STYLE = re.compile(r"((?:[^\n.!?]|\d\.(?=\d))+)\.\nIn short: ([^\n.!?]+)\.")
MOST_WORDS = 3  # after "In short:"
ROW_LENGTH = 72  # two lessons
LONGEST_ANSWER = 48  # tokens
PLAY = slice(1_000_000, 1_004_000)  # characters from the middle of Shakespeare's plays


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How to tune.

    Attributes:
        names: which matrices of each block get a change that can be learned.
        rows: how many rows of two lessons a step reads.
    """

    names: Sequence[str] = EVERY_MATRIX
    rank: int = 8
    alpha: float = 16
    lr: float = 1e-3
    steps: int = 36
    rows: int = 4


OURS = Setting()


class Measured(NamedTuple):
    """How a model answers, as shares of the test questions; and what it has forgotten.

    Attributes:
        style: of all 30, answered in the style.
        right: of the 24 whose answer is known, those whose first sentence holds it.
        short: of these 24, those whose words after "In short:" hold it.
        prose, plays: bits a byte of ordinary English and of Shakespeare.
    """

    style: float
    right: float
    short: float
    prose: float
    plays: float


def parts(answer: str) -> tuple[str, str] | None:
    """Return the sentence of an answer and its words in short; None if it is not in the style.

    Example:
        >>> parts("A cow eats grass.\\nIn short: grass.")
        ('A cow eats grass', 'grass')
        >>> parts("A cow eats grass.\\nIn short: hay.")
    """
    if found := IN_STYLE.fullmatch(answer):
        sentence, short = found.groups()
        all_words, words = as_words(sentence), as_words(short)
        n = len(words)
        windows = [all_words[i : i + n] for i in range(len(all_words) - n)] + [all_words[-n:]]
        if 1 <= n <= MOST_WORDS and n < len(all_words) and words in windows:
            return sentence, short
    return None


def as_words(text: str) -> list[str]:
    """Return the words of a text in small letters, without marks around them."""
    words = (word.strip(",;:()\"'") for word in text.casefold().split())
    return [word for word in words if word]


def holds(text: str, keys: Sequence[str]) -> bool:
    """Return whether one of the keys is a word of the text."""
    return any(re.search(rf"\b{re.escape(key)}\b", text, re.IGNORECASE) for key in keys)


def first_sentence(text: str) -> str:
    """Return a text up to its first . ! or ? before white space, or its first line."""
    return re.split(r"(?<=[.!?])\s|\n", text, maxsplit=1)[0]


def lesson(question: str, sentence: str, short: str) -> list[Message]:
    """Return a conversation in the style."""
    return [
        {"role": "user", "content": question},
        {"role": "assistant", "content": f"{sentence}\nIn short: {short}."},
    ]


def lesson_rows(tokenizer: Tokenizer) -> Batch:
    """Return all lessons, two to a row."""
    examples = [encode_example(tokenizer, lesson(*each)) for each in LESSONS]
    return pack_examples(examples, ROW_LENGTH, closing_mark(tokenizer))


def tune(
    seed: int,
    on_step: Callable[[StepReport], object] = lambda report: None,
    setting: Setting = OURS,
) -> GPT:
    """Return SmolLM2 after its lessons, its LoRA not merged yet.

    Args:
        seed: of LoRA's first numbers, and of the order of the lessons.
    """
    model = smollm2.load_model()
    teach(model, lesson_rows(smollm2.load_tokenizer()), setting, seed, on_step)
    return model


def teach(
    model: GPT,
    rows: Batch,
    setting: Setting,
    seed: int,
    on_step: Callable[[StepReport], object] = lambda report: None,
) -> None:
    """Add LoRA to a model and train it on rows, in place."""
    generator = torch.Generator().manual_seed(seed)
    add_lora(model, setting.names, setting.rank, setting.alpha, generator)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = AdamW(weights, setting.lr, weight_decay=0.0)
    config = TrainingConfig(steps=setting.steps, warmup=5)
    Trainer(model, [optimizer], config).run(row_batches(rows, setting.rows, seed), on_step)
    model.eval()


def measure(model: GPT) -> Measured:
    """Ask SmolLM2, tuned or not, the test questions, and let it read."""
    return judged(said(model), bits_a_byte(model, PROSE), bits_a_byte(model, shakespeare()[PLAY]))


def said(model: GPT, before: Sequence[Message] = ()) -> list[str]:
    """Return the answers to the test questions, each asked after the messages `before`."""
    asked = [[*before, {"role": "user", "content": question}] for question, _ in TESTS]
    return answers(model, smollm2.load_tokenizer(), asked, LONGEST_ANSWER)


def judged(answers: Sequence[str], prose: float, plays: float) -> Measured:
    """Return what the answers to the test questions are worth."""
    found = [parts(answer) for answer in answers]
    keys = [keys for _, keys in TESTS]
    known = [i for i, words in enumerate(keys) if words]
    right = [holds(first_sentence(answers[i]), keys[i]) for i in known]
    short = [found[i] is not None and holds(found[i][1], keys[i]) for i in known]
    style = [part is not None for part in found]
    return Measured(mean(style), mean(right), mean(short), prose, plays)


def bits_a_byte(model: GPT, text: str, T: int = 256) -> float:
    """Return how many bits of surprise a byte of a text costs a model that reads T tokens at once.

    Each stretch comes after the token that begins a text, so that its first token counts too.
    """
    tokenizer = smollm2.load_tokenizer()
    start = tokenizer.special_tokens["<|endoftext|>"]
    ids = tokenizer.encode_ordinary(text)
    stretches = [torch.tensor([start, *ids[i : i + T]])[None] for i in range(0, len(ids), T)]
    batches = [Batch(part[:, :-1], part[:, 1:]) for part in stretches]
    return evaluate(model, batches) * len(ids) / len(text.encode()) / math.log(2)


# What is said before a test question, where a prompt alone has to do it.
ASK = {
    "role": "system",
    "content": "Answer in one sentence. Then write, on a new line, 'In short:' and one to three "
    "words of your sentence.",
}
SHOWN = [message for each in LESSONS[:3] for message in lesson(*each)]
PROMPTS = {
    "nothing": [],
    "asked": [ASK],
    "asked, with an example": [
        ASK | {"content": f"{ASK['content']} For example:\n{SHOWN[1]['content']}"}
    ],
    "three examples": SHOWN,
    "asked, and three examples": [ASK, *SHOWN],
}
SETTINGS = {"ours": OURS}


def results() -> dict[str, list[Measured]]:
    """Return the committed measurements: for each arm, one for each seed."""
    text = (files("course_lib.study") / HOUSE_STYLE_CSV).read_text(encoding="utf-8")
    found = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["arm"]].append(Measured(*(float(row[name]) for name in Measured._fields)))
    return dict(found)


def write_results(file: Path, seeds: Sequence[int]) -> None:
    """Measure SmolLM2 after every prompt, tune it with every setting, and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["arm", "seed", "trainable", *Measured._fields])

        def write(arm: str, seed: int | str, trainable: int, found: Measured) -> None:
            table.writerow([arm, seed, trainable, *(f"{value:.4f}" for value in found)])
            out.flush()

        model = smollm2.load_model()
        before = measure(model)
        for prompt, messages in PROMPTS.items():
            write(prompt, "", 0, judged(said(model, messages), before.prose, before.plays))
        for arm, setting in SETTINGS.items():
            for seed in seeds:
                model = tune(seed, setting=setting)
                write(arm, seed, count_trainable(model), measure(model))


if __name__ == "__main__":
    torch.set_num_threads(1)
    write_results(Path(__file__).with_name(HOUSE_STYLE_CSV), seeds=range(3))
