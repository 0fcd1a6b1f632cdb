"""What PyTorch does in the bench: the weights it trains, the steps it takes, and its views by hand -> fixtures/peer.json.

    python test/reference/peer.py

The networks, numbers of steps and views are those of bench/pytorch itself: were they less than ours, PyTorch would look faster,
and slower the other way round. Of the views, how far an operation is from torchvision's at most.
"""
import hashlib
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
# In place of this folder, whose networks.py is another.
sys.path[0] = os.path.join(here, '..', '..', 'bench', 'pytorch')

import tensors  # noqa: E402
import torch  # noqa: E402
from networks import byol_networks  # noqa: E402
from quickstart import classifier_steps, pretraining_steps  # noqa: E402
from torchvision.transforms.v2 import functional  # noqa: E402

SMALL = {'projector': {'hidden': 256, 'output': 64}, 'predictor': {'hidden': 256}, 'channels': 1}
LARGE = {'projector': {'hidden': 4096, 'output': 256}, 'predictor': {'hidden': 4096}, 'channels': 3}
NETWORKS = [
    {'model': {'backbone': 'resnet-mini', 'stem': '5x5', 'width': 16}, **SMALL},
    {'model': {'backbone': 'resnet18', 'stem': '7x7', 'width': 64}, **LARGE},
]
CLASSIFIERS = [
    {'batch': batch, 'minStepsPerEpoch': least, 'labelled': labelled, 'epochs': epochs}
    for batch, least, labelled, epochs in [(50, 4, 50, 120), (50, 4, 100, 120), (50, 1, 30, 7), (32, 5, 70, 3)]
]


def sizes(networks):
    weights = [weight for network in byol_networks(networks) for weight in network.parameters()]
    return sorted(weight.numel() for weight in weights)


def far_from_torchvision():
    """The largest difference of each operation on the same images, by the same factors."""
    x = torch.rand(4, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    factor = torch.full((4, 1, 1, 1), 1.3)
    torch.manual_seed(0)
    blur = tensors.Blur(0.5, 9, (1.3, 1.3))
    some, whole = blur(x), blur.blurred(x)
    nearer = torch.minimum((some - whole).abs().amax((1, 2, 3)), (some - x).abs().amax((1, 2, 3)))
    quarter = torch.tensor([[0.5, 0.0, -0.5], [0.0, 0.5, 0.5]]).expand(4, 2, 3)
    pairs = {
        'brightness': (tensors.darkened(x, factor), functional.adjust_brightness(x, 1.3)),
        'contrast': (tensors.flattened(x, factor), functional.adjust_contrast(x, 1.3)),
        'saturation': (tensors.faded(x, factor), functional.adjust_saturation(x, 1.3)),
        'hue': (tensors.turn_hue(x, torch.full((4,), -0.1)), functional.adjust_hue(x, -0.1)),
        'grayscale': (tensors.Grayscale(1)(x), functional.rgb_to_grayscale(x, 3)),
        'gaussian-blur': (tensors.Blur(1, 9, (1.3, 1.3))(x), functional.gaussian_blur(x, 9, 1.3)),
        'gaussian-blur of some': (nearer, torch.zeros(4)),
        'random-contrast': (tensors.Contrast((1.3, 1.3), 0)(x), ((x - 0.5) * 1.3 + 0.5).clamp(0, 1)),
        'random-affine-crop': (
            tensors.AffineCrop((1, 1), (1, 1), 0, 0)(x),
            x,
        ),
        'solarize': (tensors.Solarize(1, 0.5)(x), functional.solarize(x, 0.5)),
        # The lower left quarter, but for its edge, where a window sees what is beside it.
        'crop': (
            tensors.windows(x, quarter[:, 0], quarter[:, 1], 'border', False)[..., 1:-1, 1:-1],
            functional.resize(x[:, :, 12:, :12], [24, 24], antialias=False)[..., 1:-1, 1:-1],
        ),
    }
    return {name: (ours - theirs).abs().max().item() for name, (ours, theirs) in pairs.items()}


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def main():
    pretraining = {'batch': 32, 'epochs': 6}
    document = {
        'networks': [{'networks': each, 'trained': sizes(each)} for each in NETWORKS],
        'views': far_from_torchvision(),
        'of': digest(tensors.__file__),
        'pretraining': [
            {'images': images, **pretraining, 'steps': pretraining_steps(pretraining, images)[1]}
            for images in (10_000, 1000, 33)
        ],
        'classifiers': [
            {**each, 'steps': classifier_steps(each, each['labelled'], each['epochs'])[2]} for each in CLASSIFIERS
        ],
    }
    with open(os.path.join(here, 'fixtures', 'peer.json'), 'w') as file:
        json.dump(document, file, indent=1)
        file.write('\n')


if __name__ == '__main__':
    main()
