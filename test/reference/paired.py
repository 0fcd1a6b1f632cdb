"""Paired tests, sample sizes, bootstraps and label efficiency by SciPy and NumPy: `python3 paired.py` writes fixtures/paired.json."""

import json
import pathlib

import numpy as np
from scipy.signal import fftconvolve
from scipy.stats import nct, norm, permutation_test, t, ttest_1samp

rng = np.random.default_rng(7)

tests = []
for n in (1, 2, 3, 5, 8, 12, 13, 30):
    differences = rng.normal(0.02, 0.03, n)
    if n == 1:
        p = 1.0
    elif n <= 12:
        p = permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided").pvalue
    else:
        p = ttest_1samp(differences, 0).pvalue
    tests.append({"differences": differences.tolist(), "p": float(p)})


def exact_size(mean: float, std: float, least: int) -> int | None:
    """Fewest pairs with which a two-sided paired t test at 5 % has 80 % power."""
    for n in range(least, 1000):
        critical, shift = t.ppf(0.975, n - 1), abs(mean) / std * np.sqrt(n)
        if 1 - nct.cdf(critical, n - 1, shift) + nct.cdf(-critical, n - 1, shift) >= 0.8:
            return n
    return None


sizes = []
for n, ratio in ((3, 0.2), (3, 0.5), (3, 1), (3, 1.8), (4, 0.3), (4, 0.8), (5, 0.29), (5, 0.6), (5, 1.1), (8, 0.4), (8, 0.7)):
    differences = rng.normal(0, 1, n)
    differences = 0.03 * ((differences - differences.mean()) / differences.std(ddof=1) + ratio)
    sizes.append({"differences": differences.tolist(), "seeds": exact_size(differences.mean(), differences.std(ddof=1), n + 1)})

bootstraps = []
for images, seeds, better in ((60, 1, 0.1), (400, 3, 0.05), (3000, 3, 0.02), (500, 6, 0.03)):
    pairs = []
    for _ in range(seeds):
        hard = rng.random(images)
        baseline = (hard < 0.8).astype(int)
        arm = (hard + rng.normal(0, 0.1, images) < 0.8 + better + rng.normal(0, 0.01)).astype(int)
        pairs.append((baseline, arm))
    difference = np.array([arm - baseline for baseline, arm in pairs])
    draws = 200_000 if images < 400 else 20_000
    fixed, crossed = [], []
    for _ in range(draws // 2000):
        drawn = rng.integers(0, images, (2000, images))
        fixed.append(difference.mean(axis=0)[drawn].mean(axis=1))
        times = np.array([np.bincount(row, minlength=seeds) for row in rng.integers(0, seeds, (2000, seeds))])
        per_seed = np.stack([seed[drawn].mean(axis=1) for seed in difference], axis=1)
        crossed.append((times * per_seed).sum(axis=1) / seeds)
    ends = lambda means: np.quantile(np.concatenate(means), [0.025, 0.975]).tolist()
    text = lambda bits: "".join(map(str, bits))
    bootstraps.append({"pairs": [(text(b), text(a)) for b, a in pairs], "interval": ends(fixed), "withSeeds": ends(crossed)})


def exact_ends(counts: dict[int, int]) -> list[int]:
    """Ends of the percentile interval of infinitely many resamples: quantiles of the sum of n draws, by convolution of its distribution."""
    n, least = sum(counts.values()), min(counts)
    one = np.zeros(max(counts) - least + 1)
    for value, count in counts.items():
        one[value - least] = count / n
    total, power, left = np.ones(1), one, n
    while left:
        if left % 2:
            total = fftconvolve(total, power) if min(len(total), len(power)) > 500 else np.convolve(total, power)
        power = fftconvolve(power, power) if len(power) > 500 else np.convolve(power, power)
        left //= 2
    cumulative = np.cumsum(total)
    return [int(np.argmax(cumulative >= q)) + n * least for q in (0.025, 0.975)]


exact = []
for counts in (
    {0: 55, 1: 4, -1: 1},
    {0: 7},
    {-2: 3, 0: 20, 2: 9},
    {0: 999, 1: 1},
    {0: 9000, 1: 700, -1: 300},
    {0: 8800, 1: 300, 2: 200, 3: 350, -1: 200, -2: 100, -3: 50},
    {-5: 100, -3: 400, -1: 2000, 0: 94_000, 1: 2500, 3: 600, 5: 400},
):
    exact.append({"masses": [{"value": v, "count": c} for v, c in counts.items()], "ends": exact_ends(counts)})
for entry in bootstraps:
    signs = sum(np.array(list(a), int) - np.array(list(b), int) for b, a in entry["pairs"])
    values, counts = np.unique(signs, return_counts=True)
    low, high = exact_ends({int(v): int(c) for v, c in zip(values, counts)})
    entry["exact"] = [end / len(signs) / len(entry["pairs"]) for end in (low, high)]
normal = [{"x": x, "deviation": d, "p": float(norm.cdf(x, scale=d))} for x, d in ((-0.3, 0.1), (-0.01, 0.2), (0.0, 1.0), (0.02, 0.01), (0.5, 0.4))]

labels, accuracy = [50, 100, 500, 4500], [0.61, 0.72, 0.84, 0.93]
wanted = [0.61, 0.65, 0.72, 0.8, 0.9, 0.93]
efficiency = {"labels": labels, "accuracy": accuracy, "wanted": wanted, "needed": np.exp(np.interp(wanted, accuracy, np.log(labels))).tolist()}

out = pathlib.Path(__file__).parent / "fixtures" / "paired.json"
out.write_text(json.dumps({"tests": tests, "sizes": sizes, "bootstraps": bootstraps, "exact": exact, "normal": normal, "efficiency": efficiency}) + "\n")
