"""The models that come with the course, for lessons that begin with a trained one."""

from pathlib import Path

CHECKPOINTS = Path(__file__).resolve().parents[1] / "checkpoints"
TINY = CHECKPOINTS / "tiny"  # for `course_lib.llm.checkpoint.load_model`; figures in its README
