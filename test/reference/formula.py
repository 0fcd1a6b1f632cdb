"""Numbers that Python and TypeScript (formula.ts) make alike, bit for bit: a 32-bit hash of (stream, index)."""

import json
import os

import numpy as np

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fixtures')


def uniform(stream, count):
    """`count` float64 in [0, 1): Murmur3's finalizer over (stream, index)."""
    with np.errstate(over='ignore'):
        index = np.arange(1, count + 1, dtype=np.uint32)
        h = index * np.uint32(0x9E3779B1) + np.uint32((stream + 1) * 0x85EBCA77 & 0xFFFFFFFF)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    return h.astype(np.float64) / 4294967296.0


def signed(stream, shape):
    """float64 in [-1, 1)."""
    return (2 * uniform(stream, int(np.prod(shape))) - 1).reshape(shape)


def rounded(value, digits):
    """Nested lists of numbers with `digits` significant digits, to keep the fixtures small."""
    if isinstance(value, dict):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item, digits) for item in value]
    if isinstance(value, np.ndarray):
        return rounded(value.tolist(), digits)
    return float(f'{value:.{digits}g}') if isinstance(value, float) else value


def compact(value):
    """One line an entry of the outermost levels: small, and a diff can still be read."""
    if isinstance(value, dict):
        return '{\n' + ',\n'.join(f'{json.dumps(key)}: {compact_inner(item)}' for key, item in value.items()) + '\n}\n'
    return '[\n' + ',\n'.join(compact_inner(item) for item in value) + '\n]\n'


def compact_inner(value):
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return '[\n' + ',\n'.join(json.dumps(item, separators=(',', ':')) for item in value) + '\n]'
    return json.dumps(value, separators=(',', ':'))


def save(name, value, digits=9):
    path = os.path.join(FIXTURES, name)
    with open(path, 'w') as file:
        file.write(compact(rounded(value, digits)))
    print(f'{name}: {os.path.getsize(path)} bytes')
