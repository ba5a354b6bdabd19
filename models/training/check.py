"""Checks exported model folders with onnxruntime.

    python3 check.py --models DIR [--checkpoints DIR]

For every model: incremental = full, padded batch = single, a masked step leaves the state alone, the graph = the
PyTorch model within the loss of int8, `encode("")` is `<|endoftext|>`, any byte has a symbol, time of one step.
"""
import argparse
import json
import pathlib
import time

import numpy
import onnxruntime
from tokenizers import Tokenizer

NAMES = ("byte-gru", "bpe2k-gpt", "bpe4k-gpt")
TEXT = "The people of the United States have a right to expect that the Congress will act upon the report without delay."


class Session:
    """Runs a model folder; `state` maps past_key_values.* to arrays."""

    def __init__(self, folder, threads=1):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(folder / "onnx/model_quantized.onnx"), options, ["CPUExecutionProvider"])
        self.inputs = {i.name: i for i in self.session.get_inputs()}
        self.outputs = [o.name for o in self.session.get_outputs()]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def zeros(self, batch):
        fixed = {"batch": batch, "past": 0}
        return {n: numpy.zeros([fixed[d] if isinstance(d, str) else d for d in i.shape], numpy.float32)
                for n, i in self.inputs.items() if n.startswith("past_key_values.")}

    def run(self, ids, state, mask=None, positions=None):
        """Logits [batch, sequence, vocabulary] and the next state."""
        ids = numpy.asarray(ids, numpy.int64)
        past = next((v.shape[2] for v in state.values() if v.ndim == 4), 0)
        mask = numpy.ones((len(ids), past + ids.shape[1])) if mask is None else mask
        positions = numpy.tile(past + numpy.arange(ids.shape[1]), (len(ids), 1)) if positions is None else positions
        feed = dict(state, input_ids=ids, attention_mask=numpy.asarray(mask, numpy.int64),
                    position_ids=numpy.asarray(positions, numpy.int64))
        result = dict(zip(self.outputs, self.session.run(None, {n: feed[n] for n in self.inputs})))
        return result["logits"], {n.replace("present", "past_key_values"): v for n, v in result.items() if n != "logits"}


def difference(a, b):
    return float(numpy.abs(a - b).max())


def incremental(s, ids):
    """Largest difference of logits: all at once against one by one, and against pieces."""
    full, end = s.run([ids], s.zeros(1))
    worst = 0.0
    for size in (1, 7):
        state = s.zeros(1)
        for at in range(0, len(ids), size):
            logits, state = s.run([ids[at:at + size]], state)
            worst = max(worst, difference(logits[0], full[0, at:at + size]))
        worst = max([worst] + [difference(state[k], end[k]) for k in end])
    return worst


def padded(s, ids):
    """Rows with pasts of different lengths in one step: the past padded on the left, zeros where masked."""
    lengths, width = (3, len(ids) - 2, len(ids) // 2), len(ids) - 2
    states = [s.run([ids[:n]], s.zeros(1))[1] for n in lengths]
    batch = {}
    for name, shape in ((n, i.shape) for n, i in s.inputs.items() if n.startswith("past_key_values.")):
        if len(shape) == 4:
            batch[name] = numpy.concatenate([numpy.pad(t[name], ((0, 0), (0, 0), (width - n, 0), (0, 0))) for t, n in zip(states, lengths)])
        else:
            batch[name] = numpy.concatenate([t[name] for t in states])
    past = width if any(v.ndim == 4 for v in batch.values()) else 0
    mask = numpy.array([[0] * (past - n) + [1] * (min(n, past) + 2) for n in lengths])
    positions = [[n, n + 1] for n in lengths]
    rows = [ids[n:n + 2] for n in lengths]
    logits, _ = s.run(rows, batch, mask, positions)
    return max(difference(logits[r], s.run([rows[r]], states[r])[0][0]) for r in range(3))


def masked_steps(s, ids):
    """Recurrent models: padding before or after the new tokens changes neither logits nor state."""
    if any(len(i.shape) == 4 for i in s.inputs.values()):
        return None
    _, state = s.run([ids[:5]], s.zeros(1))
    logits, end = s.run([ids[5:20]], state)
    worst = 0.0
    for left, right in ((4, 0), (0, 6)):
        row = [ids[0]] * left + list(ids[5:20]) + [ids[0]] * right
        got, after = s.run([row], state, [[0] * left + [1] * 15 + [0] * right])
        worst = max([worst, difference(got[0, left:left + 15], logits[0])] + [difference(end[k], after[k]) for k in end])
    _, after = s.run([[ids[0]] * 3], state, [[0, 0, 0]])
    return max([worst] + [difference(state[k], after[k]) for k in state])


def against_torch(s, name, checkpoints, ids):
    """Largest difference of log-probabilities from the float32 PyTorch model."""
    import torch
    from model import create
    model = create(name)
    model.load_state_dict(torch.load(checkpoints / f"{name}.pt")["model"])
    with torch.no_grad():
        want = torch.log_softmax(model(torch.tensor([ids])), -1).numpy()
    logits = s.run([ids], s.zeros(1))[0].astype(numpy.float64)
    got = logits - numpy.log(numpy.exp(logits).sum(-1, keepdims=True))
    chosen = numpy.arange(len(ids) - 1), numpy.array(ids[1:])
    return float(numpy.abs(got[0][chosen] - want[0][chosen]).mean())


def seconds(s, ids, length, count):
    state = s.run([ids[:64]], s.zeros(1))[1] if length == 1 else s.zeros(1)
    row = [(ids * 40)[:length]]
    s.run(row, state)
    best = float("inf")
    for _ in range(count):
        begin = time.perf_counter()
        s.run(row, state)
        best = min(best, time.perf_counter() - begin)
    return best


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--models", type=pathlib.Path, required=True)
    arguments.add_argument("--checkpoints", type=pathlib.Path)
    arguments.add_argument("--signature", action="store_true")
    options = arguments.parse_args()
    for name in NAMES:
        s = Session(options.models / name)
        t = s.tokenizer
        assert t.encode("").ids == [t.token_to_id("<|endoftext|>")]
        alphabet = {c for c in t.get_vocab() if len(c) == 1}
        strange = "".join(map(chr, range(1, 0x3000))) + "\U0001f3bc\n\t  \r\n"
        assert len(alphabet) == 256 and t.decode(t.encode(strange).ids) == strange
        ids = t.encode(TEXT).ids
        report = dict(model=name, incremental=incremental(s, ids), padded=padded(s, ids), masked=masked_steps(s, ids))
        assert all(v is None or isinstance(v, str) or v < 1e-4 for v in report.values()), report
        if options.checkpoints:
            report["int8_nats_a_token"] = against_torch(s, name, options.checkpoints, ids)
        report.update(step_ms=1e3 * seconds(s, ids, 1, 200), prefill_256_ms=1e3 * seconds(s, ids, 256, 10))
        print(json.dumps({k: float(f"{v:.3g}") if isinstance(v, float) else v for k, v in report.items()}))
        if options.signature:
            for kind, values in (("in", s.session.get_inputs()), ("out", s.session.get_outputs())):
                print("\n".join(f"  {kind:3s} {v.name:28s} {v.type:15s} {v.shape}" for v in values))


if __name__ == "__main__":
    main()
