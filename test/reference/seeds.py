"""Means, deviations, paired t intervals and Student's t quantiles from NumPy and SciPy, for the tests of report/.

    pip install numpy==2.4.6 scipy; python3 test/reference/seeds.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats

rng = np.random.default_rng(20)


def case(seeds: int, gain: float, noise: float) -> dict:
    supervised = np.round(rng.uniform(0.4, 0.7) + rng.normal(0, 0.02, seeds), 4)
    tuned = np.round(supervised + gain + rng.normal(0, noise, seeds), 4)
    paired = stats.ttest_rel(tuned, supervised)
    interval = paired.confidence_interval(0.95)
    arm = lambda values: {"mean": values.mean(), "std": values.std(ddof=1), "min": values.min(), "max": values.max()}
    return {
        "supervised": supervised.tolist(),
        "fineTuned": tuned.tolist(),
        "expected": {
            "supervised": arm(supervised),
            "fineTuned": arm(tuned),
            "difference": {**arm(tuned - supervised), "interval": [interval.low, interval.high]},
            "p": paired.pvalue,
        },
    }


cases = [
    case(seeds, gain, noise)
    for seeds in (2, 3, 4, 5, 10, 30, 100)
    for gain, noise in ((0.1, 0.01), (0.02, 0.02), (0.0, 0.02), (-0.05, 0.01))
]
quantiles = [
    {"degrees": degrees, "probability": probability, "t": stats.t.ppf((1 + probability) / 2, degrees)}
    for degrees in [*range(1, 31), 49, 50, 99, 100, 999, 1000]
    for probability in (0.5, 0.9, 0.95, 0.99)
]
path = Path(__file__).parent / "fixtures" / "statistics.json"
path.write_text(json.dumps({"cases": cases, "quantiles": quantiles}, default=float) + "\n")
