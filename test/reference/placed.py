"""What load.py's `placed` makes of pictures of many shapes: fixtures/placed.json, beside which the training's own decoder is tested.

    byol export NAME -o weights
    python3 placed.py weights/load.py

The fixture has the functions' text: a test asks for this program again where load.py has another. Needs numpy, torchvision and Pillow.
"""

import ast
import base64
import io
import json
import os
import sys


import numpy as np
import torchvision  # noqa: F401 (of the function)
from PIL import Image

program = open(sys.argv[1], encoding="utf-8").read()
functions = {each.name: each for each in ast.parse(program).body if isinstance(each, ast.FunctionDef)}
text = "\n\n\n".join(ast.get_source_segment(program, functions[name]) for name in ("resampled", "placed"))
exec(text)  # noqa: S102

made = np.random.default_rng(1)
cases, pictures = [], {}
for width, height in [(64, 48), (48, 64), (100, 77), (125, 83), (33, 32), (93, 32), (17, 24), (28, 33)]:
    coarse = Image.fromarray(made.integers(0, 256, (7, 9, 3), dtype=np.uint8))
    image = coarse.resize((width, height), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    image.save(file, "png")
    picture = f"{width}x{height}"
    pictures[picture] = base64.b64encode(file.getvalue()).decode()
    for size in (21, 28, 40):
        for fit in ("crop", "stretch", "pad"):
            pixels = np.asarray(placed(image, (size, size), fit))  # noqa: F821
            cases.append({
                **{"picture": picture, "size": size, "fit": fit},
                "pixels": base64.b64encode(pixels.tobytes()).decode(),
            })
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures", "placed.json")
with open(path, "w", encoding="utf-8") as file:
    json.dump({"text": text, "pictures": pictures, "cases": cases}, file)
