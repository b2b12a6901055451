"""What became of a learning rate, in words that follow from its measured curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from course_lib.study.learning_rates import STEPS, Curve, Sweep, rate_at

NEARLY = 0.15  # nats above the best: so far apart are the seeds of one rate, too
CLIMB = 0.5  # nats above knowing nothing that are worth a sentence


@dataclass(frozen=True)
class Scene:
    """All curves that were measured, and the one that is chosen."""

    sweep: Sweep
    chosen: Curve

    @property
    def others(self) -> list[Curve]:
        """Return the curves of the other rates, with the same warm-up."""
        curves = self.sweep.curves.values()
        return [c for c in curves if c.warmup == self.chosen.warmup and c.lr != self.chosen.lr]

    @property
    def twin(self) -> Curve:
        """Return the curve of the same rate, with a warm-up if the chosen one has none."""
        curves = self.sweep.curves.values()
        return next(c for c in curves if c.lr == self.chosen.lr and c.warmup != self.chosen.warmup)


def loss_text(loss: float) -> str:
    """Return a loss in a few characters.

    Example:
        >>> loss_text(0.7337), loss_text(31.6), loss_text(1732.4), loss_text(float("inf"))
        ('0.73', '31.6', '1,732', 'infinity')
    """
    if not isfinite(loss):
        return "infinity"
    return f"{loss:.2f}" if loss < 10 else f"{loss:.1f}" if loss < 100 else f"{loss:,.0f}"


def verdict(curve: Curve, sweep: Sweep) -> str:
    """Say in a few words what became of a rate, by where its loss ends."""
    best = sweep.best()
    if not curve.end < sweep.knows_nothing:
        return "diverged"
    if curve == best:
        return "learned best"
    if curve.end < best.end + NEARLY:
        return "learned nearly as well as the best"
    if curve.lr < best.lr:
        return "learned slowly"
    return "got stuck" if curve.end > sweep.frequencies else "learned less, with steps too large"


def headline(curve: Curve, sweep: Sweep) -> str:
    """Name a rate, what became of it, and its loss."""
    return (
        f"Rate {curve.lr:g} {warmup_text(curve)}: {verdict(curve, sweep)}. After {STEPS} steps its "
        f"loss on other documents is {loss_text(curve.end)}."
    )


def remarks(scene: Scene) -> list[str]:
    """Say how the loss compares with others, and how sure it is."""
    curve, sweep, best = scene.chosen, scene.sweep, scene.sweep.best()
    found = [f"The three seeds end at {_listed(curve.held_out)}."]
    highest = max(curve.losses)
    if highest > sweep.knows_nothing + CLIMB:
        found.append(f"On the way the loss rose to {loss_text(highest)}.")
    if curve.end > sweep.knows_nothing:
        found.append(f"Who knows nothing has {loss_text(sweep.knows_nothing)}.")
    elif curve.end > sweep.frequencies:
        known = "Who knows how often each token occurs, and no more, has"
        found.append(f"{known} {loss_text(sweep.frequencies)}.")
    if curve != best:
        found.append(f"The best is {best.lr:g} {warmup_text(best)}, with {loss_text(best.end)}.")
    found.append(
        f"{warmup_text(scene.twin).capitalize()} this rate ends at {loss_text(scene.twin.end)}."
    )
    return found


def told(curve: Curve, sweep: Sweep) -> str:
    """Return where a rate ends, and what became of it."""
    return f"{loss_text(curve.end)}, {verdict(curve, sweep)}"


def schedule_in_words(curve: Curve) -> str:
    """Say how the learning rate goes up and down."""
    end = f"down to {rate_at(STEPS, curve.lr, curve.warmup):g} along a cosine"
    if curve.warmup:
        return f"up to {curve.lr:g} in {curve.warmup} steps, then {end}"
    return f"from {curve.lr:g} {end}"


def warmup_text(curve: Curve) -> str:
    """Say whether a rate was warmed up to."""
    return f"with {curve.warmup} steps of warm-up" if curve.warmup else "without warm-up"


def _listed(losses: Sequence[float]) -> str:
    *first, last = [loss_text(loss) for loss in losses]
    return f"{', '.join(first)} and {last}"
