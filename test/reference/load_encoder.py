"""Loads an exported encoder in PyTorch with strict=True and compares its features with those of `byol embed`.

    byol export NAME -o weights
    byol embed NAME pictures -o features
    python3 load_encoder.py weights features pictures

Prints the largest difference over the features' norm. Pictures of another size than the dataset's differ by more: `prepare`
resamples with Pillow, which rounds otherwise (see placed.py). Needs torch, torchvision, safetensors and Pillow.
"""

import json
import os
import sys

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, sys.argv[1])
from load import MODEL, encoder, prepare

ours = np.load(os.path.join(sys.argv[2], 'embeddings.npy'))
with open(os.path.join(sys.argv[2], 'embeddings.json'), encoding='utf-8') as file:
    told = json.load(file)
paths = told['paths']
images = torch.stack([prepare(Image.open(os.path.join(sys.argv[3], path))) for path in paths])
with torch.no_grad():
    theirs = encoder()(images).numpy()
difference = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
print(MODEL['network'], 'features', ours.shape, 'largest difference over norm', difference.max())
