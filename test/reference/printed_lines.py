"""Runs the lines of Python that byol prints at the end of an experiment, or after an export, as a reader would paste them.

    byol export NAME | python3 printed_lines.py

in the folder in which byol ran. A grey photo.jpg is made for them in a folder of its own. Prints the shape of the features.
Needs torch, torchvision, safetensors and Pillow.
"""

import os
import sys
import tempfile

from PIL import Image

said = sys.stdin.read().splitlines()
start = next(at for at, line in enumerate(said) if line.startswith("The encoder in PyTorch"))
lines = said[start + 1 : start + 6]
with tempfile.TemporaryDirectory() as folder:
    photo = os.path.join(folder, "photo.jpg")
    Image.new("RGB", (120, 80), "grey").save(photo)
    program = "\n".join(lines).replace('"photo.jpg"', repr(photo))
    scope = {}
    exec(compile(program, "printed", "exec"), scope)
assert not scope["net"].training
print(program)
print("features", tuple(scope["features"].shape))
