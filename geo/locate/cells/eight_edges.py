"""Hold a point against eight edges of a leaf at once, in single precision, with a bound on errors.

The way from the reference point goes upright to the height of the point, then level to it; an edge
that is crossed once changes its candidates. What costs time in a leaf is not arithmetic but a wrong
guess of the processor, so nothing here depends on what is found: eight numbers are one register,
and LLVM makes smaller ones of it where a processor has none so wide.

Rounding: with u = 2^-24 the heights above the point are wrong by at most 2.1 u times the sum of
lengths that went into them, the two products by 6.5 u times the product of such sums, and the point
itself by what is said of lattice units below; the bounds below are twice that and more. A sign
within its bound is a doubt.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from geo.locate.cells.layout import CANDIDATE_BITS, REFERENCE_LEFT

AT_ONCE: Final = 8
"""So many edges are taken at once: behind its last edge a leaf needs as much to read."""
DOUBT: Final = 1 << 8
"""Stands in the result where rounding leaves a doubt."""

# Offsets and points in lattice units differ from the stored doubles by less than this, at any
# longitude: half a unit in the last place of 180 degrees is 1.4e-6, and the scaling adds as much.
_BLUR: Final = 2.0**-15
_HEIGHT_ERROR: Final = 2.0**-22
_PRODUCT_ERROR: Final = 2.0**-20

_FLOATS: Final = ir.VectorType(ir.FloatType(), AT_ONCE)
_INTS: Final = ir.VectorType(ir.IntType(32), AT_ONCE)
_SHORTS: Final = ir.VectorType(ir.IntType(16), AT_ONCE)


@intrinsic
def changed_by_eight(
    _context: Any, words: Any, _xs: Any, _ys: Any, _bits: Any, _left: Any, _px: Any, _py: Any
) -> Any:
    """Return the candidates that eight edges change, as bits, with DOUBT where it is not certain.

    ``xs`` and ``ys`` are the places in ``words`` of the first edge's offsets, ``bits`` that of its
    bits in half words; only ``left`` of the edges count. ``px`` and ``py`` are the point, from the
    reference point.
    """
    places = (types.int64, types.int64, types.int64, types.int64)
    signature = types.int64(words, *places, types.float64, types.float64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, xs, ys, bits_at, left, px, py = arguments
        data = context.make_array(signature.args[0])(context, builder, array).data
        return _Eight(builder, data).changed(xs, ys, bits_at, left, px, py)

    return signature, generate


class _Eight:
    """Write the instructions, each for eight edges."""

    def __init__(self, builder: Any, words: Any) -> None:
        self._b = builder
        self._words = words

    def changed(self, xs: Any, ys: Any, bits_at: Any, left: Any, px: Any, py: Any) -> Any:
        b, one = self._b, ir.Constant(ir.IntType(64), 1)
        ax_i, bx_i = self._load(xs, _INTS, 4), self._load(b.add(xs, one), _INTS, 4)
        ay, by = self._offsets(ys), self._offsets(b.add(ys, one))
        ax, bx = (b.sitofp(value, _FLOATS) for value in (ax_i, bx_i))
        px, py = (self._all(b.fptrunc(value, ir.FloatType()), _FLOATS) for value in (px, py))
        bits = b.zext(self._load(bits_at, _SHORTS, 2), _INTS)
        below_a, below_b = b.fsub(ay, py), b.fsub(by, py)
        nought = ir.Constant(_INTS, [0] * AT_ONCE)
        upright = b.xor(b.icmp_signed("<=", ax_i, nought), b.icmp_signed("<=", bx_i, nought))
        level = b.xor(self._is("<=", below_a, 0.0), self._is("<=", below_b, 0.0))
        corner = b.fsub(b.fmul(ax, below_b), b.fmul(below_a, bx))
        here = b.fsub(corner, b.fmul(px, b.fsub(by, ay)))
        across = self._sum(self._size(ax), self._size(bx), self._size(px))
        up = self._sum(self._size(ay), self._size(by), self._size(py), self._size(py))
        unsure = b.fadd(
            b.fmul(self._number(_PRODUCT_ERROR), b.fmul(across, up)),
            b.fmul(self._number(2 * _BLUR), b.fadd(across, up)),
        )
        height_unsure = b.fadd(b.fmul(self._number(_HEIGHT_ERROR), up), self._number(2 * _BLUR))
        level_corner = b.or_(upright, level)
        doubt = self._any_of(
            b.fcmp_ordered("<=", self._size(below_a), height_unsure),
            b.fcmp_ordered("<=", self._size(below_b), height_unsure),
            b.and_(level_corner, b.fcmp_ordered("<=", self._size(corner), unsure)),
            b.and_(level, b.fcmp_ordered("<=", self._size(here), unsure)),
        )
        corner_left, here_left = self._is(">", corner, 0.0), self._is(">", here, 0.0)
        reference_left = self._has(bits, REFERENCE_LEFT)
        odd = b.xor(
            b.and_(upright, b.xor(corner_left, reference_left)),
            b.and_(level, b.xor(corner_left, here_left)),
        )
        lanes = ir.Constant(_INTS, list(range(AT_ONCE)))
        counts = b.icmp_signed("<", lanes, self._all(b.trunc(left, ir.IntType(32)), _INTS))
        counts = b.and_(counts, self._has(bits, CANDIDATE_BITS))
        candidates = b.and_(bits, ir.Constant(_INTS, [CANDIDATE_BITS] * AT_ONCE))
        found = b.select(b.and_(odd, counts), candidates, nought)
        # One bit an edge, in an integer as they are: quicker than to bring them together.
        doubts = b.bitcast(b.and_(doubt, counts), ir.IntType(AT_ONCE))
        flag = b.select(
            b.icmp_unsigned("!=", doubts, ir.Constant(ir.IntType(AT_ONCE), 0)),
            ir.Constant(ir.IntType(32), DOUBT),
            ir.Constant(ir.IntType(32), 0),
        )
        return b.zext(b.or_(self._reduce("xor", found), flag), ir.IntType(64))

    def _load(self, at: Any, kind: Any, size: int) -> Any:
        b = self._b
        start = b.bitcast(self._words, kind.element.as_pointer())
        return b.load(b.bitcast(b.gep(start, [at]), kind.as_pointer()), align=size)

    def _offsets(self, at: Any) -> Any:
        return self._b.sitofp(self._load(at, _INTS, 4), _FLOATS)

    def _all(self, value: Any, kind: Any) -> Any:
        b, first = self._b, ir.Constant(ir.IntType(32), 0)
        lane = b.insert_element(ir.Constant(kind, ir.Undefined), value, first)
        return b.shuffle_vector(
            lane, ir.Constant(kind, ir.Undefined), ir.Constant(_INTS, [0] * AT_ONCE)
        )

    def _number(self, value: float) -> Any:
        return ir.Constant(_FLOATS, [value] * AT_ONCE)

    def _is(self, how: str, values: Any, than: float) -> Any:
        return self._b.fcmp_ordered(how, values, self._number(than))

    def _has(self, bits: Any, mask: int) -> Any:
        b = self._b
        masked = b.and_(bits, ir.Constant(_INTS, [mask] * AT_ONCE))
        return b.icmp_signed("!=", masked, ir.Constant(_INTS, [0] * AT_ONCE))

    def _size(self, values: Any) -> Any:
        fabs = self._function(f"llvm.fabs.v{AT_ONCE}f32", _FLOATS, _FLOATS)
        return self._b.call(fabs, [values])

    def _sum(self, first: Any, *others: Any) -> Any:
        for other in others:
            first = self._b.fadd(first, other)
        return first

    def _any_of(self, first: Any, *others: Any) -> Any:
        for other in others:
            first = self._b.or_(first, other)
        return first

    def _reduce(self, how: str, values: Any) -> Any:
        name = f"llvm.vector.reduce.{how}.v{AT_ONCE}i32"
        return self._b.call(self._function(name, ir.IntType(32), _INTS), [values])

    def _function(self, name: str, result: Any, argument: Any) -> Any:
        module = self._b.module
        if name in module.globals:
            return module.globals[name]
        return ir.Function(module, ir.FunctionType(result, [argument]), name)
