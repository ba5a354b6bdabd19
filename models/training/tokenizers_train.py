"""Makes the three tokenizer.json files and the token streams for training.

    python3 tokenizers_train.py --corpus DIR --models DIR --out DIR

Every tokenizer holds all 256 byte symbols and no `<unk>`, so any byte string round-trips.
`<|endoftext|>` is beginning and end of text; the post-processor puts it in front.
"""
import argparse
import json
import pathlib

import numpy
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

EOT = "<|endoftext|>"
DOMAINS = ("speeches", "novels", "definitions", "technical")
MIX = {
    "byte-gru": (257, {"speeches": 0.3, "novels": 0.2, "definitions": 0.25, "technical": 0.25}),
    "bpe2k-gpt": (2048, {"speeches": 0.6, "novels": 0.4}),
    "bpe4k-gpt": (4096, {"definitions": 0.5, "technical": 0.5}),
}


def documents(corpus, domain, split):
    rows = map(json.loads, open(corpus / f"{domain}.jsonl", encoding="utf8"))
    return [row["text"] for row in rows if row["split"] == split]


def bytes_to_unicode():
    """GPT-2's printable symbol of each byte, in byte order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    extra = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(extra)) for b in range(256)]


def build(vocabulary, texts):
    if vocabulary == 257:
        vocab = {symbol: byte for byte, symbol in enumerate(bytes_to_unicode())}
        tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.add_special_tokens([AddedToken(EOT, special=True, normalized=False)])
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
        tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
            vocab_size=vocabulary, special_tokens=[EOT], show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.decoder = decoders.ByteLevel()
    eot = tokenizer.token_to_id(EOT)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{EOT} $A", pair=f"{EOT} $A {EOT} $B:1", special_tokens=[(EOT, eot)])
    assert tokenizer.get_vocab_size() == vocabulary
    return tokenizer


def stream(tokenizer, texts):
    """Token ids of all documents, each after `<|endoftext|>`, and the positions where a paragraph begins."""
    eot = tokenizer.token_to_id(EOT)
    ids, starts, length = [], [], 0
    for text in texts:
        part = [eot]
        for index, paragraph in enumerate(text.split("\n\n")):
            starts.append(length + len(part))
            piece = paragraph if index == text.count("\n\n") else paragraph + "\n\n"
            part += tokenizer.encode(piece, add_special_tokens=False).ids
        ids.append(numpy.array(part, dtype=numpy.uint16))
        length += len(part)
    return numpy.concatenate(ids), numpy.array(starts, dtype=numpy.int64)


def main():
    arguments = argparse.ArgumentParser()
    for name in ("corpus", "models", "out"):
        arguments.add_argument(f"--{name}", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    for name, (vocabulary, mix) in MIX.items():
        tokenizer = build(vocabulary, (t for domain in mix for t in documents(options.corpus, domain, "train")))
        (options.models / name).mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(options.models / name / "tokenizer.json"))
        arrays = {}
        for domain in mix:
            texts = documents(options.corpus, domain, "train")
            arrays[domain], arrays[domain + ".starts"] = stream(tokenizer, texts)
            size = sum(len(t.encode()) for t in texts)
            print(f"{name:10s} {domain:12s} {len(arrays[domain]):9d} tokens, {size / len(arrays[domain]):.3f} bytes a token")
        options.out.mkdir(parents=True, exist_ok=True)
        numpy.savez(options.out / f"{name}.npz", **arrays)


if __name__ == "__main__":
    main()
