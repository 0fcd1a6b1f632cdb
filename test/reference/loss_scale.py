"""Dynamic loss scaling by torch.amp.GradScaler on the CPU -> fixtures/loss-scale.json.

    python test/reference/loss_scale.py

One weight of four values, and the loss sum(w * g): its gradient is g. In a step that a case lists, one value of g is
infinite or NaN. After each step: the scale, the steps in a row without such a value, how many steps were skipped, and the weights.
"""

import torch

import formula

STEPS = 18


def case(name, optimizer, lr, bad, initial=8.0, interval=3, size=1.0):
    """bad: step -> the value; size: of the gradients."""
    return {'name': name, 'optimizer': optimizer, 'lr': lr, 'bad': bad, 'initial': initial, 'interval': interval, 'size': size}


CASES = [
    case('adam', {'name': 'adam'}, 0.05, {2: 'inf', 7: '-inf', 8: 'nan', 12: 'inf'}),
    case('sgd-clipped', {'name': 'sgd', 'momentum': 0.9, 'clip': 0.5}, 0.05, {0: 'inf', 1: 'nan', 10: 'inf'}),
    case('adamw-first-steps', {'name': 'adamw', 'weightDecay': 0.2}, 0.05, {0: 'inf', 1: 'inf', 2: 'inf'}, interval=2),
    # Nothing is ever doubled in so few steps by GradScaler's own numbers.
    case('default', {'name': 'adam'}, 0.05, {4: 'inf'}, initial=65536.0, interval=2000),
    # The scale would double beyond float32: it stays.
    case('largest', {'name': 'sgd', 'momentum': 0.0}, 0.05, {}, initial=2.0**125, interval=1, size=2.0**-40),
    # Halved without end.
    case('never-finite', {'name': 'sgd', 'momentum': 0.0}, 0.05, {step: 'nan' for step in range(STEPS)}),
]


def optimizer_of(spec, parameters, lr):
    if spec['name'] == 'sgd':
        return torch.optim.SGD(parameters, lr=lr, momentum=spec['momentum'])
    kind = {'adam': torch.optim.Adam, 'adamw': torch.optim.AdamW}[spec['name']]
    return kind(parameters, lr=lr, weight_decay=spec.get('weightDecay', 0))


def run(case):
    w = torch.tensor(formula.signed(0, 4), dtype=torch.float32, requires_grad=True)
    optimizer = optimizer_of(case['optimizer'], [w], case['lr'])
    scaler = torch.amp.GradScaler('cpu', init_scale=case['initial'], growth_interval=case['interval'])
    states, skipped = [], 0
    for step in range(STEPS):
        g = torch.tensor(case['size'] * formula.signed(10 + step, 4), dtype=torch.float32)
        if step in case['bad']:
            g[step % 4] = float(case['bad'][step])
            skipped += 1
        optimizer.zero_grad()
        # The gradient as the backward pass brings it: g times the scale.
        w.grad = scaler.scale(torch.ones(())) * g
        if 'clip' in case['optimizer']:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_([w], case['optimizer']['clip'])
        scaler.step(optimizer)
        scaler.update()
        states.append([scaler.get_scale(), scaler._get_growth_tracker(), skipped, *w.detach().tolist()])
    return {**case, 'bad': [[step, value] for step, value in case['bad'].items()], 'states': states}


if __name__ == '__main__':
    assert torch.amp.GradScaler('cpu').state_dict() == {
        'scale': 65536.0, 'growth_factor': 2.0, 'backoff_factor': 0.5, 'growth_interval': 2000, '_growth_tracker': 0,
    }
    formula.save('loss-scale.json', [run(case) for case in CASES], digits=17)
