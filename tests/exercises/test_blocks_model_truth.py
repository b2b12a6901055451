"""The ground truth of lesson 04's checks about whole models: counting, running, loading."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.exercises.blocks import (
    count_checks,
    count_truth,
    forward_checks,
    library,
    llama_names,
    load_checks,
    model_parts,
    post_norm_checks,
)
from course_lib.exercises.embeddings import rope_mistakes
from course_lib.exercises.observe import Outcome
from course_lib.exercises.tensors import alike
from course_lib.llm.attention import causal_mask
from course_lib.llm.model import GPT, ModelConfig, count_parameters
from course_lib.study import model_shapes

LESSON = Path(__file__).resolve().parents[2] / "lessons" / "04_blocks.py"


def drawn(checks, seed=4):
    return list(checks.cases(np.random.default_rng(seed), True))


def test_the_example_of_count_parameters_by_hand():
    listed = count_truth.matrices(count_checks.EXAMPLE["config"])
    assert listed["attention"] == 4 * [(60, 60), (15, 60), (15, 60), (60, 60)]
    assert listed["feed_forward"] == 4 * [(100, 60), (60, 100), (100, 60)]
    assert sorted(listed["embeddings"]) == [(20, 60), (200, 60), (200, 60)]
    assert listed["norms"] == 9 * [(1, 60)]
    assert count_truth.truth(count_checks.EXAMPLE) == {
        "attention": 36_000,
        "feed_forward": 72_000,
        "embeddings": 25_200,
        "norms": 540,
        "total": 133_740,
    }


def test_the_counts_of_known_models():
    smollm2, gpt_3, llama = (
        tuple(count_truth.truth(case).values())
        for case in (count_checks.SMOLLM2, count_checks.GPT_3, count_checks.LLAMA_3_8B)
    )
    assert smollm2 == (26_542_080, 79_626_240, 28_311_552, 35_136, 134_515_008)
    assert gpt_3[:3] == (57_982_058_496, 115_964_116_992, 642_723_840)
    assert llama[:3] == (1_342_177_280, 5_637_144_576, 1_050_673_152)
    assert llama[-1] == 8_030_261_248


def test_the_known_models_have_the_shapes_of_the_lesson():
    assert count_checks.NAMES == model_shapes.NAMES
    for name, case in {
        "SmolLM2-135M": count_checks.SMOLLM2,
        "GPT-3 175B": count_checks.GPT_3,
        "Llama 3 8B": count_checks.LLAMA_3_8B,
    }.items():
        assert case["config"] == model_shapes.SHAPES[name]


def test_count_parameters_counts_what_a_model_of_the_library_has():
    for inputs in drawn(count_checks):
        config = dict(inputs["config"])
        n_positions, gated = config.pop("n_positions"), config.pop("gated")
        shape = ModelConfig(
            **config,
            context_length=n_positions or 1,
            positions="learned" if n_positions else "none",
            feed_forward="swiglu" if gated else "gelu",
        )
        with torch.device("meta"):
            gpt = GPT(shape)
        found = count_truth.truth(inputs)
        assert count_parameters(gpt) == found["total"]
        for part in ("attention", "feed_forward"):
            in_blocks = [count_parameters(getattr(block, part)) for block in gpt.blocks]
            assert sum(in_blocks) == found[part]
        assert library.count_parameters(inputs["config"]) == found


def test_the_example_of_gpt_forward_by_hand():
    example = forward_checks.EXAMPLE
    embed, (block,), norm, head = model_parts.parts(example)
    assert block(embed(example["ids"])).tolist() == [[[2, 0], [5, 3]]]
    logits, loss = forward_checks.truth(example)
    torch.testing.assert_close(logits, torch.tensor([[[1.0, 0, 1], [1, 0.6, 1.6]]]))
    nats = [math.log(2 * math.e + 1) - 1, math.log(sum(map(math.exp, (1, 0.6, 1.6)))) - 0.6]
    assert loss.item() == pytest.approx(sum(nats) / 2)


def test_gpt_forward_is_the_library_with_what_is_handed_in():
    for inputs in drawn(forward_checks):
        ids, targets = inputs["ids"], inputs["targets"]
        result = library.gpt_forward(ids, *model_parts.parts(inputs), targets)
        assert alike(forward_checks.truth(inputs), result)


def test_gpt_forward_is_the_model_of_the_course():
    config = ModelConfig(
        vocab_size=11, context_length=8, d_model=8, n_layer=3, n_head=2, n_kv_head=1, d_ff=12
    )
    torch.manual_seed(0)
    model = GPT(config)
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.5)
    ids = torch.randint(11, (2, 5))
    blocks = [
        lambda x, block=block: block(x, causal_mask(5, 5), model.turns[:5])
        for block in model.blocks
    ]
    logits, loss = library.gpt_forward(ids, model.embed, blocks, model.norm, model.head, None)
    torch.testing.assert_close(logits, model(ids))
    assert loss is None


def test_the_parts_of_a_model_refuse_what_torch_would_take():
    embed, blocks, norm, head = model_parts.parts(drawn(forward_checks)[1])
    ids = torch.zeros(2, 5, dtype=torch.int64)
    with pytest.raises(ValueError, match="embed wants a tensor of ids .B, T.; got a list"):
        embed([[0, 1]])
    with pytest.raises(ValueError, match="embed wants int64 ids .*; got float32 of shape .2, 5."):
        embed(ids.float())
    with pytest.raises(ValueError, match="embed wants int64 ids .*; got int64 of shape .5,."):
        embed(ids[0])
    for name, part in (("blocks.1.", blocks[1]), ("norm", norm), ("head", head)):
        with pytest.raises(ValueError, match=f"{name} wants floats .*; got int64 of shape .2, 5."):
            part(ids)


def test_a_loaded_head_by_hand():
    """Row j of our query matrix is filled with j; there, columns 0 to 11 stand split in halves."""
    inputs = drawn(load_checks)[0]
    columns = [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]
    query, up = "model.layers.1.self_attn.q_proj.weight", "model.layers.1.mlp.up_proj.weight"
    foreign = {**inputs["foreign"], query: torch.tensor([columns] * 12, dtype=torch.float32)}
    result = load_checks.truth({**inputs, "foreign": foreign})
    assert result["blocks.1.attention.query.weight"][:, 0].tolist() == [*range(12)]
    assert torch.equal(result["blocks.1.feed_forward.up.weight"].T, foreign[up])


def test_foreign_heads_give_queries_split_in_halves():
    """Lesson 02 has the word for it: to_half_split of ours is what theirs gives."""
    for inputs in drawn(load_checks):
        result, D = load_checks.truth(inputs), inputs["head_dim"]
        for ours, theirs in (("query", "q_proj"), ("key", "k_proj")):
            foreign = inputs["foreign"][f"model.layers.0.self_attn.{theirs}.weight"]
            x = torch.eye(len(foreign))
            heads = (x @ result[f"blocks.0.attention.{ours}.weight"].T).unflatten(-1, (-1, D))
            split = rope_mistakes.truth({"function": rope_mistakes.SPLIT, "x": heads})
            assert torch.equal(split.flatten(-2), foreign)


def test_what_is_loaded_fits_our_model():
    for inputs in drawn(load_checks):
        result, D = load_checks.truth(inputs), inputs["head_dim"]
        V, C = result["embed.weight"].shape
        tied = "lm_head.weight" not in inputs["foreign"]
        model = GPT(
            ModelConfig(
                vocab_size=V,
                context_length=8,
                d_model=C,
                n_layer=inputs["n_layer"],
                n_head=C // D,
                n_kv_head=len(result["blocks.0.attention.key.weight"]) // D,
                d_ff=len(result["blocks.0.feed_forward.up.weight"]),
                tied_head=tied,
            )
        )
        assert list(result) == list(model.state_dict())
        model.load_state_dict(result)
        assert torch.equal(result["head.weight"], result["embed.weight"]) == tied


def test_no_two_numbers_of_a_foreign_model_are_alike():
    """So every tensor, turned or not, is known by its numbers."""
    for inputs in drawn(load_checks):
        weights = inputs["foreign"].values()
        numbers = torch.cat([weight.flatten() for weight in weights]).sort().values
        assert not torch.isclose(numbers[1:], numbers[:-1], rtol=1e-5, atol=1e-5).any()


def test_foreign_models_are_of_all_kinds():
    cases = drawn(load_checks)
    for some in (cases, list(load_checks.cases(np.random.default_rng(5), False))):
        assert {"lm_head.weight" in inputs["foreign"] for inputs in some} == {True, False}
        assert {inputs["n_layer"] > 10 for inputs in some} == {True, False}
    assert {inputs["head_dim"] for inputs in cases} == {4, 6, 8}
    gates = [inputs["foreign"]["model.layers.0.mlp.gate_proj.weight"] for inputs in cases]
    assert {weight.size(0) == weight.size(1) for weight in gates} == {True, False}


def test_the_library_loads_what_the_truth_does():
    for inputs in drawn(load_checks):
        assert alike(load_checks.truth(inputs), library.load_weights(**inputs))


def test_the_table_of_names_is_the_one_of_the_lesson():
    tree = ast.parse(LESSON.read_text(encoding="utf-8"))
    tables = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NAMES"
    ]
    assert tables == [llama_names.NAMES]


@pytest.mark.parametrize("checks", [count_checks, post_norm_checks])
def test_each_mistake_of_the_list_is_found_under_its_own_name(checks):
    cases = drawn(checks)
    for mistake in checks.MISTAKES:
        try:
            outcomes = [Outcome(mistake.method(inputs)) for inputs in cases]
        except Exception:  # noqa: BLE001 - a mistake may raise: the answers try those
            continue
        findings = map(checks.EXERCISE.judge, cases, outcomes)
        found = next(finding for finding in findings if finding is not None)
        assert (found.misconception, found.cause) == (mistake.name, mistake.cause)
