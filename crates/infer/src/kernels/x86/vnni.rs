//! Products of 512 bits: one instruction multiplies and adds 64 pairs of bytes.

#![expect(unsafe_code, reason = "vector instructions and the pointers they read from")]
#![expect(clippy::needless_range_loop, reason = "several arrays of M rows go side by side")]

use std::arch::x86_64::*;

use super::{Rows, dispatch};
use crate::kernels::matrix::{BLOCK, Kind, Target, TileKernel, block_bytes};
use crate::kernels::quantise::Quantised;

/// Kernels for processors with AVX-512 VNNI; call only when the level says so.
pub(in crate::kernels) fn kernel(kind: Kind) -> TileKernel {
    match kind {
        Kind::Q4 => |tile, x, first, count, out| dispatch!(count, |M| q4::<M>(tile, x, first, out)),
        Kind::Q6 => |tile, x, first, count, out| dispatch!(count, |M| q6::<M>(tile, x, first, out)),
        Kind::Q8 => |tile, x, first, count, out| dispatch!(count, |M| q8::<M>(tile, x, first, out)),
    }
}

/// Four activations of one row in every lane.
#[inline(always)]
unsafe fn four(values: *const i8) -> __m512i {
    unsafe { _mm512_set1_epi32(values.cast::<i32>().read_unaligned()) }
}

/// Sixteen f16 as floats.
#[inline(always)]
unsafe fn halves(at: *const u8) -> __m512 {
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())) }
}

/// How far ahead of use weights are asked for: what memory delivers in the time that it takes to
/// answer. The next tile follows in memory, so this reaches into it.
const AHEAD: usize = 4096;

#[inline(always)]
unsafe fn ask_ahead(at: *const u8, lines: usize) {
    for i in 0..lines {
        // Only a hint: an address behind the end of the matrix is let pass.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(AHEAD + i * 64).cast()) };
    }
}

#[inline(always)]
unsafe fn line(at: *const u8) -> __m512i {
    unsafe { _mm512_loadu_si512(at.cast()) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn q4<const M: usize>(tile: &[u8], x: &Quantised, first: usize, target: Target) {
    unsafe {
        let rows = Rows::<M>::new(x, first);
        let sums: [*const f32; M] =
            std::array::from_fn(|i| x.sums.as_ptr().add((first + i) * x.cols / 32));
        let nibble = _mm512_set1_epi8(15);
        let mut total = [_mm512_setzero_ps(); M];
        let mut block = tile.as_ptr();
        for b in 0..x.cols / BLOCK {
            let (d, dmin) = (halves(block), halves(block.add(32)));
            ask_ahead(block, 5);
            let mut inner = [_mm512_setzero_ps(); M];
            for s in 0..8 {
                ask_ahead(block.add(320 + s * 256), 4);
                let mut sum = [_mm512_setzero_si512(); M];
                for c in 0..4 {
                    let q = line(block.add(320 + s * 256 + c * 64));
                    let low = _mm512_and_si512(q, nibble);
                    let high = _mm512_and_si512(_mm512_srli_epi16::<4>(q), nibble);
                    let at = b * BLOCK + s * 32 + c * 8;
                    for i in 0..M {
                        sum[i] = _mm512_dpbusd_epi32(sum[i], low, four(rows.values[i].add(at)));
                    }
                    for i in 0..M {
                        sum[i] =
                            _mm512_dpbusd_epi32(sum[i], high, four(rows.values[i].add(at + 4)));
                    }
                }
                let factor = |at: usize| {
                    let bytes = _mm_loadu_si128(block.add(at + s * 16).cast());
                    _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes))
                };
                let scale = _mm512_mul_ps(d, factor(64));
                let min = _mm512_mul_ps(dmin, factor(192));
                for i in 0..M {
                    inner[i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[i]), scale, inner[i]);
                    let sums = _mm512_set1_ps(*sums[i].add(b * 8 + s));
                    inner[i] = _mm512_fnmadd_ps(min, sums, inner[i]);
                }
            }
            for i in 0..M {
                let scale = _mm512_set1_ps(*rows.scales[i].add(b));
                total[i] = _mm512_fmadd_ps(inner[i], scale, total[i]);
            }
            block = block.add(block_bytes(Kind::Q4));
        }
        for i in 0..M {
            _mm512_storeu_ps(target.out.add(i * target.stride), total[i]);
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn q6<const M: usize>(tile: &[u8], x: &Quantised, first: usize, target: Target) {
    unsafe {
        let rows = Rows::<M>::new(x, first);
        let minus: [*const i32; M] =
            std::array::from_fn(|i| x.minus_32.as_ptr().add((first + i) * x.cols / 16));
        let nibble = _mm512_set1_epi8(15);
        let upper = _mm512_set1_epi8(0x30);
        let mut total = [_mm512_setzero_ps(); M];
        let mut block = tile.as_ptr();
        for b in 0..x.cols / BLOCK {
            let d = halves(block);
            ask_ahead(block, 5);
            let mut inner = [_mm512_setzero_ps(); M];
            for s in 0..16 {
                ask_ahead(block.add(320 + s * 192), 3);
                let mut sum: [__m512i; M] =
                    std::array::from_fn(|i| _mm512_set1_epi32(*minus[i].add(b * 16 + s)));
                // Two bits of each of the four groups of these sixteen columns.
                let bits = line(block.add(2368 + s * 64));
                let lows = block.add(320 + s * 128);
                let (p, q) = (line(lows), line(lows.add(64)));
                let groups = [
                    _mm512_or_si512(
                        _mm512_and_si512(p, nibble),
                        _mm512_and_si512(_mm512_slli_epi16::<4>(bits), upper),
                    ),
                    _mm512_or_si512(
                        _mm512_and_si512(_mm512_srli_epi16::<4>(p), nibble),
                        _mm512_and_si512(_mm512_slli_epi16::<2>(bits), upper),
                    ),
                    _mm512_or_si512(_mm512_and_si512(q, nibble), _mm512_and_si512(bits, upper)),
                    _mm512_or_si512(
                        _mm512_and_si512(_mm512_srli_epi16::<4>(q), nibble),
                        _mm512_and_si512(_mm512_srli_epi16::<2>(bits), upper),
                    ),
                ];
                for (g, &group) in groups.iter().enumerate() {
                    let at = b * BLOCK + s * 16 + g * 4;
                    for i in 0..M {
                        sum[i] = _mm512_dpbusd_epi32(sum[i], group, four(rows.values[i].add(at)));
                    }
                }
                let bytes = _mm_loadu_si128(block.add(64 + s * 16).cast());
                let scale = _mm512_mul_ps(d, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
                for i in 0..M {
                    inner[i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[i]), scale, inner[i]);
                }
            }
            for i in 0..M {
                let scale = _mm512_set1_ps(*rows.scales[i].add(b));
                total[i] = _mm512_fmadd_ps(inner[i], scale, total[i]);
            }
            block = block.add(block_bytes(Kind::Q6));
        }
        for i in 0..M {
            _mm512_storeu_ps(target.out.add(i * target.stride), total[i]);
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn q8<const M: usize>(tile: &[u8], x: &Quantised, first: usize, target: Target) {
    unsafe {
        let rows = Rows::<M>::new(x, first);
        let minus: [*const i32; M] =
            std::array::from_fn(|i| x.minus_128.as_ptr().add((first + i) * x.cols / 32));
        let mut total = [_mm512_setzero_ps(); M];
        let mut block = tile.as_ptr();
        for b in 0..x.cols.div_ceil(BLOCK) {
            let mut inner = [_mm512_setzero_ps(); M];
            // The last block of activations may be short.
            for h in b * 4..(b * 4 + 4).min(x.cols / 64) {
                ask_ahead(block, 1);
                for s in 0..2 {
                    ask_ahead(block.add(64 + s * 512), 8);
                    let mut sum: [__m512i; M] =
                        std::array::from_fn(|i| _mm512_set1_epi32(*minus[i].add(h * 2 + s)));
                    for g in 0..8 {
                        let q = line(block.add(64 + s * 512 + g * 64));
                        let at = h * 64 + s * 32 + g * 4;
                        for i in 0..M {
                            sum[i] = _mm512_dpbusd_epi32(sum[i], q, four(rows.values[i].add(at)));
                        }
                    }
                    let scale = halves(block.add(s * 32));
                    for i in 0..M {
                        inner[i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[i]), scale, inner[i]);
                    }
                }
                block = block.add(block_bytes(Kind::Q8));
            }
            for i in 0..M {
                let scale = _mm512_set1_ps(*rows.scales[i].add(b));
                total[i] = _mm512_fmadd_ps(inner[i], scale, total[i]);
            }
        }
        for i in 0..M {
            _mm512_storeu_ps(target.out.add(i * target.stride), total[i]);
        }
    }
}
