"""Whenever a process is killed, what it saved is whole."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from course_lib.llm.checkpoint import load_model, load_training
from course_lib.llm.model import GPT
from course_lib.llm.training import Trainer, TrainingConfig, standard_optimizers
from tests.llm.models import new_model

ROOT = Path(__file__).resolve().parents[2]
SHAPE = dict(vocab_size=256, d_model=384, d_ff=1024)
# Saves without end; all weights of save number n are n. The files have some MB, so that a kill
# often comes in the middle of one.
PROGRAM = f"""
import sys
import torch
from course_lib.llm.batches import Batch
from course_lib.llm.checkpoint import save_model, save_training
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import Trainer, TrainingConfig, standard_optimizers
from tests.llm.models import new_model

model = new_model(**{SHAPE})
trainer = Trainer(model, standard_optimizers(model), TrainingConfig(steps=1))
trainer.take_step(Batch(torch.ones(1, 4).long(), torch.ones(1, 4).long()))  # fills memories
while True:
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(trainer.step)
    save_model(sys.argv[1], model, Tokenizer([]))
    save_training(sys.argv[1], trainer)
    print(trainer.step, flush=True)
    trainer.step += 1
"""


def saved_number(model: GPT) -> int:
    """Return the number of the save that every one of a model's weights comes from."""
    (number,) = torch.cat([weight.flatten() for weight in model.parameters()]).unique().tolist()
    return number


def unfinished_weights(folder: Path) -> list[Path]:
    return [*folder.glob("*.safetensors.unfinished")]


@pytest.mark.slow
def test_a_folder_loads_whenever_its_writer_is_killed(tmp_path):
    generator = random.Random(0)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    unfinished = 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = process.stdout.readline()  # the first save is whole
        time.sleep(generator.uniform(0, 0.3))
        give_up = time.monotonic() + 10
        while not unfinished_weights(tmp_path) and time.monotonic() < give_up:
            pass
        process.kill()
        told += process.communicate()[0]
        last = int(told.split()[-1])
        leftovers = unfinished_weights(tmp_path)
        unfinished += len(leftovers)

        model = new_model(**SHAPE)
        trainer = Trainer(model, standard_optimizers(model), TrainingConfig(steps=1))
        load_training(tmp_path, trainer)
        assert trainer.step in (last, last + 1), "it may have been killed before it could say so"
        assert saved_number(model) == trainer.step
        assert saved_number(load_model(tmp_path)[0]) in (trainer.step, trainer.step + 1)
        for leftover in leftovers:  # so that the next one to be seen is new
            leftover.unlink()
    assert unfinished, "at least one kill came in the middle of a file"
