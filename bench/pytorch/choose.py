"""PyTorch's best configurations of a stage on this machine: every one is tried, in turns; the fastest and what is near to it are measured."""
import augment
from steps import STAGES
from trials import fastest, near_the_fastest

STEPS_TO_WARM = 2
LEAST_STEPS = 4
MOST_STEPS_OF_TRIAL = 200

# How a stage's views are made; a stage that is not here has none.
WAYS = {"augmented": augment.LIBRARIES, "by-hand": augment.BY_HAND}

FORMATS = {True: "channels_last", False: "contiguous"}
COMPILED = {False: "eager", True: "torch.compile", "frozen": "torch.compile with freezing"}


def described(*configurations):
    """In words; of several, "channels_last, eager or torch.compile, foreach Adam"."""

    def each(word):
        return " or ".join(dict.fromkeys(word(one) for one in configurations))

    words = [each(lambda one: FORMATS[one["channels_last"]]), each(lambda one: COMPILED[one["compiled"]])]
    words.append(f"{each(lambda one: one['adam'])} Adam")
    if all(one["views"] for one in configurations):
        words.append(f"views by {each(lambda one: one['views'])}")
    return ", ".join(words)


class Candidate:
    """A configuration, built and warm, and the most images a second that it had in a trial."""

    def __init__(self, made, configuration, batch, seconds):
        self.made, self.configuration, self.value = made, configuration, 0.0
        made.run(STEPS_TO_WARM)
        once = batch / made.run(1)
        self.steps = max(LEAST_STEPS, round(seconds / once))
        self.steps_of_trial = max(LEAST_STEPS, min(MOST_STEPS_OF_TRIAL, round(seconds / 6 / once)))

    def try_once(self):
        self.value = max(self.value, self.made.run(self.steps_of_trial))


class Choice:
    """Tries configurations in turns and keeps the fastest, and what is near to it, built and warm."""

    def __init__(self, options, say):
        self.options, self.say = options, say
        self.stage = STAGES[options["stage"]]
        self.kept, self.finalists = None, []
        self.tried = {}

    @property
    def configurations(self):
        """Of the finalists, the fastest first."""
        return [each.configuration for each in self.finalists]

    def run(self):
        """Images a second of the one that is the fastest now."""
        return max(each.made.run(each.steps) for each in self.finalists)

    def among(self, configurations):
        """The fastest of these and of what was kept before becomes what is kept."""
        candidates = [self.kept] if self.kept else []
        candidates += [made for each in configurations if (made := self.candidate(each))]
        if all(each is self.kept for each in candidates):
            return
        self.kept = fastest(candidates)
        others = [each for each in self.finalists if each not in candidates]
        self.finalists = near_the_fastest([*others, *candidates])
        for each in candidates:
            name = described(each.configuration)
            self.tried[name] = round(each.value, 1)
            self.say(f"PyTorch, {name}: {each.value:.1f} images/s")

    def candidate(self, configuration):
        name = described(configuration)
        if name in self.tried:
            return None
        try:
            made = self.stage(self.options, configuration)
            return Candidate(made, configuration, self.options["batch"], self.options["seconds"])
        except Exception as error:  # torch.compile needs a C++ compiler; what does not run is told
            reason = str(error).strip().splitlines() or [type(error).__name__]
            self.tried[name] = f"does not run: {reason[0][:200]}"
            return None

    def vary(self, **values):
        """All combinations of these values with the rest of each finalist."""
        several = [dict(each) for each in self.configurations]
        for key, among in values.items():
            several = [{**one, key: value} for one in several for value in among]
        self.among({described(each): each for each in several}.values())


def choose(options, say):
    """The fastest of: the ways of the views; then memory format and torch.compile together; then Adam."""
    choice = Choice(options, say)
    ways = WAYS.get(options["stage"], [None])
    choice.among([{"channels_last": True, "compiled": False, "adam": "foreach", "views": way} for way in ways])
    if choice.kept is None:
        raise RuntimeError(f"PyTorch runs in none of its configurations: {choice.tried}")
    embedding = options["stage"] == "embedding"
    choice.vary(channels_last=[True, False], compiled=[False, True, "frozen"] if embedding else [False, True])
    if not embedding:
        choice.vary(adam=["foreach", "fused"])
    return choice
