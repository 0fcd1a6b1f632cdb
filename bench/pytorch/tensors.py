"""A spec's views written by hand as tensors of whole batches, the least that PyTorch can do: drawn per image, computed at once.

A class stands for an operation of experiment/augmentation.ts: a module on float batches [N, C, H, W] in 0..1.
"""
import itertools
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

LUMA = (0.2989, 0.587, 0.114)


def uniform(n, low, high):
    return torch.empty(n).uniform_(low, high)


def per_image(values):
    return values.view(-1, 1, 1, 1)


def grey(x):
    red, green, blue = x.unbind(1)
    return (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue)[:, None]


def windows(x, first, second, padding, align_corners):
    """What affine windows of the images show, stretched to the images' size."""
    grid = F.affine_grid(torch.stack([first, second], 1), x.shape, align_corners=align_corners)
    return F.grid_sample(x, grid, padding_mode=padding, align_corners=align_corners)


def sides(n, scale, ratio):
    """Width and height of windows, as shares of the image's."""
    area, aspect = uniform(n, *scale), torch.exp(uniform(n, *map(math.log, ratio)))
    return (area * aspect).sqrt_().clamp_(max=1), (area / aspect).sqrt_().clamp_(max=1)


class ResizedCrop(nn.Module):
    """A window stretched to the image's size, turned round with probability `flip`, which costs nothing here. What is larger
    than the image is cut, where torchvision and this project draw again.
    """

    def __init__(self, scale, ratio, flip=0.0):
        super().__init__()
        self.scale, self.ratio, self.flip = scale, ratio, flip

    def forward(self, x):
        n = len(x)
        width, height = sides(n, self.scale, self.ratio)
        turned = torch.where(torch.rand(n) < self.flip, -width, width)
        none = torch.zeros(n)
        first = torch.stack([turned, none, uniform(n, -1, 1) * (1 - width)], 1)
        second = torch.stack([none, height, uniform(n, -1, 1) * (1 - height)], 1)
        return windows(x, first, second, "border", align_corners=False)


class AffineCrop(nn.Module):
    """A window turned and sheared around its own centre, stretched to the image's size."""

    def __init__(self, scale, ratio, degrees, shear):
        super().__init__()
        self.scale, self.ratio, self.degrees, self.shear = scale, ratio, degrees, shear

    def forward(self, x):
        n = len(x)
        sx, sy = sides(n, self.scale, self.ratio)
        angle, shear = uniform(n, -self.degrees, self.degrees) * (math.pi / 180), uniform(n, -self.shear, self.shear)
        c, s = angle.cos(), angle.sin()
        first = torch.stack([sx * c, sx * c * shear - sy * s, uniform(n, -1, 1) * (1 - sx)], 1)
        second = torch.stack([sx * s, sx * s * shear + sy * c, uniform(n, -1, 1) * (1 - sy)], 1)
        return windows(x, first, second, "zeros", align_corners=True)


class Flip(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return torch.where(per_image(torch.rand(len(x)) < self.p), x.flip(3), x)


class Contrast(nn.Module):
    """(x - 1/2) gain + 1/2 + offset, held in 0..1."""

    def __init__(self, gain, offset):
        super().__init__()
        self.gain, self.offset = gain, offset

    def forward(self, x):
        n = len(x)
        gain, offset = per_image(uniform(n, *self.gain)), per_image(uniform(n, -self.offset, self.offset))
        return ((x - 0.5) * gain + 0.5 + offset).clamp_(0, 1)


def turn_hue(x, turn):
    """torchvision's adjust_hue, each image by its own share of the circle; `turn` is [N]."""
    red, green, blue = x.unbind(1)
    high, low = x.amax(1), x.amin(1)
    chroma = high - low
    sector = torch.where(
        red >= high, green - blue, torch.where(green >= high, blue - red + 2 * chroma, red - green + 4 * chroma)
    )
    hue = sector / (6 * chroma).clamp_(min=1e-12) + turn.view(-1, 1, 1)
    hue = 6 * (hue - hue.floor())
    parts = [(hue - 3).abs() - 1, 2 - (hue - 2).abs(), 2 - (hue - 4).abs()]
    return torch.stack([torch.addcmul(low, part.clamp_(0, 1), chroma) for part in parts], 1)


def darkened(x, factor):
    return (x * factor).clamp_(0, 1)


def flattened(x, factor):
    return torch.lerp(grey(x).mean((2, 3), keepdim=True), x, factor).clamp_(0, 1)


def faded(x, factor):
    return torch.lerp(grey(x), x, factor).clamp_(0, 1)


class ColorJitter(nn.Module):
    """Of images with three channels: brightness, contrast, saturation and hue, in this order (libraries draw one for each call,
    this project for each image).
    """

    def __init__(self, p, brightness, contrast, saturation, hue):
        super().__init__()
        self.p, self.hue = p, hue
        self.steps = [(darkened, brightness), (flattened, contrast), (faded, saturation)]

    def forward(self, x):
        n = len(x)
        applied = torch.rand(n) < self.p
        for step, strength in self.steps:
            x = step(x, per_image(torch.where(applied, uniform(n, max(0, 1 - strength), 1 + strength), 1.0)))
        return turn_hue(x, torch.where(applied, uniform(n, -self.hue, self.hue), 0.0))


class Grayscale(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return torch.where(per_image(torch.rand(len(x)) < self.p), grey(x), x)


class Blur(nn.Module):
    """A Gaussian blur of the images that it applies to, along the columns, then along the rows, the border reflected."""

    def __init__(self, p, kernel, sigma):
        super().__init__()
        self.p, self.sigma = p, sigma
        self.distances = torch.arange(kernel) - kernel // 2

    def forward(self, x):
        if self.p == 1:
            return self.blurred(x)
        chosen = (torch.rand(len(x)) < self.p).nonzero().view(-1)
        return x.index_copy(0, chosen, self.blurred(x[chosen])) if len(chosen) else x

    def blurred(self, x):
        n, channels, height, width = x.shape
        density = torch.exp(-0.5 * (self.distances / uniform((n, 1), *self.sigma)) ** 2)
        taps = (density / density.sum(1, keepdim=True)).repeat_interleave(channels, 0)
        maps, count = n * channels, len(self.distances)
        padded = F.pad(x.reshape(1, maps, height, width), [count // 2] * 4, mode="reflect")
        rows = F.conv2d(padded, taps.view(maps, 1, count, 1), groups=maps)
        return F.conv2d(rows, taps.view(maps, 1, 1, count), groups=maps).view(x.shape)


class Solarize(nn.Module):
    def __init__(self, p, threshold):
        super().__init__()
        self.p, self.threshold = p, threshold

    def forward(self, x):
        return torch.where(per_image(torch.rand(len(x)) < self.p) & (x >= self.threshold), 1 - x, x)


MODULES = {
    "random-resized-crop": ResizedCrop,
    "random-affine-crop": AffineCrop,
    "horizontal-flip": Flip,
    "random-contrast": Contrast,
    "color-jitter": ColorJitter,
    "grayscale": Grayscale,
    "gaussian-blur": Blur,
    "solarize": Solarize,
}


COLOURS = (Contrast, ColorJitter, Grayscale, Solarize)


def view(operations, compiled):
    """A module that makes a view; a flip that follows a resized crop is part of its window. Colours are compiled or not."""
    made = []
    for o in operations:
        rest = {name: value for name, value in o.items() if name != "op"}
        if o["op"] == "horizontal-flip" and made and isinstance(made[-1], ResizedCrop):
            made[-1].flip = o["p"]
        else:
            made.append(MODULES[o["op"]](**rest))
    return nn.Sequential(*(colours_compiled(made) if compiled else made))


def colours_compiled(modules):
    """Neighbouring colours compiled as one; windows and blurs, which PyTorch's own kernels do faster, as they are."""
    for colours, part in itertools.groupby(modules, lambda one: isinstance(one, COLOURS)):
        yield from [torch.compile(nn.Sequential(*part), dynamic=False)] if colours else part
