"""Trains one model for a given number of minutes on one thread.

    python3 train.py byte-gru --tokens DIR --corpus DIR --models DIR --out DIR --minutes 95

The learning rate is a function of the elapsed share of the time, so the run ends decayed whatever share of the
processor it got. Matrices are trained by Muon (Jordan 2024: momentum made orthogonal by Newton-Schulz steps), the
rest by AdamW. Checkpoints are written every five minutes and on exit; a second start resumes.
"""
import argparse
import json
import math
import os
import pathlib
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from model import create
from tokenizers_train import EOT, MIX, documents

# (share of the time at which the stage ends, window length)
STAGES = {"byte-gru": [(0.85, 512), (1.0, 1024)],
          "bpe2k-gpt": [(0.6, 256), (0.86, 512), (1.0, 1024)],
          "bpe4k-gpt": [(0.6, 256), (0.86, 512), (1.0, 1024)]}
BATCH_TOKENS = {"byte-gru": 4096, "bpe2k-gpt": 3072, "bpe4k-gpt": 3072}


def learning_rate(elapsed, warm=0.01, decay=0.45):
    """Factor at the elapsed share of the time: warm-up, constant, linear to zero."""
    return max(0.0, min(1.0, 0.05 + elapsed / warm, (1 - elapsed) / decay))


def orthogonal(g, steps=4):
    """The nearest semi-orthogonal matrix, roughly (quintic Newton-Schulz of Muon)."""
    wide = g.t() if g.shape[0] > g.shape[1] else g
    x = wide / (wide.norm() + 1e-7)
    for _ in range(steps):
        a = x @ x.t()
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.t() if g.shape[0] > g.shape[1] else x


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum=0.95, decay=0.02):
        super().__init__(parameters, dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                buffer = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = orthogonal(p.grad.lerp(buffer, group["momentum"]))
                p.mul_(1 - group["lr"] * group["decay"])
                p.add_(update, alpha=-group["lr"] * max(1.0, p.shape[1] / p.shape[0]) ** 0.5)


def split_parameters(model):
    """Inner matrices for Muon; embeddings, output matrix and vectors for AdamW."""
    outer = ("embed", "three", "four", "logits")
    named = list(model.named_parameters())
    muon = [p for n, p in named if p.ndim == 2 and n not in outer]
    tables = [p for n, p in named if n in outer and n != "logits"]
    return muon, tables, [model.logits], [p for n, p in named if p.ndim == 1]


class Windows:
    """Random windows: half of them begin with `<|endoftext|>` and a paragraph, as every context at run time does."""

    def __init__(self, path, mix, eot, seed):
        arrays = numpy.load(path)
        self.streams = [(arrays[d].astype(numpy.int64), arrays[d + ".starts"]) for d in mix]
        self.weights = numpy.array(list(mix.values()))
        self.eot, self.random = eot, numpy.random.default_rng(seed)

    def one(self, length):
        ids, starts = self.streams[self.random.choice(len(self.streams), p=self.weights)]
        if self.random.random() < 0.5:
            at = starts[self.random.integers(numpy.searchsorted(starts, len(ids) - length))]
            return numpy.concatenate([[self.eot], ids[at:at + length]])
        at = self.random.integers(len(ids) - length)
        return ids[at:at + length + 1]

    def batch(self, count, length):
        return torch.from_numpy(numpy.stack([self.one(length) for _ in range(count)]))


@torch.no_grad()
def bits_per_byte(model, held, limit=1024):
    """Bits a byte of each domain: documents scored from `<|endoftext|>`, cut to the context; total bits / total bytes."""
    result = {}
    for domain, rows in held.items():
        bits = size = 0
        for ids, lengths in rows:
            ids, lengths = ids[:limit + 1], lengths[:limit]
            logits = model(torch.tensor([ids[:-1]]))[0]
            bits += F.cross_entropy(logits, torch.tensor(ids[1:]), reduction="sum").item() / math.log(2)
            size += sum(lengths)
        result[domain] = bits / size
    return result


def held_out(tokenizer, corpus, mix, split="tune", most=6):
    """Token ids and the bytes each one stands for, of some documents of every domain."""
    rows = {}
    for domain in mix:
        rows[domain] = []
        for text in documents(corpus, domain, split)[:most]:
            code = tokenizer.encode(text)
            data = [len(text[a:b].encode()) for a, b in code.offsets[1:]]
            total = len(text.encode())
            # Offsets count characters; split characters are counted once, so scale the sum to the true bytes.
            data = [d * total / sum(data) for d in data]
            rows[domain].append((code.ids, data))
    return rows


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("name")
    for option in ("tokens", "corpus", "models", "out"):
        arguments.add_argument(f"--{option}", type=pathlib.Path, required=True)
    arguments.add_argument("--minutes", type=float, required=True)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--muon", type=float, default=0.02)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    tokenizer = Tokenizer.from_file(str(options.models / options.name / "tokenizer.json"))
    mix = MIX[options.name][1]
    windows = Windows(options.tokens / f"{options.name}.npz", mix, tokenizer.token_to_id(EOT), options.seed)
    held = held_out(tokenizer, options.corpus, mix)
    model = create(options.name)
    muon, tables, output, vectors = split_parameters(model)
    adam = torch.optim.AdamW([dict(params=tables, lr=0.01), dict(params=output, lr=0.004), dict(params=vectors, lr=0.004)],
                             betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0)
    optimizers = [Muon(muon, options.muon), adam]
    rates = [[g["lr"] for g in o.param_groups] for o in optimizers]
    options.out.mkdir(parents=True, exist_ok=True)
    checkpoint = options.out / f"{options.name}.pt"
    step = tokens = spent = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        for optimizer, state in zip(optimizers, saved["optimizers"]):
            optimizer.load_state_dict(state)
        step, tokens, spent = saved["step"], saved["tokens"], saved["spent"]
        windows.random = numpy.random.default_rng(options.seed + step)
    print(f"{options.name}: {sum(p.numel() for p in model.parameters())} parameters,"
          f" {sum(p.numel() for p in muon)} of them in matrices trained by Muon", flush=True)

    def save():
        state = dict(name=options.name, model=model.state_dict(), optimizers=[o.state_dict() for o in optimizers],
                     step=step, tokens=tokens, spent=spent, minutes=options.minutes)
        torch.save(state, str(checkpoint) + ".part")
        os.replace(str(checkpoint) + ".part", checkpoint)

    begin = time.monotonic() - spent
    last_log = last_save = time.monotonic()
    total, count = 0.0, 0
    while spent < options.minutes * 60:
        share = spent / (options.minutes * 60)
        length = next(n for end, n in STAGES[options.name] if share < end)
        batch = windows.batch(BATCH_TOKENS[options.name] // length, length)
        factor = learning_rate(share)
        for optimizer, base in zip(optimizers, rates):
            for group, rate in zip(optimizer.param_groups, base):
                group["lr"] = rate * factor
        optimizers[0].param_groups[0]["momentum"] = min(0.95, 0.85 + step / 3000)
        logits = model(batch[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        step, tokens, total, count = step + 1, tokens + BATCH_TOKENS[options.name], total + loss.item(), count + 1
        now = time.monotonic()
        spent = now - begin
        if step in (20, 100) or now - last_log > 240:
            bits = {d: round(b, 3) for d, b in bits_per_byte(model, held).items()}
            print(json.dumps(dict(step=step, minutes=round(spent / 60, 1), tokens=tokens, window=length,
                                  rate=round(factor, 3), nats=round(total / count, 3), bits_per_byte=bits)), flush=True)
            total, count, last_log = 0.0, 0, time.monotonic()
        if now - last_save > 300:
            save()
            last_save = now
    save()
    print("done", step, tokens, bits_per_byte(model, held), flush=True)


if __name__ == "__main__":
    main()
