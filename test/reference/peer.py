"""How much PyTorch does in the bench: the weights it trains and the steps it takes -> fixtures/peer.json.

    python test/reference/peer.py

The networks and the numbers of steps are those of bench/pytorch itself: were they fewer or smaller than ours, PyTorch would
look faster, and slower the other way round.
"""
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
# In place of this folder, whose networks.py is another.
sys.path[0] = os.path.join(here, '..', '..', 'bench', 'pytorch')

from networks import byol_networks  # noqa: E402
from quickstart import classifier_steps, pretraining_steps  # noqa: E402

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


def main():
    pretraining = {'batch': 32, 'epochs': 6}
    document = {
        'networks': [{'networks': each, 'trained': sizes(each)} for each in NETWORKS],
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
