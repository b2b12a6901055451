"""A model in a folder: it comes back as it was, or is refused with the reason."""

import json

import pytest
import torch

from course_lib.llm.checkpoint import load_model, save_model
from course_lib.llm.tokenizer import Tokenizer
from tests.llm.models import COMBINATIONS, named, random_ids, random_model

TOKENIZER = Tokenizer([(104, 105)], ["<|end|>"])  # 258 tokens


@pytest.fixture
def folder(tmp_path):
    """A folder with a saved model."""
    save_model(tmp_path / "model", random_model(vocab_size=258), TOKENIZER)
    return tmp_path / "model"


@pytest.mark.parametrize("tied_head", [True, False])
@pytest.mark.parametrize("pieces", COMBINATIONS[::5], ids=named)
def test_a_model_comes_back_as_it_was(tmp_path, pieces, tied_head):
    model = random_model(vocab_size=258, tied_head=tied_head, **pieces)
    save_model(tmp_path / "a" / "b", model.train(), TOKENIZER)
    back, tokenizer = load_model(tmp_path / "a" / "b")
    assert back.config == model.config
    ids = random_ids(2, 9)
    assert torch.equal(back(ids), model(ids))
    assert (back.head.weight is back.embed.weight) == tied_head
    assert tokenizer.encode("hi<|end|>", allowed="all") == [256, 257]
    assert not any(module.training for module in back.modules())
    assert {name for name, _ in back.named_parameters()} == {
        name for name, _ in model.named_parameters()
    }


def test_saving_again_replaces_the_model_and_leaves_nothing_else(folder):
    other = random_model(seed=1, vocab_size=258)
    save_model(folder, other, TOKENIZER)
    assert torch.equal(load_model(folder)[0].embed.weight, other.embed.weight)
    names = {file.name for file in folder.iterdir()}
    assert names == {"model.safetensors", "config.json", "tokenizer.json"}


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_file_that_is_missing_cut_or_something_else_is_refused_by_name(folder, name):
    file = folder / name
    whole = file.read_bytes()
    file.unlink()
    with pytest.raises(ValueError, match=name):
        load_model(folder)
    for n in (0, 1, 7, 8, 9, len(whole) // 2, len(whole) - 3):
        file.write_bytes(whole[:n])
        with pytest.raises(ValueError, match=name):
            load_model(folder)
    for other in (b"[]", b"null", b'{"a": 1}', b"\xff\xfe" * 50, b"<html></html>"):
        file.write_bytes(other)
        with pytest.raises(ValueError, match=name):
            load_model(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d_model": 48}, r"expected blocks.0.* of shape \(16, 48\), got \(8, 24\)"),
        ({"n_layer": 3}, r"expected blocks.2.* of shape .*, got none"),
        ({"n_layer": 1}, r"expected blocks.1.* of shape none, got \("),
        ({"tied_head": True}, r"expected head.weight of shape none, got \(258, 24\)"),
        ({"feed_forward": "gelu"}, r"expected .*gate.weight of shape none, got"),
        ({"vocab_size": 300}, "a model of 300 tokens and a tokenizer of 258"),
        ({"vocab_size": 0}, "config.json .* vocab_size must be .* got 0"),
        ({"d_model": 24.0}, "config.json .* d_model must be .* got 24.0"),
        ({"n_head": "6"}, "config.json .* n_head must be .* got '6'"),
        ({"norm": "batch"}, "config.json .* norm must be one of .* got 'batch'"),
        ({"norm": ["rms"]}, "config.json"),
        ({"n_head": 5}, "got d_model=24, n_head=5"),
        ({"more": 1}, "config.json .* expected the fields .*, got .*'more'"),
        ({"d_ff": None}, "config.json .* d_ff must be .* got None"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(folder, change, message):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ValueError, match=message):
        load_model(folder)


def test_a_foreign_tokenizer_is_refused(folder):
    Tokenizer([]).save(folder / "tokenizer.json")
    with pytest.raises(ValueError, match="a model of 258 tokens and a tokenizer of 256"):
        load_model(folder)
