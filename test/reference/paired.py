"""Sign-flip p by SciPy and the bootstrap over test images by NumPy: `python3 paired.py` writes fixtures/paired.json."""

import json
import pathlib

import numpy as np
from scipy.stats import permutation_test

rng = np.random.default_rng(7)

sign_flips = []
for n in (1, 2, 3, 5, 8, 12):
    differences = rng.normal(0.02, 0.03, n)
    exact = permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided") if n > 1 else None
    sign_flips.append({"differences": differences.tolist(), "p": float(exact.pvalue) if exact else 1.0})

bootstraps = []
for images, seeds, better in ((60, 1, 0.1), (400, 3, 0.05), (3000, 3, 0.02)):
    pairs = []
    for _ in range(seeds):
        hard = rng.random(images)
        baseline = (hard < 0.8).astype(int)
        arm = (hard + rng.normal(0, 0.1, images) < 0.8 + better).astype(int)
        pairs.append((baseline, arm))
    mean = np.mean([arm - baseline for baseline, arm in pairs], axis=0)
    means = mean[rng.integers(0, images, (200_000 if images < 1000 else 20_000, images))].mean(axis=1)
    text = lambda bits: "".join(map(str, bits))
    bootstraps.append({"pairs": [(text(b), text(a)) for b, a in pairs], "interval": np.quantile(means, [0.025, 0.975]).tolist()})

out = pathlib.Path(__file__).parent / "fixtures" / "paired.json"
out.write_text(json.dumps({"signFlips": sign_flips, "bootstraps": bootstraps}))
