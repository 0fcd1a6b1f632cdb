"""What is timed: BYOL's step, the supervised step, and embedding, each in one configuration.

A configuration is {"channels_last", "compiled": False | True | "frozen" (weights as constants), "adam": "foreach" | "fused", "views": None | a way of augment.py}.
"""
import copy
import itertools
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

import augment
from networks import backbone, byol_networks

RESIDENT = 1024


class Timed:
    """Images of noise that stay in memory, as uint8, and the batches that are made of them."""

    def __init__(self, o, configuration):
        self.o, self.c = o, configuration
        channels = o["networks"]["channels"]
        self.images = torch.randint(0, 256, (RESIDENT, channels, o["size"], o["size"]), dtype=torch.uint8)
        self.format = torch.channels_last if configuration["channels_last"] else torch.contiguous_format
        self.device = o.get("device", "cpu")
        self.autocast = lambda: torch.autocast(self.device, dtype=torch.bfloat16, enabled=o["precision"] == "bf16")
        self.at = 0

    def places(self):
        batch = self.o["batch"]
        self.at += batch
        return (torch.arange(self.at, self.at + batch) * 37) % RESIDENT

    def pixels(self):
        return self.images[self.places()].float().div_(255)

    def laid_out(self, x):
        return x.sub(0.5).div_(0.5).contiguous(memory_format=self.format)

    def adam(self, weights):
        return torch.optim.Adam(weights, lr=3e-4, foreach=self.c["adam"] == "foreach", fused=self.c["adam"] == "fused")

    def compiled(self, function):
        if not self.c["compiled"]:
            return function
        options = {"freezing": True} if self.c["compiled"] == "frozen" else None
        return torch.compile(function, dynamic=False, options=options)

    def run(self, steps):
        """Images a second over so many steps."""
        start = time.perf_counter()
        for _ in range(steps):
            self.step()
        if self.device == "cuda":
            torch.cuda.synchronize()
        return self.o["batch"] * steps / (time.perf_counter() - start)


class Byol(Timed):
    def __init__(self, o, configuration):
        super().__init__(o, configuration)
        online, self.predictor = byol_networks(o["networks"])
        self.online = online.to(memory_format=self.format)
        self.target = copy.deepcopy(self.online)
        self.optimizer = self.adam([*self.online.parameters(), *self.predictor.parameters()])
        self.loss = self.compiled(self.loss_of)
        way = configuration["views"]
        if way not in (None, "torchvision"):
            self.views = [augment.batched(way, o["views"][each], o["size"]) for each in ("first", "second")]

    def loss_of(self, v1, v2):
        def distance(p, z):
            return (2 - 2 * F.cosine_similarity(p.float(), z.float(), dim=-1)).mean()

        with self.autocast():
            with torch.no_grad():
                z1, z2 = self.target(v1), self.target(v2)
            return distance(self.predictor(self.online(v1)), z2) + distance(self.predictor(self.online(v2)), z1)

    def step(self):
        with torch.no_grad():
            x = self.pixels()
            # Without augmentation one view is turned round, as on the other side.
            pair = [view(x) for view in self.views] if self.c["views"] else [x, x.flip(3)]
            pair = [self.laid_out(view) for view in pair]
        return self.learn(*pair)

    def learn(self, v1, v2):
        loss = self.loss(v1, v2)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(self.target.parameters()), list(self.online.parameters()), 0.01)
        return loss.item()

    def run(self, steps):
        if self.c["views"] != "torchvision":
            return super().run(steps)
        o = self.o
        # Before the clock starts, and when it stops, workers are as far ahead as in the midst of a training run.
        ahead = o["threads"] + 1
        places = torch.cat([self.places() for _ in range(ahead + steps + ahead)]).cpu()
        made = augment.Views(self.images.cpu(), places, o["views"], o["size"])
        on_cpu = lambda _: torch.set_default_device("cpu")
        loader = torch.utils.data.DataLoader(
            made, o["batch"], num_workers=o["threads"], prefetch_factor=1, worker_init_fn=on_cpu
        )
        batches = iter(loader)
        for at, (v1, v2) in enumerate(itertools.islice(batches, ahead + steps), 1):
            self.learn(*(self.laid_out(view.to(self.device).float().div_(255)) for view in (v1, v2)))
            if at == ahead:
                start = time.perf_counter()
        took = time.perf_counter() - start
        del batches  # after the clock: it waits for the workers' end
        return o["batch"] * steps / took


class Supervised(Timed):
    def __init__(self, o, configuration):
        super().__init__(o, configuration)
        encoder, features = backbone(o["networks"])
        self.network = nn.Sequential(encoder, nn.Linear(features, 10)).to(memory_format=self.format)
        self.optimizer = self.adam(self.network.parameters())
        self.labels = torch.arange(o["batch"]) % 10
        self.loss = self.compiled(self.loss_of)

    def loss_of(self, x):
        with self.autocast():
            logits = self.network(x)
        return F.cross_entropy(logits.float(), self.labels)

    def step(self):
        loss = self.loss(self.laid_out(self.pixels()))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Embedding(Timed):
    def __init__(self, o, configuration):
        super().__init__(o, configuration)
        encoder, _ = backbone(o["networks"])
        self.encoder = encoder.eval().to(memory_format=self.format)
        self.features = self.compiled(self.features_of)

    def features_of(self, x):
        with self.autocast():
            return self.encoder(x).float()

    def step(self):
        with torch.inference_mode():
            return self.features(self.laid_out(self.pixels()))


STAGES = {"step": Byol, "augmented": Byol, "by-hand": Byol, "supervised": Supervised, "embedding": Embedding}
