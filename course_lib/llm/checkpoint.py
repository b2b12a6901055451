"""Keep a model in a folder: weights, shape, tokenizer; and beside them, a run to be resumed.

    model.safetensors      the weights
    config.json            the shape: the fields of `ModelConfig`
    tokenizer.json         as `Tokenizer.save` writes it
    training.safetensors   weights, optimizers and step of an unfinished run

Each file is written under another name and then renamed. Whenever the computer stops, what stands
there is whole: the old or the new.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor
from torch.optim import Optimizer

from course_lib.llm.model import GPT, ModelConfig
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import Trainer
from course_lib.llm.whole_file import write_whole


def save_model(folder: str | os.PathLike, model: GPT, tokenizer: Tokenizer) -> None:
    """Write a model and its tokenizer to `folder`, which is made if it is not there."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder / "tokenizer.json")
    config = json.dumps(asdict(model.config), indent=2) + "\n"
    write_whole(folder / "config.json", config.encode())
    write_tensors(folder / "model.safetensors", weights_of(model))


def load_model(folder: str | os.PathLike) -> tuple[GPT, Tokenizer]:
    """Return the model, ready to predict, and the tokenizer that `save_model` wrote.

    Raises:
        ValueError: if something is missing, broken, or does not fit the rest.
    """
    folder = Path(folder)
    config = load_config(folder / "config.json")
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    if tokenizer.vocab_size != config.vocab_size:
        raise ValueError(
            f"{folder} holds a model of {config.vocab_size} tokens and a tokenizer of "
            f"{tokenizer.vocab_size}: they do not belong together"
        )
    model = GPT(config)
    put_weights(model, read_tensors(folder / "model.safetensors"), folder)
    return model.eval(), tokenizer


def save_training(folder: str | os.PathLike, trainer: Trainer) -> None:
    """Write all that a resumed run needs; the batches follow from the step."""
    tensors = {f"model.{name}": weight for name, weight in weights_of(trainer.model).items()}
    tensors |= {f"optimizer.{name}": value for name, value in optimizer_state(trainer)}
    tensors["step"] = torch.tensor(trainer.step)
    write_tensors(Path(folder) / "training.safetensors", tensors)


def load_training(folder: str | os.PathLike, trainer: Trainer) -> None:
    """Bring `trainer` to where `save_training` left it; all that follows is as in an unbroken run.

    Raises:
        ValueError: if the file is broken, or of another model or other optimizers; `trainer` is
            then unchanged.
    """
    path = Path(folder) / "training.safetensors"
    tensors = read_tensors(path)
    if "step" not in tensors:
        raise ValueError(f"{path} is not the state of a run: expected a step in it, got none")
    step = int(tensors["step"])
    memories = part_of(tensors, "optimizer.")
    check_memories(memories, step, trainer, path)
    put_weights(trainer.model, part_of(tensors, "model."), path)
    for owner, place, optimizer, weight in trained_weights(trainer):
        optimizer.state[weight] = part_of(memories, f"{owner}.{place}.")
    trainer.step = step


def optimizer_state(trainer: Trainer) -> Iterator[tuple[str, Tensor]]:
    """Yield a name and a tensor for all that the optimizers remember of each weight."""
    for owner, place, optimizer, weight in trained_weights(trainer):
        for name, value in optimizer.state.get(weight, {}).items():
            yield f"{owner}.{place}.{name}", value


def trained_weights(trainer: Trainer) -> Iterator[tuple[str, int, Optimizer, Tensor]]:
    """Yield all that is trained: a name of its optimizer, its place in it, the two themselves."""
    for number, optimizer in enumerate(trainer.optimizers):
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        for place, weight in enumerate(weights):
            if weight.requires_grad:
                yield f"{number}.{type(optimizer).__name__}", place, optimizer, weight


def check_memories(
    memories: Mapping[str, Tensor], step: int, trainer: Trainer, source: Path
) -> None:
    """Refuse what the optimizers of `trainer` cannot have remembered after `step` steps.

    From the first step on, an optimizer remembers the same of each weight: tensors of the weight's
    shape, and single numbers.

    Raises:
        ValueError: if something is missing, of another shape, or not theirs.
    """
    kinds = defaultdict(set)  # what each optimizer of the file remembers
    for name in memories:
        owner, _, kind = name.rsplit(".", 2)
        kinds[owner].add(kind)
    expected = {}
    for owner, place, _, weight in trained_weights(trainer):
        if step and not kinds[owner]:
            raise ValueError(f"{source} does not fit: expected the memory of {owner}, got none")
        expected |= {f"{owner}.{place}.{kind}": tuple(weight.shape) for kind in kinds[owner]}
    got = {name: tuple(value.shape) for name, value in memories.items()}
    for name in sorted(expected.keys() | got.keys()):
        if name not in expected or got.get(name) not in (expected[name], ()):
            raise ValueError(
                f"{source} does not fit the optimizers: expected {name} of shape "
                f"{expected.get(name, 'none')}, got {got.get(name, 'none')}"
            )


def part_of(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix`, without it."""
    return {n.removeprefix(prefix): value for n, value in tensors.items() if n.startswith(prefix)}


def weights_of(model: GPT) -> dict[str, Tensor]:
    """Return each weight by name; a tied head is the embedding table and stands there once."""
    weights = model.state_dict()
    if model.config.tied_head:
        del weights["head.weight"]
    return weights


def put_weights(model: GPT, weights: Mapping[str, Tensor], source: Path) -> None:
    """Copy `weights` into `model`.

    Raises:
        ValueError: if a name or a shape differs; `model` is then unchanged.
    """
    expected = {name: tuple(weight.shape) for name, weight in weights_of(model).items()}
    got = {name: tuple(weight.shape) for name, weight in weights.items()}
    for name in sorted(expected.keys() | got.keys()):
        if expected.get(name) != got.get(name):
            raise ValueError(
                f"{source} does not fit the model: expected {name} of shape "
                f"{expected.get(name, 'none')}, got {got.get(name, 'none')}"
            )
    model.load_state_dict(dict(weights), strict=False)


def load_config(path: Path) -> ModelConfig:
    """Read the shape of a model."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        names = {field.name for field in fields(ModelConfig)}
        if values.keys() != names:
            raise ValueError(f"expected the fields {sorted(names)}, got {sorted(values)}")
        return ModelConfig(**values)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{path} is not the config of a model: {error}") from error


def load_tokenizer(path: Path) -> Tokenizer:
    """Read the tokenizer of a model."""
    try:
        return Tokenizer.load(path)
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{path} is not the tokenizer of a model: {error}") from error


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read a file of named tensors, into memory of its own."""
    try:
        return load(path.read_bytes())  # `safe_open` would hold on to the file itself
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from error


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write named tensors, whole or not at all."""
    write_whole(path, save({name: tensor.contiguous() for name, tensor in tensors.items()}))
