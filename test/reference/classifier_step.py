"""One supervised step of the small ResNet with a linear classifier, in float64 -> fixtures/classifier.json.

    python test/reference/classifier_step.py

Softmax cross-entropy, mean over the batch; one step of SGD with momentum from fresh slots; then the logits of the same
images in evaluation mode, that is with the running statistics, which have moved once (momentum .1, variance with n - 1).
`probe`: three steps of the linear probe from the same start: the encoder in evaluation mode, SGD on the head alone.
"""

import torch
import torch.nn.functional as F

import formula
from networks import MEAN, STD, buffers, fill, gradients, images, normalized, parameters, resnet_mini, summary

BATCH, CLASSES, WIDTH = 8, 10, 8
WEIGHTS, IMAGES = 0, 2000  # streams
SGD = {'lr': 0.05, 'momentum': 0.9, 'weight_decay': 1e-4}


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = resnet_mini(WIDTH)
        self.fc = torch.nn.Linear(8 * WIDTH, CLASSES)

    def forward(self, x):
        return self.fc(self.backbone(x))


def probe(x, labels):
    net = Classifier().double()
    fill(net, WEIGHTS)
    net.backbone.eval().requires_grad_(False)
    optimizer = torch.optim.SGD(net.fc.parameters(), **SGD)
    losses = []
    for _ in range(3):
        loss = F.cross_entropy(net(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    head = [each for each in parameters(net, 16) if each['name'].startswith('fc.')]
    return {'losses': losses, 'head': head, 'evaluationLogits': net.eval()(x).tolist()}


if __name__ == '__main__':
    torch.set_num_threads(1)
    net = Classifier().double()
    streams = fill(net, WEIGHTS)
    x = normalized(images(IMAGES, BATCH, 1, 28))
    labels = torch.arange(BATCH) * 3 % CLASSES
    before = net.eval()(x)
    optimizer = torch.optim.SGD(net.parameters(), **SGD)
    logits = net.train()(x)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    result = {
        'case': {'batch': BATCH, 'classes': CLASSES, 'width': WIDTH, 'images': IMAGES, 'size': 28, 'channels': 1, 'mean': MEAN, 'std': STD},
        'settings': {'sgd': SGD},
        'labels': labels.tolist(),
        'streams': streams,
        'input': summary(x, 4),
        'evaluationLogitsBefore': before.tolist(),
        'loss': loss.item(),
        'logits': logits.tolist(),
        'gradients': gradients(net, 16),
    }
    optimizer.step()
    result['sgd'] = parameters(net, 4)
    result['buffers'] = buffers(net, 8)
    result['evaluationLogits'] = net.eval()(x).tolist()
    result['probe'] = probe(x, labels)
    formula.save('classifier.json', result)
