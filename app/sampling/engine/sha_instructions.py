"""SHA-256's rounds by the processor's own instructions (Intel SHA Extensions), where it has them.

The order of words in a register follows Intel's "Intel SHA Extensions" (2013): A, B, E, F together
and C, D, G, H together, the first of each four on top.
"""

from collections.abc import Callable, Sequence
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_WORD = ir.IntType(32)
_FOUR = ir.VectorType(_WORD, 4)
_BYTES = ir.VectorType(ir.IntType(8), 16)
_BIG_ENDIAN = (3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)


def available() -> bool:
    """Whether this processor has them."""
    return bool(llvm.get_host_cpu_features().get("sha", False))


def compression(constants: Sequence[int], *, room: int, messages: int) -> Callable[..., None]:
    """`compress(states, first, text, at)` for machine code: the state of eight words from `first`
    on becomes that after the 64 bytes of `text` from `at` on; `constants` are the standard's 64.

    Of several `messages` at once the states lie side by side and the texts `room` bytes apart: a
    round waits for the one before it, so that the processor has time for those of another.
    """
    rounds = [ir.Constant(_FOUR, list(constants[n : n + 4])) for n in range(0, 64, 4)]

    @intrinsic
    def compress(_context: Any, states: Any, _first: Any, text: Any, _at: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            arrays = [
                context.make_array(signature.args[n])(context, builder, given[n]).data
                for n in (0, 2)
            ]
            write = _Rounds(builder)
            write.emit(
                [write.moved(arrays[0], given[1], 8 * n) for n in range(messages)],
                [write.moved(arrays[1], given[3], room * n) for n in range(messages)],
                rounds,
            )
            return context.get_dummy_value()

        return types.void(states, types.intp, text, types.intp), emit

    found: Callable[..., None] = compress
    return found


class _Rounds:
    """Writes the instructions of one block of one or several messages."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder
        self._two_rounds = self._instruction("sha256rnds2", 3)
        self._first = self._instruction("sha256msg1", 2)
        self._second = self._instruction("sha256msg2", 2)

    def moved(self, pointer: Any, by: Any, further: int) -> Any:
        """Where a message or its state begins."""
        return self._at(self._builder.gep(pointer, [by]), further)

    def emit(self, states: Sequence[Any], blocks: Sequence[Any], rounds: Sequence[Any]) -> None:
        build = self._builder
        halves = [build.bitcast(state, _FOUR.as_pointer()) for state in states]
        before = [self._loaded(half) for half in halves]
        now, words = list(before), [self._message(block) for block in blocks]
        for number, constants in enumerate(rounds):
            for lane in range(len(states)):
                if number > 3:
                    words[lane] = [*words[lane][1:], self._extended(words[lane])]
                word = words[lane][min(number, 3)]
                now[lane] = self._four_rounds(*now[lane], build.add(word, constants))
        for half, old, new in zip(halves, before, now, strict=True):
            abef, cdgh = (build.add(*both) for both in zip(old, new, strict=True))
            for n, order in enumerate(((3, 2, 7, 6), (1, 0, 5, 4))):
                build.store(self._picked(abef, cdgh, order), self._at(half, n), align=4)

    def _loaded(self, half: Any) -> tuple[Any, Any]:
        low, high = (self._builder.load(self._at(half, n), align=4) for n in range(2))
        return self._picked(low, high, (5, 4, 1, 0)), self._picked(low, high, (7, 6, 3, 2))

    def _four_rounds(self, abef: Any, cdgh: Any, added: Any) -> tuple[Any, Any]:
        """An instruction takes the lower two of four words."""
        for two in (added, self._picked(added, added, (2, 3, 0, 0))):
            abef, cdgh = self._builder.call(self._two_rounds, [cdgh, abef, two]), abef
        return abef, cdgh

    def _message(self, block: Any) -> list[Any]:
        """The sixteen words of a block, four by four."""
        build = self._builder
        pieces = build.bitcast(block, _BYTES.as_pointer())
        order = ir.Constant(ir.VectorType(_WORD, 16), list(_BIG_ENDIAN))
        nothing = ir.Constant(_BYTES, ir.Undefined)
        loaded = [build.load(self._at(pieces, n), align=1) for n in range(4)]
        turned = [build.shuffle_vector(piece, nothing, order) for piece in loaded]
        return [build.bitcast(piece, _FOUR) for piece in turned]

    def _extended(self, words: Sequence[Any]) -> Any:
        """The next four words of the message schedule after these sixteen."""
        build = self._builder
        begun = build.call(self._first, [words[0], words[1]])
        begun = build.add(begun, self._picked(words[2], words[3], (1, 2, 3, 4)))
        return build.call(self._second, [begun, words[3]])

    def _picked(self, one: Any, other: Any, order: Sequence[int]) -> Any:
        return self._builder.shuffle_vector(one, other, ir.Constant(_FOUR, list(order)))

    def _at(self, pointer: Any, number: int) -> Any:
        return self._builder.gep(pointer, [ir.Constant(ir.IntType(64), number)])

    def _instruction(self, name: str, operands: int) -> Any:
        kind = ir.FunctionType(_FOUR, [_FOUR] * operands)
        module: Any = self._builder.module
        return cgutils.get_or_insert_function(module, kind, f"llvm.x86.{name}")
