"""Forward values and gradients of the operations of training/graph, in float64 PyTorch, on tiny inputs -> fixtures/ops.json.

    python test/reference/ops.py

Each case: the operation, its settings, its inputs (shape, and values by stream of the formula), its output, and the gradient
of sum(output * upstream) for each input, upstream = signed(500 + case). Images are NHWC and convolution kernels HWIO in the
fixture, as TensorFlow has them; PyTorch computes in its own layout.
"""

import torch
import torch.nn.functional as F

import formula

cases = []


def case(op, settings, function, **shapes):
    """Adds a case; `shapes` name the differentiable inputs in order."""
    number = len(cases)
    streams = {name: 10 * number + i for i, name in enumerate(shapes)}
    inputs = {n: torch.from_numpy(formula.signed(streams[n], shape)).requires_grad_() for n, shape in shapes.items()}
    output = function(*inputs.values())
    upstream = torch.from_numpy(formula.signed(5000 + number, tuple(output.shape) or (1,))).reshape(output.shape)
    (output * upstream).sum().backward()
    cases.append({
        'op': op,
        'settings': settings,
        'inputs': [{'name': n, 'shape': list(shapes[n]), 'stream': streams[n]} for n in shapes],
        'upstream': 5000 + number,
        'shape': list(output.shape),
        'output': output.detach().reshape(-1).tolist(),
        'gradients': {n: (inputs[n].grad if inputs[n].grad is not None else 0 * inputs[n]).reshape(-1).tolist() for n in shapes},
    })


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def convolution(stride, padding):
    return lambda x, w: nhwc(F.conv2d(nchw(x), w.permute(3, 2, 0, 1), stride=stride, padding=padding))


def batch_norm_train(x, scale, offset):
    dims = tuple(range(x.ndim - 1))
    mean, variance = x.mean(dims), x.var(dims, unbiased=False)
    return (x - mean) / torch.sqrt(variance + 1e-5) * scale + offset


def batch_norm_evaluation(x, scale, offset, mean, variance):
    return (x - mean) / torch.sqrt(variance.abs() + 1e-5) * scale + offset


def byol_direction(p, z):
    return (2 - 2 * (F.normalize(p, dim=-1) * F.normalize(z.detach(), dim=-1)).sum(-1)).mean()


def labels_of(classes):
    return [(3 * i + 1) % classes for i in range(4)]


for kernel in (1, 3, 5, 7):
    for stride in (1, 2):
        for size in (8, 7):
            if size == 7 and kernel in (5, 7):
                continue
            settings = {'kernel': kernel, 'stride': stride, 'padding': kernel // 2}
            case('convolution', settings, convolution(stride, kernel // 2), x=(2, size, size, 2), w=(kernel, kernel, 2, 3))
case('convolution', {'kernel': 3, 'stride': 1, 'padding': 1}, convolution(1, 1), x=(2, 3, 3, 4), w=(3, 3, 4, 4))
case('convolution', {'kernel': 3, 'stride': 2, 'padding': 1}, convolution(2, 1), x=(2, 6, 6, 4), w=(3, 3, 4, 4))
case('convolution', {'kernel': 3, 'stride': 2, 'padding': 1}, convolution(2, 1), x=(2, 5, 5, 4), w=(3, 3, 4, 4))
for ta in (False, True):
    for tb in (False, True):
        f = lambda a, b, ta=ta, tb=tb: (a.T if ta else a) @ (b.T if tb else b)
        settings = {'transposeA': ta, 'transposeB': tb}
        case('matmul', settings, f, a=(4, 3) if ta else (3, 4), b=(5, 4) if tb else (4, 5))
        g = lambda a, b, ta=ta, tb=tb: (a.mT if ta else a) @ (b.mT if tb else b)
        case('batch-matmul', settings, g, a=(2, 4, 3) if ta else (2, 3, 4), b=(2, 5, 4) if tb else (2, 4, 5))
case('batch-norm-train', {}, batch_norm_train, x=(3, 4, 4, 2), scale=(2,), offset=(2,))
case('batch-norm-train', {}, batch_norm_train, x=(6, 5), scale=(5,), offset=(5,))
case('batch-norm-evaluation', {}, batch_norm_evaluation, x=(2, 3, 3, 2), scale=(2,), offset=(2,), mean=(2,), variance=(2,))
case('relu', {}, F.relu, x=(3, 7))
for shape in ((2, 8, 8, 2), (1, 7, 7, 3)):  # of 1 + x, as behind a ReLU
    case('max-pool', {'kernel': 3, 'stride': 2, 'padding': 1}, lambda x: nhwc(F.max_pool2d(nchw(1 + x), 3, 2, 1)), x=shape)
case('global-average', {}, lambda x: x.mean((1, 2)), x=(2, 3, 4, 5))
case('softmax-cross-entropy', {'labels': labels_of(5)}, lambda x: F.cross_entropy(6 * x, torch.tensor(labels_of(5))), x=(4, 5))
case('byol-loss', {}, byol_direction, p=(4, 6), z=(4, 6))
case('l2-normalize', {}, lambda x: F.normalize(x, dim=-1), x=(3, 5))
for op, f in (('add', torch.add), ('sub', torch.sub), ('mul', torch.mul)):
    case(op, {}, f, a=(2, 3, 4), b=(2, 3, 4))
    case(op, {}, f, a=(2, 3, 4), b=(4,))
    case(op, {}, f, a=(3, 1), b=(2, 1, 4))
    case(op, {}, f, a=(), b=(2, 3))
case('div', {}, lambda a, b: a / (b + 2), a=(2, 3), b=(3,))
case('square', {}, torch.square, x=(2, 3))
case('sqrt', {}, lambda x: torch.sqrt(x + 2), x=(2, 3))
case('rsqrt', {}, lambda x: torch.rsqrt(x + 2), x=(2, 3))
case('exp', {}, torch.exp, x=(2, 3))
case('log', {}, lambda x: torch.log(x + 2), x=(2, 3))
case('neg', {}, torch.neg, x=(2, 3))
case('sum', {'axes': [1], 'keep': False}, lambda x: x.sum(1), x=(2, 3, 4))
case('sum', {'axes': [0, 2], 'keep': True}, lambda x: x.sum((0, 2), keepdim=True), x=(2, 3, 4))
case('mean', {'axes': [0, 1, 2], 'keep': False}, lambda x: x.mean(), x=(2, 3, 4))
case('mean', {'axes': [2], 'keep': False}, lambda x: x.mean(2), x=(2, 3, 4))
case('transpose', {'order': [2, 0, 1]}, lambda x: x.permute(2, 0, 1), x=(2, 3, 4))
case('reshape', {'shape': [4, 6]}, lambda x: x.reshape(4, 6), x=(2, 3, 4))
case('concat', {'axis': 1}, lambda a, b: torch.cat((a, b), 1), a=(2, 3), b=(2, 2))
case('pad', {'before': 1, 'after': 2}, lambda x: F.pad(x, (0, 0, 1, 2, 1, 2)), x=(2, 3, 3, 2))
case('slice', {'begin': [0, 1], 'size': [2, 2]}, lambda x: x[0:2, 1:3], x=(3, 4))
for kernel, stride, size in ((3, 1, (1, 1)), (3, 1, (1, 3)), (3, 1, (3, 1)), (3, 1, (2, 2)), (3, 1, (2, 3)), (3, 2, (4, 6)), (3, 2, (7, 5)), (3, 2, (7, 6)), (1, 2, (5, 4))):
    settings = {'kernel': kernel, 'stride': stride, 'padding': kernel // 2}
    case('convolution', settings, convolution(stride, kernel // 2), x=(2, *size, 3), w=(kernel, kernel, 3, 5))
case('relu-max-pool', {'kernel': 3, 'stride': 2, 'padding': 1}, lambda x: nhwc(F.max_pool2d(F.relu(nchw(x - 0.7)), 3, 2, 1)), x=(3, 8, 6, 2))
case('split', {}, lambda x: x[:2] * x[2:], x=(4, 3))

if __name__ == '__main__':
    formula.save('ops.json', {'cases': cases}, digits=8)
