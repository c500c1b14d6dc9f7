"""Loads a dataset's shards with Hugging Face's datasets, with no word about their format, and compares them with the
manifest: the number of examples of each class, every image's digest and size; its pixels are decoded. Usage:
read_shards.py DATASET"""

import collections
import hashlib
import io
import json
import pathlib
import sys

import datasets
from PIL import Image


def check(condition, message):
    if not condition:
        sys.exit(f"read_shards: {message}")


def main(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    files = {split: sorted(map(str, (folder / split).glob("*.parquet"))) for split in manifest["splits"]}
    loaded = datasets.load_dataset("parquet", data_files=files)
    for split, summary in manifest["splits"].items():
        examples = loaded[split]
        features = examples.features
        check(isinstance(features["image"], datasets.Image), f"{split}: image is {features['image']}, not an image")
        counts = collections.Counter()
        stored = examples.cast_column("image", datasets.Image(decode=False))
        for example, raw in zip(examples, stored):
            path = raw["image"]["path"]
            content = raw["image"]["bytes"]
            check(hashlib.sha256(content).hexdigest() == example["sha256"], f"{path}: other bytes than its digest")
            check(manifest["classes"][example["label"]] == example["class"], f"{path}: label and class differ")
            sizes = {example["image"].size, Image.open(io.BytesIO(content)).size}
            size = (example["width"], example["height"])
            # What stands upright only by its EXIF orientation is stored lying.
            example["image"].load()
            check(sizes <= {size, size[::-1]}, f"{path}: {sizes}, stored as {size}")
            counts[example["label"]] += 1
        per_class = [counts[label] for label in range(len(manifest["classes"]))]
        check(per_class == summary["per_class"], f"{split}: {per_class} examples, the manifest has {summary['per_class']}")
        print(f"{split}: {len(examples)} images of {len(per_class)} classes as the manifest has them")


main(pathlib.Path(sys.argv[1]))
