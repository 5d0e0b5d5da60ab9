"""The parts of DeepFM's step that are no matrix products, as loops over events in machine code.

The same arithmetic as :class:`policies.backbone.Backbone`, with every event's numbers read and
written once where tensors would be made in between. Sums may be added up in another order: scores
agree to about 1e-6, not to the bit.

Axis legend: ``n`` events, ``F`` fields with table rows, ``D`` numeric features, ``K = F + D``,
``d`` numbers a factor, a multiple of ``LANES``. A table row is its factor and then its linear
weight: ``d + 1`` numbers.
"""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32, Int32, Int64
from policies.lanes import LANES, load, spread, store
from policies.lanes import total as sum_of

CHUNK_BITS = 8  # of an id: its place in a chunk of table rows


@compiled_fast
def find_rows(ids: Int32, start: Int64, chunks: Int64, rows: Int64) -> bool:
    """Write the table ``rows`` (n, F) of ``ids`` (n, F); False where one has none yet.

    ``start`` (F, c) is the first row of every chunk of a field, ``chunks`` (F,) how many it has.
    """
    n, fields = ids.shape
    for e in range(n):
        for f in range(fields):
            chunk = ids[e, f] >> CHUNK_BITS
            if chunk < 0 or chunk >= chunks[f]:
                return False
            rows[e, f] = start[f, chunk] + (ids[e, f] & ((1 << CHUNK_BITS) - 1))
    return True


@compiled_fast
def gather(
    rows: Int64,
    value: Float32,
    table: Float32,
    numeric: Float32,
    bias: Float32,
    factors: Float32,
    total: Float32,
    logit: Float32,
) -> None:
    """Write ``factors`` (n, K d), their sum ``total`` (n, d), and ``logit`` (n,) without the MLP.

    Factors are the rows (n, F) of ``table``, and ``value`` (n, D) times ``numeric`` (D, d + 1).
    """
    n, fields = rows.shape
    d = table.shape[1] - 1
    given = value.shape[1]
    for e in range(n):
        start = e * (fields + given) * d
        linear = bias[0]
        for f in range(fields):
            linear += table[rows[e, f], d]
        for k in range(given):
            linear += value[e, k] * numeric[k, d]
        pairs = spread(np.float32(0.0))
        for j in range(0, d, LANES):
            summed = squares = spread(np.float32(0.0))
            at = start + j
            for f in range(fields):
                v = load(table, rows[e, f] * (d + 1) + j)
                store(factors, at, v)
                summed += v
                squares += v * v
                at += d
            for k in range(given):
                v = spread(value[e, k]) * load(numeric, k * (d + 1) + j)
                store(factors, at, v)
                summed += v
                squares += v * v
                at += d
            store(total, e * d + j, summed)
            pairs += summed * summed - squares
        logit[e] = linear + np.float32(0.5) * sum_of(pairs)


@compiled_fast
def rectify(layer: Float32, bias: Float32) -> None:
    """Add ``bias`` (w,) to a hidden ``layer`` (n, w) and put 0 for what is below."""
    n, width = layer.shape
    for e in range(n):
        for j in range(width):
            layer[e, j] = max(layer[e, j] + bias[j], np.float32(0.0))


@compiled_fast
def add_output(logit: Float32, top: Float32, weight: Float32, bias: Float32) -> None:
    """Add the last layer's output to ``logit`` (n,): ``top`` (n, w) times ``weight`` (w, 1)."""
    n, width = top.shape
    for e in range(n):
        out = bias[0]
        for j in range(width):
            out += top[e, j] * weight[j, 0]
        logit[e] += out


@compiled_fast
def open_output(
    slope: Float32,
    top: Float32,
    weight: Float32,
    back: Float32,
    weight_gradient: Float32,
    bias_gradient: Float32,
) -> None:
    """Write ``back`` (n, w), the gradient of the last layer's input, and those of the layer."""
    n, width = top.shape
    weight_gradient[:] = np.float32(0.0)
    bias_gradient[0] = np.float32(0.0)
    for e in range(n):
        s = slope[e]
        bias_gradient[0] += s
        for j in range(width):
            weight_gradient[j, 0] += s * top[e, j]
            back[e, j] = s * weight[j, 0]


@compiled_fast
def pass_rectifier(back: Float32, layer: Float32, bias_gradient: Float32) -> None:
    """Keep of ``back`` (n, w) what the rectifier of ``layer`` let through, and add it up."""
    n, width = back.shape
    bias_gradient[:] = np.float32(0.0)
    for e in range(n):
        for j in range(width):
            g = back[e, j] if layer[e, j] > np.float32(0.0) else np.float32(0.0)
            back[e, j] = g
            bias_gradient[j] += g


@compiled_fast
def add_pairs(
    slope: Float32,
    value: Float32,
    factors: Float32,
    total: Float32,
    back: Float32,
    numeric_gradient: Float32,
    bias_gradient: Float32,
) -> None:
    """Add what pairs give to the gradient ``back`` (n, K d) of the factors; write two others."""
    n, d = total.shape
    wide = factors.shape[1]
    numeric_gradient[:] = np.float32(0.0)
    bias_gradient[0] = np.float32(0.0)
    first = wide // d - value.shape[1]
    for e in range(n):
        s = slope[e]
        bias_gradient[0] += s
        for j in range(0, d, LANES):
            summed = load(total, e * d + j)
            for at in range(e * wide + j, (e + 1) * wide, d):
                pair = spread(s) * (summed - load(factors, at))
                store(back, at, load(back, at) + pair)
        for k in range(value.shape[1]):
            x = value[e, k]
            at = (first + k) * d
            for j in range(d):
                numeric_gradient[k, j] += x * back[e, at + j]
            numeric_gradient[k, d] += s * x


@compiled_fast
def step_table(
    rows: Int64,
    slope: Float32,
    back: Float32,
    table: Float32,
    square: Float32,
    changed: Int32,
    rates: Float32,
    save: int,
) -> None:
    """Step the table's rows by row-wise Adagrad; the squares of all events come first."""
    n, fields = rows.shape
    d = table.shape[1] - 1
    share = np.float32(1.0) / np.float32(d)
    for e in range(n):
        squared = slope[e] * slope[e]
        for f in range(fields):
            at = e * back.shape[1] + f * d
            row = rows[e, f]
            lanes = spread(np.float32(0.0))
            for j in range(0, d, LANES):
                g = load(back, at + j)
                lanes += g * g
            square[row, 0] += share * sum_of(lanes)
            square[row, 1] += squared
    scale = np.empty(n * fields * 2, np.float32)  # side by side, for vector instructions
    for e in range(n):
        for f in range(fields):
            row, at = rows[e, f], (e * fields + f) * 2
            scale[at] = square[row, 0]
            scale[at + 1] = square[row, 1]
    for at in range(len(scale)):
        scale[at] = np.float32(1.0) / np.sqrt(scale[at])
    for e in range(n):
        for f in range(fields):
            row, at = rows[e, f], (e * fields + f) * 2
            there, back_at = row * (d + 1), e * back.shape[1] + f * d
            step = spread(rates[0] * scale[at])
            for j in range(0, d, LANES):
                store(table, there + j, load(table, there + j) - step * load(back, back_at + j))
            table[row, d] -= rates[1] * scale[at + 1] * slope[e]
            changed[row] = save


@compiled_fast
def step_dense(value: Float32, square: Float32, gradient: Float32, rate: Float32) -> None:
    """Step every dense parameter (m,) by Adagrad."""
    for j in range(len(value)):
        g = gradient[j]
        square[j] += g * g
        value[j] -= rate[j] * g / np.sqrt(square[j])
