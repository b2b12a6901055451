"""What learners get holds no answer, no hidden test, no state of a solved run, no key to a quiz."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from course_lib.classroom.markers import HIDDEN_TESTS, MARK_SCHEME, SOLUTION, regions
from tests.lessons.built import ROOT, SOLUTIONS, code, notebook, release_of, source, topic

MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "BEGIN RELEASE")
NAMED = 15  # characters from which a line is unlikely to be in two places by chance

each_solution = pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)


def taken_out(solution: Path) -> list[str]:
    """Return the lines of answers, hidden tests and mark schemes that stand nowhere else."""
    hidden, shown = [], []
    for cell in notebook(solution)["cells"]:
        text = source(cell)
        found = [
            region
            for kind in (SOLUTION, HIDDEN_TESTS, MARK_SCHEME)
            for region in regions(text, kind)
        ]
        inside = {n for region in found for n in range(region.begin, region.end + 1)}
        for number, line in enumerate(text.split("\n")):
            (hidden if number in inside else shown).append(line.strip())
    return [line for line in hidden if len(line) >= NAMED and line not in "\n".join(shown)]


def functions(cells: list[dict]) -> dict[str, str]:
    """Return each function body in code cells as normalized text, docstring left out."""
    bodies = {}
    for cell in cells:
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                bodies[node.name] = "\n".join(ast.unparse(statement) for statement in body)
    return bodies


@each_solution
def test_no_line_of_an_answer_hidden_test_or_mark_scheme_is_released(solution):
    lines = taken_out(solution)
    text = json.dumps(notebook(release_of(solution)), ensure_ascii=False)
    assert len(lines) > 3  # else this test looks at nothing
    assert [line for line in lines if json.dumps(line, ensure_ascii=False)[1:-1] in text] == []


@each_solution
def test_no_released_cell_does_what_an_answer_does(solution):
    answers = [c for c in code(solution) if c["metadata"].get("nbgrader", {}).get("solution")]
    released = set(functions(code(release_of(solution))).values())
    copied = [name for name, body in functions(answers).items() if body in released]
    assert answers
    assert copied == []


@each_solution
def test_no_marker_is_released(solution):
    text = release_of(solution).read_text(encoding="utf-8")
    assert [marker for marker in MARKERS if marker in text] == []
    assert "thorough=True" not in text


@each_solution
def test_a_release_has_no_outputs_and_no_state(solution):
    released = notebook(release_of(solution))
    assert [
        c["id"] for c in released["cells"] if c.get("outputs") or c.get("execution_count")
    ] == []
    assert set(released["metadata"]) == {"kernelspec", "tokens_to_trust"}
    assert set(released["metadata"]["tokens_to_trust"]) == {"source"}


@each_solution
def test_neither_notebook_keeps_the_state_of_a_widget(solution):
    for file in (solution, release_of(solution)):
        text = file.read_text(encoding="utf-8")
        assert [
            w for w in ("widget-state", "widget-view", "model_id", "language_info") if w in text
        ] == []


@each_solution
def test_the_quiz_keeps_its_answers_to_itself(solution):
    quiz = ROOT / "course_lib" / "exercises" / topic(solution) / "quiz.yaml"
    text = release_of(solution).read_text(encoding="utf-8")
    options = [
        option
        for question in yaml.safe_load(quiz.read_text(encoding="utf-8"))
        for option in question["options"]
    ]
    assert options
    assert [option["why"] for option in options if option["why"] in text] == []
    assert [
        option["text"] for option in options if option["right"] and option["text"] in text
    ] == []


@each_solution
def test_no_cell_reaches_for_checks_answers_or_quizzes(solution):
    cells = "\n".join(source(cell) for cell in code(release_of(solution)))
    assert re.findall(r"course_lib\.exercises|exercises import|quiz\.yaml|hints\.yaml", cells) == []
