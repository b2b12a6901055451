"""A widget that shows what temperature and filters make of a model's next token."""

from collections.abc import Callable, Mapping
from functools import lru_cache

import ipywidgets
import torch
from torch import Tensor

from course_lib.llm.sampling import Settings, next_token_probs, top_k_filter
from course_lib.study import next_token
from course_lib.study.markup import page
from course_lib.study.strips import shorten
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
    draw_problem,
)
from course_lib.study.widgets.next_drawing import (
    STYLE,
    Candidate,
    Outlook,
    describe_outlook,
    describe_table,
    draw_outlook,
    draw_table,
    problem,
)

Score = Callable[[str], Tensor]  # text -> (V,) logits of the next token
Piece = Callable[[int], str]  # id -> the token's text

SHOWN = 12  # tokens
STILL_SETTINGS = (
    Settings(),
    Settings(temperature=0.0),
    Settings(temperature=0.7),
    Settings(temperature=2.0),
    Settings(top_k=10),
    Settings(top_p=0.9),
    Settings(min_p=0.1),
)


class Knobs:
    """Fields for the settings, a button a prompt, and the bars that they lead to."""

    def __init__(self, prompt: str, settings: Settings, prompts: Mapping[str, str], view: "View"):
        self.prompt, self.settings, self.view = prompt, settings, view
        self.vocab_size = view(prompt, settings).vocab_size
        self.fields = _fields(settings, self.vocab_size)
        self.reset = ipywidgets.Button(description="All off", layout={"width": "auto"})
        self.buttons = {
            name: ipywidgets.Button(description=name, layout={"width": "auto"}) for name in prompts
        }
        self.picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
        self.filling_in = False
        for field in self.fields.values():
            field.observe(lambda _: self.draw(), names="value")
        for name, button in self.buttons.items():
            button.on_click(lambda _, text=prompts[name]: self.go(text))
        self.reset.on_click(lambda _: self.fill_in(_off(self.vocab_size)))
        self.draw()

    def go(self, prompt: str) -> None:
        self.prompt = prompt
        self.draw()

    def fill_in(self, values: Mapping[str, float]) -> None:
        """Set all fields, and draw once."""
        self.filling_in = True
        for name, value in values.items():
            self.fields[name].value = value
        self.filling_in = False
        self.draw()

    def draw(self) -> None:
        """Draw what the fields say; settings that have no meaning are said and not kept."""
        if self.filling_in:
            return
        asked = Settings(**{name: field.value for name, field in self.fields.items()})
        wrong = problem(asked, self.vocab_size)
        if not wrong:
            self.settings = asked
        drawing = draw_problem(wrong) if wrong else draw_outlook(self.now())
        self.picture.value = page(drawing, CONTROLS_STYLE + STYLE)

    def now(self) -> Outlook:
        return self.view(self.prompt, self.settings)


View = Callable[[str, Settings], Outlook]


def next_controls(
    prompt: str = "My name is",
    settings: Settings | None = None,
    prompts: Mapping[str, str] | None = None,
    score: Score | None = None,
    piece: Piece = next_token.piece,
) -> Explorable:
    """Return a widget with a field for each setting and bars of the likeliest next tokens.

    Thin bars are the model's own distribution, thick ones what is left to draw from. A field's
    value that has no meaning is answered by a sentence.

    Args:
        prompt: the text to begin with.
        settings: those to begin with, without a repetition penalty; as a rule all off.
        prompts: name -> text, a button each; as a rule four that SmolLM2 is more or less sure of.
        score: returns the logits (V,) of what comes after a text; as a rule SmolLM2's. It is asked
            once for each text.
        piece: returns the text of a token's id.

    Raises:
        ValueError: if the settings have no meaning.
    """
    score = lru_cache(maxsize=None)(score or smollm2_score)
    prompts = dict(smollm2_prompts() if prompts is None else prompts)
    if prompt not in prompts.values():
        prompts = {shorten(prompt): prompt, **prompts}
    settings = settings or Settings()
    if wrong := problem(settings, len(score(prompt))) or _penalty(settings):
        raise ValueError(wrong)

    def view(text: str, chosen: Settings) -> Outlook:
        return outlook(text, score(text), piece, chosen)

    def columns() -> dict[str, list[Outlook]]:
        return {
            name: [view(text, chosen) for chosen in STILL_SETTINGS]
            for name, text in prompts.items()
        }

    knobs = Knobs(prompt, settings, prompts, view)
    rows = [
        control_row(*knobs.buttons.values()),
        control_row(*knobs.fields.values(), knobs.reset),
    ]
    return Explorable(
        controls={**knobs.buttons, **knobs.fields, "reset": knobs.reset},
        picture=knobs.picture,
        box=ipywidgets.VBox([*rows, knobs.picture]),
        still=lambda: draw_outlook(knobs.now(), live=False) + draw_table(columns()),
        describe=lambda: f"{describe_outlook(knobs.now())}\n\n{describe_table(columns())}",
        style=STYLE,
    )


def outlook(prompt: str, logits: Tensor, piece: Piece, settings: Settings) -> Outlook:
    """Return what may come next before and after the settings, in float64.

    Args:
        logits: (V,) of the token after the prompt; not modified.
    """
    scores = logits.double()[None]  # (1, V)
    no_ids = torch.empty(1, 0, dtype=torch.long)  # only a penalty would look at them
    before = scores.softmax(dim=-1)[0]  # (V,)
    after = next_token_probs(scores, no_ids, settings)[0]  # (V,)
    kept = after > 0
    if settings.temperature > 0 and settings.top_p in (None, 1) and not settings.min_p:
        # A low temperature rounds probabilities to 0, which is not to drop a token.
        kept = top_k_filter(scores, settings.top_k or scores.size(-1))[0] > -torch.inf
    best = scores[0].sort(descending=True, stable=True).indices[:SHOWN].tolist()
    return Outlook(
        prompt=prompt,
        settings=settings,
        best=tuple(
            Candidate(piece(i), before[i].item(), after[i].item(), bool(kept[i])) for i in best
        ),
        n_kept=int(kept.sum()),
        vocab_size=len(logits),
        entropies=(_entropy(before), _entropy(after)),
    )


def smollm2_score(text: str) -> Tensor:
    """Return SmolLM2's logits (V,) for the token after a text."""
    return next_token.journey(text).logits[-1].clone()  # not a view: it would keep all positions


def smollm2_prompts() -> dict[str, str]:
    """Return prompts by name: one that leaves SmolLM2 unsure, one less, and two it is sure of."""
    question = next_token.chat_format("What is the capital of France?")
    return {
        "My name is": "My name is",
        "Chat: What is the capital of France?": question,
        "Chat: The capital of France is": f"{question}The capital of France is",
        "Once upon a time": "Once upon a time",
    }


def _entropy(probs: Tensor) -> float:
    """Return the entropy in nats; never -0, which would be written with its sign."""
    return abs(torch.special.entr(probs).sum().item())


def _penalty(settings: Settings) -> str:
    penalty = settings.repetition_penalty
    return "" if penalty == 1 else f"expected no repetition penalty, got {penalty}"


def _off(vocab_size: int) -> dict[str, float]:
    """Return the values of all fields that change nothing."""
    return {"temperature": 1.0, "top_k": vocab_size, "top_p": 1.0, "min_p": 0.0}


def _fields(settings: Settings, vocab_size: int) -> dict[str, ipywidgets.Widget]:
    """Return a field a setting; what does not fit is said, not changed."""
    # Not sliders, whose handles have no name that a screen reader could say.
    parts = {
        "temperature": (ipywidgets.FloatText, "Temperature:", 0.1, "165px"),
        "top_k": (ipywidgets.IntText, "Top-k:", 1, "135px"),
        "top_p": (ipywidgets.FloatText, "Top-p:", 0.05, "130px"),
        "min_p": (ipywidgets.FloatText, "Min-p:", 0.05, "130px"),
    }
    fields = {}
    for name, (kind, description, step, width) in parts.items():
        value = getattr(settings, name)
        fields[name] = kind(
            _off(vocab_size)[name] if value is None else value,
            step=step,
            description=description,
            style={"description_width": "initial"},
            layout={"width": width},
        )
    return fields
