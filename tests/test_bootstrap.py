"""The first line of every command: is this Python right, and what takes over when all is ready."""

import ast
import os
from pathlib import Path

import pytest

from course_lib import bootstrap

PROJECT = Path(__file__).resolve().parents[1]
MODERN = (
    ast.JoinedStr,
    ast.NamedExpr,
    ast.AnnAssign,
    ast.AsyncFunctionDef,
    ast.Nonlocal,
    ast.Match,
)


def test_bootstrap_has_only_what_old_pythons_can_read():
    tree = ast.parse((PROJECT / "course_lib/bootstrap.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, MODERN), f"line {node.lineno}"
        if isinstance(node, ast.FunctionDef):
            every = node.args
            assert node.returns is None and not every.kwonlyargs and not every.posonlyargs
            assert all(argument.annotation is None for argument in every.args)


def test_what_runs_on_old_pythons_imports_nothing_else_at_the_top():
    tree = ast.parse((PROJECT / "course_lib/bootstrap.py").read_text(encoding="utf-8"))
    names = [node.names[0].name for node in tree.body if isinstance(node, ast.Import)]
    assert names == ["os", "subprocess", "sys"]


@pytest.mark.parametrize(("version", "age"), [((3, 8, 18), "old"), ((3, 15, 0), "new")])
def test_a_wrong_python_hears_one_line(version, age, monkeypatch):
    monkeypatch.setattr(bootstrap, "starts", lambda program: False)
    line = bootstrap.wrong_python(version, ["lab"])
    number = ".".join(map(str, version))
    assert line == (
        f"Python {number} is too {age}: the course needs Python 3.11 to 3.14. "
        "Install one of these, then run the same command again."
    )


def test_a_wrong_python_hears_of_a_right_one(monkeypatch):
    monkeypatch.setattr(bootstrap, "starts", lambda program: program == "python3.12")
    assert "`make test PYTHON=python3.12`" in bootstrap.wrong_python((3, 10, 1), ["test"])


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 9)])
def test_a_right_python_passes(version):
    assert bootstrap.wrong_python(version, ["lab"]) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot replace a program by another")
@pytest.mark.parametrize(
    ("words", "program"),
    [
        (["lab", "01"], ["course", "lab", "01"]),
        (["test", "-x"], ["python", "run.py", "test", "-x"]),
        (["check"], ["python", "run.py", "check"]),
    ],
)
def test_the_command_takes_over(words, program, monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr(os, "execv", lambda file, command: started.append(command))
    monkeypatch.setenv("PATH", "/usr/bin")
    bootstrap.hand_over(words, str(tmp_path / "bin/python"))
    assert [Path(word).name for word in started[0]] == program
    assert os.environ["PATH"].split(os.pathsep)[0] == str(tmp_path / "bin")
