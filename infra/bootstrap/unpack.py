"""Unpacks some files of a wheel into a folder and prints what it wrote, as JSON: [{path, size, sha256}].

Argument: JSON {wheel, folder, keep: [names, or prefixes that end in '/'], rename: {name: path}, executable: [paths]}.
Python 3.8 and later; the standard library alone.
"""
import hashlib
import json
import os
import sys
import zipfile

task = json.loads(sys.argv[1])
prefixes = tuple(name for name in task["keep"] if name.endswith("/"))
names = {name for name in task["keep"] if not name.endswith("/")}
written = []
with zipfile.ZipFile(task["wheel"]) as wheel:
    missing = names - set(wheel.namelist())
    if missing:
        sys.exit("not in the wheel: " + ", ".join(sorted(missing)))
    for entry in wheel.infolist():
        name = entry.filename
        if entry.is_dir() or not (name in names or (prefixes and name.startswith(prefixes))):
            continue
        path = task["rename"].get(name, name)
        if os.path.isabs(path) or ".." in path.split("/"):
            sys.exit("a name in the wheel leads out of its folder: " + name)
        target = os.path.join(task["folder"], *path.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with wheel.open(entry) as source, open(target, "wb") as sink:
            while True:
                block = source.read(1 << 20)
                if not block:
                    break
                sink.write(block)
                digest.update(block)
                size += len(block)
        if path in task["executable"]:
            os.chmod(target, 0o755)
        written.append({"path": path, "size": size, "sha256": digest.hexdigest()})
json.dump(written, sys.stdout)
