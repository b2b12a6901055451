"""Call each answer of lesson 06 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable

import torch

from course_lib.exercises.pretraining.accumulate_script import accumulate_gradients
from course_lib.exercises.pretraining.adamw_script import adamw_step
from course_lib.exercises.pretraining.batch_call import get_batch
from course_lib.exercises.pretraining.loss_call import training_loss
from course_lib.exercises.pretraining.pairs import pair

__all__ = [
    "accumulate_gradients",
    "adamw_step",
    "bits_per_byte",
    "clip_gradients",
    "compute_optimal",
    "cross_entropy",
    "get_batch",
    "learning_rate",
    "training_loss",
]


def cross_entropy(answer: Callable, inputs: dict):
    logits, targets = inputs["logits"], inputs["targets"]
    if inputs["wanted"] == "loss":
        return answer(logits, targets, inputs["ignore_index"])
    loss = answer(logits.requires_grad_(), targets, inputs["ignore_index"])
    return torch.autograd.grad(loss, logits)[0]


def bits_per_byte(answer: Callable, inputs: dict):
    return answer(inputs["total_nats"], inputs["n_bytes"])


def learning_rate(answer: Callable, inputs: dict):
    names = ("step", "max_lr", "warmup_steps", "total_steps", "min_lr")
    return answer(*(inputs[name] for name in names))


def compute_optimal(answer: Callable, inputs: dict):
    return answer(inputs["flops"], inputs["tokens_per_param"])


def clip_gradients(answer: Callable, inputs: dict):
    return pair(answer(inputs["grads"], inputs["max_norm"]))
