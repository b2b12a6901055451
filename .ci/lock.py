"""Remake requirements.lock and requirements-test.lock from the ranges in pyproject.toml.

uv resolves once for Linux, macOS and Windows and writes markers where they differ; it is installed
into a folder that is thrown away. A version already in a lock stays while it fits; to take the
newest of everything, delete both locks first.

The CUDA packages of torch are left out: torch itself asks for exact versions of them, where its
build needs any, and naming them here would bring gigabytes beside a CPU build. So are packages for
browsers, where the course does not run.
"""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"
LEFT_OUT = re.compile(r"(nvidia|cuda)-|triton\b|.*sys_platform == 'emscripten'")
TOOL = "uv==0.13.9"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        bin_folder = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        subprocess.run([bin_folder / "python", "-m", "pip", "install", "--quiet", TOOL], check=True)
        core = resolve(bin_folder / "uv", LOCK, [])
        tests = resolve(bin_folder / "uv", TEST_LOCK, ["--extra", "test"], pins=core)
    header = "# Made by `make lock` from pyproject.toml. Edit that file, not this one.\n"
    more = [line for line in tests if line not in core]
    LOCK.write_text(header + "".join(core), encoding="utf-8")
    TEST_LOCK.write_text(header + "-r requirements.lock\n" + "".join(more), encoding="utf-8")
    print(f"{LOCK.name}: {len(core)} pins; {TEST_LOCK.name}: {len(more)} more")


def resolve(uv: Path, lock: Path, options: list[str], pins: list[str] | None = None) -> list[str]:
    """Return the pinned lines of one resolution; `pins` are lines that it must not contradict."""
    kept = pins or (lock.read_text(encoding="utf-8").splitlines(True) if lock.exists() else [])
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("".join(pins or []), encoding="utf-8")
        output = Path(folder) / "output.txt"
        output.write_text("".join(kept), encoding="utf-8")
        command = [uv, "pip", "compile", "--universal", "--python-version", "3.11", "--quiet"]
        command += ["--fork-strategy", "fewest"]  # the same versions on every Python
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", *options]
        command += ["-c", constraints, "-o", output, ROOT / "pyproject.toml"]
        subprocess.run(command, check=True, cwd=ROOT)
        lines = output.read_text(encoding="utf-8").splitlines(True)
    return [line for line in lines if line.strip() and not LEFT_OUT.match(line)]


if __name__ == "__main__":
    main()
