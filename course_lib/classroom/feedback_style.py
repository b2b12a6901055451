"""The look of a learner's feedback page: one style sheet, light and dark, on paper too."""

from course_lib.study.markup import DARK_HUES, HUES

# Behind text stand `paper` and `card`. Every ink, and every hue, keeps 4.5:1 against both.
LIGHT = {
    "paper": "#faf9f6",
    "card": "#ffffff",
    "ink": "#23262a",
    "soft": "#5c6167",
    "rule": "#ddd8ce",
    **HUES,
}
DARK = {
    "paper": "#16181b",
    "card": "#1e2125",
    "ink": "#e4e2dd",
    "soft": "#a6aaaf",
    "rule": "#363a40",
    **DARK_HUES,
}

_SHEET = """
:root{color-scheme:light dark;@light@}
@media screen and (prefers-color-scheme:dark){:root{@dark@}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:400 17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:46rem;margin:0 auto;padding:3.5rem 1.5rem 4rem}
h1,h2,h3,.sum{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,
"Times New Roman",serif;font-weight:600;line-height:1.2;text-wrap:balance}
h1{font-size:2.05rem;margin:0 0 .7rem;letter-spacing:-.01em}
h2{font-size:1.45rem;margin:3.2rem 0 1.1rem}
h3{font-size:1.2rem;margin:0}
p{margin:0 0 .8em}
.course,.who,.small{color:var(--soft)}
.course{font-size:.85rem;letter-spacing:.06em;text-transform:uppercase;margin:0 0 .9rem}
.who{margin:0;overflow-wrap:anywhere}
.who b{color:var(--ink);font-weight:600}
.sum{font-size:1.45rem;margin:2.4rem 0 .2rem}
.told{margin:0 0 1.8rem;color:var(--soft)}
table{width:100%;border-collapse:collapse}
caption{text-align:left;position:absolute;width:1px;height:1px;overflow:hidden;
clip-path:inset(50%);white-space:nowrap}
th,td{padding:.5rem .9rem .5rem 0;text-align:left;vertical-align:baseline;font-weight:400;
border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0;text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}
thead th{font-size:.85rem;color:var(--soft);padding-bottom:.35rem}
tfoot th,tfoot td{border-bottom:0;padding-top:.42rem;padding-bottom:.1rem;color:var(--soft)}
tfoot tr:first-child>*{padding-top:.9rem}
tfoot .total>*{color:var(--ink);font-weight:600}
.number{display:inline-block;min-width:2.2em;color:var(--soft);font-variant-numeric:tabular-nums}
.verdict{color:var(--hue);white-space:nowrap}
.mark{display:inline-block;width:1.4em;font-weight:700}
@hues@
article{margin:0 0 1.5rem;padding:1.15rem 1.4rem 1.25rem;background:var(--card);
border:1px solid var(--rule);border-left:4px solid var(--hue);border-radius:4px}
article p{margin:.6rem 0 0}
article .state{margin:.2rem 0 0;color:var(--soft);font-variant-numeric:tabular-nums}
article .number{min-width:0;margin-right:.35em}
dl{display:grid;grid-template-columns:6.6rem minmax(0,1fr);gap:.5rem 1.2rem;margin:.9rem 0 0;
align-items:baseline}
dt{color:var(--soft);font-size:.92em}
dd{margin:0;min-width:0;overflow-wrap:anywhere;unicode-bidi:isolate}
code,.value{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
font-size:.88em;unicode-bidi:isolate;overflow-wrap:anywhere}
.value code{font-size:1em}
dd code{color:var(--ink)}
blockquote{margin:1rem 0 0;padding:.7rem 1rem;background:var(--paper);border-radius:4px;
white-space:pre-line;overflow-wrap:anywhere;unicode-bidi:isolate}
blockquote cite{display:block;font-style:normal;font-size:.85rem;color:var(--soft)}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--rule);font-size:.88rem;
color:var(--soft)}
@media (max-width:36rem){main{padding:2rem 1rem 3rem}dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.7rem}.number{min-width:0;margin-right:.4em}}
@media print{@page{margin:18mm}:root{color-scheme:only light}
body{background:#fff;font-size:10.5pt}main{max-width:none;padding:0}
h2{margin-top:2rem;break-after:avoid}article,tr{break-inside:avoid}article{background:none}}
""".strip()


def _variables(colors: dict[str, str]) -> str:
    return "".join(f"--{name}:{color};" for name, color in colors.items())


STYLE = (
    _SHEET.replace("@light@", _variables(LIGHT))
    .replace("@dark@", _variables(DARK))
    .replace("@hues@", "\n".join(f".{name}{{--hue:var(--{name})}}" for name in HUES))
)
