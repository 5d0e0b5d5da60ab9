"""Eight floats at a time: what the compiled kernels say instead of short inner loops.

A loop over the 16 numbers of a factor is too short for a compiler to turn into vector instructions
of its own: it would have to prove, row by row, that what is read and what is written are apart.
Here the kernel says so: a :func:`load` reads eight numbers, a :func:`store` writes eight. Inside
functions of :func:`lis_sim.plain.compiled.compiled` only. On processors without such registers the
compiler splits them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, overload, register_model

LANES = 8
_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_INDEX = ir.IntType(32)
_FAST = ("contract", "reassoc", "nsz", "arcp")


class Lanes(types.Type):
    """Numba's type of eight float32 in one register."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({LANES} x float32)")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, lanes: Lanes) -> None:
        super().__init__(manager, lanes, _FLOATS)  # type: ignore[no-untyped-call]


_LANES = Lanes()


def _instruction(code: Callable[..., Any]) -> Callable[..., Any]:
    """Return what a kernel calls; ``code`` also gets the compiler's own first argument."""
    made: Callable[..., Any] = intrinsic(code)
    return made


@_instruction
def load(typing: Any, array: Any, at: Any) -> Any:
    """Return the eight numbers of a contiguous float32 ``array`` from flat index ``at`` on.

    As all kernels' indices, ``at`` is not checked.
    """

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        read = builder.load(_place(context, builder, signature.args[0], *given))
        read.align = 4
        return read

    return _LANES(array, types.intp), code


@_instruction
def store(typing: Any, array: Any, at: Any, lanes: Any) -> Any:
    """Write eight numbers into a contiguous float32 ``array`` from flat index ``at`` on."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        written = builder.store(given[2], _place(context, builder, signature.args[0], *given[:2]))
        written.align = 4
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), code


@_instruction
def spread(typing: Any, value: Any) -> Any:
    """Return one float32 eight times."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        one = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), given[0], _INDEX(0))
        first = ir.Constant(ir.VectorType(_INDEX, LANES), [0] * LANES)
        return builder.shuffle_vector(one, one, first)

    return _LANES(types.float32), code


@_instruction
def total(typing: Any, lanes: Any) -> Any:
    """Return the sum of the eight numbers, float32."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kind = ir.FunctionType(ir.FloatType(), [ir.FloatType(), _FLOATS])
        name = f"llvm.vector.reduce.fadd.v{LANES}f32"
        add = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.call(add, [ir.FloatType()(0.0), given[0]], fastmath=_FAST)

    return types.float32(lanes), code


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Return the address of eight floats of ``array``."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), _FLOATS.as_pointer())


def _both(instruction: str) -> Callable[..., Any]:
    """Return what does ``instruction`` with two times eight numbers."""

    def of(typing: Any, one: Any, other: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return getattr(builder, instruction)(*given, flags=_FAST)

        return _LANES(one, other), code

    return _instruction(of)


def _define(sign: Callable[..., Any], instruction: str) -> None:
    do = _both(instruction)

    # Numba compares the names and the annotations of both; a lambda has none.
    def of(one, other):  # type: ignore[no-untyped-def]
        if isinstance(one, Lanes) and isinstance(other, Lanes):
            return lambda one, other: do(one, other)  # noqa: PLW0108 (is compiled)
        return None

    overload(sign)(of)


for _sign, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.iadd, "fadd"),
    (operator.isub, "fsub"),
):
    _define(_sign, _name)
