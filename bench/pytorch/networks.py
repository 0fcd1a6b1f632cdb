"""The networks that are measured, as PyTorch users write them: torchvision's ResNet-18, and the quickstart's small ResNet."""
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


def backbone(network):
    """The encoder, and the length of its features."""
    if network == "resnet18":
        made = torchvision.models.resnet18()
        made.fc = nn.Identity()
        return made, 512
    return small_resnet(16, 1), 128


def perceptron(inputs, hidden, outputs):
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True), nn.Linear(hidden, outputs)
    )


def byol_networks(network):
    """Online network (encoder and projector) and predictor."""
    encoder, features = backbone(network)
    hidden, output = (4096, 256) if network == "resnet18" else (256, 64)
    return nn.Sequential(encoder, perceptron(features, hidden, output)), perceptron(output, hidden, output)
