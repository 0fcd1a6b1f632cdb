"""PyTorch's side of the bench: a process that answers a line of JSON for every line that it is given.

    {"prepare": "step" | "augmented" | "by-hand" | "supervised" | "embedding" | "first-step" | "memory" | "checkpoint" | "import" | "load" | "versions", ...}
    {"run": NAME} -> {"value": ...}

What it says on stdout besides its answers goes to stderr, of which lines that start with "PyTorch, " are shown as progress.
"""
import json
import os
import sys

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def say(text):
    print(text, file=sys.stderr, flush=True)


def prepare(o):
    import torch

    torch.set_num_threads(o["threads"])
    if o.get("device") == "cuda":
        torch.set_default_device("cuda")
        torch.set_float32_matmul_precision("high")  # TF32 in products as in convolutions, as TensorFlow has it
        torch.backends.cudnn.benchmark = True
    if o["prepare"] == "versions":
        import kornia

        return {}, {"versions": {"kornia": kornia.__version__}}
    if o["prepare"] in ("step", "augmented", "by-hand", "supervised", "embedding"):
        from choose import choose, described

        made = choose({**o, "stage": o["prepare"]}, say)
        about = {"about": described(*made.configurations), "configurations": made.configurations, "tried": made.tried}
        return {"run": made.run}, about
    if o["prepare"] in ("first-step", "memory"):
        from once import few_steps

        return {}, few_steps(o)
    if o["prepare"] == "checkpoint":
        from checkpoints import Checkpoint

        made = Checkpoint(o)
        return {"write": made.write, "read": made.read}, {"about": "torch.save and torch.load, the file flushed to disk"}
    import images

    if o["prepare"] == "load":
        return {"run": lambda: images.load(o["raw"])}, {"about": "numpy.fromfile"}
    made = images.Decoding(o, say)
    return {"run": made.images_a_second}, {"about": made.about, "tried": made.tried}


def main():
    runs = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            runs, answer = prepare(request)
            import torch
            import torchvision

            versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, **answer.pop("versions", {})}
            answer = {**answer, "versions": versions}
        else:
            answer = {"value": runs[request["run"]]()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
