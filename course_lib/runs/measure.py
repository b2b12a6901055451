"""Measure a Tinyville model against the truth: loss over the floor, probes, what it writes."""

from collections.abc import Sequence

import torch

from course_lib.llm.batches import Batch
from course_lib.llm.generation import generate
from course_lib.llm.model import GPT
from course_lib.llm.sampling import GREEDY, Settings
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import evaluate
from course_lib.runs.town import END_OF_TEXT, ROW_LENGTH, pack_texts
from course_lib.tinyville.documents import floor, is_possible, is_possible_sentence, write
from course_lib.tinyville.probes import Probe
from course_lib.tinyville.sentences import cut_sentences
from course_lib.tinyville.world import World

HELD_OUT_SEED = 1_000_000  # for measuring; the seeds of runs are below it


def held_out_documents(tokenizer: Tokenizer, world: World, n: int) -> tuple[list[str], list[Batch]]:
    """Return `n` documents that are drawn apart from those of all runs, as texts and as batches.

    A short document may have been drawn for a run too, a story hardly ever.
    """
    texts = write(world, HELD_OUT_SEED, n)
    rows = pack_texts(tokenizer, texts)
    return texts, [rows.rows(places) for places in torch.arange(len(rows.ids)).split(64)]


def loss_and_floor(model: GPT, tokenizer: Tokenizer, world: World, n: int) -> tuple[float, float]:
    """Return a model's loss on `n` new documents and their floor, in nats a token."""
    texts, batches = held_out_documents(tokenizer, world, n)
    n_counted = sum(batch.n_counted for batch in batches)
    return evaluate(model, batches), floor(world, texts, n_counted)


def accuracy(model: GPT, tokenizer: Tokenizer, probes: Sequence[Probe]) -> float:
    """Return the part of the probes that a model answers right, continuing them greedily."""
    by_length: dict[tuple[int, int], list[tuple[list[int], list[int]]]] = {}
    start = [tokenizer.special_tokens[END_OF_TEXT]]
    for probe in probes:
        prompt = start + tokenizer.encode_ordinary(probe.prompt)
        answer = tokenizer.encode_ordinary(probe.answer)
        by_length.setdefault((len(prompt), len(answer)), []).append((prompt, answer))
    right = 0
    for (_, n_answer), same_length in by_length.items():
        prompts, answers = zip(*same_length, strict=True)
        said = generate(model, torch.tensor(prompts), n_answer, GREEDY)[:, -n_answer:]
        right += int((said == torch.tensor(answers)).all(dim=1).sum())
    return right / len(probes)


def sample_documents(model: GPT, tokenizer: Tokenizer, n: int, seed: int) -> list[str]:
    """Return `n` documents that a model writes, drawn from its own distribution."""
    end_id = tokenizer.special_tokens[END_OF_TEXT]
    generator = torch.Generator().manual_seed(seed)
    prompts = torch.full((n, 1), end_id)
    rows = generate(model, prompts, ROW_LENGTH - 1, Settings(), end_id, generator)
    return [tokenizer.decode(upto(row[1:], end_id)) for row in rows.tolist()]


def upto(ids: list[int], end_id: int) -> list[int]:
    """Return the ids before the first `end_id`."""
    return ids[: ids.index(end_id)] if end_id in ids else ids


def possible_parts(world: World, texts: Sequence[str]) -> tuple[float, float]:
    """Return which part of the sentences, and of the documents, Tinyville could have written.

    Raises:
        ValueError: if there is no sentence.
    """
    sentences = [sentence for text in texts for sentence in cut_sentences(text)]
    if not sentences:
        raise ValueError(f"expected at least one sentence, got none in {len(texts)} documents")
    possible = sum(is_possible_sentence(world, sentence) for sentence in sentences)
    return possible / len(sentences), sum(is_possible(world, t) for t in texts) / len(texts)
