"""Small models with weights that matter: a new one's blocks would change nothing yet."""

from itertools import product

import torch

from course_lib.llm.model import GPT, PIECES, ModelConfig

SHAPE = dict(
    vocab_size=37, context_length=24, d_model=24, n_layer=2, n_head=6, n_kv_head=2, d_ff=40
)
COMBINATIONS = [
    dict(zip(PIECES, names, strict=True)) for names in product(*map(list, PIECES.values()))
]


def named(pieces: dict[str, str]) -> str:
    return "-".join(pieces.values())


def new_model(seed: int = 0, **changes) -> GPT:
    """Return a model as it is before training."""
    torch.manual_seed(seed)
    return GPT(ModelConfig(**(SHAPE | changes)))


def random_model(seed: int = 0, **changes) -> GPT:
    """Return a model with random weights everywhere, ready to predict."""
    model = new_model(seed, **changes)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator), alpha=0.3)
    return model.eval()


def random_ids(*shape: int, seed: int = 0, vocab_size: int = SHAPE["vocab_size"]) -> torch.Tensor:
    return torch.randint(vocab_size, shape, generator=torch.Generator().manual_seed(seed))
