"""`claims([...])`: things that people say about language models, and what this notebook found."""

from collections.abc import Sequence

from course_lib.study.markup import Picture, inline_html, page

VERDICTS = ("holds", "holds with a condition", "false", "cannot be checked")

_STYLE = """
.ttt-verdict{white-space:nowrap;font-weight:600}
.ttt.ttt .ttt-row td.ttt-seen{overflow-wrap:anywhere}
"""
_SIGNS = {"holds": "✓", "holds with a condition": "✓ only", "false": "✗", "cannot be checked": "?"}


def claims(rows: Sequence[tuple[str, bool | str | None, str]]) -> Picture:
    """Return a table of claims with the verdict that the measured truth gives each of them.

    Args:
        rows: (claim, truth, seen). `truth` is True or False as computed, a text that names the
            condition under which the claim holds, or None where nobody can check it; `seen` says
            what was measured.

    Example:
        >>> claims([("Two and two is four", 2 + 2 == 4, "4"), ("A day is long", "in June", "16 h")])
        holds: Two and two is four (seen: 4)
        holds with a condition: A day is long, in June (seen: 16 h)
    """
    lines, cells = [], []
    for claim, truth, seen in rows:
        verdict = verdict_of(truth)
        condition = truth if isinstance(truth, str) else ""
        lines.append(
            f"{verdict}: {claim.replace('`', '')}{condition and ', ' + condition} (seen: {seen})"
        )
        cells.append(
            f'<tr class="ttt-row"><th scope="row">{inline_html(claim)}</th>'
            f'<td><span class="ttt-verdict">{_SIGNS[verdict]}</span> '
            f"{inline_html(condition or verdict)}</td>"
            f'<td class="ttt-seen">{inline_html(seen)}</td></tr>'
        )
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Claim", "Verdict", "Seen here"))
    table = (
        "<table><caption>What people say, and what this notebook finds</caption>"
        f'<thead><tr class="ttt-row">{heads}</tr></thead><tbody>{"".join(cells)}</tbody></table>'
    )
    return Picture(page(table, _STYLE), "\n".join(lines))


def verdict_of(truth: bool | str | None) -> str:
    """Return the verdict for a measured truth: one of `VERDICTS`."""
    if truth is None:
        return "cannot be checked"
    if isinstance(truth, str):
        return "holds with a condition"
    return "holds" if truth else "false"
