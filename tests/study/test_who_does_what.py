"""Halves of layers switched off one at a time: each cost is that of just this change."""

import copy
import itertools
from contextlib import nullcontext

import pytest
import torch
import torch.nn.functional as F

from course_lib import assets
from course_lib.llm.inspection import record, replaced
from course_lib.study import demos, heads, next_token
from course_lib.study import who_does_what as who
from tests.llm.models import random_ids, random_model

real_model = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")

HALVES = [(layer, part) for layer in range(2) for part in who.PARTS]
LAST_MATRIX = {"attention": "output", "feed_forward": "down"}
TASKS = {
    "last": who.Task(random_ids(3, 5), random_ids(3, 1, seed=1)),
    "many": who.Task(random_ids(2, 9, seed=2), random_ids(2, 4, seed=3)),
    "among": who.Task(random_ids(3, 5), torch.tensor([[7], [2], [4]]), torch.tensor([4, 7, 9, 2])),
}


@pytest.fixture
def model():
    return random_model()


def random_means() -> dict[who.Half, torch.Tensor]:
    generator = torch.Generator().manual_seed(4)
    return {half: torch.randn(24, generator=generator) for half in HALVES}


@torch.inference_mode()
def plain_loss(model, task: who.Task) -> float:
    """Return a task's loss from a plain call of the model, token by token."""
    n = task.targets.size(1)
    logits = model(task.ids)[:, -n:]
    rows = []
    for b, place in itertools.product(range(len(task.ids)), range(n)):
        scores, target = logits[b, place], task.targets[b, place].item()
        if task.among is None:
            rows.append(-scores.log_softmax(dim=-1)[target])
        else:
            others = [scores[i] for i in task.among.tolist() if i != target]
            rows.append(sum(others) / len(others) - scores[target])
    return (sum(rows) / len(rows)).item()


def untouched(model) -> bool:
    return not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@torch.no_grad()
def without(model, layer: int, part: str, way: str, mean: torch.Tensor):
    """Return a copy of the model whose half is switched off, token by token."""
    changed = copy.deepcopy(model)
    half = getattr(changed.blocks[layer], part)
    if way == "zero":
        getattr(half, LAST_MATRIX[part]).weight.zero_()
        return changed
    instead = torch.zeros_like(mean) if "zero" in way else mean

    def forward(x, *rest, own=half.forward):
        said = own(x, *rest)
        for b, place in itertools.product(range(len(x)), range(x.size(1))):
            off = place == 0 if way.endswith("at the first") else place > 0
            if off or way == "mean":
                said[b, place] = instead
        return said

    half.forward = forward
    return changed


@pytest.mark.parametrize("way", who.WAYS)
def test_each_cost_is_that_of_a_model_changed_by_hand(model, way):
    means = random_means()
    found = who.costs(model, TASKS, means, [way])
    assert untouched(model)
    for name, task in TASKS.items():
        whole = plain_loss(model, task)
        assert found.whole[name] == pytest.approx(whole, abs=1e-5)
        for layer, part in HALVES:
            changed = without(model, layer, part, way, means[layer, part])
            cost = found.by[name, way, part][layer].item()
            assert cost == pytest.approx(plain_loss(changed, task) - whole, abs=1e-5)
            if way == "zero at the first" and layer == 1:
                assert cost == 0  # nobody reads the first token behind the last layer
            else:
                assert abs(cost) > 1e-3, "a change that changes nothing would prove nothing"


def test_the_ways_differ_in_all_that_they_should():
    said, mean = torch.randn(2, 4, 24), torch.randn(24)
    found = who.instead(said, mean)
    assert [*found] == [*who.WAYS]
    assert all(output.shape == said.shape for output in found.values())
    zero = torch.zeros(24)
    for way, first, rest in [
        ("zero", zero, zero),
        ("mean", mean, mean),
        ("zero, first kept", said[:, 0], zero),
        ("mean, first kept", said[:, 0], mean),
        ("zero at the first", zero, said[:, 1:]),
    ]:
        assert (found[way][:, 0] == first).all() and (found[way][:, 1:] == rest).all()


@pytest.mark.parametrize(("layer", "part"), HALVES)
@torch.inference_mode()
def test_where_the_first_is_kept_its_stream_is_as_before(model, layer, part):
    ids = TASKS["many"].ids
    said = who.said_by_halves(model, ids)[layer, part]
    streams = []
    for way in (None, "mean", "mean, first kept"):
        output = who.instead(said, random_means()[layer, part]).get(way)
        change = nullcontext() if way is None else replaced(model, layer, part, output)
        with change, record(model) as trace:
            model(ids)
        streams.append(torch.stack(trace.hidden))  # (3, B, T, C)
    whole, mean, kept = streams
    torch.testing.assert_close(kept[:, :, 0], whole[:, :, 0])
    assert not torch.allclose(mean[-1, :, 0], whole[-1, :, 0], atol=1e-2)
    assert not torch.allclose(kept[-1, :, 1:], whole[-1, :, 1:], atol=1e-2)


@torch.inference_mode()
def test_what_all_halves_say_is_what_the_stream_gains(model):
    ids = TASKS["many"].ids
    with record(model) as trace:
        said = who.said_by_halves(model, ids)
    assert untouched(model)
    assert sorted(said) == sorted(HALVES)
    gains = sum(said.values())
    torch.testing.assert_close(trace.hidden[0] + gains, trace.hidden[-1])
    for layer in range(2):
        block, x = model.blocks[layer], trace.hidden[layer]
        middle = x + said[layer, "attention"]
        torch.testing.assert_close(
            said[layer, "feed_forward"], block.feed_forward(block.norm_2(middle))
        )


@torch.inference_mode()
def test_logits_from_any_layer_on_are_those_of_the_whole_model(model):
    with record(model) as trace:
        logits = model(TASKS["many"].ids)
    for layer, x in enumerate(trace.hidden):
        for n in (1, 4, 9):
            torch.testing.assert_close(who.logits_from(model, layer, x, n), logits[:, -n:])


def test_a_choice_is_how_far_the_right_one_is_behind_the_others():
    task = who.Task(torch.zeros(2, 3).long(), torch.tensor([[1], [2]]), torch.tensor([1, 2, 4]))
    logits = torch.tensor([[[9.0, 5, 1, 9, 2]], [[9.0, 4, 6, 9, 0]]])
    assert task.loss(logits) == pytest.approx(((1 + 2) / 2 - 5 + (4 + 0) / 2 - 6) / 2)


@pytest.mark.parametrize("task", [TASKS["last"], TASKS["many"]])
@torch.inference_mode()
def test_a_loss_is_that_of_the_last_tokens(model, task):
    logits = model(task.ids)[:, -task.targets.size(1) :]
    expected = F.cross_entropy(logits.transpose(1, 2), task.targets).item()
    assert task.loss(logits) == pytest.approx(expected, abs=1e-5)
    assert plain_loss(model, task) == pytest.approx(expected, abs=1e-5)


def test_the_worst_come_first():
    costs = who.Costs({}, {("repeats", "mean", "attention"): torch.tensor([0.5, -1.0, 3.0, 0.0])})
    found = costs.worst("repeats", "mean", "attention", 2)
    assert list(found.items()) == [(2, 3.0), (0, 0.5)]


@real_model
@pytest.mark.slow
def test_the_tasks_are_what_they_are_called():
    capitals, repeats = who.capitals(), who.repeats()
    assert capitals.ids.shape == (9, 5) and capitals.targets.shape == (9, 1)
    for row, target, (country, city) in zip(
        capitals.ids.tolist(), capitals.targets.tolist(), who.CAPITALS.items(), strict=True
    ):
        assert "".join(map(next_token.piece, row)) == f"The capital of {country} is"
        assert f" {city}".startswith(next_token.piece(*target))
    assert len(set(capitals.targets.flatten().tolist())) == 9
    assert repeats.ids.shape == (2, 49) and repeats.targets.shape == (2, 24)
    assert torch.equal(repeats.ids[:, 25:], repeats.ids[:, :24])
    assert torch.equal(repeats.targets, repeats.ids[:, 1:25])


@real_model
@pytest.mark.slow
@pytest.mark.parametrize(
    ("half", "task", "way", "expected"),
    [
        ((23, "attention"), "capitals", "mean, first kept", 3.75),
        ((23, "attention"), "repeats", "mean, first kept", 2.54),
        ((16, "attention"), "capitals", "mean, first kept", 0.57),
        ((16, "attention"), "repeats", "mean, first kept", 5.34),  # finds the earlier copy
        ((11, "feed_forward"), "capitals", "zero", 9.29),  # what attention sinks into is gone
        ((11, "feed_forward"), "capitals", "mean", 9.37),
        ((11, "feed_forward"), "capitals", "mean, first kept", -0.16),
        ((11, "feed_forward"), "capitals", "zero at the first", 10.13),
        ((23, "attention"), "which capital", "mean, first kept", 8.99),
    ],
)
@torch.inference_mode()
def test_what_smollm2_loses(half, task, way, expected, means):
    model = next_token.load()
    chosen = who.tasks()[task]
    output = who.instead(who.said_by_halves(model, chosen.ids)[half], means[half])[way]
    whole = plain_loss(model, chosen)
    with replaced(model, *half, output):
        assert plain_loss(model, chosen) - whole == pytest.approx(expected, rel=0.03, abs=0.05)
    assert who.smollm2_cost(task, half, way) == pytest.approx(expected, rel=0.03, abs=0.05)
    assert untouched(model)


@pytest.fixture(scope="module")
def means():
    return who.smollm2_means()


@real_model
@pytest.mark.slow
def test_without_the_vector_that_it_writes_heads_look_elsewhere():
    text = demos.sample("prose")
    seen = heads.look(text).weights
    whole = who.to_first_token(text)
    assert whole[18, 8].item() == pytest.approx(seen[18, 8, 1:, 0].mean().item())
    without = who.to_first_token(text, (11, "feed_forward"))
    assert untouched(next_token.load())
    assert (whole > 0.5).sum() > 60 > 10 > (without > 0.5).sum()
    torch.testing.assert_close(without[:12], whole[:12])  # what comes before it is as it was


@real_model
@pytest.mark.slow
def test_without_that_vector_no_city_is_said_and_the_right_one_is_still_preferred():
    tokens, cities = zip(*who.capitals_said((11, "feed_forward"), "zero at the first"), strict=True)
    assert [*cities] == [*who.CAPITALS.values()]
    assert set(tokens) == {" not"}
    kept, _ = zip(*who.capitals_said((11, "feed_forward"), "zero, first kept"), strict=True)
    assert kept[0] == " Paris"
    assert untouched(next_token.load())
