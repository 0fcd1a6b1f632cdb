"""Features of torchvision's ResNets in evaluation and in training mode, in float64 -> fixtures/backbones.json.

    python test/reference/backbones.py            # write the fixture
    python test/reference/backbones.py noise      # how far float32 PyTorch is from float64

`gradients`: of ResNet-50's blocks at a width of 8 with a 3x3 stem, of the sum of its features, each times a fixed number.
Its images are chosen as in byol_step.py: float32 PyTorch differs by 5e-5 of a gradient's norm.

Training mode: the batch's statistics normalize, and every running statistic moves once. `keys` is the hash of torchvision's
own names and shapes, in their order (counters left out).
"""

import hashlib
import json
import sys

import torch
import torchvision

import formula
from networks import MEAN, STD, buffers, fill, gradients, images, normalized, summary

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


SMALL = {'width': 8, 'batch': 4, 'channels': 3, 'size': 16, 'images': 3010, 'weights': 0, 'seeds': 9100, 'mean': MEAN, 'std': STD}


def small_resnet50(width):
    block, blocks = torchvision.models.resnet.Bottleneck, [3, 4, 6, 3]
    net = torchvision.models.ResNet(block, blocks)
    net.inplanes = width
    net.conv1 = torch.nn.Conv2d(3, width, 3, 1, 1, bias=False)
    net.bn1 = torch.nn.BatchNorm2d(width)
    net.maxpool = torch.nn.Identity()
    for stage, count in enumerate(blocks):
        setattr(net, f'layer{stage + 1}', net._make_layer(block, width * 2**stage, count, stride=min(stage, 1) + 1))
    net.fc = torch.nn.Identity()
    return net


def backward(dtype):
    net = small_resnet50(SMALL['width']).to(dtype)
    fill(net, SMALL['weights'])
    x = normalized(images(SMALL['images'], SMALL['batch'], SMALL['channels'], SMALL['size'])).to(dtype)
    features = net.train()(x)
    (features * torch.from_numpy(formula.signed(SMALL['seeds'], tuple(features.shape))).to(dtype)).sum().backward()
    return gradients(net, 2)


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
        networks = [run(name, torch.float64) for name in ('resnet18', 'resnet34', 'resnet50')]
        formula.save('backbones.json', {'case': case, 'networks': networks, 'small': SMALL, 'gradients': backward(torch.float64)})
