"""Say to the processor what Python has no words for."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def fetch(_context: Any, array: Any, _index: Any) -> Any:
    """Fetch the cache line of ``array[index]``; nothing is read, and no index can be wrong.

    A lookup in a large table waits for memory, not for arithmetic: with the words of a thousand
    points on their way at once, the waits overlap.
    """
    signature = types.void(array, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(held.data, [arguments[1]])
        byte = ir.IntType(8).as_pointer()
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        # Read; keep in the second cache, for a block has more lines than the first holds; data.
        builder.call(function, [builder.bitcast(place, byte), flag(0), flag(2), flag(1)])
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def lowest_bit(_context: Any, _bits: Any) -> Any:
    """Return the place of the lowest bit that is set; ``bits`` are not 0."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate
