"""Every abbreviation of a lesson is spelled out where it is first used, and in the glossary."""

import re
from pathlib import Path

import pytest

from course_lib.build.source import read_cells

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
LESSONS = sorted(ROOT.glob("lessons/[0-9]*.py"))
# A word with two capitals, and the number that may belong to it: BPE, RoPE, SmolLM2, UTF-8.
CAPITALS = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Za-z]+(?:-?\d+\b)?")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of each row of a table of the glossary."""
    section = GLOSSARY.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


ABBREVIATIONS = {row[0]: row[1] for row in rows("Abbreviations")}
NAMES = {row[0] for row in rows("Names")}


def prose(text: str) -> str:
    """Return markdown without code, formulas, addresses, HTML and the build's markers."""
    text = re.sub(r"^### (?:BEGIN|END) .*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", " ", text, flags=re.DOTALL)
    return re.sub(r"\]\([^)]*\)|https?://\S+|<[^>]*>", " ", text)


def paragraphs(lesson: str) -> list[str]:
    """Return the paragraphs, and each line of the tables, of a lesson's text."""
    cells = [cell.text for cell in read_cells(lesson) if cell.kind == "markdown"]
    return [part for text in cells for part in re.split(r"\n\s*\n|\n(?=[|#-])", prose(text))]


def entry_of(word: str) -> str:
    """Return the abbreviation that a word is, or "" where it is none or a name."""
    if word in NAMES:
        return ""
    stems = (word, re.sub(r"-?\d+$", "", word), re.sub(r"s$", "", word))
    return next((stem for stem in stems if stem in ABBREVIATIONS), "")


def plain(text: str) -> str:
    return " ".join(re.sub(r"[-*_]", " ", text).lower().split())


def problems(lesson: str) -> list[str]:
    """Return each abbreviation that is unknown, or not spelled out in its first paragraph."""
    met, found = set(), []
    for paragraph in paragraphs(lesson):
        for word in CAPITALS.findall(paragraph):
            entry = entry_of(word)
            if word in met or entry in met or word in NAMES:
                continue
            met |= {word, entry} - {""}
            if not entry:
                found.append(f"{word} is not in docs/glossary.md")
            elif plain(ABBREVIATIONS[entry]) not in plain(paragraph):
                where = " ".join(paragraph.split())[:60]
                found.append(f'{word}: say "{ABBREVIATIONS[entry]}" where it comes first: {where}')
    return found


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_abbreviations_are_spelled_out_at_first_use(lesson):
    assert problems(lesson.read_text(encoding="utf-8")) == []


def cell(text: str) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "n_problems"),
    [
        ("BPE is an old idea.", 1),
        ("**Byte-pair\nencoding**, BPE for short, and BPE again.\n\nBPE.", 0),
        ("BPE comes too early.\n\nByte-pair encoding is BPE.", 1),
        ("| a | BPE |\n| byte-pair encoding | b |", 1),
        ("XYZ is nowhere.", 1),
        ("`BPE`, [x](https://BPE.org/BPE) and $BPE$ are no text.", 0),
        ("JupyterLab, SmolLM2 and PyTorch are names.", 0),
        ("GPT-2 and GPT-3: generative pre-trained Transformers.", 0),
        ("Two RNNs and one RNN: recurrent neural networks.", 0),
        ("Tokens in UTF-8.", 1),
    ],
)
def test_what_the_rule_finds(text, n_problems):
    assert len(problems(cell(text))) == n_problems


@pytest.mark.parametrize("heading", ["Abbreviations", "Terms", "Names"])
def test_a_table_is_sorted_and_says_what_and_where(heading):
    entries = rows(heading)
    words = [row[0] for row in entries]
    assert words == sorted(words, key=lambda word: plain(word))
    assert len(set(words)) == len(words)
    for *_, meaning, lessons in entries:
        assert meaning.endswith("."), meaning
        assert re.fullmatch(r"\d+(, \d+)*", lessons), lessons
