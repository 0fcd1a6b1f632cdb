"""The peer: BYOL's step in PyTorch on given views, without augmentation. A line of JSON per measurement.

    python pytorch_step.py '{"network": "resnet18", "size": 96, "batch": 64, "precision": "fp32", "threads": 2, "steps": 6}'

Eager, with foreach Adam; ResNet-18 in channels_last. torch.compile and fused Adam are not tried.
"""
import copy
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision


class Block(nn.Module):
    """torchvision's BasicBlock; its constructor is used so that both sides count the same layers."""

    def __new__(cls, ci, co, stride):
        down = None
        if stride != 1 or ci != co:
            down = nn.Sequential(nn.Conv2d(ci, co, 1, stride, bias=False), nn.BatchNorm2d(co))
        return torchvision.models.resnet.BasicBlock(ci, co, stride, down)


def mini(width, channels):
    w = width
    return nn.Sequential(
        nn.Conv2d(channels, w, 5, 2, 2, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True),
        Block(w, w, 1), Block(w, 2 * w, 2), Block(2 * w, 4 * w, 2), Block(4 * w, 8 * w, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )


def perceptron(i, hidden, o):
    return nn.Sequential(nn.Linear(i, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True), nn.Linear(hidden, o))


def networks(kind):
    if kind == "resnet18":
        backbone = torchvision.models.resnet18()
        backbone.fc = nn.Identity()
        return nn.Sequential(backbone, perceptron(512, 4096, 256)), perceptron(256, 4096, 256), 3
    return nn.Sequential(mini(16, 1), perceptron(128, 256, 64)), perceptron(64, 256, 64), 1


def measure(o):
    torch.set_num_threads(o["threads"])
    online, predictor, channels = networks(o["network"])
    target = copy.deepcopy(online)
    if o["network"] == "resnet18":
        online, target = (m.to(memory_format=torch.channels_last) for m in (online, target))
    weights = [*online.parameters(), *predictor.parameters()]
    optimizer = torch.optim.Adam(weights, lr=3e-4, foreach=True)
    views = [torch.rand(o["batch"], channels, o["size"], o["size"]) for _ in range(2)]
    if o["network"] == "resnet18":
        views = [v.to(memory_format=torch.channels_last) for v in views]

    def loss_of(p, z):
        return (2 - 2 * F.cosine_similarity(p.float(), z.float(), dim=-1)).mean()

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=o["precision"] == "bf16"):
            with torch.no_grad():
                z = [target(v) for v in views]
            p = [predictor(online(v)) for v in views]
            loss = loss_of(p[0], z[1]) + loss_of(p[1], z[0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(target.parameters()), list(online.parameters()), 0.01)
        return loss.item()

    for _ in range(2):
        step()
    start = time.perf_counter()
    for _ in range(o["steps"]):
        step()
    return o["batch"] * o["steps"] / (time.perf_counter() - start)


for line in sys.argv[1:]:
    options = json.loads(line)
    print(json.dumps({"imagesPerSecond": measure(options), "torch": torch.__version__}), flush=True)
