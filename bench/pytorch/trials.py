"""Which of several is the fastest, on a machine that others use too."""

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
