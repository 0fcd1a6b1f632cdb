"""One whole BYOL step in PyTorch, in float64, on fixed weights and images -> fixtures/byol-*.json. The second view is the first, flipped.

    python test/reference/byol_step.py            # write the fixtures
    python test/reference/byol_step.py noise      # how far float32 PyTorch is from float64: what a test may ask for

Choices that the papers and codes leave open, as made here: the loss is the sum over both directions of the batch mean of
2 - 2 cos; the online network sees view 1, then view 2, then the target network likewise (so every BN buffer moves twice a
step); accumulated gradients are the mean over the micro-batches; weight decay is L2 on every parameter; the EMA moves the
target's parameters (backbone and projector) after the optimizer, never its buffers.
"""

import sys

import torch
import torch.nn.functional as F

import formula
from networks import MEAN, STD, ResNet, buffers, fill, gradients, images, mlp, normalized, parameters, resnet18, resnet_mini, summary

ONLINE, TARGET = 0, 1000  # streams
ADAM = {'lr': 1e-3, 'weight_decay': 1e-4}
SGD = {'lr': 0.01, 'momentum': 0.9, 'weight_decay': 1e-4}
TAU = 0.99
# `images` is a stream on which no ReLU behind the stem stands within 4e-6 of zero: where one does, float32 may take its
# other side, and that moves every gradient before it by 1e-3 to 1e-2.
CASES = {
    'resnet18-7x7': {'net': resnet18, 'features': 512, 'batch': 4, 'channels': 3, 'size': 64, 'images': 2040},
    'resnet18-3x3': {'net': lambda: ResNet('3x3', 16, 2), 'features': 128, 'batch': 4, 'channels': 3, 'size': 16, 'images': 2640},
    'resnet-mini': {'net': lambda: resnet_mini(8), 'features': 64, 'batch': 8, 'channels': 1, 'size': 28, 'images': 4980},
}


class Network(torch.nn.Module):
    def __init__(self, case, predictor):
        super().__init__()
        self.backbone = case['net']()
        self.projector = mlp(case['features'], 64, 32)
        if predictor:
            self.predictor = mlp(32, 64, 32)

    def forward(self, x):
        return self.projector(self.backbone(x))


def direction(p, z):
    return (2 - 2 * (F.normalize(p, dim=-1) * F.normalize(z, dim=-1)).sum(-1)).mean()


class Trial:
    """Fresh networks and the two views of one case."""

    def __init__(self, case, dtype):
        self.online, self.target = Network(case, True).to(dtype), Network(case, False).to(dtype)
        self.names = {'online': fill(self.online, ONLINE), 'target': fill(self.target, TARGET)}
        self.case, self.dtype = case, dtype

    def views(self, micro):
        shape = (self.case['batch'], self.case['channels'], self.case['size'])
        x = normalized(images(self.case['images'] + 10 * micro, *shape)).to(self.dtype)
        return [x, x.flip(-1)]

    def loss(self, micro=0):
        a, b = self.views(micro)
        pa, pb = (self.online.predictor(self.online(x)) for x in (a, b))
        with torch.no_grad():
            za, zb = self.target(a), self.target(b)
        return direction(pa, zb) + direction(pb, za)

    def step(self, optimizer, micros=(0,)):
        optimizer.zero_grad()
        losses = []
        for micro in micros:
            loss = self.loss(micro)
            (loss / len(micros)).backward()
            losses.append(loss.item())
        optimizer.step()
        with torch.no_grad():
            online = dict(self.online.named_parameters())
            for name, t in self.target.named_parameters():
                t.mul_(TAU).add_(online[name], alpha=1 - TAU)
        return losses


def adam(case, dtype):
    trial = Trial(case, dtype)
    optimizer = torch.optim.Adam(trial.online.parameters(), **ADAM)
    losses = trial.step(optimizer)
    result = {
        'loss': losses[0],
        'gradients': gradients(trial.online, 16),
        'onlineBuffers': buffers(trial.online, 8),
        'targetBuffers': buffers(trial.target, 8),
        'adam': parameters(trial.online, 4),
        'target': parameters(trial.target, 4),
    }
    if case['features'] == 64:  # two more steps; the large networks' losses drift apart in float32 after the next one
        losses += trial.step(optimizer) + trial.step(optimizer)
    result['adamLosses'] = losses + [trial.loss().item()]
    return trial, result


def sgd(case, dtype):
    trial = Trial(case, dtype)
    optimizer = torch.optim.SGD(trial.online.parameters(), **SGD)
    losses = trial.step(optimizer) + trial.step(optimizer)
    return {'sgd': parameters(trial.online, 4), 'sgdLosses': losses + [trial.loss().item()]}


def accumulated(case, dtype):
    """Two micro-batches a step, one step; then the loss on micro-batch 0."""
    trial = Trial(case, dtype)
    losses = trial.step(torch.optim.SGD(trial.online.parameters(), **SGD), micros=(0, 1))
    kept = {'losses': losses, 'online': parameters(trial.online, 4), 'target': parameters(trial.target, 4)}
    kept['onlineBuffers'] = buffers(trial.online, 4)
    return {'accumulated': {**kept, 'nextLoss': trial.loss().item()}}


def run(case, dtype):
    trial, result = adam(case, dtype)
    kept = {key: case[key] for key in ('batch', 'channels', 'size', 'features', 'images')}
    head = {'case': {**kept, 'hidden': 64, 'output': 32, 'mean': MEAN, 'std': STD}, 'settings': {'adam': ADAM, 'sgd': SGD, 'tau': TAU}}
    result = {**head, 'input': summary(trial.views(0)[0], 4), 'streams': trial.names, **result}
    return {**result, **sgd(case, dtype), **accumulated(case, dtype)} if case['features'] == 64 else result


def noise(name, case):
    exact, single = run(case, torch.float64), run(case, torch.float32)
    for key in {'gradients', 'onlineBuffers', 'targetBuffers', 'adam', 'target', 'sgd'} & exact.keys():
        worst = max(
            (max(abs(a - b) for a, b in zip(e['dots'] + [e['norm']], s['dots'] + [s['norm']])) / max(e['norm'], 1e-12), e['name'])
            for e, s in zip(exact[key], single[key])
            if e['norm'] > 1e-12  # biases in front of a normalization have no gradient
        )
        print(name, key, 'worst difference over norm', f'{worst[0]:.1e}', worst[1])
    for key in {'adamLosses', 'sgdLosses'} & exact.keys():
        print(name, key, exact[key], [f'{abs(a - b) / a:.1e}' for a, b in zip(exact[key], single[key])])


if __name__ == '__main__':
    torch.set_num_threads(1)
    for name, case in CASES.items():
        if sys.argv[1:] == ['noise']:
            noise(name, case)
        else:
            formula.save(f'byol-{name}.json', run(case, torch.float64))
