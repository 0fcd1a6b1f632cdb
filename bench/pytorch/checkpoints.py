"""Writing and reading BYOL's whole state: networks, target, optimizer."""
import os
import time

import torch

from steps import Byol


class Checkpoint:
    def __init__(self, o):
        self.path = o["path"]
        configuration = {"channels_last": True, "compiled": False, "adam": "foreach", "views": None}
        self.byol = Byol({**o, "batch": 2}, configuration)
        self.byol.run(1)  # the optimizer's moments exist from the first step on

    def parts(self):
        return {name: getattr(self.byol, name) for name in ("online", "target", "predictor", "optimizer")}

    def write(self):
        """MB/s to a file that is on the disk at the end."""
        start = time.perf_counter()
        with open(self.path, "wb") as file:
            torch.save({name: part.state_dict() for name, part in self.parts().items()}, file)
            file.flush()
            os.fsync(file.fileno())
        return os.path.getsize(self.path) / 1e6 / (time.perf_counter() - start)

    def read(self):
        """MB/s from the file into the networks."""
        start = time.perf_counter()
        state = torch.load(self.path, weights_only=True)
        for name, part in self.parts().items():
            part.load_state_dict(state[name])
        return os.path.getsize(self.path) / 1e6 / (time.perf_counter() - start)
