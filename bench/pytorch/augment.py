"""The views of a spec (its list of operations, as JSON) in three ways, each drawn per image.

- kornia: whole batches in this process
- torchvision: transforms v2 image by image in DataLoader workers, one for each core: on a batch v2 would draw once for all
- tensors: whole batches by affine_grid and grid_sample, for the quickstart's operations, which is the least that PyTorch can do
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision.transforms import v2

TENSOR_OPERATIONS = {"random-affine-crop", "gaussian-blur", "random-contrast", "horizontal-flip"}


def ways(operations):
    """Ways that can make these views."""
    names = {o["op"] for o in operations}
    by_tensors = names and names <= TENSOR_OPERATIONS
    return ["tensors", "kornia"] if by_tensors else ["kornia", "torchvision"]


class Contrast(nn.Module):
    """(x - 1/2) gain + 1/2 + offset, held in 0..1; gain and offset drawn per image."""

    def __init__(self, gain, offset):
        super().__init__()
        self.gain, self.offset = gain, offset

    def forward(self, x):
        shape = (x.shape[0], 1, 1, 1)
        gain = torch.empty(shape).uniform_(*self.gain)
        return ((x - 0.5) * gain + 0.5 + torch.empty(shape).uniform_(-self.offset, self.offset)).clamp_(0, 1)


class AffineCrop(nn.Module):
    """A window turned and sheared around its own centre, stretched to the image's size."""

    def __init__(self, scale, ratio, degrees, shear):
        super().__init__()
        self.scale, self.ratio, self.degrees, self.shear = scale, ratio, degrees, shear

    def forward(self, x):
        n = x.shape[0]
        draw = lambda low, high: torch.empty(n).uniform_(low, high)
        area, ratio = draw(*self.scale), torch.exp(draw(*map(math.log, self.ratio)))
        sx, sy = (area * ratio).sqrt_().clamp_(max=1), (area / ratio).sqrt_().clamp_(max=1)
        angle, shear = draw(-self.degrees, self.degrees) * (math.pi / 180), draw(-self.shear, self.shear)
        c, s = angle.cos(), angle.sin()
        first = torch.stack([sx * c, sx * c * shear - sy * s, draw(-1, 1) * (1 - sx)], 1)
        second = torch.stack([sx * s, sx * s * shear + sy * c, draw(-1, 1) * (1 - sy)], 1)
        grid = F.affine_grid(torch.stack([first, second], 1), x.shape, align_corners=True)
        return F.grid_sample(x, grid, padding_mode="zeros", align_corners=True)


class Blur(nn.Module):
    """A separable Gaussian blur of one channel, where it applies."""

    def __init__(self, p, kernel, sigma):
        super().__init__()
        self.p, self.sigma = p, sigma
        self.distances = torch.arange(kernel) - kernel // 2

    def forward(self, x):
        n = x.shape[0]
        sigma = torch.empty(n, 1).uniform_(*self.sigma)
        taps = torch.exp(-0.5 * (self.distances / sigma) ** 2)
        taps = taps / taps.sum(1, keepdim=True)
        kernels = (taps[:, :, None] * taps[:, None, :])[:, None]
        pad = len(self.distances) // 2
        padded = F.pad(x, [pad] * 4, mode="reflect").transpose(0, 1)
        blurred = F.conv2d(padded, kernels, groups=n).transpose(0, 1)
        return torch.where(torch.rand(n, 1, 1, 1) < self.p, blurred, x)


class Flip(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return torch.where(torch.rand(x.shape[0], 1, 1, 1) < self.p, x.flip(3), x)


def by_tensors(o):
    rest = {k: v for k, v in o.items() if k != "op"}
    return {"random-affine-crop": AffineCrop, "gaussian-blur": Blur, "random-contrast": Contrast, "horizontal-flip": Flip}[
        o["op"]
    ](**rest)


def by_kornia(o, size):
    import kornia.augmentation as K

    op = o["op"]
    if op == "random-resized-crop":
        return K.RandomResizedCrop((size, size), tuple(o["scale"]), tuple(o["ratio"]), cropping_mode="resample", p=1.0)
    if op == "random-affine-crop":
        zoom = tuple(1 / math.sqrt(area) for area in reversed(o["scale"]))
        shear = math.degrees(math.atan(o["shear"]))
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
        return K.RandomSolarize(o["threshold"], 0.0, p=o["p"])
    return Contrast(o["gain"], o["offset"])


def by_torchvision(o, size):
    op = o["op"]
    if op == "random-resized-crop":
        return v2.RandomResizedCrop(size, tuple(o["scale"]), tuple(o["ratio"]))
    if op == "horizontal-flip":
        return v2.RandomHorizontalFlip(o["p"])
    if op == "color-jitter":
        return v2.RandomApply([v2.ColorJitter(o["brightness"], o["contrast"], o["saturation"], o["hue"])], o["p"])
    if op == "grayscale":
        return v2.RandomGrayscale(o["p"])
    if op == "gaussian-blur":
        return v2.RandomApply([v2.GaussianBlur(o["kernel"], tuple(o["sigma"]))], o["p"])
    return v2.RandomSolarize(round(o["threshold"] * 255), o["p"])


def batched(way, operations, size):
    """A module on float batches [N, C, H, W] in 0..1."""
    used = [o for o in operations if o.get("p") != 0]
    return nn.Sequential(*(by_tensors(o) if way == "tensors" else by_kornia(o, size) for o in used))


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
