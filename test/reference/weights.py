"""Files of weights as PyTorch and safetensors write them -> fixtures/weights/, and their values -> fixtures/weights.json.

    python test/reference/weights.py

Needs torch, torchvision and safetensors. `malicious.pt` and `module.pt` would run code where they were unpickled; the
tests look that they are refused.
"""

import os
import zipfile

import torch
from safetensors.torch import save_file

import formula
from networks import fill, resnet_mini

FOLDER = os.path.join(formula.FIXTURES, 'weights')


def path(name):
    return os.path.join(FOLDER, name)


def tensors():
    """One of each type that is read, and views that do not lie in order."""
    grid = torch.from_numpy(formula.signed(1, (4, 6))).float()
    return {
        'float32': torch.from_numpy(formula.signed(2, (2, 3))).float(),
        'float64': torch.from_numpy(formula.signed(3, (3,))),
        'float16': torch.tensor([0.1, -2.5, 65504, 6e-8, 0, 1e-4]).half(),
        'bfloat16': torch.tensor([0.1, -2.5, 3e38, 1e-40, 0, 1]).bfloat16(),
        'int64': torch.tensor([0, -1, 2**40]),
        'int32': torch.tensor([[-5], [7]], dtype=torch.int32),
        'uint8': torch.tensor([0, 255], dtype=torch.uint8),
        'bool': torch.tensor([True, False]),
        'scalar': torch.tensor(1.5),
        'empty': torch.zeros(0, 3),
        'transposed': grid.t(),
        'channels_last': torch.from_numpy(formula.signed(4, (2, 3, 2, 2))).float().to(memory_format=torch.channels_last),
        'slice': grid[1:3, 2::2],
        'expanded': grid[0, :1].expand(2, 3),
        'parameter': torch.nn.Parameter(torch.ones(2)),
    }


class Attack:
    def __reduce__(self):
        return (os.system, ('touch byol-was-here',))


def tiny():
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    fill(net, 20)
    return net


def damaged(source, target, entry, change):
    with zipfile.ZipFile(path(source)) as old, zipfile.ZipFile(path(target), 'w') as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(zipfile.ZipInfo(name), change(data) if name.endswith(entry) else data)


if __name__ == '__main__':
    os.makedirs(FOLDER, exist_ok=True)
    mixed = tensors()
    torch.save(mixed, path('mixed.pt'))
    torch.save(mixed, path('protocol-4.pt'), pickle_protocol=4)
    save_file({name: each.contiguous() for name, each in mixed.items()}, path('mixed.safetensors'))
    net = tiny()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(2, 2)).sum().backward()
    optimizer.step()
    fill(net, 20)
    torch.save({'epoch': 3, 'state_dict': net.state_dict(), 'optimizer': optimizer.state_dict(), 'best': 0.5}, path('checkpoint.pt'))
    torch.save(mixed, path('before-1.6.pt'), _use_new_zipfile_serialization=False)
    torch.save({'x': Attack()}, path('malicious-before-1.6.pt'), _use_new_zipfile_serialization=False)
    torch.save(net, path('module.pt'))
    torch.save({'weight': torch.ones(1), 'x': Attack()}, path('malicious.pt'))
    damaged('checkpoint.pt', 'short-storage.pt', '/data/0', lambda data: data[:-4])
    network = resnet_mini(4)
    network.fc = torch.nn.Linear(32, 7)
    streams = fill(network, 100)
    torch.save(network.half().state_dict(), path('resnet-mini.pt'))
    values = {name: {'shape': list(each.shape), 'values': each.detach().double().reshape(-1).tolist()} for name, each in mixed.items()}
    state = {name: each.double().reshape(-1).tolist() for name, each in net.state_dict().items()}
    formula.save('weights.json', {'mixed': values, 'tiny': state, 'streams': streams})
