"""An independent Philox4x32-10 and shuffle, in Python's whole numbers, against datasets/permutation.ts.

Checks itself against the known answers that the authors of Philox publish with Random123 (kat_vectors), then writes
fixtures/permutation.json beside this file. Run: python3 test/reference/permutation.py
"""

import json
import pathlib

MASK = 2**32 - 1


def philox4x32(counter, key):
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0 = 0xD2511F53 * c0
        p1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK, (p0 >> 32) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return [c0, c1, c2, c3]


KNOWN_ANSWERS = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([MASK] * 4, [MASK] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]
for counter, key, answer in KNOWN_ANSWERS:
    assert philox4x32(counter, key) == answer, (counter, key)


def permutation(n, key):
    """Fisher and Yates from the last place down; a block of four words makes two fractions of 53 bits."""
    k0, k1, k2, k3 = [part & MASK for part in key] + [0] * (4 - len(key))
    order = list(range(n))
    for draw, last in enumerate(range(n - 1, 0, -1)):
        block = philox4x32([draw // 2, 0, k2, k3], [k0, k1])
        high, low = block[2 * (draw % 2) : 2 * (draw % 2) + 2]
        bits = ((high >> 5) << 26) | (low >> 6)
        other = bits * (last + 1) >> 53
        order[last], order[other] = order[other], order[last]
    return order


CASES = [(1, [0]), (2, [7]), (10, [1, 2, 3]), (100, [-1, 5]), (257, [4_000_000_000, 1, 2, 3]), (1000, [42, 0])]
fixture = {
    "philox": [{"counter": c, "key": k, "out": philox4x32(c, k)} for c, k, _ in KNOWN_ANSWERS]
    + [{"counter": [n * 7919, n, 2**32 - n, n * n], "key": [n * 31, MASK - n], "out": None} for n in range(1, 20)],
    "permutations": [{"n": n, "key": key, "order": permutation(n, key)} for n, key in CASES],
}
for case in fixture["philox"]:
    case["out"] = philox4x32(case["counter"], case["key"])
path = pathlib.Path(__file__).parent / "fixtures" / "permutation.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
