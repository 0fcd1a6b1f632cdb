import { backbones, stems as knownStems } from '../../training/model/resnet';

const known = Object.entries(backbones);
const blocks = known.map(([name, of]) => `    "${name}": [${of.blocks.join(', ')}],`).join('\n');
const stems = Object.entries(knownStems)
  .map(([name, [kernel, stride]]) => `"${name}": (${kernel}, ${stride}, ${(kernel - 1) / 2})`)
  .join(', ');
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
STEMS = {${stems}}  # kernel, stride, padding


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


def resampled(image, scales, size, starts, kernel):
    """\`size\` pixels of a PIL image that is scaled by \`scales\`, from \`starts\` on, in pixels of the result; edges go on."""
    beyond = int(4 / min(scales)) + 1  # as far as the kernel sees
    begins = [beyond + start / scale for start, scale in zip(starts, scales)]
    ends = [begin + some / scale for begin, some, scale in zip(begins, size, scales)]
    image = torchvision.transforms.functional.pad(image, beyond, padding_mode="edge")
    return image.resize(size, kernel, box=[*begins, *ends])


def placed(image, size, fit):
    """A PIL image in \`size\` (width, height), where the training had it, but for Pillow's rounding."""
    from PIL import Image

    if image.size == size:
        return image
    scales = [want / side for want, side in zip(size, image.size)]
    if fit != "stretch":
        scales = [(min if fit == "pad" else max)(scales)] * 2
    whole = [max(1, int(side * scale + 0.5)) for side, scale in zip(image.size, scales)]
    kept = [min(full, want) for full, want in zip(whole, size)]
    enlarges = max(scales) > 1
    # Of an odd rest more is cut on the left; what rounding adds or takes lies at both ends, or, enlarged, at the last.
    ends = [0 if enlarges else side * scale - full for side, scale, full in zip(image.size, scales, whole)]
    starts = [end / 2 + (full - keep + 1) // 2 for end, full, keep in zip(ends, whole, kept)]
    if min(scales) < 1 or not enlarges:
        # Stretched, one side may become smaller and the other larger: smaller first.
        part = ([min(pair) for pair in zip(whole, image.size)], [0, 0]) if enlarges else (kept, starts)
        image = resampled(image, [min(1, scale) for scale in scales], *part, Image.Resampling.LANCZOS)
    if enlarges:
        # libvips, which the training enlarges by, lays pictures half a pixel to the right and below.
        starts = [start - 0.5 for start in starts]
        image = resampled(image, [max(1, scale) for scale in scales], kept, starts, Image.Resampling.BICUBIC)
    canvas = Image.new(image.mode, size)
    canvas.paste(image, tuple((want - keep) // 2 for want, keep in zip(size, kept)))
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
