"""Run a notebook and keep only the outputs that a second run would make again."""

import os
import re
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course_lib.build.cell_rules import IGNORED, has_image_without_alt
from course_lib.build.problem import LessonsRefused, Problem

SECONDS_A_CELL = 900
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # names a model of one kernel's life


def run(notebook: dict, file: str) -> dict:
    """Return the notebook with outputs; `file` names the lesson in a refusal.

    The kernel gets an empty folder to work in and an empty record of a learner's progress.

    Raises:
        LessonsRefused: if a cell raises, or prints what a reader or a second run must not see.
    """
    node = nbformat.from_dict(notebook)
    with TemporaryDirectory() as folder:
        client = NotebookClient(
            node,
            timeout=SECONDS_A_CELL,
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],  # of the kernel: it warns about its own sockets
            force_raise_errors=True,  # the tags that let a learner's run go on do not count here
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env={**os.environ, "TOKENS_TO_TRUST_DATA": folder})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise LessonsRefused([_failure(node, file, error)]) from None
    _strip(node)
    problems = [Problem(file, *what) for cell in node.cells for what in output_problems(cell)]
    if problems:
        raise LessonsRefused(problems)
    return node


def output_problems(cell: dict) -> list[tuple[str, str]]:
    """Return (cell, reason) for warnings, addresses and pictures without alt text in outputs."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        html = data.get("text/html", "")
        text = output.get("text", "") + data.get("text/plain", "") + html
        if output.get("name") == "stderr":
            found.append(f"it writes to stderr: {_first_line(output['text'])}")
        if any(kind.startswith("image/") for kind in data) and "<img" not in html:
            found.append("a figure without alt text; use figures.show(fig, alt=...)")
        if has_image_without_alt(html):
            found.append("an image without alt text")
        address = re.search(r"<[^<>\n]* at 0x[0-9a-f]+>", text)
        if address and IGNORED not in cell["metadata"].get("tags", []):
            found.append(f"it prints an address, {address[0]}, that differs in each run")
    return [(f"cell {cell['id']}", reason) for reason in found]


def _strip(node: dict) -> None:
    for key in ("language_info", "widgets"):
        node.metadata.pop(key, None)
    for cell in node.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            output.get("metadata", {}).pop(WIDGET_VIEW, None)


def _failure(node: dict, file: str, error: Exception) -> Problem:
    ran = [cell for cell in node.cells if cell.get("execution_count") or cell.get("outputs")]
    where = f"cell {ran[-1]['id']}" if ran else ""
    if isinstance(error, CellExecutionError):
        return Problem(file, where, f"it raised {error.ename}: {_first_line(error.evalue)}")
    return Problem(file, where, f"it did not end: {_first_line(str(error))}")


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]
