"""Bits per byte of the exported models on the held-out documents, as a Markdown table.

    python3 evaluate.py --models DIR [--split test] [--checkpoints DIR]

A document is scored from its start after `<|endoftext|>`, in one context: -log2 p of every token, bytes of the text.
A cell is total bits / total bytes of the domain. With --checkpoints the float32 PyTorch models are scored as well.
"""
import argparse
import json
import math
import pathlib

import numpy

from check import NAMES, Session
from tokenizers_train import DOMAINS


def bits(logits, ids):
    """Bits of ids[1:] under the logits [sequence, vocabulary] of ids[:-1]."""
    logits = logits.astype(numpy.float64)
    top = logits.max(-1, keepdims=True)
    normaliser = (top + numpy.log(numpy.exp(logits - top).sum(-1, keepdims=True)))[:, 0]
    return float((normaliser - logits[numpy.arange(len(ids) - 1), ids[1:]]).sum() / math.log(2))


def exported(session):
    return lambda ids: session.run([ids[:-1]], session.zeros(1))[0][0]


def trained(name, checkpoints):
    import torch
    from model import create
    model = create(name)
    model.load_state_dict(torch.load(checkpoints / f"{name}.pt")["model"])

    def logits(ids):
        with torch.no_grad():
            return model(torch.tensor([ids[:-1]]))[0].numpy()
    return logits


def score(logits, tokenizer, texts):
    total = size = 0
    for text in texts:
        ids = tokenizer.encode(text).ids
        assert len(ids) <= 1024 or tokenizer.get_vocab_size() == 257, "a held-out document exceeds the context"
        total += bits(logits(ids), ids)
        size += len(text.encode())
    return total / size


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--models", type=pathlib.Path, required=True)
    arguments.add_argument("--checkpoints", type=pathlib.Path)
    arguments.add_argument("--split", default="test")
    options = arguments.parse_args()
    texts = {}
    for domain in DOMAINS:
        rows = map(json.loads, open(options.models / "heldout" / f"{domain}.jsonl", encoding="utf8"))
        texts[domain] = [row["text"] for row in rows if row["split"] == options.split]
    print("| model |", " | ".join(DOMAINS), "|\n|---|" + "---|" * len(DOMAINS))
    for name in NAMES:
        session = Session(options.models / name)
        kinds = [("", exported(session))]
        if options.checkpoints:
            kinds.append((" (float32)", trained(name, options.checkpoints)))
        for label, logits in kinds:
            cells = [f"{score(logits, session.tokenizer, texts[d]):.3f}" for d in DOMAINS]
            print(f"| {name}{label} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
