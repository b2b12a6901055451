"""Small notebooks as plain data, and how to read them back."""

import json
from pathlib import Path


def cell(name: str, text: str, kind: str = "code", **metadata) -> dict:
    made = {"cell_type": kind, "id": name, "metadata": metadata, "source": text}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def answer(name: str, text: str) -> dict:
    return cell(name, text, nbgrader={"grade": False, "grade_id": name, "solution": True})


def test_cell(name: str, text: str) -> dict:
    return cell(
        name, text, nbgrader={"grade": True, "grade_id": name, "solution": False}, editable=False
    )


test_cell.__test__ = False  # not a test, though its name begins like one


def notebook(*cells: dict) -> dict:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def texts(made: dict) -> list[str]:
    return ["".join(cell["source"]) for cell in made["cells"]]


def write(path: Path, made: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made, indent=1), encoding="utf-8")


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
