"""Turns an exported classifier into ONNX, as docs/export.md says, and compares it in ONNX Runtime with `byol predict`.

    byol export NAME -o weights
    byol predict NAME pictures -o predictions.jsonl
    python3 to_onnx.py weights predictions.jsonl pictures

Prints the largest difference of a probability. Needs torch, torchvision, safetensors, Pillow, onnx, onnxscript and
onnxruntime.
"""

import json
import os
import sys
import tempfile

import onnx
import onnxruntime
import torch
from PIL import Image

sys.path.insert(0, sys.argv[1])
from load import MODEL, classes, classifier, prepare

path = os.path.join(tempfile.mkdtemp(), "classifier.onnx")
size = MODEL["input"]
image = torch.zeros(1, size["channels"], size["height"], size["width"])
torch.onnx.export(classifier(), (image,), path, input_names=["image"], output_names=["logits"], dynamic_shapes=({0: "n"},))
onnx.checker.check_model(path, full_check=True)

with open(sys.argv[2], encoding="utf-8") as file:
    rows = [row for row in map(json.loads, file) if "probabilities" in row]
images = torch.stack([prepare(Image.open(os.path.join(sys.argv[3], row["path"]))) for row in rows])
[logits] = onnxruntime.InferenceSession(path).run(["logits"], {"image": images.numpy()})
ours = torch.softmax(torch.tensor(logits), 1)
theirs = torch.tensor([[row["probabilities"][name] for name in classes] for row in rows])
print(len(rows), "pictures, largest difference of a probability", (ours - theirs).abs().max().item())
