"""PyTorch's best configuration of a stage on this machine: every one is tried, and the fastest measured."""
import time

import augment
from steps import STAGES

STEPS_TO_WARM = 2


def rate(timed, seconds):
    """Images a second of a trial, and the steps that fit into so many seconds."""
    timed.run(STEPS_TO_WARM)
    start = time.perf_counter()
    first = timed.run(1)
    once = time.perf_counter() - start
    steps = max(2, min(200, round(seconds / 4 / once)))
    return max(first, timed.run(steps)), max(2, round(seconds / once))


def described(configuration):
    words = ["channels_last" if configuration["channels_last"] else "contiguous"]
    words.append("torch.compile" if configuration["compiled"] else "eager")
    words.append(f"{configuration['adam']} Adam")
    if configuration["views"]:
        words.append(f"views by {configuration['views']}")
    return ", ".join(words)


class Choice:
    """Tries configurations and keeps the fastest, built and warm."""

    def __init__(self, options, say):
        self.options, self.say = options, say
        self.stage = STAGES[options["stage"]]
        self.best, self.configuration, self.value, self.steps = None, None, 0.0, 1
        self.tried = {}

    def consider(self, configuration):
        name = described(configuration)
        if name in self.tried:
            return
        try:
            made = self.stage(self.options, configuration)
            value, steps = rate(made, self.options["seconds"])
        except Exception as error:  # torch.compile needs a C++ compiler; what does not run is told
            reason = str(error).strip().splitlines() or [type(error).__name__]
            self.tried[name] = f"does not run: {reason[0][:200]}"
            return
        self.tried[name] = round(value, 1)
        self.say(f"PyTorch, {name}: {value:.1f} images/s")
        if value > self.value:
            self.best, self.configuration, self.value, self.steps = made, configuration, value, steps

    def vary(self, **changes):
        self.consider({**self.configuration, **changes})


def choose(options, say):
    """The fastest of: memory format, then Adam, then torch.compile, then the library of the views."""
    choice = Choice(options, say)
    known = options.get("configuration")
    ways = augment.ways(options["views"]["first"] + options["views"]["second"]) if options["augmented"] else [None]
    for way in ways:
        choice.consider({**(known or {"channels_last": True, "compiled": False, "adam": "foreach"}), "views": way})
    if choice.configuration is None:
        raise RuntimeError(f"PyTorch runs in none of its configurations: {choice.tried}")
    if not known:
        choice.vary(channels_last=False)
        if options["stage"] != "embedding":
            choice.vary(adam="fused")
        choice.vary(compiled=True)
    return choice
