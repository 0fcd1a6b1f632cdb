"""Small Parquet files as Hugging Face writes them, for test/datasets/images: `python3 parquet.py` (pyarrow, Pillow)."""

import io
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = pathlib.Path(__file__).parent / "fixtures" / "parquet"
COLOURS = {"ash": (200, 40, 40), "elm": (40, 200, 40), "дуб": (40, 40, 200)}


def png(colour, shade):
    buffer = io.BytesIO()
    Image.new("RGB", (12, 10), tuple(min(255, part + shade) for part in colour)).save(buffer, "PNG")
    return buffer.getvalue()


def rows(count):
    for at in range(count):
        label = at % 3
        yield png(list(COLOURS.values())[label], at), label


def write(path, images, labels, label_type, features, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    struct = pa.array([{"bytes": image, "path": None} for image in images], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    table = pa.table({"image": struct, "label": pa.array(labels, label_type)})
    if features:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, path, **options)


names = {"image": {"_type": "Image"}, "label": {"names": list(COLOURS), "_type": "ClassLabel"}}
images, labels = zip(*rows(12))
write(OUT / "named" / "data" / "train-00000-of-00002.parquet", images[:6], labels[:6], pa.int64(), names, compression="snappy")
write(OUT / "named" / "data" / "train-00001-of-00002.parquet", images[6:], labels[6:], pa.int64(), names, compression="zstd")
images, labels = zip(*rows(4))
write(OUT / "named" / "data" / "test-00000-of-00001.parquet", images, [*labels[:3], -1], pa.int64(), names, row_group_size=2)
(OUT / "named" / "README.md").write_text("A dataset's card.\n")

texts = [list(COLOURS)[label] for label in labels]
pq.write_table(pa.table({"img": pa.array(images, pa.binary()), "label": pa.array(texts)}), OUT / "words.parquet")
pq.write_table(pa.table({"text": pa.array(["no", "image"])}), OUT / "no-images.parquet")

# Labels that are no class of one image, and those that are none.
write(OUT / "several-labels.parquet", images, [[0, 1], [2], [], [1]], pa.list_(pa.int64()), None)
write(OUT / "fractions.parquet", images, [0.0, 0.5, 1.0, None], pa.float64(), None)
write(OUT / "pandas.parquet", images, [1.0, 4.0, 9.0, float("nan")], pa.float64(), None)
write(OUT / "beyond.parquet", images, [0, 1, 2, 3], pa.int64(), names)
pq.write_table(pa.table({"image": pa.array(images, pa.binary()), "species": pa.array(texts)}), OUT / "species.parquet")
# 256 times one picture: a dictionary makes it small.
pq.write_table(pa.table({"image": pa.array([images[0] * 100] * 256, pa.binary())}), OUT / "bomb.parquet")
