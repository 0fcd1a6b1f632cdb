"""Twelve steps of torch.optim on a small quadratic, in float64 -> fixtures/optimizers.json.

    python test/reference/optimizers.py

Parameters p (6 values) start at 1 + .5 s(0); the loss is sum(a p^2) / 2 with a = 1 + .9 s(1), so the gradient is a p.
"""

import torch

import formula

CASES = {
    'adam': (torch.optim.Adam, {'lr': 0.05}),
    'adam-l2': (torch.optim.Adam, {'lr': 0.05, 'betas': (0.8, 0.95), 'eps': 1e-6, 'weight_decay': 0.1}),
    'sgd': (torch.optim.SGD, {'lr': 0.1, 'momentum': 0.0}),
    'sgd-momentum': (torch.optim.SGD, {'lr': 0.05, 'momentum': 0.9}),
    'sgd-momentum-l2': (torch.optim.SGD, {'lr': 0.05, 'momentum': 0.9, 'weight_decay': 0.1}),
}


def trace(make, settings):
    p = torch.from_numpy(1 + 0.5 * formula.signed(0, (6,))).requires_grad_()
    a = torch.from_numpy(1 + 0.9 * formula.signed(1, (6,)))
    optimizer = make([p], **settings)
    steps = []
    for _ in range(12):
        optimizer.zero_grad()
        (a * p * p).sum().div(2).backward()
        optimizer.step()
        steps.append(p.tolist())
    return steps


if __name__ == '__main__':
    cases = [{'name': name, 'settings': settings, 'steps': trace(make, settings)} for name, (make, settings) in CASES.items()]
    formula.save('optimizers.json', {'cases': cases})
