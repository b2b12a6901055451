"""The claims that the lessons put to the test, read out of the executed lessons.

`python -m tests.lessons.claims_ledger` writes docs/claims.md.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEDGER = ROOT / "docs" / "claims.md"
LINE = re.compile(
    r"(holds with a condition|holds|false|cannot be checked): (.*) \(seen: (.*)\)", re.DOTALL
)


def claims_of(solution: Path) -> list[tuple[str, str, str]]:
    """Return (claim, verdict, seen) for each claim that an executed lesson printed."""
    found = []
    for cell in json.loads(solution.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code" or not re.search(
            r"^claims\(", "".join(cell["source"]), re.M
        ):
            continue
        for output in cell["outputs"]:
            text = "".join(output.get("data", {}).get("text/plain", ""))
            for line in text.splitlines():
                verdict, claim, seen = LINE.fullmatch(line).groups()
                found.append((claim, verdict, seen))
    return found


def ledger() -> str:
    """Return docs/claims.md: every claim of every lesson with its verdict."""
    lines = [
        "# Claims put to the test",
        "",
        "What people say about language models, and what the lessons found. Each verdict is",
        "computed by a cell of the lesson; a test holds the list.",
        "Made by `python -m tests.lessons.claims_ledger`.",
        "",
        "| Lesson | Claim | Verdict | Seen |",
        "|---|---|---|---|",
    ]
    for solution in sorted(ROOT.glob("solutions/*/*.ipynb")):
        for claim, verdict, seen in claims_of(solution):
            cells = [solution.stem[:2], claim, verdict, seen]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    LEDGER.write_text(ledger(), encoding="utf-8")
