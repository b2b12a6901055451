"""Three models of Tinyville, each with the world it learns and how it is trained.

benchmarks/RESULTS.md has what they reached, and what was tried.
"""

from dataclasses import dataclass

from course_lib.llm.model import ModelConfig
from course_lib.llm.training import TrainingConfig


@dataclass(frozen=True, kw_only=True)
class Preset:
    """What to train on what.

    Attributes:
        world: the size of Tinyville whose documents it reads.
        n_documents: how many of them, again and again.
        batch_size: rows a step.
        d_model, n_layer, n_head, d_ff: the shape, as in `ModelConfig`.
        training: how long, and with which schedule.
        matrix_lr, table_lr: full learning rates of Muon and AdamW.
        n_threads: processor cores to use. Small matrices are not faster on two, and one core is
            left for the browser.
    """

    world: str
    n_documents: int
    batch_size: int
    d_model: int
    n_layer: int
    n_head: int
    d_ff: int
    training: TrainingConfig
    matrix_lr: float = 0.02
    table_lr: float = 0.015
    n_threads: int = 1

    def model_config(self, vocab_size: int, context_length: int = 128) -> ModelConfig:
        """Return the shape of the model."""
        return ModelConfig(
            vocab_size=vocab_size,
            context_length=context_length,
            d_model=self.d_model,
            n_layer=self.n_layer,
            n_head=self.n_head,
            n_kv_head=self.n_head,
            d_ff=self.d_ff,
            feed_forward="relu",
            rope_base=1000.0,
        )


PRESETS = {
    "tiny": Preset(
        world="village",
        n_documents=60_000,
        batch_size=16,
        d_model=64,
        n_layer=2,
        n_head=4,
        d_ff=256,
        training=TrainingConfig(steps=1800, decay=0.75),
    ),
    "small": Preset(
        world="town",
        n_documents=120_000,
        batch_size=16,
        d_model=96,
        n_layer=2,
        n_head=4,
        d_ff=384,
        training=TrainingConfig(steps=3000, decay=0.75),
        n_threads=2,
    ),
    "base": Preset(
        world="city",
        n_documents=200_000,
        batch_size=16,
        d_model=128,
        n_layer=3,
        n_head=4,
        d_ff=512,
        training=TrainingConfig(steps=6200, decay=0.75),
        n_threads=2,
    ),
}
