"""Twelve steps of each optimizer on a small quadratic, in float64 -> fixtures/optimizers.json.

    python test/reference/optimizers.py

Four parameters: a matrix, a bias, a scale of batch norm, and a matrix that starts at zero. Of micro-batch m the loss is
sum(a_m (p - c_m)^2) / 2 with a_m = 1 + .9 s and c_m = .3 s, where s are numbers of formula.py; several micro-batches are
averaged into one step. A case has the settings as a spec writes them. Adam, AdamW, SGD and clipping are torch's; LARS is
written from the formula (You et al. 2017, with BYOL's choices, arXiv 2006.07733, appendix C.1 and its published code).
"""

import torch

import formula

# name, role (as training/model/parameters.ts has it), shape, scale of the start, start's middle
PARAMETERS = [
    ('matrix', 'weight', (2, 3), 0.5, 1.0),
    ('bias', 'bias', (3,), 0.5, 0.2),
    ('scale', 'batch-norm', (4,), 0.5, 1.0),
    ('zero', 'weight', (3, 1), 0.0, 0.0),
]
KIND = {'weight': None, 'bias': 'biases', 'batch-norm': 'batch-norm'}
EVERYTHING = ['biases', 'batch-norm']
STEPS = 12


class Lars:
    """g <- g + decay w; g <- g trust |w| / |g| (1 where a norm is zero); v <- momentum v + g; w <- w - lr v."""

    def __init__(self, groups, lr, momentum, trust):
        self.groups, self.lr, self.momentum, self.trust = groups, lr, momentum, trust
        self.velocity = {p: torch.zeros_like(p) for group in groups for p in group['params']}

    @torch.no_grad()
    def step(self):
        for group in self.groups:
            for p in group['params']:
                g = p.grad + group['weight_decay'] * p
                if not group['excluded']:
                    w_norm, g_norm = p.norm().item(), g.norm().item()
                    g = g * (self.trust * w_norm / g_norm if w_norm > 0 and g_norm > 0 else 1.0)
                v = self.velocity[p]
                v.mul_(self.momentum).add_(g)
                p.sub_(self.lr * v)


def case(name, lr, spec, micro_batches=1):
    return {'name': name, 'lr': lr, 'microBatches': micro_batches, 'optimizer': spec}


CASES = [
    case('adam', 0.05, {'name': 'adam'}),
    case('adam-l2', 0.05, {'name': 'adam', 'beta1': 0.8, 'beta2': 0.95, 'epsilon': 1e-6, 'weightDecay': 0.1}),
    case('adam-l2-but-biases', 0.05, {'name': 'adam', 'weightDecay': 0.3, 'exclude': ['biases']}),
    case('adamw', 0.05, {'name': 'adamw'}),
    case('adamw-strong', 0.05, {'name': 'adamw', 'beta1': 0.8, 'beta2': 0.95, 'epsilon': 1e-6, 'weightDecay': 0.5}),
    case('adamw-of-everything', 0.05, {'name': 'adamw', 'weightDecay': 0.5, 'exclude': []}),
    case('sgd', 0.1, {'name': 'sgd', 'momentum': 0.0}),
    case('sgd-momentum', 0.05, {'name': 'sgd', 'momentum': 0.9}),
    case('sgd-momentum-l2', 0.05, {'name': 'sgd', 'momentum': 0.9, 'weightDecay': 0.1}),
    case('sgd-l2-but-batch-norm', 0.05, {'name': 'sgd', 'weightDecay': 0.3, 'exclude': ['batch-norm']}),
    case('lars', 0.2, {'name': 'lars'}),
    case('lars-strong', 0.5, {'name': 'lars', 'momentum': 0.8, 'weightDecay': 0.3, 'trust': 0.05}),
    case('lars-of-everything', 0.5, {'name': 'lars', 'weightDecay': 0.3, 'trust': 0.05, 'exclude': []}),
    # The first steps are above the limit, the last are not.
    case('sgd-clipped', 0.1, {'name': 'sgd', 'momentum': 0.5, 'clip': 1.2}),
    case('adamw-clipped', 0.05, {'name': 'adamw', 'weightDecay': 0.1, 'clip': 1.6}),
    case('lars-clipped', 0.5, {'name': 'lars', 'weightDecay': 0.3, 'trust': 0.05, 'clip': 1.2}),
    case('adam-accumulated', 0.05, {'name': 'adam', 'weightDecay': 0.1}, 3),
    case('adamw-accumulated-clipped', 0.05, {'name': 'adamw', 'weightDecay': 0.1, 'clip': 1.6}, 3),
    case('sgd-accumulated-clipped', 0.1, {'name': 'sgd', 'momentum': 0.5, 'clip': 1.2}, 3),
    case('lars-accumulated', 0.5, {'name': 'lars', 'weightDecay': 0.3, 'trust': 0.05}, 3),
]


def make(parameters, lr, spec):
    decay = spec.get('weightDecay', {'adamw': 0.01, 'lars': 1.5e-6}.get(spec['name'], 0.0))
    left_out = spec.get('exclude', EVERYTHING if spec['name'] in ('adamw', 'lars') else [])
    groups = [{'params': [], 'excluded': excluded, 'weight_decay': 0.0 if excluded else decay} for excluded in (False, True)]
    for (_, role, *_), p in zip(PARAMETERS, parameters):
        groups[KIND[role] in left_out]['params'].append(p)
    if spec['name'] == 'lars':
        return Lars(groups, lr, spec.get('momentum', 0.9), spec.get('trust', 1e-3))
    groups = [{key: group[key] for key in ('params', 'weight_decay')} for group in groups if group['params']]
    if spec['name'] == 'sgd':
        return torch.optim.SGD(groups, lr=lr, momentum=spec.get('momentum', 0.9))
    kind = {'adam': torch.optim.Adam, 'adamw': torch.optim.AdamW}[spec['name']]
    return kind(groups, lr=lr, betas=(spec.get('beta1', 0.9), spec.get('beta2', 0.999)), eps=spec.get('epsilon', 1e-8))


def trace(example):
    spec, micro_batches = example['optimizer'], example['microBatches']
    start = [mid + scale * formula.signed(at, shape) for at, (_, _, shape, scale, mid) in enumerate(PARAMETERS)]
    parameters = [torch.from_numpy(value).requires_grad_() for value in start]
    optimizer = make(parameters, example['lr'], spec)
    steps, norms = [], []
    for _ in range(STEPS):
        for p in parameters:
            p.grad = None
        for m in range(micro_batches):
            for at, p in enumerate(parameters):
                a = torch.from_numpy(1 + 0.9 * formula.signed(100 + 10 * m + at, tuple(p.shape)))
                c = torch.from_numpy(0.3 * formula.signed(200 + 10 * m + at, tuple(p.shape)))
                ((a * (p - c) ** 2).sum() / 2 / micro_batches).backward()
        norms.append(torch.cat([p.grad.flatten() for p in parameters]).norm().item())
        if 'clip' in spec:
            torch.nn.utils.clip_grad_norm_(parameters, spec['clip'])
        optimizer.step()
        steps.append([value for p in parameters for value in p.flatten().tolist()])
    if 'clip' in spec:
        assert norms[0] > spec['clip'] > norms[-1], (example['name'], norms)
    return steps


if __name__ == '__main__':
    parameters = [dict(zip(('name', 'role', 'shape', 'scale', 'middle'), each)) for each in PARAMETERS]
    formula.save('optimizers.json', {'parameters': parameters, 'cases': [{**each, 'steps': trace(each)} for each in CASES]})
