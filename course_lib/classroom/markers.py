"""Lines between markers such as `### BEGIN SOLUTION`, and the faulty program of a bug hunt."""

from dataclasses import dataclass

SOLUTION = "SOLUTION"
RELEASE = "RELEASE"
HIDDEN_TESTS = "HIDDEN TESTS"
MARK_SCHEME = "MARK SCHEME"
BUILD_NOTE = "tokens_to_trust"  # the notebook metadata in which the build keeps its hashes


@dataclass(frozen=True)
class Region:
    """The lines between two markers of a cell.

    Attributes:
        begin: index of the line with the begin marker.
        end: index of the line with the end marker.
        indent: the spaces before the begin marker.
        lines: what stands between.
    """

    begin: int
    end: int
    indent: str
    lines: list[str]


def regions(text: str, kind: str) -> list[Region]:
    """Return the regions of one kind in a cell.

    Raises:
        ValueError: if a marker has no partner, or one region begins inside another.

    Example:
        >>> [found.lines for found in regions("# BEGIN RELEASE\\nx = 1\\n# END RELEASE", RELEASE)]
        [['x = 1']]
    """
    lines = text.split("\n")
    found, begin = [], None
    for index, line in enumerate(lines):
        if f"BEGIN {kind}" in line:
            if begin is not None:
                raise ValueError(f"BEGIN {kind} stands inside another one")
            begin = index
        elif f"END {kind}" in line:
            if begin is None:
                raise ValueError(f"END {kind} comes without its BEGIN {kind}")
            indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
            found.append(Region(begin, index, indent, lines[begin + 1 : index]))
            begin = None
    if begin is not None:
        raise ValueError(f"BEGIN {kind} comes without its END {kind}")
    return found


def has_marker(text: str, kind: str) -> bool:
    """Return whether a begin or an end marker of this kind stands in a cell."""
    return f"BEGIN {kind}" in text or f"END {kind}" in text


def replaced(text: str, kind: str, *stub: str) -> str:
    """Return a cell with `stub`, indented, in place of each region of a kind and its markers."""
    lines = text.split("\n")
    for region in reversed(regions(text, kind)):
        lines[region.begin : region.end + 1] = [region.indent + line for line in stub]
    return "\n".join(lines)


def faulty_version(text: str) -> str:
    """Return a bug hunt's cell as learners get it: the faulty program in place of the answer.

    In the source the faulty program is written as comments, so that the cell still runs.

    Raises:
        ValueError: unless the cell has one answer and one faulty program of commented lines.

    Example:
        >>> print(faulty_version('''### BEGIN SOLUTION
        ... x = 1
        ... ### END SOLUTION
        ... ### BEGIN RELEASE
        ... # x = 2
        ... ### END RELEASE'''))
        x = 2
    """
    faulty, answers = regions(text, RELEASE), regions(text, SOLUTION)
    if len(faulty) != 1 or len(answers) != 1:
        raise ValueError("a bug hunt has one SOLUTION region and one RELEASE region")
    program = [_uncommented(line, faulty[0].indent) for line in faulty[0].lines]
    without_program = replaced(text, RELEASE)
    answer = regions(without_program, SOLUTION)[0]
    lines = without_program.split("\n")
    lines[answer.begin : answer.end + 1] = program
    return "\n".join(lines)


def _uncommented(line: str, indent: str) -> str:
    if line.startswith(f"{indent}# "):
        return line.replace("# ", "", 1)
    if line == f"{indent}#":
        return ""
    raise ValueError(
        f"a line of the faulty program is not a comment at its indent: {line.strip()!r}"
    )
