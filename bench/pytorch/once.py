"""A few steps in a fresh process: for the time to the first step, and for the most memory that a process took."""
import resource
import sys

from steps import Byol


def few_steps(o):
    """@returns the peak resident size in MiB after the steps; eager, which starts fastest"""
    views = "tensors" if o["augmented"] else None
    configuration = {"channels_last": o["network"] == "resnet18", "compiled": False, "adam": "foreach", "views": views}
    made = Byol(o, configuration)
    made.run(o["steps"])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"value": most / (2**20 if sys.platform == "darwin" else 1024)}
