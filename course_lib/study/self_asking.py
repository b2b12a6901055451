"""Tune a model on talks, by the answers alone or by all that follows the first one, and read on."""

from collections.abc import Callable
from random import Random

import torch

from course_lib.llm.batches import row_batches
from course_lib.llm.checkpoint import load_model
from course_lib.llm.generation import generate
from course_lib.llm.model import GPT
from course_lib.llm.sft import Example, encode_example, pack_examples, prompt_ids
from course_lib.llm.training import StepReport
from course_lib.runs.committed import TINY
from course_lib.runs.town import END_OF_TEXT, ROW_LENGTH
from course_lib.study.answering import ROWS, known, teach, with_space
from course_lib.study.town_training import one_thread, town
from course_lib.tinyville.chat import Message

N_TALKS, QUESTIONS = 900, 3


def tuned(
    everything: bool, seed: int = 0, on_step: Callable[[StepReport], object] = lambda report: None
) -> GPT:
    """Return the village's model, tuned on talks of three questions.

    Args:
        everything: whether all that follows the first answer counts, questions too.
    """
    model, tokenizer = load_model(TINY)
    examples = [encode_example(tokenizer, talk) for talk in talks(seed)]
    if everything:
        examples = [all_after_the_first(example) for example in examples]
    rows = pack_examples(examples, ROW_LENGTH, tokenizer.special_tokens[END_OF_TEXT])
    teach(model, row_batches(rows, ROWS, seed), on_step=on_step)
    return model


def talks(seed: int) -> list[list[Message]]:
    """Return talks of three questions, each with its answer."""
    random, chats = Random(seed), known()
    return [
        [message for _ in range(QUESTIONS) for message in with_space(random.choice(chats)).messages]
        for _ in range(N_TALKS)
    ]


def all_after_the_first(example: Example) -> Example:
    """Return an example of which everything counts from the first answer on."""
    first = example.response.index(True)
    return Example(example.ids, [place >= first for place in range(len(example.ids))])


def reads_on(model: GPT, question: str, n_tokens: int) -> str:
    """Return what a model writes after a question if nobody stops it at the end of its answer."""
    tokenizer = town("village").tokenizer
    prompt = torch.tensor([prompt_ids(tokenizer, [{"role": "user", "content": question}])])
    with one_thread():
        written = generate(model, prompt, n_tokens)[0, prompt.size(1) :]
    return tokenizer.decode(written.tolist())
