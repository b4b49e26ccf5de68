//! Products of 256 bits, for processors without byte products: three instructions for 32 pairs.

#![expect(unsafe_code, reason = "vector instructions and the pointers they read from")]
#![expect(clippy::needless_range_loop, reason = "several arrays of M rows go side by side")]

use std::arch::x86_64::*;

use super::{Rows, dispatch};
use crate::kernels::matrix::{BLOCK, Kind, Target, TileKernel, block_bytes};
use crate::kernels::quantise::Quantised;

/// Kernels for processors with AVX2, FMA and F16C; call only when the level says so.
pub(in crate::kernels) fn kernel(kind: Kind) -> TileKernel {
    match kind {
        Kind::Q4 => |tile, x, first, count, out| dispatch!(count, |M| q4::<M>(tile, x, first, out)),
        Kind::Q6 => |tile, x, first, count, out| dispatch!(count, |M| q6::<M>(tile, x, first, out)),
        Kind::Q8 => |tile, x, first, count, out| dispatch!(count, |M| q8::<M>(tile, x, first, out)),
    }
}

/// Four activations of one row in every lane of 256 bits.
#[inline(always)]
unsafe fn four_256(values: *const i8) -> __m256i {
    unsafe { _mm256_set1_epi32(values.cast::<i32>().read_unaligned()) }
}

#[inline(always)]
unsafe fn half_line(at: *const u8) -> __m256i {
    unsafe { _mm256_loadu_si256(at.cast()) }
}

/// What a byte product does in one instruction elsewhere. Exact while `2 * 127 * weight` fits into 16
/// bits, which it does for weights below 64.
#[inline(always)]
unsafe fn add_products(sum: __m256i, weights: __m256i, values: __m256i) -> __m256i {
    unsafe {
        let pairs = _mm256_maddubs_epi16(weights, values);
        _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }
}

#[inline(always)]
unsafe fn halves_256(at: *const u8) -> __m256 {
    unsafe { _mm256_cvtph_ps(_mm_loadu_si128(at.cast())) }
}

#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn q4<const M: usize>(tile: &[u8], x: &Quantised, first: usize, target: Target) {
    unsafe {
        let rows = Rows::<M>::new(x, first);
        let sums: [*const f32; M] =
            std::array::from_fn(|i| x.sums.as_ptr().add((first + i) * x.cols / 32));
        let nibble = _mm256_set1_epi8(15);
        for half in 0..2 {
            let mut total = [_mm256_setzero_ps(); M];
            let mut block = tile.as_ptr();
            for b in 0..x.cols / BLOCK {
                let d = halves_256(block.add(half * 16));
                let dmin = halves_256(block.add(32 + half * 16));
                let mut inner = [_mm256_setzero_ps(); M];
                for s in 0..8 {
                    let mut sum = [_mm256_setzero_si256(); M];
                    for c in 0..4 {
                        let q = half_line(block.add(320 + s * 256 + c * 64 + half * 32));
                        let low = _mm256_and_si256(q, nibble);
                        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(q), nibble);
                        let at = b * BLOCK + s * 32 + c * 8;
                        for i in 0..M {
                            let values = rows.values[i].add(at);
                            sum[i] = add_products(sum[i], low, four_256(values));
                            sum[i] = add_products(sum[i], high, four_256(values.add(4)));
                        }
                    }
                    let factor = |at: usize| {
                        let bytes = _mm_loadl_epi64(block.add(at + s * 16 + half * 8).cast());
                        _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes))
                    };
                    let scale = _mm256_mul_ps(d, factor(64));
                    let min = _mm256_mul_ps(dmin, factor(192));
                    for i in 0..M {
                        inner[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[i]), scale, inner[i]);
                        let sums = _mm256_set1_ps(*sums[i].add(b * 8 + s));
                        inner[i] = _mm256_fnmadd_ps(min, sums, inner[i]);
                    }
                }
                for i in 0..M {
                    let scale = _mm256_set1_ps(*rows.scales[i].add(b));
                    total[i] = _mm256_fmadd_ps(inner[i], scale, total[i]);
                }
                block = block.add(block_bytes(Kind::Q4));
            }
            for i in 0..M {
                _mm256_storeu_ps(target.out.add(i * target.stride + half * 8), total[i]);
            }
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn q6<const M: usize>(tile: &[u8], x: &Quantised, first: usize, target: Target) {
    unsafe {
        let rows = Rows::<M>::new(x, first);
        let minus: [*const i32; M] =
            std::array::from_fn(|i| x.minus_32.as_ptr().add((first + i) * x.cols / 16));
        let nibble = _mm256_set1_epi8(15);
        let upper = _mm256_set1_epi8(0x30);
        for half in 0..2 {
            let mut total = [_mm256_setzero_ps(); M];
            let mut block = tile.as_ptr();
            for b in 0..x.cols / BLOCK {
                let d = halves_256(block.add(half * 16));
                let mut inner = [_mm256_setzero_ps(); M];
                for s in 0..16 {
                    let mut sum: [__m256i; M] =
                        std::array::from_fn(|i| _mm256_set1_epi32(*minus[i].add(b * 16 + s)));
                    let bits = half_line(block.add(2368 + s * 64 + half * 32));
                    let lows = block.add(320 + s * 128 + half * 32);
                    let (p, q) = (half_line(lows), half_line(lows.add(64)));
                    let groups = [
                        (p, _mm256_slli_epi16::<4>(bits)),
                        (_mm256_srli_epi16::<4>(p), _mm256_slli_epi16::<2>(bits)),
                        (q, bits),
                        (_mm256_srli_epi16::<4>(q), _mm256_srli_epi16::<2>(bits)),
                    ];
                    for (g, &(low, high)) in groups.iter().enumerate() {
                        let group = _mm256_or_si256(
                            _mm256_and_si256(low, nibble),
                            _mm256_and_si256(high, upper),
                        );
                        let at = b * BLOCK + s * 16 + g * 4;
                        for i in 0..M {
                            let values = four_256(rows.values[i].add(at));
                            sum[i] = add_products(sum[i], group, values);
                        }
                    }
                    let bytes = _mm_loadl_epi64(block.add(64 + s * 16 + half * 8).cast());
                    let scale = _mm256_mul_ps(d, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)));
                    for i in 0..M {
                        inner[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[i]), scale, inner[i]);
                    }
                }
                for i in 0..M {
                    let scale = _mm256_set1_ps(*rows.scales[i].add(b));
                    total[i] = _mm256_fmadd_ps(inner[i], scale, total[i]);
                }
                block = block.add(block_bytes(Kind::Q6));
            }
            for i in 0..M {
                _mm256_storeu_ps(target.out.add(i * target.stride + half * 8), total[i]);
            }
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn q8<const M: usize>(tile: &[u8], x: &Quantised, first: usize, target: Target) {
    unsafe {
        let rows = Rows::<M>::new(x, first);
        let flip = _mm256_set1_epi8(-128);
        for half in 0..2 {
            let mut total = [_mm256_setzero_ps(); M];
            let mut block = tile.as_ptr();
            for b in 0..x.cols.div_ceil(BLOCK) {
                let mut inner = [_mm256_setzero_ps(); M];
                for h in b * 4..(b * 4 + 4).min(x.cols / 64) {
                    for s in 0..2 {
                        let mut sum = [_mm256_setzero_si256(); M];
                        for g in 0..8 {
                            let q = half_line(block.add(64 + s * 512 + g * 64 + half * 32));
                            // Size without sign here, and the sign moved to the activations, so that
                            // two products always fit into 16 bits.
                            let q = _mm256_xor_si256(q, flip);
                            let size = _mm256_abs_epi8(q);
                            let at = h * 64 + s * 32 + g * 4;
                            for i in 0..M {
                                let values = four_256(rows.values[i].add(at));
                                let values = _mm256_sign_epi8(values, q);
                                sum[i] = add_products(sum[i], size, values);
                            }
                        }
                        let scale = halves_256(block.add(s * 32 + half * 16));
                        for i in 0..M {
                            inner[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[i]), scale, inner[i]);
                        }
                    }
                    block = block.add(block_bytes(Kind::Q8));
                }
                for i in 0..M {
                    let scale = _mm256_set1_ps(*rows.scales[i].add(b));
                    total[i] = _mm256_fmadd_ps(inner[i], scale, total[i]);
                }
            }
            for i in 0..M {
                _mm256_storeu_ps(target.out.add(i * target.stride + half * 8), total[i]);
            }
        }
    }
}
