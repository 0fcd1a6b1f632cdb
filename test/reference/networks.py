"""The reference networks, their weights by formula, and the summaries that the fixtures keep of a tensor."""

import math

import numpy as np
import torch
import torch.nn as nn
import torchvision

import formula


BLOCK = torchvision.models.resnet.BasicBlock
STEMS = {'7x7': (7, 2, 3), '5x5': (5, 2, 2), '3x3': (3, 1, 1)}  # kernel, stride, padding


def resnet18():
    """torchvision's own, without its classifier."""
    net = torchvision.models.resnet18()
    net.fc = nn.Identity()
    return net


class ResNet(torchvision.models.ResNet):
    """torchvision's ResNet with another stem, without max-pooling, of any width, `blocks` basic blocks a stage."""

    def __init__(self, stem, width, blocks, channels=3):
        super().__init__(BLOCK, [blocks] * 4)
        kernel, stride, padding = STEMS[stem]
        self.inplanes = width
        self.conv1 = nn.Conv2d(channels, width, kernel, stride, padding, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.Identity()
        self.layer1 = self._make_layer(BLOCK, width, blocks)
        self.layer2 = self._make_layer(BLOCK, 2 * width, blocks, stride=2)
        self.layer3 = self._make_layer(BLOCK, 4 * width, blocks, stride=2)
        self.layer4 = self._make_layer(BLOCK, 8 * width, blocks, stride=2)
        self.fc = nn.Identity()


def resnet_mini(width, channels=1):
    return ResNet('5x5', width, 1, channels)


def mlp(inputs, hidden, outputs):
    """Projector and predictor: Linear -> BN -> ReLU -> Linear, both with a bias (lucidrains; DeepMind's second has none)."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, outputs))


def fill(module, offset):
    """Sets tensor number k of the state dict (num_batches_tracked not counted) from stream offset + k of the formula."""
    names = [name for name in module.state_dict() if not name.endswith('num_batches_tracked')]
    state = module.state_dict()
    with torch.no_grad():
        for k, name in enumerate(names):
            tensor = state[name]
            draw = formula.signed(offset + k, tuple(tensor.shape))
            if tensor.ndim > 1:  # uniform with the standard deviation of He's initialization
                value = draw * math.sqrt(6 / np.prod(tensor.shape[1:]))
            elif name.endswith('running_var') or (name.endswith('weight') and tensor.ndim == 1):
                value = 1 + 0.1 * draw
            else:
                value = 0.1 * draw
            tensor.copy_(torch.from_numpy(value))
    return [{'name': name, 'shape': list(state[name].shape), 'stream': offset + k} for k, name in enumerate(names)]


def images(stream, batch, channels, size):
    """uint8 [batch, channels, size, size]: waves that differ from image to image, with noise, floor(128 + 98 wave).
    Wave (b, c): sin(2 pi (p0 + (p1 - .5) y / 8 + (p2 - .5) x / 8)) + .3 noise; p from the stream, 3 a (b, c), noise from the next."""
    p = formula.uniform(stream, batch * channels * 3).reshape(batch, channels, 3, 1, 1)
    y = np.arange(size).reshape(1, 1, size, 1)
    x = np.arange(size).reshape(1, 1, 1, size)
    wave = np.sin(2 * np.pi * (p[:, :, 0] + (p[:, :, 1] - 0.5) * y / 8 + (p[:, :, 2] - 0.5) * x / 8))
    return np.floor(128 + 98 * (wave + 0.3 * formula.signed(stream + 1, wave.shape))).clip(0, 255).astype(np.uint8)


MEAN, STD = 0.5, 0.25


def normalized(pixels):
    return torch.from_numpy((pixels / 255 - MEAN) / STD)


def summary(tensor, head):
    """Norm, dot products with two fixed vectors, and the first values, in torch's layout."""
    flat = tensor.detach().double().reshape(-1).numpy()
    dots = [float(flat @ formula.signed(9000 + i, flat.shape)) for i in (0, 1)]
    return {'norm': float(np.linalg.norm(flat)), 'dots': dots, 'head': flat[:head].tolist()}


def parameters(module, head):
    return [{'name': name, **summary(p, head)} for name, p in module.named_parameters()]


def gradients(module, head):
    return [{'name': name, **summary(p.grad, head)} for name, p in module.named_parameters()]


def buffers(module, head):
    running = [(n, b) for n, b in module.named_buffers() if not n.endswith('num_batches_tracked')]
    return [{'name': name, **summary(b, head)} for name, b in running]
