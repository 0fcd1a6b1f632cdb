"""The networks that are measured, as PyTorch users write them: torchvision's ResNet-18, and the quickstart's small ResNet.

`networks` is {"model", "projector", "predictor"} of the spec that the other side trains, and the images' "channels".
"""
import torch.nn as nn
import torchvision


def block(inputs, outputs, stride):
    """torchvision's BasicBlock, so that both sides count the same layers."""
    down = None
    if stride != 1 or inputs != outputs:
        down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
    return torchvision.models.resnet.BasicBlock(inputs, outputs, stride, down)


def small_resnet(width, channels):
    """resnet-mini with the stem 5x5: four blocks of width, 2, 4 and 8 times width."""
    w = width
    return nn.Sequential(
        nn.Conv2d(channels, w, 5, 2, 2, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True),
        block(w, w, 1), block(w, 2 * w, 2), block(2 * w, 4 * w, 2), block(4 * w, 8 * w, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )


def backbone(networks):
    """The encoder, and the length of its features, as the spec's `model` names it."""
    model = networks["model"]
    name, stem, width = model["backbone"], model["stem"], model["width"]
    if (name, stem, width) == ("resnet18", "7x7", 64):
        made = torchvision.models.resnet18()
        made.fc = nn.Identity()
        return made, 512
    if (name, stem) == ("resnet-mini", "5x5"):
        return small_resnet(width, networks["channels"]), 8 * width
    raise ValueError(f"no PyTorch network is written for {name} with the stem {stem} and width {width}")


def perceptron(inputs, hidden, outputs):
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True), nn.Linear(hidden, outputs)
    )


def byol_networks(networks):
    """Online network (encoder and projector) and predictor, with the spec's widths."""
    encoder, features = backbone(networks)
    projector, predictor = networks["projector"], networks["predictor"]
    online = nn.Sequential(encoder, perceptron(features, projector["hidden"], projector["output"]))
    return online, perceptron(projector["output"], predictor["hidden"], projector["output"])
