"""The views of a spec (its list of operations, as JSON), each drawn per image, in several ways.

- kornia: whole batches in this process
- torchvision: transforms v2 image by image in DataLoader workers, one for each core: on a batch v2 would draw once for all
- tensors, and with compiled colours: written by hand for whole batches, see tensors.py
"""
import math
import random

import torch
import torch.nn as nn
from torchvision.transforms import InterpolationMode, v2

import tensors

LIBRARIES = ["kornia", "torchvision"]
BY_HAND = ["tensors", "tensors with compiled colours"]


def affine_range(o):
    """Of a random-affine-crop, as both libraries' RandomAffine takes it: how much it enlarges, and degrees of shear."""
    return tuple(1 / math.sqrt(area) for area in reversed(o["scale"])), math.degrees(math.atan(o["shear"]))


def by_kornia(o, size):
    import kornia.augmentation as K

    op = o["op"]
    if op == "random-resized-crop":
        return K.RandomResizedCrop((size, size), tuple(o["scale"]), tuple(o["ratio"]), cropping_mode="resample", p=1.0)
    if op == "random-affine-crop":
        zoom, shear = affine_range(o)
        return K.RandomAffine(o["degrees"], translate=(0.2, 0.2), scale=zoom, shear=(-shear, shear), p=1.0)
    if op == "horizontal-flip":
        return K.RandomHorizontalFlip(p=o["p"])
    if op == "color-jitter":
        return K.ColorJitter(o["brightness"], o["contrast"], o["saturation"], o["hue"], p=o["p"])
    if op == "grayscale":
        return K.RandomGrayscale(p=o["p"])
    if op == "gaussian-blur":
        low, high = o["sigma"]
        return K.RandomGaussianBlur((o["kernel"], o["kernel"]), (low, max(high, low + 1e-6)), p=o["p"])
    if op == "solarize":
        return K.RandomSolarize((o["threshold"],) * 2, (0.0, 0.0), p=o["p"])
    if op == "random-contrast":
        return tensors.Contrast(o["gain"], o["offset"])
    raise ValueError(f"no kornia view is written for {op}")


class Contrast(nn.Module):
    """random-contrast of one uint8 image, which torchvision lacks."""

    def __init__(self, gain, offset):
        super().__init__()
        self.gain, self.offset = gain, offset

    def forward(self, x):
        gain, offset = random.uniform(*self.gain), random.uniform(-self.offset, self.offset)
        return (x * gain + 255 * (0.5 - 0.5 * gain + offset)).clamp_(0, 255).to(torch.uint8)


def by_torchvision(o, size):
    op = o["op"]
    if op == "random-resized-crop":
        return v2.RandomResizedCrop(size, tuple(o["scale"]), tuple(o["ratio"]))
    if op == "random-affine-crop":
        zoom, shear = affine_range(o)
        bilinear = InterpolationMode.BILINEAR
        return v2.RandomAffine(o["degrees"], (0.2, 0.2), zoom, (-shear, shear), interpolation=bilinear)
    if op == "random-contrast":
        return Contrast(o["gain"], o["offset"])
    if op == "horizontal-flip":
        return v2.RandomHorizontalFlip(o["p"])
    if op == "color-jitter":
        return v2.RandomApply([v2.ColorJitter(o["brightness"], o["contrast"], o["saturation"], o["hue"])], o["p"])
    if op == "grayscale":
        return v2.RandomGrayscale(o["p"])
    if op == "gaussian-blur":
        return v2.RandomApply([v2.GaussianBlur(o["kernel"], tuple(o["sigma"]))], o["p"])
    if op == "solarize":
        return v2.RandomSolarize(round(o["threshold"] * 255), o["p"])
    raise ValueError(f"no torchvision view is written for {op}")


def batched(way, operations, size):
    """A module on float batches [N, C, H, W] in 0..1."""
    used = [o for o in operations if o.get("p") != 0]
    if way in BY_HAND:
        return tensors.view(used, compiled=way != "tensors")
    return nn.Sequential(*(by_kornia(o, size) for o in used))


class Views(torch.utils.data.Dataset):
    """Two views of each place, by torchvision's transforms of uint8 images."""

    def __init__(self, images, places, views, size):
        self.images, self.places = images, places
        self.first, self.second = (
            v2.Compose([by_torchvision(o, size) for o in operations if o.get("p") != 0] + [v2.Identity()])
            for operations in (views["first"], views["second"])
        )

    def __len__(self):
        return len(self.places)

    def __getitem__(self, at):
        image = self.images[self.places[at]]
        return self.first(image), self.second(image)
