"""Writes a checkpoint as a model folder in the layout of a Hugging Face ONNX export, with int8 weights.

    python3 export.py byte-gru --checkpoint FILE --models DIR

Writes DIR/NAME/{config.json, generation_config.json, tokenizer_config.json, onnx/model_quantized.onnx};
tokenizer.json is already there. Files are replaced by renaming, so a reader never sees half of one.
"""
import argparse
import json
import os
import pathlib

import numpy
import torch
from onnx import TensorProto, helper

from graph import Graph
from model import CONFIGS, GRAM_MULTIPLIERS, ROTARY_BASE
from tokenizers_train import EOT

# A base model was never taught to talk: the contents alone, as paragraphs, so that what follows goes on naturally.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if not loop.first %}{{ '\\n\\n' }}{% endif %}"
    "{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}{{ '\\n\\n' }}{% endif %}")


def feed(g, w, prefix, x):
    y = g.op("Relu", g.matmul(g.norm(x, w[prefix + "norm.scale"], w[prefix + "norm.shift"]), w[prefix + "up"]))
    return g.op("Add", x, g.matmul(g.op("Mul", y, y), w[prefix + "down"]))


def attention_bias(g, mask, ids):
    """[batch, 1, sequence, past + sequence]: 0 where a key may be seen, -1e9 where not."""
    total, length = g.op("Squeeze", g.size(mask, 1)), g.op("Squeeze", g.size(ids, 1))
    zero, one = g.constant(0, numpy.int64), g.constant(1, numpy.int64)
    keys = g.op("Range", zero, total, one)
    queries = g.op("Unsqueeze", g.op("Range", g.op("Sub", total, length), total, one), g.ints(1))
    causal = g.op("LessOrEqual", keys, queries)
    present = g.op("Unsqueeze", g.op("Cast", mask, to=TensorProto.BOOL), g.ints(1, 2))
    return g.op("Where", g.op("And", causal, present), g.constant(0.0), g.constant(-1e9))


def turn(g, x, cos, sin):
    a, b = g.op("Split", x, axis=-1, outputs=2)
    first = g.op("Sub", g.op("Mul", a, cos), g.op("Mul", b, sin))
    return g.op("Concat", first, g.op("Add", g.op("Mul", a, sin), g.op("Mul", b, cos)), axis=-1)


def gpt(w, config):
    g = Graph("gpt")
    heads, width = config["heads"], config["width"]
    head = width // heads
    ids = g.input("input_ids", TensorProto.INT64, ["batch", "sequence"])
    mask = g.input("attention_mask", TensorProto.INT64, ["batch", "past_and_sequence"])
    positions = g.input("position_ids", TensorProto.INT64, ["batch", "sequence"])
    frequency = ROTARY_BASE ** (-numpy.arange(0, head, 2) / head)
    angle = g.op("Mul", g.op("Unsqueeze", g.op("Cast", positions, to=TensorProto.FLOAT), g.ints(2, 3)), g.constant(frequency))
    cos, sin = g.op("Cos", angle), g.op("Sin", angle)
    bias = attention_bias(g, mask, ids)
    x = g.norm(g.rows(w["embed"], ids), w["embed_norm.scale"], w["embed_norm.shift"])
    past_shape, present_shape = (["batch", heads, n, head] for n in ("past", "past_and_sequence"))
    for layer in range(config["layers"]):
        p = f"attention.{layer}."
        past = [g.input(f"past_key_values.{layer}.{k}", TensorProto.FLOAT, past_shape) for k in ("key", "value")]
        y = g.norm(x, w[p + "norm.scale"], w[p + "norm.shift"])
        y = g.matmul(y, numpy.concatenate([w[p + "query"], w[p + "key"], w[p + "value"]], 1))
        query, key, value = (g.op("Reshape", part, g.ints(0, 0, heads, head)) for part in g.op("Split", y, axis=-1, outputs=3))
        shrink = head ** -0.5  # the scale of the attention, folded into the query's norm
        query = g.norm(query, w[p + "query_norm.scale"] * shrink, w[p + "query_norm.shift"] * shrink)
        key = g.norm(key, w[p + "key_norm.scale"], w[p + "key_norm.shift"])
        query, key, value = (g.op("Transpose", t, perm=[0, 2, 1, 3])
                             for t in (turn(g, query, cos, sin), turn(g, key, cos, sin), value))
        key, value = (g.op("Concat", old, new, axis=2) for old, new in zip(past, (key, value)))
        g.output(key, f"present.{layer}.key", present_shape)
        g.output(value, f"present.{layer}.value", present_shape)
        weights = g.op("Softmax", g.op("Add", g.op("MatMul", query, g.op("Transpose", key, perm=[0, 1, 3, 2])), bias), axis=-1)
        mixed = g.op("Transpose", g.op("MatMul", weights, value), perm=[0, 2, 1, 3])
        x = g.op("Add", x, g.matmul(g.op("Reshape", mixed, g.ints(0, 0, width)), w[p + "out"]))
        x = feed(g, w, f"feed.{layer}.", x)
    x = g.norm(x, w["final_norm.scale"], w["final_norm.shift"])
    g.output(g.matmul(x, w["logits"]), "logits", ["batch", "sequence", config["vocabulary"]])
    return g.model()


def scan_body(hidden):
    """h' = a h + b, the state also the step's output."""
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", hidden])
    nodes = [helper.make_node("Mul", ["a", "h"], ["ah"]), helper.make_node("Add", ["ah", "b"], ["next"]),
             helper.make_node("Identity", ["next"], ["step"])]
    return helper.make_graph(nodes, "recurrence", [value("h"), value("a"), value("b")], [value("next"), value("step")])


class Shift:
    """The value at the position before, and at the last position, of a sequence with padding at either end.

    `first` and `last` mark the first and last position whose attention_mask is 1; before the first comes the state.
    """

    def __init__(self, g, mask, ids):
        length = g.size(ids, 1)
        mask = g.op("Slice", mask, g.op("Neg", length), g.ints(2 ** 31), g.ints(1))  # its last `sequence` columns
        self.g, self.mask = g, g.op("Unsqueeze", g.op("Cast", mask, to=TensorProto.FLOAT), g.ints(2))
        edge = g.op("Mul", g.op("Slice", self.mask, g.ints(0), g.ints(1), g.ints(1)), g.constant(0.0))
        before = g.op("Slice", g.op("Concat", edge, self.mask, axis=1), g.ints(0), g.ints(-1), g.ints(1))
        after = g.op("Slice", g.op("Concat", self.mask, edge, axis=1), g.ints(1), g.ints(2 ** 31), g.ints(1))
        one = g.constant(1.0)
        self.first = g.op("Greater", self.mask, before)
        self.last = g.op("Mul", self.mask, g.op("Sub", one, after))
        self.empty = g.op("Sub", one, g.op("ReduceMax", self.mask, axes=[1]))

    def previous(self, x, state):
        moved = self.g.op("Slice", self.g.op("Concat", state, x, axis=1), self.g.ints(0), self.g.ints(-1), self.g.ints(1))
        return self.g.op("Where", self.first, state, moved)

    def final(self, x, state):
        g = self.g
        kept = g.op("ReduceSum", g.op("Mul", x, self.last), g.ints(1), keepdims=1)
        return g.op("Add", kept, g.op("Mul", state, self.empty))


def mingru(w, config):
    g = Graph("mingru")
    width, hidden, grams = config["width"], config["hidden"], config["grams"]
    ids = g.input("input_ids", TensorProto.INT64, ["batch", "sequence"])
    mask = g.input("attention_mask", TensorProto.INT64, ["batch", "past_and_sequence"])
    shift = Shift(g, mask, ids)
    recent = g.input("past_key_values.0.recent", TensorProto.FLOAT, ["batch", 3])
    states = g.op("Split", g.op("Unsqueeze", recent, g.ints(1)), axis=2, outputs=3)
    bytes_back = [g.op("Unsqueeze", g.op("Cast", ids, to=TensorProto.FLOAT), g.ints(2))]
    for state in states:
        bytes_back.append(shift.previous(bytes_back[-1], state))
    finals = [shift.final(value, state) for value, state in zip(bytes_back, states)]
    g.output(g.op("Squeeze", g.op("Concat", *finals, axis=2), g.ints(1)), "present.0.recent", ["batch", 3])
    terms = [g.op("Mul", g.op("Cast", g.op("Squeeze", b, g.ints(2)), to=TensorProto.INT64), g.constant(m, numpy.int64))
             for b, m in zip(bytes_back, GRAM_MULTIPLIERS)]
    three = g.op("Add", g.op("Add", terms[0], terms[1]), terms[2])
    four = g.op("Add", three, terms[3])
    size = g.constant(grams, numpy.int64)
    x = g.op("Add", g.rows(w["embed"], ids), g.rows(w["three"], g.op("Mod", three, size)))
    x = g.op("Add", x, g.rows(w["four"], g.op("Mod", four, size)))
    x = g.norm(x, w["embed_norm.scale"], w["embed_norm.shift"])
    for layer in range(config["layers"]):
        p = f"mixer.{layer}."
        old_shift = g.op("Unsqueeze", g.input(f"past_key_values.{layer}.shift", TensorProto.FLOAT, ["batch", width]), g.ints(1))
        old_hidden = g.input(f"past_key_values.{layer}.hidden", TensorProto.FLOAT, ["batch", hidden])
        y = g.norm(x, w[p + "norm.scale"], w[p + "norm.shift"])
        g.output(g.op("Squeeze", shift.final(y, old_shift), g.ints(1)), f"present.{layer}.shift", ["batch", width])
        y = g.op("Add", y, g.op("Mul", g.op("Sub", shift.previous(y, old_shift), y), g.constant(w[p + "mix"])))
        y = g.matmul(y, numpy.concatenate([w[p + "update"], w[p + "candidate"], w[p + "gate"]], 1))
        update, candidate, gate = g.op("Split", y, axis=-1, outputs=3)
        update = g.op("Mul", g.op("Sigmoid", g.op("Add", update, g.constant(w[p + "bias"]))), shift.mask)
        keep = g.op("Sub", g.constant(1.0), update)
        new_hidden, states = g.op("Scan", old_hidden, keep, g.op("Mul", update, candidate), outputs=2, body=scan_body(hidden),
                                  num_scan_inputs=2, scan_input_axes=[1, 1], scan_output_axes=[1])
        g.output(new_hidden, f"present.{layer}.hidden", ["batch", hidden])
        y = g.op("Mul", states, g.op("Mul", gate, g.op("Sigmoid", gate)))
        x = g.op("Add", x, g.matmul(y, w[p + "out"]))
        x = feed(g, w, f"feed.{layer}.", x)
    x = g.norm(x, w["final_norm.scale"], w["final_norm.shift"])
    g.output(g.matmul(x, w["logits"]), "logits", ["batch", "sequence", config["vocabulary"]])
    return g.model()


def hf_config(name, eot):
    """config.json with the field names of Hugging Face."""
    c = CONFIGS[name]
    common = dict(bos_token_id=eot, eos_token_id=eot, vocab_size=c["vocabulary"], hidden_size=c["width"],
                  num_hidden_layers=c["layers"], intermediate_size=c["feed"], tie_word_embeddings=False,
                  torch_dtype="float32", license="Apache-2.0")
    if c["kind"] == "gpt":
        return dict(model_type="tutti-gpt", architectures=["TuttiGPTForCausalLM"], num_attention_heads=c["heads"],
                    num_key_value_heads=c["heads"], head_dim=c["width"] // c["heads"], hidden_act="relu2",
                    rope_theta=ROTARY_BASE, max_position_embeddings=c["context"], **common)
    return dict(model_type="tutti-mingru", architectures=["TuttiMinGRUForCausalLM"], state_size=c["hidden"],
                hidden_act="relu2", max_position_embeddings=1048576, **common)


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data if isinstance(data, bytes) else (json.dumps(data, indent=2) + "\n").encode())
    os.replace(part, path)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("name", choices=CONFIGS)
    arguments.add_argument("--checkpoint", type=pathlib.Path, help="without one: fresh weights, for trying the signature")
    arguments.add_argument("--models", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    if options.checkpoint:
        state = torch.load(options.checkpoint)["model"]
    else:
        from model import create
        state = create(options.name).state_dict()
    weights = {key: value.numpy() for key, value in state.items()}
    config = CONFIGS[options.name]
    folder = options.models / options.name
    eot = json.loads((folder / "tokenizer.json").read_text("utf8"))["added_tokens"][0]["id"]
    settings = hf_config(options.name, eot)
    write(folder / "onnx" / "model_quantized.onnx", {"gpt": gpt, "mingru": mingru}[config["kind"]](weights, config).SerializeToString())
    write(folder / "config.json", settings)
    write(folder / "generation_config.json", dict(bos_token_id=eot, eos_token_id=eot, do_sample=False))
    write(folder / "tokenizer_config.json", dict(
        tokenizer_class="PreTrainedTokenizerFast", bos_token=EOT, eos_token=EOT, add_bos_token=True, add_prefix_space=False,
        clean_up_tokenization_spaces=False, model_max_length=settings["max_position_embeddings"], chat_template=CHAT_TEMPLATE))


if __name__ == "__main__":
    main()
