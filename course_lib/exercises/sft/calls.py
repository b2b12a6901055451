"""Call each answer of lesson 07 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable

import torch

from course_lib.exercises.pretraining.pairs import pair
from course_lib.exercises.sft.lora_call import lora

__all__ = [
    "chat_targets",
    "exact_match",
    "lora",
    "masked_loss",
    "pack_examples",
    "render_chat",
    "response_mask",
]


def render_chat(answer: Callable, inputs: dict):
    return answer(inputs["messages"])


def response_mask(answer: Callable, inputs: dict):
    return answer(inputs["ids"], inputs["assistant_start"], inputs["end_id"])


def masked_loss(answer: Callable, inputs: dict):
    logits, targets, mask = inputs["logits"], inputs["targets"], inputs["mask"]
    if inputs["wanted"] == "loss":
        return answer(logits, targets, mask)
    loss = answer(logits.requires_grad_(), targets, mask)
    return torch.autograd.grad(loss, logits)[0]


def chat_targets(answer: Callable, inputs: dict):
    return pair(answer(inputs["pieces"]))


def pack_examples(answer: Callable, inputs: dict):
    return pair(answer(inputs["examples"], inputs["row_length"], inputs["pad_id"]))


def exact_match(answer: Callable, inputs: dict):
    """Return the answers to all pairs, or the first that is no bool."""
    results = []
    for prediction, right_answer in inputs["pairs"]:
        result = answer(prediction, right_answer)
        if type(result) is not bool:
            return result
        results.append(result)
    return tuple(results)
