"""Images that sharp cannot write, with Pillow: fixtures/images/."""

from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(__file__).parent / "fixtures" / "images"
folder.mkdir(exist_ok=True)

for value in (12000, 45000):
    Image.fromarray(np.full((16, 16), value, np.uint16)).save(folder / f"grey16-{value}.png")

for name, colour in {"red": (255, 0, 0), "cyan": (0, 255, 255), "violet": (120, 60, 200)}.items():
    twin = Image.new("RGB", (16, 16), colour)
    twin.save(folder / f"{name}.jpg", quality=95)
    twin.convert("CMYK").save(folder / f"{name}-cmyk.jpg", quality=95)  # with an Adobe marker, inverted

float_pixels = np.random.RandomState(1).rand(16, 16).astype(np.float32)
Image.fromarray(float_pixels).save(folder / "float.tif")
Image.new("RGB", (16, 16), (10, 20, 30)).save(folder / "image.bmp")
Image.new("1", (16, 16), 1).save(folder / "white-fax.tif", compression="group4")
