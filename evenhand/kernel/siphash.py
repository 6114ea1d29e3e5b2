"""SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed 64-bit pseudo-random function, over a whole column."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evenhand.kernel.compiled import compiled

U = np.uint64
S8, S13, S16, S17, S21, S32 = U(8), U(13), U(16), U(17), U(21), U(32)
R13, R16, R17, R21, R32 = U(51), U(48), U(47), U(43), U(32)
C0, C1 = U(0x736F6D6570736575), U(0x646F72616E646F6D)
C2, C3, FINAL = U(0x6C7967656E657261), U(0x7465646279746573), U(0xFF)


@compiled
def _round(v0: U, v1: U, v2: U, v3: U) -> tuple[U, U, U, U]:
    v0 += v1
    v1 = ((v1 << S13) | (v1 >> R13)) ^ v0
    v0 = (v0 << S32) | (v0 >> R32)
    v2 += v3
    v3 = ((v3 << S16) | (v3 >> R16)) ^ v2
    v0 += v3
    v3 = ((v3 << S21) | (v3 >> R21)) ^ v0
    v2 += v1
    v1 = ((v1 << S17) | (v1 >> R17)) ^ v2
    v2 = (v2 << S32) | (v2 >> R32)
    return v0, v1, v2, v3


@compiled
def _hash_all(offsets: Any, data: npt.NDArray[np.uint8], k0: U, k1: U, out: npt.NDArray[U]) -> None:
    for row in range(len(out)):
        start, end = offsets[row], offsets[row + 1]
        v0, v1, v2, v3 = k0 ^ C0, k1 ^ C1, k0 ^ C2, k1 ^ C3
        position = start
        while end - position >= 8:
            word = U(0)
            for i in range(8):
                word |= U(data[position + i]) << U(8 * i)
            v3 ^= word
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0 ^= word
            position += 8
        word = U((end - start) & 0xFF) << U(56)
        for i in range(end - position):
            word |= U(data[position + i]) << U(8 * i)
        v3 ^= word
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= word
        v2 ^= FINAL
        for _ in range(4):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        out[row] = v0 ^ v1 ^ v2 ^ v3


def siphash(values: pa.Array | pa.ChunkedArray, key: bytes) -> npt.NDArray[np.uint64]:
    """The hash of each text or byte string under a 16-byte key, in order. There must be no nulls."""
    assert len(key) == 16
    assert values.null_count == 0
    k0, k1 = np.frombuffer(key, dtype="<u8")
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    out = np.empty(len(values), dtype=np.uint64)
    done = 0
    for chunk in chunks:
        large = pa.types.is_large_string(chunk.type) or pa.types.is_large_binary(chunk.type)
        assert large or pa.types.is_string(chunk.type) or pa.types.is_binary(chunk.type)
        if not len(chunk):
            continue
        _, offset_buffer, data_buffer = chunk.buffers()
        offsets = np.frombuffer(offset_buffer, dtype=np.int64 if large else np.int32)
        offsets = offsets[chunk.offset : chunk.offset + len(chunk) + 1]
        data = np.frombuffer(data_buffer or b"", dtype=np.uint8)
        _hash_all(offsets, data, k0, k1, out[done : done + len(chunk)])
        done += len(chunk)
    return out
