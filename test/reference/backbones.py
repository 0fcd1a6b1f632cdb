"""Features of torchvision's ResNets in evaluation and in training mode, in float64 -> fixtures/backbones.json.

    python test/reference/backbones.py            # write the fixture
    python test/reference/backbones.py noise      # how far float32 PyTorch is from float64

Training mode: the batch's statistics normalize, and every running statistic moves once. `keys` is the hash of torchvision's
own names and shapes, in their order (counters left out).
"""

import hashlib
import json
import sys

import torch
import torchvision

import formula
from networks import MEAN, STD, buffers, fill, images, normalized, summary

WEIGHTS, IMAGES = 0, 2000  # streams
BATCH, CHANNELS, SIZE = 4, 3, 64


def network(name):
    net = getattr(torchvision.models, name)()
    net.fc = torch.nn.Identity()
    return net


def run(name, dtype):
    net = network(name).to(dtype)
    streams = fill(net, WEIGHTS)
    x = normalized(images(IMAGES, BATCH, CHANNELS, SIZE)).to(dtype)
    with torch.no_grad():
        evaluation = net.eval()(x)
        training = net.train()(x)
    names = json.dumps([[each['name'], each['shape']] for each in streams], separators=(',', ':'))
    return {
        'name': name,
        'features': evaluation.shape[1],
        'tensors': len(streams),
        'keys': hashlib.sha256(names.encode()).hexdigest(),
        'evaluation': {'name': 'evaluation', **summary(evaluation, 16)},
        'training': {'name': 'training', **summary(training, 16)},
        'buffers': buffers(net, 2),
    }


if __name__ == '__main__':
    torch.set_num_threads(1)
    if sys.argv[1:] == ['noise']:
        for name in ('resnet34', 'resnet50'):
            exact, single = run(name, torch.float64), run(name, torch.float32)
            for key in ('evaluation', 'training'):
                worst = max(abs(a - b) for a, b in zip(exact[key]['dots'] + [exact[key]['norm']], single[key]['dots'] + [single[key]['norm']]))
                print(name, key, 'worst difference over norm', f'{worst / exact[key]["norm"]:.1e}')
    else:
        case = {'batch': BATCH, 'channels': CHANNELS, 'size': SIZE, 'images': IMAGES, 'weights': WEIGHTS, 'mean': MEAN, 'std': STD}
        formula.save('backbones.json', {'case': case, 'networks': [run(name, torch.float64) for name in ('resnet18', 'resnet34', 'resnet50')]})
