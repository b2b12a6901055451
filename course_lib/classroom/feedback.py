"""A learner's feedback: one page that says what is right, what is not, and what to do now.

The page is for the learner, and it may be sent by mail: it holds no hidden check, no seed, nothing
that is meant for instructors, and nothing in it runs or loads. All that came out of a submission
goes through `as_html`.
"""

import os
import re
import secrets
from pathlib import Path

from course_lib.classroom.feedback_facts import (
    NO_DECISION,
    NOTHING,
    ByHand,
    Entry,
    Written,
    entries_of,
    plain,
    unit,
    waits,
)
from course_lib.classroom.feedback_style import STYLE
from course_lib.classroom.feedback_words import WITHOUT_A_FINDING
from course_lib.classroom.untrusted_text import COMMENT, NAME, as_html, escaped, tame
from course_lib.classroom.verdicts import SubmissionResult, Verdict
from course_lib.errors import CourseError
from course_lib.study.lesson import facts

FOLDER = "feedback"  # nbgrader's
LONGEST = 255  # bytes of a name; file systems take no more
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# A call, a value or an error, as opposed to a sentence about one.
VALUE = re.compile(r"[\[({'\"]|-?\d|\w+\(|\w+(Error|Exception): |(None|True|False)$")


def is_open(result: SubmissionResult, by_hand: ByHand = NOTHING) -> bool:
    """Return whether a learner's page says that a person has still to look at something."""
    return waits(entries_of(result, result.lesson.partition("_")[2], by_hand), by_hand)


def feedback_page(result: SubmissionResult, by_hand: ByHand = NOTHING) -> str:
    """Return a learner's page as HTML that needs no other file.

    Args:
        result: of one submission; its notes, alarms and seeds are left out.
        by_hand: what people have added; the caller reads it from the gradebook.
    """
    topic = result.lesson.partition("_")[2]
    known = facts(topic)
    entries = entries_of(result, topic, by_hand)
    title, student = escaped(known["title"]), escaped(result.student)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Feedback for {student}: {title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<header>
<p class="course">Tokens to Trust · Lesson {escaped(known["number"])}</p>
<h1>{title}</h1>
<p class="who">Feedback for <b>{student}</b></p>
</header>
{_summary(entries)}
{_ledger(entries, by_hand)}
{_to_look_at(result, entries)}
{_written_section(by_hand.written)}
<footer>
<p>Programs are tried on the inputs of their checks and on fresh random ones. So an answer that
passes its check in your notebook can still be wrong for an input that you have not seen. Commands
such as <code>hint("…")</code> are for a cell of your notebook.</p>
</footer>
</main>
</body>
</html>
"""


CANNOT_BE_READ = """<h2>What to do</h2>
<article class="blue">
<p>What you handed in could not be read or graded as it is. No points are lost. Open it in
JupyterLab: if it does not show your work, save the right notebook and hand it in again. If it does,
there is nothing to do: your instructor looks at it.</p>
</article>"""


def _summary(entries: list[Entry]) -> str:
    most = sum(entry.result.max_points for entry in entries)
    right = sum(entry.is_right for entry in entries)
    waiting = sum(entry.waits for entry in entries)
    so_far = " so far" if waiting else ""
    points = f"{plain(sum(e.points for e in entries))} of {plain(most)} points for programs{so_far}"
    told = [f"{right} of {len(entries)} programs {'is' if right == 1 else 'are'} right."]
    if right == len(entries):
        told = ["Every program is right. Well done!"]
    if waiting:
        more = sum(e.result.max_points for e in entries if e.waits)
        told.append(
            f"{waiting} {'waits' if waiting == 1 else 'wait'} for a person, who may add up to "
            f"{plain(more)} {unit(more)}."
        )
    head = points if most else "An exercise for practice"
    return f'<p class="sum">{head}</p>\n<p class="told">{" ".join(told)}</p>'


def _ledger(entries: list[Entry], by_hand: ByHand) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{_heading(entry)}</th>'
        f"<td>{_label(entry)}</td><td>{entry.worth}</td></tr>"
        for entry in entries
    )
    ends = "\n".join(
        f'<tr{kind}><th scope="row">{what}</th><td>{how}</td><td>{points}</td></tr>'
        for what, how, points, kind in _sums(entries, by_hand)
    )
    return f"""<table>
<caption>Result and points of each exercise</caption>
<thead><tr><th scope="col">Exercise</th><th scope="col">Result</th>
<th scope="col">Points</th></tr></thead>
<tbody>
{rows}
</tbody>
<tfoot>
{ends}
</tfoot>
</table>"""


def _sums(entries: list[Entry], by_hand: ByHand) -> list[tuple[str, str, str, str]]:
    """Return (what, how it came, points, attribute of the row) for each line below the table."""
    programs = sum(entry.points for entry in entries)
    most = sum(entry.result.max_points for entry in entries)
    written, settled = by_hand.written, not waits(entries, by_hand)
    if not most and written is None:
        return []
    lines = [("Programs", "", f"{plain(programs)} of {plain(most)}", "")]
    total = programs
    if written is not None:
        lines.append(("Written question", _by_whom(written), _worth(written), ""))
        total += written.points or 0.0
        most += written.max_points
    if by_hand.late_penalty:
        lines.append(("Handed in late", "", f"−{plain(by_hand.late_penalty)}", ""))
    total = max(0.0, total - by_hand.late_penalty)
    what = "Total" if settled else "Total so far"
    end = (what, "", f"{plain(total)} of {plain(most)}", ' class="total"')
    return [*lines, end] if len(lines) > 1 else [end]


def _to_look_at(result: SubmissionResult, entries: list[Entry]) -> str:
    """Return what there is to say on the exercises that are not simply right."""
    if result.is_unreadable and all(entry.decision == NO_DECISION for entry in entries):
        return CANNOT_BE_READ
    articles = [
        _article(entry)
        for entry in entries
        if entry.result.verdict is not Verdict.PASSED or entry.decision != NO_DECISION
    ]
    return "\n".join(["<h2>One by one</h2>", *articles]) if articles else ""


def _heading(entry: Entry) -> str:
    return f'<span class="number">{escaped(entry.number)}</span> {as_html(entry.title, NAME)}'


def _label(entry: Entry) -> str:
    words = entry.words
    mark = f'<span class="mark" aria-hidden="true">{words.mark}</span>'
    return f'<span class="verdict {words.hue}">{mark}{words.label}</span>'


def _article(entry: Entry) -> str:
    by_person = ", set by your instructor" if entry.decision.points is not None else ""
    rows = "".join(f"<dt>{label}</dt><dd{kind}>{text}</dd>\n" for label, text, kind in _rows(entry))
    most, means = entry.result.max_points, entry.words.means
    if entry.result.verdict is Verdict.FAILED and entry.result.finding is None:
        means = WITHOUT_A_FINDING
    return f"""<article class="{entry.words.hue}">
<h3>{_heading(entry)}</h3>
<p class="state">{_label(entry)} · {entry.worth}{f" {unit(most)}" if most else ""}{by_person}</p>
{f"<p>{means}</p>" if means else ""}
{f"<dl>{rows}</dl>" if rows else ""}
{_comment(entry.decision.comment)}
</article>"""


def _rows(entry: Entry) -> list[tuple[str, str, str]]:
    """Return (label, HTML, attribute) for each line: what was found, and what to do."""
    finding, words, rows = entry.result.finding, entry.words, []
    if finding is not None and not entry.is_right and not entry.waits:
        rows.append(("Tried", as_html(finding.what), _look(finding.what)))
        both = _look(finding.expected, finding.got)  # the same, to be compared by eye
        rows.append(("Expected", as_html(finding.expected), both))
        rows.append(("Got", as_html(finding.got), both))
        rows.append(("Likely cause", as_html(finding.cause), ""))
    if words.now:
        rows.append(("What to do", as_html(words.now), ""))
    read = (finding.read if finding is not None else "") or entry.read
    if words.hints and read:
        rows.append(("Read again", as_html(read), ""))
    if words.hints:
        name = escaped(entry.result.exercise)
        rows.append(("Stuck?", f'<code>hint("{name}")</code> gives the next of three hints.', ""))
    return rows


def _look(*texts: str) -> str:
    """Return the attribute for texts that all are calls or values: set like code."""
    return ' class="value"' if all(VALUE.match(text) for text in texts) else ""


def _written_section(written: Written | None) -> str:
    if written is None:
        return ""
    worth = f"{_worth(written)} {unit(written.max_points)}"
    return f"""<h2>The written question</h2>
<article class="blue">
<p class="state"><span class="verdict">{_by_whom(written)}</span> · {worth}</p>
{_comment(written.comment)}
</article>"""


def _by_whom(written: Written) -> str:
    if not written.answered:
        return "not attempted"
    return "graded by a person" if written.points is not None else "waits for a person"


def _worth(written: Written) -> str:
    most = plain(written.max_points)
    return f"up to {most}" if written.points is None else f"{plain(written.points)} of {most}"


def _comment(text: str) -> str:
    if not text.strip():
        return ""
    said = as_html(text.strip(), COMMENT, lines=True)
    return f"<blockquote><cite>From your instructor</cite>{said}</blockquote>"


def write_feedback(course_root: Path, result: SubmissionResult, by_hand: ByHand = NOTHING) -> Path:
    """Write a learner's page where nbgrader keeps feedback, and return its path.

    An old page stays until the new one is whole. Nothing on the way to it may be a link, and the
    folders above are made one by one: whatever lies there, nothing is written anywhere else.

    Raises:
        CourseError: if the student's name is no plain folder name, or a link or a file is in the
            way.
        OSError: if the disk is full or the folder may not be written.
    """
    names = (FOLDER, _folder_name(result.student), _folder_name(result.lesson))
    page = feedback_page(result, by_hand).encode("utf-8")
    folder = Path(course_root)
    for name in names:
        folder = folder / name
        _refuse_link(folder)
        try:
            folder.mkdir(exist_ok=True)
        except FileExistsError:
            raise CourseError(f"{folder} is a file, not a folder. Move it away.") from None
    target = folder / f"{result.lesson}.html"
    _refuse_link(target)
    temporary = folder / f".{result.lesson}.{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:  # new, so never through a link that lies there
            file.write(page)
            file.flush()
            os.fsync(file.fileno())  # the bytes are on the disk before the name points to them
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _folder_name(name: str) -> str:
    """Return a name that is one plain folder on every system."""
    plain_name = name.strip() and name.isprintable() and name[0] not in ". "
    if not plain_name or set(name) & set('/\\:*?"<>|') or len(name.encode()) > LONGEST:
        raise CourseError(
            f"`{tame(name, NAME)}` cannot be the name of a folder, so it gets no feedback. "
            "Rename the folder in submitted/ and grade it again."
        )
    return name


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise CourseError(f"{path} is a link to another place. Delete the link and try again.")
