"""The built notebooks, read for the tests."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = sorted(ROOT.glob("solutions/*/*.ipynb"))


def release_of(solution: Path) -> Path:
    return ROOT / "notebooks" / solution.stem / solution.name


def topic(solution: Path) -> str:
    return solution.stem[3:]


def notebook(file: Path) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


def code(file: Path) -> list[dict]:
    return [cell for cell in notebook(file)["cells"] if cell["cell_type"] == "code"]


def source(cell: dict) -> str:
    return "".join(cell["source"])
