"""The two architectures: a GPT with rotary positions and a recurrent model of minGRU blocks.

Both are pre-norm residual networks without biases in the matrices, with squared-ReLU feed-forward parts and output
projections that start at zero. `export.py` writes the same arithmetic as an ONNX graph.
"""
import torch
import torch.nn.functional as F
from torch import nn

CONFIGS = {
    "byte-gru": dict(kind="mingru", vocabulary=257, width=256, layers=3, hidden=384, feed=512, grams=3072),
    "bpe2k-gpt": dict(kind="gpt", vocabulary=2048, width=256, layers=4, heads=4, feed=1024, context=1024),
    "bpe4k-gpt": dict(kind="gpt", vocabulary=4096, width=256, layers=4, heads=4, feed=1024, context=1024),
}
ROTARY_BASE = 10000.0
GRAM_MULTIPLIERS = (1, 7919, 104729, 1299709)  # of the byte itself, the one before, and so on


def matrix(rows, columns, zero=False):
    """Weights [in, out], to be used as x @ w."""
    return nn.Parameter(torch.zeros(rows, columns) if zero else torch.randn(rows, columns) * rows ** -0.5)


class Norm(nn.Module):
    """Layer normalisation with scale and shift."""

    def __init__(self, width):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.scale, self.shift, 1e-5)


class Feed(nn.Module):
    def __init__(self, width, feed):
        super().__init__()
        self.norm, self.up, self.down = Norm(width), matrix(width, feed), matrix(feed, width, zero=True)

    def forward(self, x):
        return x + F.relu(self.norm(x) @ self.up).square() @ self.down


def rotary(positions, head):
    """cos and sin [..., head/2] of the given positions."""
    frequency = ROTARY_BASE ** (-torch.arange(0, head, 2, dtype=torch.float32) / head)
    angle = positions[..., None].float() * frequency
    return angle.cos(), angle.sin()


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.head = heads, width // heads
        self.norm = Norm(width)
        self.query, self.key, self.value = (matrix(width, width) for _ in range(3))
        self.out = matrix(width, width, zero=True)
        self.query_norm, self.key_norm = Norm(self.head), Norm(self.head)

    def turn(self, x, cos, sin):
        a, b = x.chunk(2, -1)
        return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)

    def forward(self, x, cos, sin, bias):
        batch, length, width = x.shape
        y = self.norm(x)
        split = lambda w: (y @ w).view(batch, length, self.heads, self.head)
        query = self.turn(self.query_norm(split(self.query)), cos, sin).transpose(1, 2)
        key = self.turn(self.key_norm(split(self.key)), cos, sin).transpose(1, 2)
        value = split(self.value).transpose(1, 2)
        weights = torch.softmax(query @ key.transpose(2, 3) * self.head ** -0.5 + bias, -1)
        return x + (weights @ value).transpose(1, 2).reshape(batch, length, width) @ self.out


class GPT(nn.Module):
    def __init__(self, vocabulary, width, layers, heads, feed, context):
        super().__init__()
        self.head = width // heads
        self.embed = nn.Parameter(torch.randn(vocabulary, width) * 0.5)
        self.embed_norm, self.final_norm = Norm(width), Norm(width)
        self.attention = nn.ModuleList(Attention(width, heads) for _ in range(layers))
        self.feed = nn.ModuleList(Feed(width, feed) for _ in range(layers))
        self.logits = matrix(width, vocabulary, zero=True)

    def forward(self, ids):
        length = ids.shape[1]
        cos, sin = (t[None, :, None, :] for t in rotary(torch.arange(length), self.head))
        bias = torch.full((length, length), -1e9).triu(1)
        x = self.embed_norm(F.embedding(ids, self.embed))
        for attention, feed in zip(self.attention, self.feed):
            x = feed(attention(x, cos, sin, bias))
        return self.final_norm(x) @ self.logits


class Recurrence(torch.autograd.Function):
    """h_t = a_t h_{t-1} + b_t along dimension 0, from h = 0 (minGRU: a = 1 - z, b = z * candidate)."""

    @staticmethod
    def forward(ctx, a, b):
        h = torch.empty_like(b)
        h[0] = b[0]
        for before, now, at, bt in zip(h[:-1].unbind(), h[1:].unbind(), a[1:].unbind(), b[1:].unbind()):
            torch.addcmul(bt, at, before, out=now)
        ctx.save_for_backward(a, h)
        return h

    @staticmethod
    def backward(ctx, gradient):
        a, h = ctx.saved_tensors
        g = gradient.clone(memory_format=torch.contiguous_format)
        rows, factors = g.unbind(), a.unbind()
        for t in range(len(rows) - 2, -1, -1):
            rows[t].addcmul_(factors[t + 1], rows[t + 1])
        da = torch.zeros_like(a)
        torch.mul(g[1:], h[:-1], out=da[1:])
        return da, g


def previous(x):
    """x of the position before, zero at the first: [T, B, width]."""
    return torch.cat([torch.zeros_like(x[:1]), x[:-1]])


class MinGRU(nn.Module):
    """Feng et al. 2024, "Were RNNs all we needed?", with RWKV's token shift in front and an output gate behind."""

    def __init__(self, width, hidden):
        super().__init__()
        self.norm, self.mix = Norm(width), nn.Parameter(torch.full((width,), 0.3))
        self.update, self.candidate, self.gate = (matrix(width, hidden) for _ in range(3))
        self.bias = nn.Parameter(torch.linspace(-3.0, 1.0, hidden))  # of the update gate: slow and fast units
        self.out = matrix(hidden, width, zero=True)

    def forward(self, x):
        y = self.norm(x)
        y = y + (previous(y) - y) * self.mix
        z = torch.sigmoid(y @ self.update + self.bias)
        h = Recurrence.apply(1 - z, z * (y @ self.candidate))
        return x + (h * F.silu(y @ self.gate)) @ self.out


class ByteGRU(nn.Module):
    """minGRU blocks on byte embeddings plus hashed embeddings of the last three and the last four bytes."""

    def __init__(self, vocabulary, width, layers, hidden, feed, grams):
        super().__init__()
        self.grams = grams
        self.embed = nn.Parameter(torch.randn(vocabulary, width) * 0.5)
        self.three = nn.Parameter(torch.randn(grams, width) * 0.2)
        self.four = nn.Parameter(torch.randn(grams, width) * 0.2)
        self.embed_norm, self.final_norm = Norm(width), Norm(width)
        self.mixer = nn.ModuleList(MinGRU(width, hidden) for _ in range(layers))
        self.feed = nn.ModuleList(Feed(width, feed) for _ in range(layers))
        self.logits = matrix(width, vocabulary, zero=True)

    def forward(self, ids):
        ids = ids.t()
        shifted = [ids]
        for _ in range(3):
            shifted.append(previous(shifted[-1]))
        sums = torch.stack([m * s for m, s in zip(GRAM_MULTIPLIERS, shifted)])
        three, four = sums[:3].sum(0) % self.grams, sums.sum(0) % self.grams
        x = self.embed_norm(F.embedding(ids, self.embed) + F.embedding(three, self.three) + F.embedding(four, self.four))
        for mixer, feed in zip(self.mixer, self.feed):
            x = feed(mixer(x))
        return (self.final_norm(x) @ self.logits).transpose(0, 1)


def create(name):
    """The named model with fresh weights."""
    config = dict(CONFIGS[name])
    return {"gpt": GPT, "mingru": ByteGRU}[config.pop("kind")](**config)
