"""Which of several is the fastest, on a machine that others use too."""

# Nearer than this to the fastest is too near to tell by a few short trials.
NEAR = 0.9
MOST_NEAR = 3

ROUNDS = 3
# What is slower than the fastest by more than noise makes is not tried again.
FAR = 0.7


def fastest(candidates):
    """The candidate with the highest rate, or None of none. Each has `value`, its best so far, and `try_once`, which raises it."""
    for turn in range(ROUNDS):
        most = max((each.value for each in candidates), default=0.0)
        for each in candidates:
            if turn == 0 or each.value >= FAR * most:
                each.try_once()
    return max(candidates, key=lambda each: each.value, default=None)


def near_the_fastest(candidates):
    """The fastest and what is too near to it to be told apart, fastest first, three at most."""
    best_first = sorted(candidates, key=lambda each: each.value, reverse=True)
    return [each for each in best_first if each.value >= NEAR * best_first[0].value][:MOST_NEAR]
