"""TensorBoard's own reader and writer of event files, beside ours.

    python3 event_file.py                writes fixtures/event-file.json: metrics, and the bytes that TensorBoard's own classes
                                         make of them; reads them back, and damages them
    python3 event_file.py FILE           prints the scalars of an event file, as TensorBoard reads it

Needs tensorboard (2.21.0).
"""

import base64
import json
import pathlib
import sys
import tempfile

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

# wall time (s), optimizer step, scalars; zero, tiny, large and negative values, and a name that is no ASCII
EPOCHS = [
    (1772366400.0, 10, {"train/loss": 2.302585, "learning_rate": 0.001, "validation/accuracy": 0.0}),
    (1772366401.25, 20, {"train/loss": 1e-30, "uniformity": -3.5, "images_per_second": 123456.789}),
    (1772366402.5, 3_000_000_000, {}),
    (1772366403.75, 3_000_000_010, {"ähnlich": 1.0}),
]


def event_bytes():
    path = pathlib.Path(tempfile.mkdtemp()) / "events.out.tfevents.0"
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        writer.write(event_pb2.Event(wall_time=EPOCHS[0][0], file_version="brain.Event:2").SerializeToString())
        for wall_time, step, values in EPOCHS:
            value = [summary_pb2.Summary.Value(tag=tag, simple_value=number) for tag, number in values.items()]
            event = event_pb2.Event(wall_time=wall_time, step=step, summary=summary_pb2.Summary(value=value))
            writer.write(event.SerializeToString())
    return path.read_bytes()


def read(path):
    """(wall time, step, {tag: value}) of each event that is whole."""
    events = (event_pb2.Event.FromString(raw) for raw in RawEventFileLoader(str(path)).Load())
    return [
        (event.wall_time, event.step, {value.tag: value.simple_value for value in event.summary.value})
        for event in events
        if not event.file_version
    ]


def check_damage(whole):
    """No event survives in which one bit was turned."""
    path = pathlib.Path(tempfile.mkdtemp()) / "events.out.tfevents.0"
    path.write_bytes(whole)
    expected = read(path)
    assert [step for _, step, _ in expected] == [step for _, step, _ in EPOCHS]
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            found = read(path)
        except Exception:
            continue
        assert found == expected[: len(found)] and len(found) < len(expected), at


if len(sys.argv) > 1:
    for wall_time, step, values in read(sys.argv[1]):
        print(wall_time, step, values)
else:
    made = event_bytes()
    check_damage(made)
    fixture = {
        "epochs": [{"wallTime": wall, "step": step, "values": values} for wall, step, values in EPOCHS],
        "file": base64.b64encode(made).decode(),
    }
    target = pathlib.Path(__file__).parent / "fixtures" / "event-file.json"
    target.write_text(json.dumps(fixture, indent=1) + "\n")
