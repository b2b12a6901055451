"""Make a learner's notebook from a solution, with nbgrader's own steps and nothing else."""

import io
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config, PyFileConfigLoader


def release_text(solution: str, config_file: Path) -> str:
    """Return the text of the release that `nbgrader generate_assignment` would write.

    Args:
        solution: text of the built notebook with answers.
        config_file: the course's nbgrader_config.py, which lists the steps.
    """
    config = PyFileConfigLoader(config_file.name, path=str(config_file.parent)).load_config()
    steps = config.GenerateAssignment.preprocessors
    config.merge(Config({"Exporter": {"default_preprocessors": []}}))
    exporter = NotebookExporter(config=config)
    for step in steps:
        if step is not SaveCells:  # it writes to a gradebook and leaves the notebook as it is
            exporter.register_preprocessor(step, enabled=True)
    text, _ = exporter.from_file(io.StringIO(solution))
    return text
