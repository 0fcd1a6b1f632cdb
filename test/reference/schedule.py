"""Learning rates and tau of every optimizer step -> fixtures/schedule.json.

    python test/reference/schedule.py

Rates: torch.optim.lr_scheduler, LinearLR and then CosineAnnealingLR, where the warm-up takes a whole number of steps.
Tau: arXiv 2006.07733, section 3.2, with k / K from 0 at the first step to 1 at the last.
"""

import numpy as np
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, ConstantLR, LinearLR, SequentialLR

import formula

RATES = [
    {'total': 40, 'base': 0.2, 'warmup': 0.25, 'decay': 'cosine'},
    {'total': 40, 'base': 3.2, 'warmup': 0.0, 'decay': 'cosine'},
    {'total': 40, 'base': 0.2, 'warmup': 0.5, 'decay': 'constant'},
]
TAUS = [{'total': 41, 'base': 0.996}, {'total': 12, 'base': 0.9}]


def rates(total, base, warmup, decay):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
    rise = round(warmup * total)
    fall = CosineAnnealingLR(optimizer, total - rise) if decay == 'cosine' else ConstantLR(optimizer, 1.0)
    schedule = fall
    if rise > 0:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
        up = LinearLR(optimizer, 1 / rise, 1.0, rise - 1)
        fall = CosineAnnealingLR(optimizer, total - rise) if decay == 'cosine' else ConstantLR(optimizer, 1.0)
        schedule = SequentialLR(optimizer, [up, fall], [rise])
    values = []
    for _ in range(total):
        values.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        schedule.step()
    return values


def taus(total, base):
    k = np.arange(total)
    return 1 - (1 - base) * (np.cos(np.pi * k / (total - 1)) + 1) / 2


if __name__ == '__main__':
    formula.save(
        'schedule.json',
        {
            'rates': [{**each, 'values': rates(**each)} for each in RATES],
            'taus': [{**each, 'values': taus(**each).tolist()} for each in TAUS],
        },
        12,
    )
