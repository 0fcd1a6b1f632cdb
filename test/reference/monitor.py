"""Spread, effective rank, alignment, uniformity and kNN accuracy in float64, written from the papers' equations with
NumPy and SciPy -> fixtures/monitor.json.

    python test/reference/monitor.py

Effective rank: Roy and Vetterli 2007, definition 1, by the singular values of the covariance matrix. Alignment and
uniformity: Wang and Isola 2020, section 4.1, alpha = 2, t = 2, pairs i < j. kNN: Wu et al. 2018, section 3.4, tau = .07.
"""

import numpy as np
from scipy.spatial.distance import pdist

import formula


def embedding(stream, n, d, directions, scale):
    """Rows around a common point, varying in `directions` directions of falling strength."""
    strength = scale / (1 + np.arange(directions))
    return 1 + formula.signed(stream, (n, directions)) * strength @ formula.signed(stream + 1, (directions, d))


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def measures(x, other):
    x, other = unit(x), unit(other)
    singular = np.linalg.svd(np.cov(x.T), compute_uv=False)
    p = singular / singular.sum()
    p = p[p > 1e-12]
    return {
        'spread': float(x.std(axis=0).mean() * np.sqrt(x.shape[1])),
        'effectiveRank': float(np.exp(-(p * np.log(p)).sum())),
        'alignment': float((np.linalg.norm(x - other, axis=1) ** 2).mean()),
        'uniformity': float(np.log(np.exp(-2 * pdist(x, 'sqeuclidean')).mean())),
    }


CASES = [
    {'n': 40, 'd': 12, 'directions': 12, 'scale': 3},
    {'n': 12, 'd': 40, 'directions': 8, 'scale': 2},  # fewer rows than columns
    {'n': 64, 'd': 16, 'directions': 1, 'scale': 4},  # a line
    {'n': 64, 'd': 16, 'directions': 16, 'scale': 0.02},  # nearly one point
]


def vote(bank, labels, queries, k, classes):
    cosines = unit(queries) @ unit(bank).T
    predicted = []
    for row in cosines:
        nearest = np.argsort(-row, kind='stable')[:k]
        votes = np.zeros(classes)
        np.add.at(votes, labels[nearest], np.exp(row[nearest] / 0.07))
        predicted.append(int(votes.argmax()))
    return predicted


def knn(stream, n, m, d, k, classes):
    centres = formula.signed(stream, (classes, d))
    labels = np.floor(formula.uniform(stream + 1, n) * classes).astype(int)
    truth = np.floor(formula.uniform(stream + 2, m) * classes).astype(int)
    bank = centres[labels] + 2 * formula.signed(stream + 3, (n, d))
    queries = centres[truth] + 2 * formula.signed(stream + 4, (m, d))
    predicted = vote(bank, labels, queries, k, classes)
    accuracy = float((np.array(predicted) == truth).mean())
    return {'stream': stream, 'n': n, 'm': m, 'd': d, 'k': k, 'classes': classes, 'accuracy': accuracy}


if __name__ == '__main__':
    cases = []
    for position, case in enumerate(CASES):
        stream = 5000 + 10 * position
        x = embedding(stream, **case)
        other = x + 0.3 * case['scale'] * formula.signed(stream + 2, x.shape)
        cases.append({**case, 'stream': stream, **measures(x, other)})
    neighbours = [knn(5100, 200, 100, 10, 20, 5), knn(5200, 60, 80, 6, 1, 3), knn(5300, 7, 50, 6, 7, 2)]
    formula.save('monitor.json', {'cases': cases, 'knn': neighbours})
