"""The ground truth of lesson 05: the loop and the cache, by hand and by other programs."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import DynamicCache, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

from course_lib.exercises.exercise import VISIBLE_SEED, find_mistake
from course_lib.exercises.observe import observe
from course_lib.exercises.sampling import cache_checks, counts, generate_checks
from course_lib.exercises.sampling.cache_script import kv_cache
from course_lib.exercises.sampling.counts import Odds
from course_lib.exercises.sampling.generate_call import generate, table_model
from course_lib.exercises.sampling.generate_truth import is_counted
from course_lib.exercises.tensors import alike
from course_lib.llm import generation
from course_lib.llm.cache import KVCache
from course_lib.llm.sampling import Settings


def drawn(checks, seed=4):
    return list(checks.cases(np.random.default_rng(seed), True))


def counted(seed=4):
    return [inputs for inputs in drawn(generate_checks, seed) if is_counted(inputs)]


def certain(seed=4):
    return [inputs for inputs in drawn(generate_checks, seed) if not is_counted(inputs)]


class TableConfig(PretrainedConfig):
    model_type = "table"


class TableForTransformers(PreTrainedModel, GenerationMixin):
    """The table model with the face that transformers expects of a model."""

    config_class = TableConfig

    def __init__(self, table, reads):
        super().__init__(TableConfig(vocab_size=len(table), num_hidden_layers=0))
        self.model = table_model(table, reads)
        self.nothing = torch.nn.Parameter(torch.zeros(1))  # it asks a parameter for its device

    def forward(self, input_ids, attention_mask=None, **others):
        return CausalLMOutput(logits=self.model(input_ids))

    def prepare_inputs_for_generation(self, input_ids, **kwargs):
        return {"input_ids": input_ids}


def test_the_loop_by_hand():
    assert generate_checks.truth(generate_checks.EXAMPLE).tolist() == [
        [0, 4, 0, 1, 2, 3],
        [0, 2, 3, 3, 3, 3],
    ]
    assert generate_checks.EXAMPLE["table"].argmax(dim=-1).tolist() == [1, 2, 3, 1, 0]


def test_the_cache_by_hand():
    first, second = cache_checks.truth(cache_checks.EXAMPLE)[1:]
    assert first["k"].tolist() == [[[[1, 2], [3, 4]]]]
    assert second["k"].tolist() == [[[[1, 2], [3, 4], [5, 6]]]]
    assert second["v"].tolist() == [[[[10, 20], [30, 40], [50, 60]]]]
    assert (first["length"], second["length"]) == (2, 3)


def test_the_loop_is_that_of_transformers():
    tried = [inputs for inputs in certain() if inputs["max_new_tokens"] > 0]
    for inputs in tried:
        stop = inputs["stop_id"]
        expected = TableForTransformers(inputs["table"], inputs["reads"]).generate(
            inputs["ids"],
            attention_mask=torch.ones_like(inputs["ids"]),
            max_new_tokens=inputs["max_new_tokens"],
            do_sample=False,
            eos_token_id=stop,
            pad_token_id=stop,
            use_cache=False,
        )
        assert generate_checks.truth(inputs).tolist() == expected.tolist()


def test_odds_are_those_of_torch():
    for inputs in counted():
        model, T = table_model(inputs["table"], inputs["reads"]), inputs["ids"].size(1)
        odds = generate_checks.truth(inputs)
        assert math.fsum(odds.of.values()) == pytest.approx(1)
        for row, probability in odds.of.items():
            logprob = 0.0
            for end in range(T, len(row)):
                if end > T and row[end - 1] == inputs["stop_id"]:
                    assert row[end] == inputs["stop_id"]
                    continue
                logits = model(torch.tensor([row[:end]]))[0, -1].double()
                choice = torch.distributions.Categorical(logits=logits / inputs["temperature"])
                logprob += choice.log_prob(torch.tensor(row[end])).item()
            assert probability == pytest.approx(math.exp(logprob))


@pytest.mark.parametrize("p", [0.01, 0.3, 0.5, 0.97])
def test_no_count_is_refused_more_often_than_promised(p):
    n, limit = 60, 3.0
    exact = math.fsum(
        math.comb(n, count) * p**count * (1 - p) ** (n - count)
        for count in range(n + 1)
        if counts.surprise(n, count, p) > limit
    )
    assert 0 < exact <= 2 * math.exp(-limit)


def test_what_cannot_come_is_refused_at_once():
    odds = Odds(3, {(0, 1): 1.0, (0, 2): 0.0})
    assert counts.fit(odds, torch.tensor([[0, 1]] * 3))
    assert not counts.fit(odds, torch.tensor([[0, 1], [0, 1], [0, 2]]))
    assert not counts.fit(odds, torch.tensor([[0, 1], [0, 1], [3, 1]]))
    assert not counts.fit(odds, torch.tensor([[0, 1]] * 2))


def test_counts_let_right_draws_pass_and_tell_temperatures_apart():
    for inputs in counted():
        odds, n = generate_checks.truth(inputs), inputs["copies"]
        warmer = {**inputs, "temperature": 1.6 * inputs["temperature"]}
        for seed in range(20):
            rows = _rows_of(odds, seed)
            assert counts.fit(odds, rows)
            if n == generate_checks.MANY:
                assert not counts.fit(generate_checks.truth(warmer), rows)


def _rows_of(odds, seed):
    generator = torch.Generator().manual_seed(seed)
    probs = torch.tensor(list(odds.of.values()), dtype=torch.float64)
    places = torch.multinomial(probs, odds.rows, replacement=True, generator=generator)
    return torch.tensor(list(odds.of))[places]


def test_two_seeds_hardly_ever_give_the_same_tokens():
    repeated = [inputs for inputs in counted() if inputs["repeat"]]
    assert repeated
    for inputs in repeated:
        odds = generate_checks.truth(inputs)
        assert math.fsum(p * p for p in odds.of.values()) ** odds.rows < 1e-11


@pytest.mark.parametrize("seed", range(20))
def test_rows_that_are_counted_hardly_ever_all_stop_early(seed):
    for inputs in counted(seed):
        odds, T = generate_checks.truth(inputs), inputs["ids"].size(1)
        for end in range(T + 1, odds.width):
            stopped = [p for row, p in odds.of.items() if inputs["stop_id"] in row[T:end]]
            assert math.fsum(stopped) ** odds.rows < 1e-11


def test_the_model_handed_in_never_looks_ahead_and_refuses_odd_ids():
    for reads in ("last", "sum"):
        model = table_model(torch.arange(25.0).view(5, 5), reads)
        ids = torch.tensor([[1, 4, 3], [2, 0, 4]])
        assert all(torch.equal(model(ids)[:, :end], model(ids[:, :end])) for end in (1, 2))
        assert model(ids)[0].tolist() == model(ids[:1])[0].tolist()
        with pytest.raises(ValueError, match="int64 of shape .B, T., .* got int64 of shape .3,."):
            model(ids[0])
        with pytest.raises(ValueError, match="got float32 of shape .2, 3."):
            model(ids.float())
        with pytest.raises(ValueError, match="got int64 of shape .2, 0."):
            model(ids[:, :0])
        with pytest.raises(ValueError, match="ids 0 to 4; got 1 to 5"):
            model(ids + 1)


def test_torchs_own_generator_is_left_as_it_was():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    inputs = next(inputs for inputs in counted() if inputs["repeat"])
    outcome = observe(generate, lambda *_: torch.rand(2), inputs)
    assert outcome.raised[0] == "DrewElsewhere"
    assert torch.equal(torch.get_rng_state(), before)


def test_rows_stop_before_the_end_and_wait_for_others():
    early = waiting = 0
    for inputs in certain():
        new = generate_checks.truth(inputs)[:, inputs["ids"].size(1) :]
        early += new.size(1) < inputs["max_new_tokens"]
        if inputs["stop_id"] is not None and new.size(1) > 1:
            waiting += bool((new[:, -2:] == inputs["stop_id"]).all(dim=1).any())
    assert early >= 3
    assert waiting >= 3


def test_the_cache_is_that_of_transformers():
    for inputs in drawn(cache_checks):
        theirs = [DynamicCache() for _ in range(inputs["n_caches"])]
        for step, wanted in zip(inputs["script"], cache_checks.truth(inputs)[1:], strict=True):
            assert step["fits"] == ("error" not in wanted)
            if step["fits"] and (wanted["length"] or step["k"].size(2)):
                k, v = theirs[step["cache"]].update(step["k"], step["v"], layer_idx=0)
                assert alike(wanted["k"], k) and alike(wanted["v"], v)
                assert wanted["length"] == theirs[step["cache"]].get_seq_length()


def test_many_small_chunks_are_one_large_one():
    for inputs in drawn(cache_checks):
        script = inputs["script"]
        if inputs["n_caches"] > 1 or not all(step["fits"] for step in script):
            continue
        whole = {n: torch.cat([step[n] for step in script], dim=2) for n in "kv"}
        once = {**inputs, "script": [{**script[0], **whole}]}
        assert alike(cache_checks.truth(once)[-1], cache_checks.truth(inputs)[-1])


def test_the_library_agrees():
    def theirs(model, ids, n, temperature, stop_id, generator):
        settings = Settings(temperature=temperature)
        return generation.generate(model, ids, n, settings, stop_id, generator)

    for inputs in certain():
        assert torch.equal(generate(theirs, inputs), generate_checks.truth(inputs))
    for inputs in counted():
        assert counts.fit(generate_checks.truth(inputs), generate(theirs, inputs))
    for inputs in drawn(cache_checks):
        assert alike(cache_checks.truth(inputs), kv_cache(SimpleNamespace(KVCache=KVCache), inputs))


def test_a_class_that_is_not_written_is_not_attempted():
    class Half(KVCache):
        def append(self, k, v):
            raise NotImplementedError

    answer = SimpleNamespace(KVCache=Half)
    finding = find_mistake(cache_checks.EXERCISE, kv_cache, answer, seed=VISIBLE_SEED)
    assert finding.misconception == "not_attempted"
