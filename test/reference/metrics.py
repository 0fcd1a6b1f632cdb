"""Metrics of a classifier on made-up logits -> fixtures/metrics.json.

    python test/reference/metrics.py

In NumPy, by the definitions that scikit-learn documents (precision_recall_fscore_support with zero_division=0, f1_score
with average='macro', top_k_accuracy_score, confusion_matrix) and torchmetrics' calibration error (l1, 15 bins). Where
scikit-learn is installed its own functions have to agree.
"""

import numpy as np

import formula

BINS = 15


def softmax(logits):
    weights = np.exp(logits - logits.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


def divide(part, whole):
    return np.divide(part, whole, out=np.zeros_like(part, float), where=whole != 0)


def calibration(probabilities, truth):
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    edges = np.linspace(0, 1, BINS + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return error


def metrics(logits, truth, classes):
    probabilities = softmax(logits)
    predicted = probabilities.argmax(1)
    confusion = np.zeros((classes, classes), int)
    np.add.at(confusion, (truth, predicted), 1)
    right, images, named = np.diag(confusion).astype(float), confusion.sum(1), confusion.sum(0)
    precision, recall = divide(right, named), divide(right, images)
    f1 = divide(2 * precision * recall, precision + recall)
    five = np.argsort(-probabilities, axis=1, kind='stable')[:, :5]
    result = {
        'accuracy': float((predicted == truth).mean()),
        'top5': float((five == truth[:, None]).any(1).mean()) if classes > 5 else None,
        'macroF1': float(f1.mean()),
        'ece': float(calibration(probabilities, truth)),
        'confusion': confusion.tolist(),
        'perClass': [
            {'count': int(images[c]), 'precision': float(precision[c]), 'recall': float(recall[c]), 'f1': float(f1[c])}
            for c in range(classes)
        ],
    }
    agree(result, probabilities, predicted, truth, classes)
    return result


def agree(result, probabilities, predicted, truth, classes):
    try:
        from sklearn import metrics as sk
    except ImportError:
        print('scikit-learn is not installed: not compared with it')
        return
    labels = list(range(classes))
    precision, recall, f1, count = sk.precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    of = lambda name: [each[name] for each in result['perClass']]
    assert np.allclose(of('precision'), precision) and np.allclose(of('recall'), recall) and np.allclose(of('f1'), f1)
    assert of('count') == count.tolist()
    assert np.isclose(result['macroF1'], sk.f1_score(truth, predicted, labels=labels, average='macro', zero_division=0))
    assert result['confusion'] == sk.confusion_matrix(truth, predicted, labels=labels).tolist()
    if classes > 5:
        assert np.isclose(result['top5'], sk.top_k_accuracy_score(truth, probabilities, k=5, labels=labels))


def case(name, count, classes, stream, absent=(), never=()):
    """`absent`: classes without images; `never`: classes that are never predicted."""
    logits = 2 * np.array(formula.signed(stream, count * classes)).reshape(count, classes)
    truth = np.floor(np.array(formula.uniform(stream + 1, count)) * classes).astype(int)
    for c in absent:
        truth[truth == c] = (c + 1) % classes
    logits[np.arange(count), truth] += 1.0
    for c in never:
        logits[:, c] = -6.0
    logits = np.round(logits, 4).astype(np.float32).astype(float)
    return {'name': name, 'classes': classes, 'logits': logits.ravel().tolist(), 'truth': truth.tolist(), 'expected': metrics(logits, truth, classes)}


if __name__ == '__main__':
    formula.save(
        'metrics.json',
        [
            case('ten classes', 120, 10, 7000),
            case('two classes', 40, 2, 7010),
            case('a class without images and one never predicted', 60, 7, 7020, absent=(2,), never=(4,)),
        ],
    )
