"""One look for everything the course draws as HTML, in JupyterLab's light and dark theme.

Colors live here once: figures use the same five hues. In the dark theme each hue is replaced by its
lighter twin, the color that the figures' dark filter turns it into. Where the style sheet is not
applied (a page that strips styles), the text alone still says everything.
"""

import html
import re
from dataclasses import dataclass

HUES = {
    "blue": "#2f6bc2",
    "orange": "#b8560b",
    "plum": "#5a1564",
    "pine": "#0b4f45",
    "gray": "#6e7278",
}
DARK_HUES = {
    "blue": "#699de8",
    "orange": "#de8948",
    "plum": "#f4b8fd",
    "pine": "#89c4bb",
    "gray": "#888c91",
}

# Turns a white page into JupyterLab's dark one (#111) and keeps the hues: HUES become DARK_HUES.
DARK_FILTER = "invert(.9333) hue-rotate(180deg)"
IN_DARK_THEME = '[data-jp-theme-light="false"]'

_STYLE = """
.ttt{@hues@--ttt-rule:var(--jp-border-color2,#9995);max-width:880px;margin:.4em 0 .8em;
color:var(--jp-content-font-color1,inherit);line-height:1.5;white-space:normal;
font-family:var(--jp-content-font-family,system-ui,sans-serif);font-size:14px}
@dark@ .ttt{@dark_hues@}
.ttt.ttt p{margin:0 0 .35em;font-size:14px;line-height:1.5}
.ttt.ttt .ttt-title{font-size:16px;font-weight:600;margin-bottom:.35em}
.ttt.ttt .ttt-label{font-size:13px;font-weight:600;margin:0 0 .5em;
color:var(--jp-content-font-color1,inherit)}
.ttt-note{color:var(--jp-content-font-color2,inherit)}
.ttt-mono{font-family:var(--jp-code-font-family,ui-monospace,monospace)}
.ttt-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:pre}
.ttt-strip{position:relative;width:fit-content;max-width:100%;line-height:1.35}
.ttt-token{display:inline-block;box-sizing:border-box;max-width:100%;line-height:1.35;
margin:0 3px 6px 0;padding:1px 5px 2px;text-align:center;border:1.5px solid var(--ttt-hue);
border-radius:5px;
vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;
font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:15px;
background:color-mix(in srgb,var(--ttt-hue) 13%,transparent)}
.ttt-token small{display:block;white-space:normal;font-size:12px;line-height:1.25;
font-variant-numeric:tabular-nums}
.ttt-plain{--ttt-hue:var(--ttt-gray);background:none}
@hue_classes@
.ttt.ttt table{border-collapse:collapse;margin:0;font-size:14px;line-height:1.5;
table-layout:auto;border:0}
.ttt.ttt .ttt-data{min-width:min(100%,38em)}
.ttt.ttt caption{caption-side:top;text-align:left;font-size:16px;font-weight:600;padding:0 0 .5em;
color:inherit}
.ttt.ttt tr.ttt-row{background:none}
.ttt.ttt .ttt-row th,.ttt.ttt .ttt-row td{padding:5px 20px 5px 0;border:0;text-align:left;
font-weight:400;white-space:normal;vertical-align:baseline;max-width:none;color:inherit;
border-bottom:1px solid var(--ttt-rule)}
.ttt.ttt thead .ttt-row th{font-weight:600;vertical-align:bottom}
.ttt.ttt .ttt-row .ttt-number{text-align:right;font-variant-numeric:tabular-nums}
""".strip()


def _hue_variables(hues: dict[str, str]) -> str:
    return "".join(f"--ttt-{name}:{color};" for name, color in hues.items())


STYLE = (
    _STYLE.replace("@hues@", _hue_variables(HUES))
    .replace("@dark_hues@", _hue_variables(DARK_HUES))
    .replace("@dark@", IN_DARK_THEME)
    .replace(
        "@hue_classes@",
        "\n".join(f".ttt-{name}{{--ttt-hue:var(--ttt-{name})}}" for name in HUES),
    )
)


def page(body: str, style: str = "") -> str:
    """Return HTML that carries its own style sheet; `style` adds rules to the common ones."""
    return f'<div class="ttt"><style>{STYLE}{style}</style>{body}</div>'


@dataclass(frozen=True)
class Picture:
    """HTML for a notebook and the same in words, for terminals and for readers that hear a page."""

    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def inline_html(text: str) -> str:
    """Return text as HTML: escaped, `code`, **bold** and line breaks set as such."""
    escaped = html.escape(text, quote=False)
    escaped = re.sub(r"`([^`]+)`", r'<code style="background:none;padding:0">\1</code>', escaped)
    escaped = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escaped)
    return escaped.replace("\n", "<br>")
