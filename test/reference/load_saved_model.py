"""Loads an exported SavedModel in Python's TensorFlow and compares its classifier with `byol predict`.

    byol export NAME --format savedmodel -o tensorflow
    byol predict NAME pictures -o predictions.jsonl
    python3 load_saved_model.py tensorflow predictions.jsonl pictures

Prints the largest difference of a probability. Take pictures of the dataset's size: nothing here resizes. Needs tensorflow,
numpy and Pillow.
"""

import json
import os
import sys

import numpy as np
import tensorflow as tf
from PIL import Image

folder = os.path.join(sys.argv[1], "classifier")
with open(os.path.join(folder, "assets.extra", "model.json"), encoding="utf-8") as file:
    model = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    rows = [row for row in map(json.loads, file) if "probabilities" in row]
mode = "RGB" if model["input"]["channels"] == 3 else "L"
pictures = [np.asarray(Image.open(os.path.join(sys.argv[3], row["path"])).convert(mode)) for row in rows]
images = np.stack(pictures).reshape(len(rows), model["input"]["height"], model["input"]["width"], -1)

classify = tf.saved_model.load(folder).signatures["serving_default"]
ours = classify(image=tf.constant(images))["probabilities"].numpy()
theirs = np.array([[row["probabilities"][name] for name in model["classes"]] for row in rows])
print(len(rows), "pictures, largest difference of a probability", np.abs(ours - theirs).max())
