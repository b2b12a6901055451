"""Run the tests: `test` is all that CI runs, `check` the part that takes seconds, `bench` tables.

Ends with plain lines: what was left out and why, then "N passed, N failed, N skipped". Further
words go to pytest, for example `make check ARGS="-k tokenizer"`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.threads import be_patient

ROOT = Path(__file__).resolve().parent.parent
COURSE = [sys.executable, "-m", "course_lib.cli"]
WORKERS = min(os.cpu_count() or 1, 2)  # each may start a notebook that computes with two threads
PYTEST = [sys.executable, "-m", "pytest", f"--numprocesses={WORKERS}", "--dist=loadfile"]
CI_PROGRAMS = {"chromium": "the browser tests", "bwrap": "the sandbox"}


@dataclass
class Result:
    """What steps have come to; `left_out` counts skipped tests by their reason."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    left_out: Counter = field(default_factory=Counter)

    def add(self, other: "Result") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.left_out += other.left_out

    def lines(self) -> list[str]:
        """Return the plain lines that end a run."""
        out = [f"Left out: {count} x {reason}" for reason, count in self.left_out.most_common()]
        return [*out, f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"]


def main(words: list[str]) -> int:
    """Run `test`, `check` or `bench`; return 0 if all passed, else 1."""
    be_patient()  # before any test or notebook starts: processes inherit it
    mode, *more = words
    os.chdir(ROOT)
    if mode == "bench":
        return bench(more)
    result = Result()
    for name in missing_in_ci(os.environ) if mode == "test" else []:
        print(f"CI needs {name} for {CI_PROGRAMS[name]}, and it is not here.", flush=True)
        result.failed += 1
    result.add(command("lint", [sys.executable, "-m", "ruff", "check", "."]))
    result.add(command("built notebooks are fresh", [*COURSE, "build", "--check"]))
    if mode == "check":
        fast = ["-m", "not slow", "--ignore=tests/browser"]
        result.add(pytest("fast tests", [*fast, *more]))
    else:
        result.add(command("models and texts", [*COURSE, "fetch"]))
        result.add(pytest("tests", more))
        result.add(solutions())
    print("\n".join(["", *result.lines()]), flush=True)
    return 1 if result.failed else 0


def missing_in_ci(environment: dict[str, str]) -> list[str]:
    """Return the programs that CI must have and has not; elsewhere their tests are skipped."""
    if environment.get("CI") != "true":
        return []
    return [name for name in CI_PROGRAMS if not shutil.which(name)]


def command(title: str, words: list[str]) -> Result:
    """Run a step that passes or fails as a whole."""
    print(f"\n== {title}", flush=True)
    code = subprocess.run(words).returncode
    return Result(passed=1) if code == 0 else Result(failed=1)


def solutions() -> Result:
    """Run every solution once more and compare each output with the one it holds."""
    if not list(ROOT.glob("solutions/*/*.ipynb")):
        return Result()
    words = ["--nbval", "--nbval-sanitize-with", "tests/nbval.cfg", "solutions"]
    return pytest("solutions give the outputs they hold", words)


def pytest(title: str, words: list[str]) -> Result:
    """Run pytest and count what it reports; nothing goes into the record of who runs it."""
    print(f"\n== {title}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        nobody = os.environ | {"TOKENS_TO_TRUST_DATA": folder}
        code = subprocess.run([*PYTEST, f"--junitxml={report}", *words], env=nobody).returncode
        if not report.exists():
            return Result(failed=1)
        result = counted(report.read_text(encoding="utf-8"))
    if code and not result.failed:  # no test ran, or pytest itself failed
        result.failed = 1
    return result


def counted(report: str) -> Result:
    """Return the counts in a JUnit report, with the reason of each skipped test."""
    result = Result()
    for case in ElementTree.fromstring(report).iter("testcase"):
        kinds = {child.tag: child for child in case}
        if "failure" in kinds or "error" in kinds:
            result.failed += 1
        elif "skipped" in kinds:
            result.skipped += 1
            reason = re.sub(r"^Skipped: ", "", kinds["skipped"].get("message", "no reason given"))
            result.left_out[reason] += 1
        else:
            result.passed += 1
    return result


def bench(words: list[str]) -> int:
    """Print the tables of benchmarks/, and try the answers on 500 seeds; or what `words` names."""
    programs = {file.stem: [str(file)] for file in sorted(ROOT.glob("benchmarks/*.py"))}
    programs["answers"] = ["-m", "pytest", "-q", "tests/answers"]
    os.environ["ANSWER_SEEDS"] = "500"
    unknown = [word for word in words if word not in programs]
    if unknown:
        print(f"There is no {unknown[0]}; there are: {', '.join(programs)}.", file=sys.stderr)
        return 2
    codes = []
    for name in words or programs:
        print(f"\n== {name}", flush=True)
        codes.append(subprocess.run([sys.executable, *programs[name]]).returncode)
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
