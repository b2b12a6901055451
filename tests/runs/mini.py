"""A run that takes a moment: few documents, a narrow model, fourteen steps."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from course_lib.llm.training import TrainingConfig
from course_lib.runs import run
from course_lib.runs.measure import held_out_documents
from course_lib.runs.presets import PRESETS, Preset
from course_lib.runs.run import Measured, Plan, Run

STEPS = 14  # the last ones are no multiple of 4 or 3
MINI = Preset(
    world="village",
    n_documents=600,
    batch_size=4,
    d_model=16,
    n_layer=1,
    n_head=2,
    d_ff=32,
    training=TrainingConfig(steps=STEPS, warmup=3),
)
PLAN = Plan("mini", None, seed=0, steps=STEPS)
TEXT = "".join(f"{i} cats 🙂 and {i * 7 % 13} dogs saw\ta naïve [/b] bird\r\n" for i in range(150))
town_subject = cache(run.town_subject)  # the same documents for every test


def use_mini(patch) -> None:
    """Let PRESETS hold "mini", and a run save every 4 steps and measure 20 texts every 3."""
    patch.setitem(PRESETS, "mini", MINI)
    patch.setattr(run, "town_subject", town_subject)
    patch.setattr(run, "held_out_documents", lambda *who, n: held_out_documents(*who, n=20))
    patch.setattr(run, "SAVE_EVERY", 4)
    patch.setattr(run, "MEASURE_EVERY", 3)


def own_plan(folder: Path, text: str = TEXT, name: str = "own.txt") -> Plan:
    """Return the plan to train on a text, which is written to `folder`."""
    path = folder / name
    path.write_bytes(text.encode())
    return Plan("mini", str(path), seed=0, steps=STEPS)


def trained(
    folder: Path,
    plan: Plan = PLAN,
    fresh: bool = False,
    on_step: Callable[[Measured], None] = lambda measured: None,
) -> Run:
    """Return a run, trained to its end, or as far as `on_step` lets it."""
    done = Run(folder, plan, fresh)
    done.train(on_step)
    return done
