"""The runs of one method with one beta among all that were measured: its way, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from course_lib.study.frontier import Point

BEST_OF_N = "best-of-n"
METHODS = ("PPO", "DPO", "GRPO", BEST_OF_N)
CLEAR = 0.15  # about two standard errors of the difference between two looks of three runs each

Points = Sequence[Point]


def settings(points: Points, method: str) -> list[float]:
    """Return the betas of a method; of best-of-n each n but 1, where every method starts."""
    found = sorted({point.setting for point in points if point.method == method})
    return found[1:] if method == BEST_OF_N else found


@dataclass(frozen=True)
class Scene:
    """The runs of a method with one setting, each with a seed of its own.

    Attributes:
        points: those of all methods.
        setting: beta; or n, of best-of-n.
    """

    points: Points
    method: str
    setting: float

    @property
    def trained(self) -> bool:
        """Whether the method trains a policy; best-of-n only chooses."""
        return self.method != BEST_OF_N

    @property
    def name(self) -> str:
        """Return the method and its setting."""
        how = f"with beta {self.setting:g}" if self.trained else f"with n = {self.setting:g}"
        return f"{self.method} {how}"

    @cached_property
    def ways(self) -> list[list[Point]]:
        """Return the points of each run in the order in which they are passed, the start first."""
        return [self._way(seed) for seed in sorted({point.seed for point in self.points})]

    def _way(self, seed: float) -> list[Point]:
        chosen = [p for p in self.points if p.method == BEST_OF_N and p.seed == seed]
        if not self.trained:
            passed = [point for point in chosen if point.setting <= self.setting]
            return sorted(passed, key=lambda point: point.setting)
        start = [point for point in chosen if point.setting == 1]  # one answer: nothing is chosen
        return start + sorted(
            (p for p in self.points if (p[:3] == (self.method, self.setting, seed))),
            key=lambda point: point.step,
        )

    @property
    def passed(self) -> list[float]:
        """Return the steps of the looks, or n; the first is the start's."""
        return [point.step if self.trained else point.setting for point in self.ways[0]]

    def mean(self, name: str, place: int = -1) -> float:
        """Return the mean over runs of a field of `Point` at one place of the way."""
        return fmean(getattr(way[place], name) for way in self.ways)

    def gain(self, place: int = -1) -> float:
        """Return by how much the reward model's mean is above that at the start."""
        return self.mean("proxy", place) - self.mean("proxy", 0)

    @property
    def rewards(self) -> list[float]:
        """Return the mean true reward at each place of the way."""
        return [self.mean("reward", place) for place in range(len(self.passed))]

    @property
    def best(self) -> int:
        """Return the place of the way where the mean true reward is highest."""
        return self.rewards.index(max(self.rewards))

    @property
    def rises(self) -> bool:
        return max(self.rewards) - self.rewards[0] > CLEAR

    @property
    def falls(self) -> bool:
        return max(self.rewards) - self.rewards[-1] > CLEAR


def headline(scene: Scene) -> str:
    """Say which runs these are, and where they end."""
    after = f", after {scene.passed[-1]:g} steps" if scene.trained else ""
    about = "" if scene.trained else "at most "
    return (
        f"{scene.name}{after}: true reward {scene.mean('reward'):.2f}, {about}"
        f"{scene.mean('kl'):.2f} nats an answer from the reference."
    )


def components(scene: Scene) -> str:
    """Say what the reward at the end is made of."""
    if not scene.trained:
        return "What these answers are made of was not counted."
    return (
        f"{scene.mean('right'):.0%} of its answers are right, {scene.mean('polite'):.0%} polite; "
        f"an answer has {scene.mean('false'):.2f} false and {scene.mean('needless'):.2f} needless "
        "sentences."
    )


def course(scene: Scene) -> str:
    """Return in two or three words what true reward does on the way."""
    if scene.rises:
        return "rises, then falls" if scene.falls else "rises"
    return "falls" if scene.falls else "stays"


def on_the_way(scene: Scene) -> str:
    """Say what true reward does on the way, and what the reward model says of it meanwhile."""
    rewards, best = scene.rewards, scene.best
    where = "step" if scene.trained else "n ="
    start = f"On the way true reward {course(scene)}: {rewards[0]:.2f} at the start"
    if not scene.falls:
        return f"{start}, {rewards[-1]:.2f} at the end, and no clear fall."
    return (
        f"{start}, {rewards[best]:.2f} at best ({where} {scene.passed[best]:g}), "
        f"{rewards[-1]:.2f} at the end. From the best on, what the reward model says changes by "
        f"{signed(scene.gain() - scene.gain(best))}."
    )


def direction(points: Points, method: str) -> str:
    """Say whether a larger beta, or n, means nearer to the reference, and give the distances."""
    scenes = [Scene(points, method, setting) for setting in settings(points, method)]
    distances = [scene.mean("kl") for scene in scenes]
    told = ", ".join(
        f"{distance:.2f} ({scene.setting:g})"
        for scene, distance in zip(scenes, distances, strict=True)
    )
    if method == BEST_OF_N:
        return f"The larger n, the farther from the reference: nats at most (n) are {told}."
    falling = distances == sorted(distances, reverse=True)
    order = "the nearer" if falling else "not always the nearer"
    return (
        f"The larger beta, {order} to the reference: nats at the end (beta) are {told}. "
        "Betas of two methods are different prices and do not compare."
    )


def signed(value: float) -> str:
    """Return a number with its sign, which is a minus sign where it is negative.

    Example:
        >>> signed(0.5), signed(-0.904), signed(-0.001)
        ('+0.50', '−0.90', '0.00')
    """
    text = f"{value:+.2f}".replace("-", "−")
    return "0.00" if text in ("+0.00", "−0.00") else text
