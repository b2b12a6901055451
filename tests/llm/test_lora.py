"""Training little beside a frozen model: nothing at first, only itself, and merged the same."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_lib import smollm2
from course_lib.llm.batches import Batch
from course_lib.llm.lora import EVERY_MATRIX, LoRALinear, add_lora, count_trainable, merge_lora
from course_lib.llm.loss import next_token_loss
from course_lib.llm.model import GPT, count_parameters
from course_lib.llm.optim import AdamW
from course_lib.llm.training import Trainer, TrainingConfig
from tests.llm.models import random_ids, random_model

IDS = random_ids(3, 9)
BATCH = Batch(IDS[:, :-1], IDS[:, 1:])
ATTENTION = ("query", "value")


def layer(n_in: int = 7, n_out: int = 5, rank: int = 3, alpha: float = 6.0, seed: int = 0):
    """Return a layer with a bias and with a change that is not 0."""
    torch.manual_seed(seed)
    lora = LoRALinear(nn.Linear(n_in, n_out), rank, alpha)
    nn.init.normal_(lora.b)
    return lora


def with_lora(names=ATTENTION, **changes) -> GPT:
    model = random_model(**changes)
    add_lora(model, names, rank=2, alpha=4, generator=torch.Generator().manual_seed(1))
    return model


def train(model: GPT, steps: int = 5) -> None:
    trainer = Trainer(
        model, [AdamW(model.parameters(), lr=0.05)], TrainingConfig(steps=steps, warmup=1)
    )
    trainer.run(lambda step: BATCH, lambda report: None)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 4, 0.5]))
def test_a_layer_is_that_of_the_summed_matrix(n_in, n_out, rank, alpha):
    lora = layer(n_in, n_out, rank, alpha).double()
    x = torch.randn(2, 4, n_in, dtype=torch.float64)
    weight = lora.base.weight + alpha / rank * lora.b @ lora.a
    assert lora.a.shape == (rank, n_in) and lora.b.shape == (n_out, rank)
    torch.testing.assert_close(lora(x), x @ weight.T + lora.base.bias)


def test_its_gradients_are_those_of_finite_differences():
    lora = layer().double()
    x = torch.randn(4, 7, dtype=torch.float64, requires_grad=True)

    def output(x, a, b):
        return torch.func.functional_call(lora, {"a": a, "b": b}, (x,))

    assert torch.autograd.gradcheck(output, (x, lora.a, lora.b))
    lora(x).sum().backward()
    assert lora.base.weight.grad is None and lora.base.bias.grad is None, "the base is frozen"


def test_at_first_nothing_is_changed_and_b_can_begin_to_learn():
    model = with_lora(EVERY_MATRIX)
    assert torch.equal(model(IDS), random_model()(IDS))
    next_token_loss(model(IDS[:, :-1]), IDS[:, 1:]).backward()
    for lora in (m for m in model.modules() if isinstance(m, LoRALinear)):
        assert not lora.b.any() and lora.a.all()
        assert lora.b.grad.any() and not lora.a.grad.any(), "a waits for b"


def test_the_first_change_is_about_as_long_as_what_comes_in():
    lora = LoRALinear(nn.Linear(400, 5), 100, 1, torch.Generator().manual_seed(0))
    x = torch.randn(50, 400)
    sizes = (x @ lora.a.T).square().mean() / x.square().mean()
    assert sizes.item() == pytest.approx(1, abs=0.1)


def test_the_same_generator_gives_the_same_start_and_torch_s_own_is_left_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, two = (
        LoRALinear(nn.Linear(4, 4, device="meta"), 2, 1, torch.Generator().manual_seed(0))
        for _ in range(2)
    )
    assert torch.equal(before, torch.get_rng_state())
    model, again = with_lora(), with_lora()
    torch.testing.assert_close(model.state_dict(), again.state_dict(), rtol=0, atol=0)
    assert one.a.is_meta and two.b.is_meta, "it is where its layer is"


def test_only_a_and_b_get_gradients_and_change():
    model = with_lora()
    before = copy.deepcopy(model.state_dict())
    next_token_loss(model(IDS[:, :-1]), IDS[:, 1:]).backward()
    trained = {name for name, weight in model.named_parameters() if weight.grad is not None}
    expected = {
        f"blocks.{block}.attention.{name}.{part}"
        for block in (0, 1)
        for name in ATTENTION
        for part in "ab"
    }
    assert trained == expected
    model.zero_grad()
    train(model)
    changed = {
        name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])
    }
    assert changed == expected


@pytest.mark.parametrize("names", [ATTENTION, EVERY_MATRIX, ("down",)])
def test_merged_it_says_the_same_and_is_plain_again(names):
    model = with_lora(names)
    train(model)
    merged = copy.deepcopy(model)
    merge_lora(merged)
    assert (model(IDS) - random_model()(IDS)).abs().max() > 0.1, "it has learned something"
    torch.testing.assert_close(merged(IDS), model(IDS), atol=1e-4, rtol=1e-4)
    assert not any(isinstance(module, LoRALinear) for module in merged.modules())
    assert [*merged.state_dict()] == [*random_model().state_dict()]
    assert count_parameters(merged) == count_parameters(random_model())
    assert count_trainable(merged) == 0


def test_merged_in_place_the_layer_is_the_one_it_was_made_of():
    lora = layer()
    base, x = lora.base, torch.randn(4, 7)
    expected = lora(x)
    assert lora.merged() is base
    torch.testing.assert_close(base(x), expected)


@pytest.mark.parametrize(("names", "expected"), [(ATTENTION, 460_800), (EVERY_MATRIX, 2_442_240)])
def test_of_smollm2_less_than_two_percent_is_trained(names, expected):
    with torch.device("meta"):
        model = GPT(smollm2.config())
    whole = count_parameters(model)
    add_lora(model, names, rank=8, alpha=16)
    assert count_trainable(model) == expected < 0.02 * whole
    assert count_parameters(model) == whole + expected


def test_a_tied_head_is_refused_and_a_free_one_is_not():
    tied = random_model(tied_head=True)
    with pytest.raises(ValueError, match="'head' shares its weights with another part"):
        add_lora(tied, ["query", "head"], rank=2, alpha=4)
    assert count_trainable(tied) == count_parameters(tied), "it is unchanged"
    assert not any(isinstance(module, LoRALinear) for module in tied.modules())
    add_lora(tied, ["query"], rank=2, alpha=4)
    assert tied.head.weight is tied.embed.weight
    free = with_lora(["head"])
    assert isinstance(free.head, LoRALinear) and torch.equal(free(IDS), random_model()(IDS))


@pytest.mark.parametrize(
    ("names", "rank", "message"),
    [
        (["query", "gaet"], 2, r"names must be among .*'gate'.*, got \['gaet'\]"),
        ("query", 2, r"several strings, such as \['query'\], got one string"),
        (["query"], 0, "rank must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(names, rank, message):
    model = random_model()
    with pytest.raises(ValueError, match=message):
        add_lora(model, names, rank, alpha=4)
    assert count_trainable(model) == count_parameters(model)
    assert not any(isinstance(module, LoRALinear) for module in model.modules())


def test_a_larger_rank_with_the_same_alpha_is_scaled_down():
    base = nn.Linear(4, 4, bias=False)
    changes = []
    for rank in (1, 4):
        lora = LoRALinear(copy.deepcopy(base), rank, alpha=2)
        nn.init.ones_(lora.a), nn.init.ones_(lora.b)
        changes.append(lora(torch.ones(1, 4)) - base(torch.ones(1, 4)))
    torch.testing.assert_close(*changes)  # four times as many directions, each a quarter as long
