import { backbones } from '../../training/model/resnet';

const known = Object.entries(backbones);
const blocks = known.map(([name, of]) => `    "${name}": [${of.blocks.join(', ')}],`).join('\n');
const bottlenecks = known.filter(([, { expansion }]) => expansion === 4).map(([name]) => name);

/** The program that `byol export` puts beside the weights: loads them in PyTorch, with torchvision and safetensors alone. */
export const pytorchLoader = `"""Loads the encoder and the classifier of this folder in PyTorch.

    from load import encoder, classifier, prepare, classes
    net = encoder()                              # features [N, d]; encoder(seed=2) for another seed
    logits = classifier()(prepare(image)[None])  # image: a PIL image

Needs torch, torchvision and safetensors.
"""

import hashlib
import json
import pathlib

import torch
import torchvision
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).resolve().parent
MODEL = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
classes = MODEL["classes"]

BLOCKS = {
${blocks}
}
BOTTLENECKS = ${JSON.stringify(bottlenecks)}
STEMS = {"7x7": (7, 2, 3), "5x5": (5, 2, 2), "3x3": (3, 1, 1)}  # kernel, stride, padding


class ResNet(torchvision.models.ResNet):
    """torchvision's ResNet with the stem and width of this experiment; with 7x7 and width 64 it is torchvision's own."""

    def __init__(self, backbone, stem, width, channels, outputs):
        parts = torchvision.models.resnet
        block = parts.Bottleneck if backbone in BOTTLENECKS else parts.BasicBlock
        blocks = BLOCKS[backbone]
        super().__init__(block, blocks)
        kernel, stride, padding = STEMS[stem]
        self.inplanes = width
        self.conv1 = torch.nn.Conv2d(channels, width, kernel, stride, padding, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(width)
        if stem != "7x7":
            self.maxpool = torch.nn.Identity()
        for stage, count in enumerate(blocks):
            layer = self._make_layer(block, width * 2**stage, count, stride=1 if stage == 0 else 2)
            setattr(self, f"layer{stage + 1}", layer)
        features = 8 * width * block.expansion
        self.fc = torch.nn.Linear(features, outputs) if outputs else torch.nn.Identity()


def weights(file):
    """The tensors of a file here. ValueError: not the bytes that model.json was written for, of another export perhaps."""
    known = MODEL["files"].get(file)
    if known is None:
        raise ValueError(f"{file} is not in this export. It has {', '.join(sorted(MODEL['files']))}.")
    path = HERE / file
    if hashlib.sha256(path.read_bytes()).hexdigest() != known["sha256"]:
        raise ValueError(f"{path} is not the file that model.json beside it was written for. Export it again.")
    return load_file(path)


def network(outputs):
    return ResNet(**MODEL["network"], outputs=outputs)


def encoder(seed=None):
    """The pretrained network without a classifier: [N, C, H, W] -> [N, d]."""
    seed = MODEL["encoders"]["seeds"][0] if seed is None else seed
    net = network(0)
    net.load_state_dict(weights(f"encoder-seed-{seed}.safetensors"), strict=True)
    return net.eval()


def classifier():
    """The classifier that did best on the validation split: [N, C, H, W] -> logits [N, len(classes)]."""
    net = network(len(classes))
    net.load_state_dict(weights("classifier.safetensors"), strict=True)
    return net.eval()


def placed(image, size, fit):
    """A PIL image in \`size\` (width, height), where the training had it, but for Pillow's rounding (enlarged: half a pixel)."""
    from PIL import Image

    kernel = Image.Resampling.LANCZOS
    if image.size == size:
        return image
    if fit == "stretch":
        return image.resize(size, kernel)
    scale = (min if fit == "pad" else max)(want / side for want, side in zip(size, image.size))
    whole = [max(1, int(side * scale + 0.5)) for side in image.size]
    kept = [min(full, want) for full, want in zip(whole, size)]
    # One scale for both sides; what rounding adds or takes lies at both ends, and of an odd rest more is cut on the left.
    beyond = int(4 / scale) + 1  # as far as the kernel sees, the edge goes on
    cut = [(full - keep + 1) // 2 for full, keep in zip(whole, kept)]
    starts = [beyond + (side - full / scale) / 2 + off / scale for side, full, off in zip(image.size, whole, cut)]
    ends = [start + keep / scale for start, keep in zip(starts, kept)]
    image = torchvision.transforms.functional.pad(image, beyond, padding_mode="edge")
    resized = image.resize(kept, kernel, box=[*starts, *ends])
    canvas = Image.new(image.mode, size)
    canvas.paste(resized, tuple((want - keep) // 2 for want, keep in zip(size, kept)))
    return canvas


def prepare(image):
    """A PIL image as the network's input [C, H, W]: the size, channels and normalization of the training."""
    want = MODEL["input"]
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB" if want["channels"] == 3 else "L")
    image = placed(image, (want["width"], want["height"]), want["fit"])
    pixels = torchvision.transforms.functional.pil_to_tensor(image).float() / 255
    mean, std = (torch.tensor(want[name]).view(-1, 1, 1) for name in ("mean", "std"))
    return (pixels - mean) / std
`;
