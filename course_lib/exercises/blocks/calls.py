"""Call each answer of lesson 04 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable

from course_lib.exercises.blocks import handed_in, model_parts


def layer_norm(answer: Callable, inputs: dict):
    return answer(inputs["x"], inputs["weight"], inputs["bias"], inputs["eps"])


def rms_norm(answer: Callable, inputs: dict):
    return answer(inputs["x"], inputs["weight"], inputs["eps"])


def feed_forward(answer: Callable, inputs: dict):
    return answer(inputs["x"], inputs["w_gate"], inputs["w_up"], inputs["w_down"])


def block(answer: Callable, inputs: dict):
    return answer(inputs["x"], *handed_in.parts(inputs))


def gpt_forward(answer: Callable, inputs: dict):
    return answer(inputs["ids"], *model_parts.parts(inputs), inputs["targets"])


def count_parameters(answer: Callable, inputs: dict):
    return answer(inputs["config"])


def post_norm_block(answer: Callable, inputs: dict):
    norm_1, attention, norm_2, feed_forward = handed_in.parts(inputs)
    return answer(inputs["x"], attention, norm_1, feed_forward, norm_2)


def load_weights(answer: Callable, inputs: dict):
    return answer(inputs["foreign"], inputs["n_layer"], inputs["head_dim"])
