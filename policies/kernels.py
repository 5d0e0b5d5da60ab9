"""The parts of DeepFM's step that are no matrix products, as loops over events in machine code.

The same arithmetic as :class:`policies.backbone.Backbone`, with every event's numbers read and
written once where tensors would be made in between. Sums may be added up in another order: scores
agree to about 1e-6, not to the bit.

Axis legend: ``n`` events, ``F`` fields with table rows, ``D`` numeric features, ``K = F + D``,
``d`` numbers a factor. A table row is its factor and then its linear weight: ``d + 1`` numbers.
"""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32, Int32, Int64

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
    for e in range(n):
        linear = bias[0]
        own, whole = factors[e], total[e]
        whole[:] = np.float32(0.0)
        squares = pairs = np.float32(0.0)
        for f in range(fields):
            row = table[rows[e, f]]
            at = f * d
            for j in range(d):
                v = row[j]
                own[at + j] = v
                whole[j] += v
                squares += v * v
            linear += row[d]
        for k in range(value.shape[1]):
            x = value[e, k]
            at = (fields + k) * d
            for j in range(d):
                v = x * numeric[k, j]
                own[at + j] = v
                whole[j] += v
                squares += v * v
            linear += x * numeric[k, d]
        for j in range(d):
            pairs += whole[j] * whole[j]
        logit[e] = linear + np.float32(0.5) * (pairs - squares)


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
    numeric_gradient[:] = np.float32(0.0)
    bias_gradient[0] = np.float32(0.0)
    first = factors.shape[1] // d - value.shape[1]
    for e in range(n):
        s = slope[e]
        bias_gradient[0] += s
        own, whole, into = factors[e], total[e], back[e]
        for at in range(0, len(own), d):
            for j in range(d):
                into[at + j] += s * (whole[j] - own[at + j])
        for k in range(value.shape[1]):
            x = value[e, k]
            at = (first + k) * d
            for j in range(d):
                numeric_gradient[k, j] += x * into[at + j]
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
            into = back[e, f * d : (f + 1) * d]
            mean = np.float32(0.0)
            for j in range(d):
                mean += into[j] * into[j]
            row = rows[e, f]
            square[row, 0] += share * mean
            square[row, 1] += squared
    for e in range(n):
        for f in range(fields):
            row = rows[e, f]
            own, into = table[row], back[e, f * d : (f + 1) * d]
            scale = rates[0] / np.sqrt(square[row, 0])
            for j in range(d):
                own[j] -= scale * into[j]
            own[d] -= rates[1] / np.sqrt(square[row, 1]) * slope[e]
            changed[row] = save


@compiled_fast
def step_dense(value: Float32, square: Float32, gradient: Float32, rate: Float32) -> None:
    """Step every dense parameter (m,) by Adagrad."""
    for j in range(len(value)):
        g = gradient[j]
        square[j] += g * g
        value[j] -= rate[j] * g / np.sqrt(square[j])
