"""What each lesson adds to the modules of course_lib.llm that later lessons may use."""

import re

TAUGHT = {
    "01": {"tokenizer", "bpe_training", "bpe_encoding"},
    "02": {"embeddings"},
    "03": {"attention"},
    "04": {"model"},
    "05": {"sampling", "cache"},
    "06": {"optim", "training", "checkpoint"},
    "07": {"chat", "sft", "lora"},
    "08": {"logprobs", "kl", "rewards", "rollouts", "ppo", "dpo", "grpo", "constitution"},
}


def taught_before(number: str) -> set[str]:
    """Return the modules of course_lib.llm that lessons before this one have taught.

    Example:
        >>> sorted(taught_before("03"))
        ['bpe_encoding', 'bpe_training', 'embeddings', 'tokenizer']
    """
    return set().union(*(added for lesson, added in TAUGHT.items() if lesson < number))


def not_yet_taught(number: str) -> set[str]:
    """Return the modules of course_lib.llm that this lesson or a later one teaches."""
    return set().union(*TAUGHT.values()) - taught_before(number)


def is_setup(cell_id: str) -> bool:
    """Return whether a cell of a built notebook is a set-up cell, by its id.

    Example:
        >>> is_setup("setup"), is_setup("setup-again-2"), is_setup("setup-2")
        (True, True, False)
    """
    return re.fullmatch(r"setup(-again-\d+)?", cell_id) is not None
