"""Ask single neurons of SmolLM2's feed-forward halves what they add to an answer."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

from course_lib import smollm2
from course_lib.study import next_token

Neuron = tuple[int, int]  # layer, place in the layer


@torch.inference_mode()
def toward(prompts: Sequence[str], answers: Sequence[str]) -> Tensor:
    """Return what each neuron adds to a prompt's own answer, against the answers of the others.

    A neuron adds one column of its layer's matrix `down`, as much as it fires. What that column
    adds to the score of the right answer, less the mean of what it adds to the others, is counted,
    at the last token. Later layers may change it again; this is the direct way only.

    Args:
        answers: one token each.

    Returns:
        (n, 30, 1536) prompts, layers, neurons; in logits.
    """
    model, firing = next_token.load(), {}
    ids = [smollm2.load_tokenizer().encode_ordinary(answer)[0] for answer in answers]
    rows = model.head.weight[ids] * model.norm.weight  # (n, C) what each answer is scored by
    against = (rows.sum(dim=0) - rows) / (len(rows) - 1)  # the mean of the others
    found = []
    with ExitStack() as stack:
        for layer, block in enumerate(model.blocks):
            hook = block.feed_forward.down.register_forward_pre_hook(
                lambda down, inputs, layer=layer: firing.update({layer: inputs[0][0, -1]})
            )
            stack.callback(hook.remove)
        stack.callback(
            model.norm.register_forward_pre_hook(
                lambda norm, inputs: firing.update({"end": inputs[0][0, -1]})
            ).remove
        )
        for prompt, direction in zip(prompts, rows - against, strict=True):
            model(torch.tensor([smollm2.load_tokenizer().encode_ordinary(prompt)]))
            size = firing["end"].square().mean().add(model.norm.eps).sqrt()
            found.append(
                torch.stack(
                    [
                        firing[layer] * (direction / size @ block.feed_forward.down.weight)
                        for layer, block in enumerate(model.blocks)
                    ]
                )
            )
    return torch.stack(found)


@contextmanager
def neuron_off(neuron: Neuron) -> Iterator[None]:
    """Let one neuron of SmolLM2 never fire inside `with`."""
    layer, place = neuron

    def silence(down, inputs):
        (fired,) = inputs  # (B, T, 1536)
        kept = torch.ones(fired.size(-1))
        kept[place] = 0.0
        return (fired * kept,)

    hook = next_token.load().blocks[layer].feed_forward.down.register_forward_pre_hook(silence)
    try:
        yield
    finally:
        hook.remove()


def answer_probs(prompts: Sequence[str], answers: Sequence[str]) -> list[float]:
    """Return the probability that SmolLM2 gives to the first token of each answer."""
    return [
        next_token.rank(prompt, answer)[1] for prompt, answer in zip(prompts, answers, strict=True)
    ]
