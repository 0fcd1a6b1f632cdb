"""How far PyTorch's autocast in bfloat16 and float16 is from float64 in one BYOL step -> fixtures/precision.json.

    python test/reference/precision.py

The small ResNet of byol_step.py, its weights and images. `loss`: relative difference; `gradients`: norm of the difference
of all gradients together, over their norm. Most of it is ReLUs that take their other side.
"""

import torch

import byol_step
import formula


def step(dtype, compute=None):
    trial = byol_step.Trial(byol_step.CASES['resnet-mini'], dtype)
    with torch.autocast('cpu', dtype=compute or torch.bfloat16, enabled=compute is not None):
        loss = trial.loss()
    loss.backward()
    return loss.item(), torch.cat([p.grad.double().flatten() for p in trial.online.parameters()])


if __name__ == '__main__':
    torch.set_num_threads(1)
    loss, gradients = step(torch.float64)
    far = {}
    for name, compute in [('bf16', torch.bfloat16), ('fp16', torch.float16)]:
        rough, rounded = step(torch.float32, compute)
        far[name] = {'loss': abs(rough / loss - 1), 'gradients': ((rounded - gradients).norm() / gradients.norm()).item()}
    formula.save('precision.json', far, digits=3)
