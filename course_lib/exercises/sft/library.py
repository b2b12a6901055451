"""What `mine` hands out where a learner has no answer yet: short versions that change nothing."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.llm import chat, sft
from course_lib.llm.loss import IGNORED


def render_chat(messages: list[dict]) -> str:
    """Return the text of whole messages in the ChatML template.

    Raises:
        ValueError: if a message holds one of the template's own marks.
    """
    return chat.render_chat(messages)


def response_mask(ids: Tensor, assistant_start: Tensor, end_id: int) -> Tensor:
    """Return where ids (T,) belong to an assistant's answer or close one, (T,) bool."""
    k, inside = len(assistant_start), False
    mask = torch.zeros(len(ids), dtype=torch.bool)
    for i in range(len(ids)):
        mask[i] = inside
        if inside:
            inside = bool(ids[i] != end_id)
        else:
            inside = torch.equal(ids[max(i + 1 - k, 0) : i + 1], assistant_start)
    return mask


def masked_loss(logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Return the mean loss of logits (B, T, V) in nats over the targets (B, T) that mask chooses.

    It is 0 where mask (B, T) chooses none.
    """
    total = F.cross_entropy(logits[mask], targets[mask], reduction="sum")
    return total / mask.sum().clamp(min=1)


def chat_targets(pieces: Sequence[tuple[str, list[int]]]) -> tuple[list[int], list[int]]:
    """Return what a model reads of a chat, and at each place the id to learn, or -100."""
    ids = [id for _, piece in pieces for id in piece]
    labels = [id if who == "assistant" else IGNORED for who, piece in pieces for id in piece]
    return ids[:-1], labels[1:]


def pack_examples(
    examples: Sequence[list[int]], row_length: int, pad_id: int
) -> tuple[Tensor, Tensor]:
    """Return ids and segments, (rows, row_length): whole examples, each in the first row with room.

    Raises:
        ValueError: if an example is longer than a row.
    """
    rows: list[list[list[int]]] = []
    for example in examples:
        if len(example) > row_length:
            raise ValueError(f"expected at most {row_length} ids, got {len(example)}")
        fitting = (row for row in rows if len(example) + sum(map(len, row)) <= row_length)
        row = next(fitting, None)
        if row is None:
            rows.append(row := [])
        row.append(example)
    ids = torch.full((len(rows), row_length), pad_id)
    segments = torch.zeros_like(ids)
    for r, row in enumerate(rows):
        line = [(id, number) for number, example in enumerate(row, 1) for id in example]
        ids[r, : len(line)], segments[r, : len(line)] = torch.tensor(line).T
    return ids, segments


def exact_match(prediction: str, answer: str) -> bool:
    """Return whether two texts are equal but for case, white space and one mark at the end."""
    return sft.exact_match(prediction, answer)


def lora_linear(x: Tensor, w: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Return x (..., in) through w (out, in) and, beside it, through a (r, in) and b (out, r)."""
    return F.linear(x, w) + F.linear(F.linear(x, a), b) * (alpha / len(a))


def merge_lora(w: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Return the one matrix (out, in) that does the same as w with a and b beside it."""
    return w.addmm(b, a, alpha=alpha / len(a))
