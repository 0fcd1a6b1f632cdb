"""Reading images: a folder of JPEGs into uint8 images of one size in memory, and a file of such images."""
import time

import numpy as np
import torch
import torchvision
from torchvision.transforms import v2


def by_torchvision(path):
    return torchvision.io.decode_image(path, torchvision.io.ImageReadMode.RGB)


def by_pil(path):
    return v2.functional.pil_to_tensor(torchvision.datasets.folder.default_loader(path))


class Decoding:
    """The faster of two decoders, each tried."""

    def __init__(self, o, say):
        self.o, self.tried = o, {}
        self.loader = None
        for name, loader in (("torchvision.io", by_torchvision), ("PIL", by_pil)):
            value = self.images_a_second(loader)
            say(f"PyTorch, decoding by {name}: {value:.0f} images/s")
            if self.loader is None or value > max(self.tried.values()):
                self.loader, self.about = loader, f"ImageFolder and DataLoader, decoding by {name}"
            self.tried[name] = round(value, 1)

    def images_a_second(self, loader=None):
        """One pass of a DataLoader with a worker for each core; the images end in one tensor."""
        o = self.o
        size = o["size"]
        fit = v2.Compose([v2.Resize(size, antialias=True), v2.CenterCrop(size)])
        start = time.perf_counter()
        folder = torchvision.datasets.ImageFolder(o["folder"], transform=fit, loader=loader or self.loader)
        batches = torch.utils.data.DataLoader(folder, 64, num_workers=o["threads"])
        count = len(torch.cat([images for images, _ in batches]))
        return count / (time.perf_counter() - start)


def load(path):
    """MB/s of one file of raw images into a tensor."""
    start = time.perf_counter()
    images = torch.from_numpy(np.fromfile(path, np.uint8))
    return images.nbytes / 1e6 / (time.perf_counter() - start)
