"""Call each answer of lesson 05 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable

from course_lib.exercises.sampling.cache_script import kv_cache
from course_lib.exercises.sampling.generate_call import generate

__all__ = [
    "generate",
    "kv_cache",
    "min_p_filter",
    "nucleus",
    "repetition_penalty",
    "temperature_probs",
    "top_k_filter",
    "top_p_filter",
]


def temperature_probs(answer: Callable, inputs: dict):
    return answer(inputs["logits"], inputs["temperature"])


def top_k_filter(answer: Callable, inputs: dict):
    return answer(inputs["logits"], inputs["k"])


def min_p_filter(answer: Callable, inputs: dict):
    return answer(inputs["logits"], inputs["min_p"])


def top_p_filter(answer: Callable, inputs: dict):
    return answer(inputs["logits"], inputs["p"])


def nucleus(answer: Callable, inputs: dict):
    return answer(inputs["logits"], inputs["p"])


def repetition_penalty(answer: Callable, inputs: dict):
    return answer(inputs["logits"], inputs["ids"], inputs["penalty"])
