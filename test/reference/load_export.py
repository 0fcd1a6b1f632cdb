"""Loads an export in PyTorch and compares its classifier with the predictions that the experiment stored.

    byol export NAME -o weights
    python3 load_export.py weights t10k-images-idx3-ubyte predictions-test.csv

predictions-test.csv: of the run that model.json names as the classifier, from experiments/NAME/runs/... in the bucket.
Prints the largest difference of a probability (the file has six digits) and the share of equal answers. Needs torch,
torchvision and safetensors; the images are MNIST's IDX file.
"""

import csv
import sys

import numpy as np
import torch

sys.path.insert(0, sys.argv[1])
from load import MODEL, classifier, encoder

with open(sys.argv[2], "rb") as file:
    header = np.frombuffer(file.read(16), ">u4")
    pixels = np.frombuffer(file.read(), np.uint8).reshape(header[1:])
with open(sys.argv[3], newline="", encoding="utf-8") as file:
    rows = list(csv.reader(file))[1:]

mean, std = MODEL["input"]["mean"][0], MODEL["input"]["std"][0]
images = (torch.tensor(pixels).float()[:, None] / 255 - mean) / std
with torch.no_grad():
    ours = torch.cat([torch.softmax(classifier()(batch), 1) for batch in images.split(500)]).numpy()
    features = encoder()(images[:3])
stored = np.array([[float(value) for value in row[3:]] for row in rows])
print("largest difference of a probability", np.abs(ours - stored).max())
print("equal answers", (ours.argmax(1) == stored.argmax(1)).mean())
print("features of the encoder", tuple(features.shape))
