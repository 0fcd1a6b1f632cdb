"""Each augmentation on fixed draws, by torchvision's functional operations where they exist -> fixtures/augment.json.

    python test/reference/augment.py

Every operation is given `draws` uniform numbers u in [0, 1) an image and turns them into its parameters as written in the
functions below; training/augment does the same in the graph. Images are [B, C, H, W] in 0..1, float64 here (torchvision's
adjust_hue computes in the input's own type too). A case keeps the op as in a spec, the draws, and the result; its images
are made by the formula: `kind` noise = uniform(stream), flat = one value an image, grey = three equal planes.
"""

import math

import numpy as np
import torch
import torchvision.transforms.v2.functional as F

import formula

ORDERS = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]  # of brightness 0, contrast 1, saturation 2
TRIES = 10


def between(low, high, u):
    return low + (high - low) * u


def crop_box(u, height, width, scale, ratio):
    """torchvision's RandomResizedCrop.get_params with its draws named: the areas of ten tries, their ratios, then the
    position in y and in x."""
    for t in range(TRIES):
        area = height * width * between(*scale, u[t])
        aspect = math.exp(between(math.log(ratio[0]), math.log(ratio[1]), u[TRIES + t]))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            top = min(math.floor(u[2 * TRIES] * (height - h + 1)), height - h)
            left = min(math.floor(u[2 * TRIES + 1] * (width - w + 1)), width - w)
            return top, left, h, w
    whole = width / height
    if whole < min(ratio):
        w, h = width, round(width / min(ratio))
    elif whole > max(ratio):
        h, w = height, round(height * max(ratio))
    else:
        w, h = width, height
    return (height - h) // 2, (width - w) // 2, h, w


def random_resized_crop(x, u, o):
    height, width = x.shape[-2:]
    box = crop_box(u, height, width, o['scale'], o['ratio'])
    return F.resized_crop(x, *box, size=[height, width], antialias=True)


def random_affine_crop(x, u, o):
    """draws: area, ratio, position in x and y, angle, shear. Bilinear between pixel centres, black outside."""
    height, width = x.shape[-2:]
    area = between(*o['scale'], u[0])
    ratio = math.exp(between(math.log(o['ratio'][0]), math.log(o['ratio'][1]), u[1]))
    sx = min(math.sqrt(area * ratio * height / width), 1)
    sy = min(math.sqrt(area / ratio * width / height), 1)
    tx, ty = (2 * u[2] - 1) * (1 - sx) * (width - 1) / 2, (2 * u[3] - 1) * (1 - sy) * (height - 1) / 2
    angle, shear = (2 * u[4] - 1) * o['degrees'] * math.pi / 180, (2 * u[5] - 1) * o['shear']
    c, s = math.cos(angle), math.sin(angle)
    a0, a1, b0, b1 = sx * c, sx * c * shear - sy * s, sx * s, sx * s * shear + sy * c
    cx, cy = (width - 1) / 2, (height - 1) / 2
    y, x_ = np.mgrid[0:height, 0:width].astype(float)
    px, py = a0 * (x_ - cx) + a1 * (y - cy) + cx + tx, b0 * (x_ - cx) + b1 * (y - cy) + cy + ty
    image, out = x.numpy(), np.zeros(x.shape)
    for dy in (0, 1):
        for dx in (0, 1):
            ix, iy = np.floor(px) + dx, np.floor(py) + dy
            weight = (1 - np.abs(px - ix)) * (1 - np.abs(py - iy))
            inside = (ix >= 0) & (ix < width) & (iy >= 0) & (iy < height)
            values = image[:, np.clip(iy, 0, height - 1).astype(int), np.clip(ix, 0, width - 1).astype(int)]
            out += weight * inside * values
    return torch.from_numpy(out)


def horizontal_flip(x, u, o):
    return F.horizontal_flip(x) if u[0] < o['p'] else x


def color_jitter(x, u, o):
    """draws: whether, order, brightness, contrast, saturation, hue. Hue comes last, as in BYOL's code."""
    if not u[0] < o['p']:
        return x
    factor = lambda name, draw: between(max(0, 1 - o[name]), 1 + o[name], draw)
    steps = [
        lambda y: F.adjust_brightness(y, factor('brightness', u[2])),
        lambda y: F.adjust_contrast(y, factor('contrast', u[3])),
        lambda y: F.adjust_saturation(y, factor('saturation', u[4])),
    ]
    for step in ORDERS[math.floor(u[1] * 6)]:
        x = steps[step](x)
    return F.adjust_hue(x, between(-o['hue'], o['hue'], u[5]))


def random_contrast(x, u, o):
    """draws: gain, offset."""
    return ((x - 0.5) * between(*o['gain'], u[0]) + 0.5 + between(-o['offset'], o['offset'], u[1])).clamp(0, 1)


def grayscale(x, u, o):
    return F.rgb_to_grayscale(x, num_output_channels=x.shape[0]) if u[0] < o['p'] else x


def gaussian_blur(x, u, o):
    """draws: whether, sigma."""
    sigma = between(*o['sigma'], u[1])
    return F.gaussian_blur(x, [o['kernel']] * 2, [sigma] * 2) if u[0] < o['p'] else x


def solarize(x, u, o):
    return F.solarize(x, o['threshold']) if u[0] < o['p'] else x


OPERATIONS = {
    'random-resized-crop': (2 * TRIES + 2, random_resized_crop),
    'random-affine-crop': (6, random_affine_crop),
    'horizontal-flip': (1, horizontal_flip),
    'color-jitter': (6, color_jitter),
    'random-contrast': (2, random_contrast),
    'grayscale': (1, grayscale),
    'gaussian-blur': (2, gaussian_blur),
    'solarize': (1, solarize),
}


def images(kind, stream, shape):
    batch, channels, height, width = shape
    if kind == 'flat':
        values = np.resize([0, 128 / 255, 1], batch).reshape(-1, 1, 1, 1)
        return np.broadcast_to(values, shape).copy()
    if kind == 'grey':
        plane = formula.uniform(stream, batch * height * width).reshape(batch, 1, height, width)
        return np.broadcast_to(plane, shape).copy()
    if kind == 'corners':  # values 0, .5, 1 alone: ties between channels, black, white, pure colours
        return np.floor(3 * formula.uniform(stream, int(np.prod(shape)))).reshape(shape) / 2
    return formula.uniform(stream, int(np.prod(shape))).reshape(shape)


cases = []


def case(ops, shape=(4, 3, 9, 8), kind='noise', pinned=None):
    """Adds a case of a list of operations; `pinned` replaces draws: {(image, draw): value}."""
    ops = ops if isinstance(ops, list) else [ops]
    number = len(cases)
    total = sum(OPERATIONS[o['op']][0] for o in ops)
    u = formula.uniform(4000 + number, shape[0] * total).reshape(shape[0], total)
    for (image, draw), value in (pinned or {}).items():
        u[image if image is not None else slice(None), draw] = value
    u = u.astype(np.float32).astype(float)
    out = []
    for b, x in enumerate(torch.from_numpy(images(kind, 3000 + number, shape))):
        start = 0
        for o in ops:
            draws, function = OPERATIONS[o['op']]
            x = function(x, u[b, start : start + draws], o)
            start += draws
        out.append(x.numpy())
    drawn = {'ops': ops, 'shape': list(shape), 'kind': kind, 'stream': 3000 + number, 'draws': u.reshape(-1).tolist()}
    cases.append({**drawn, 'output': formula.rounded(np.stack(out).reshape(-1), 7)})


JITTER = {'op': 'color-jitter', 'p': 1, 'brightness': 0.8, 'contrast': 0.8, 'saturation': 0.8, 'hue': 0.5}
SMALL = {'op': 'color-jitter', 'p': 0.8, 'brightness': 0.4, 'contrast': 0.4, 'saturation': 0.2, 'hue': 0.1}
CROP = {'op': 'random-resized-crop', 'scale': [0.08, 1], 'ratio': [3 / 4, 4 / 3]}
AFFINE = {'op': 'random-affine-crop', 'scale': [0.4, 1], 'ratio': [3 / 4, 4 / 3], 'degrees': 20, 'shear': 0.3}
FLIP = {'op': 'horizontal-flip', 'p': 0.5}
GREY = {'op': 'grayscale', 'p': 0.5}
BLUR = {'op': 'gaussian-blur', 'p': 0.5, 'kernel': 5, 'sigma': [0.1, 2]}
SOLARIZE = {'op': 'solarize', 'p': 0.5, 'threshold': 0.5}

case(CROP)
case(CROP, shape=(6, 1, 12, 12))
case({**CROP, 'scale': [0.9, 1]})  # many tries do not fit
case({**CROP, 'scale': [1, 1], 'ratio': [2, 3]})  # none fits: the central crop
case({**CROP, 'scale': [1, 1], 'ratio': [0.3, 0.5]})
case({**CROP, 'scale': [1, 1], 'ratio': [1, 1]}, shape=(2, 3, 6, 6))  # the image itself
case(CROP, kind='flat', shape=(3, 3, 6, 6))
case(AFFINE)
case(AFFINE, shape=(4, 1, 10, 10))
case({**AFFINE, 'degrees': 180, 'shear': 1}, shape=(4, 3, 8, 8))
case({**AFFINE, 'degrees': 0, 'shear': 0}, kind='flat', shape=(3, 1, 7, 7))
case({**AFFINE, 'scale': [1, 1], 'ratio': [1, 1], 'degrees': 0, 'shear': 0}, shape=(2, 3, 6, 6))
case(FLIP)
for order in range(6):
    case(JITTER, shape=(2, 3, 6, 6), pinned={(None, 1): (order + 0.5) / 6})
case(JITTER, kind='corners', shape=(4, 3, 8, 8))
case(JITTER, kind='grey')
case(JITTER, kind='flat', shape=(6, 3, 2, 2))
case({**JITTER, 'hue': 0.2}, shape=(8, 3, 5, 5))
case({**JITTER, 'brightness': 0, 'contrast': 0, 'saturation': 0}, shape=(6, 3, 6, 6))
case({**JITTER, 'brightness': 0, 'contrast': 0, 'saturation': 0}, kind='corners', shape=(6, 3, 6, 6))
case({**JITTER, 'hue': 0}, shape=(2, 3, 6, 6))
case(SMALL, shape=(8, 3, 5, 5))
case(JITTER, shape=(6, 1, 6, 6))
case({'op': 'random-contrast', 'gain': [1, 3], 'offset': 0.4})
case({'op': 'random-contrast', 'gain': [0, 0.5], 'offset': 0}, shape=(3, 1, 5, 5))
case(GREY, shape=(6, 3, 4, 4))
case(GREY, shape=(4, 1, 4, 4))
case(BLUR, shape=(6, 3, 8, 7))
case({**BLUR, 'p': 1, 'kernel': 3, 'sigma': [1.5, 1.5]})
case({**BLUR, 'p': 1, 'kernel': 9}, shape=(3, 1, 10, 10))
case({**BLUR, 'p': 1, 'kernel': 7, 'sigma': [0.01, 20]}, shape=(4, 3, 6, 5))
case({**BLUR, 'p': 1}, kind='flat', shape=(3, 3, 5, 5))
case(SOLARIZE, shape=(6, 3, 4, 4))
case({**SOLARIZE, 'p': 1}, kind='corners', shape=(2, 3, 4, 4))
case([CROP, FLIP, {**JITTER, 'p': 0.8, 'hue': 0.2}, {**GREY, 'p': 0.2}, {**BLUR, 'kernel': 3, 'sigma': [1.5, 1.5]}], shape=(6, 3, 10, 10))
case([CROP, FLIP, SMALL, {**GREY, 'p': 0.3}, BLUR, SOLARIZE], shape=(6, 3, 10, 10))
case([AFFINE, BLUR, {'op': 'random-contrast', 'gain': [1, 3], 'offset': 0.4}], shape=(4, 1, 10, 10))
case([FLIP, CROP, FLIP, FLIP, BLUR, CROP, SOLARIZE, GREY, SMALL, FLIP, BLUR], shape=(6, 3, 8, 8))
case([BLUR, AFFINE, GREY, GREY, CROP], shape=(4, 3, 8, 8))
case([], shape=(2, 3, 3, 3))

if __name__ == '__main__':
    formula.save('augment.json', {'cases': cases}, digits=10)
