//! Weights from GGUF's blocks, or from floats, to the packed layout of [`super::matrix`].
//!
//! Block formats: ggml's `block_q4_K`, `block_q6_K` and `block_q8_0` (ggml-common.h). Whole numbers and
//! scales are carried over bit by bit; only their order changes.

use half::f16;

use super::matrix::{Kind, ROWS, block_bytes};
use crate::pool::{Slices, pool};

/// Bytes of a row's block in GGUF.
fn source_bytes(kind: Kind) -> usize {
    match kind {
        Kind::Q4 => 144,
        Kind::Q6 => 210,
        // Two blocks of 32 make one of ours.
        Kind::Q8 => 2 * 34,
    }
}

/// Packs `rows` rows of `cols` values from GGUF's blocks.
///
/// # Panics
/// When `bytes` is shorter than the shape says, or the columns are no whole blocks.
pub(crate) fn pack(kind: Kind, rows: usize, cols: usize, bytes: &[u8]) -> Vec<u8> {
    let (of_row, of_block) = (cols / kind.columns() * source_bytes(kind), source_bytes(kind));
    assert!(cols.is_multiple_of(kind.columns()) && bytes.len() >= rows * of_row, "whole rows");
    tiles(kind, rows, cols, |row, b, r, block| {
        let at = row * of_row + b * of_block;
        put(kind, &bytes[at..at + of_block], r, block);
    })
}

/// Packs floats as `Q8`: eight bits with a scale for each 32 values, as GGUF's Q8_0.
pub(crate) fn pack_floats(rows: usize, cols: usize, values: &[f32]) -> Vec<u8> {
    assert!(cols.is_multiple_of(64) && values.len() == rows * cols, "whole rows");
    tiles(Kind::Q8, rows, cols, |row, b, r, block| {
        let mut source = [0u8; 68];
        for (half, x) in values[row * cols + b * 64..][..64].chunks_exact(32).enumerate() {
            let most = x.iter().fold(0f32, |most, x| most.max(x.abs()));
            let scale = f16::from_f32(most / 127.0);
            let by = if scale.to_f32() > 0.0 { 1.0 / scale.to_f32() } else { 0.0 };
            source[half * 34..half * 34 + 2].copy_from_slice(&scale.to_le_bytes());
            for (byte, x) in source[half * 34 + 2..].iter_mut().zip(x) {
                *byte = (x * by).round_ties_even().clamp(-127.0, 127.0) as i8 as u8;
            }
        }
        put(Kind::Q8, &source, r, block);
    })
}

/// Fills tiles side by side: `fill(row, block of the row, row in the tile, packed block)`.
fn tiles(
    kind: Kind,
    rows: usize,
    cols: usize,
    fill: impl Fn(usize, usize, usize, &mut [u8]) + Sync,
) -> Vec<u8> {
    let size = cols / kind.columns() * block_bytes(kind);
    let count = rows.div_ceil(ROWS);
    let mut out = vec![0; count * size];
    let slices = Slices::new(&mut out, size);
    pool().run(count, &|tile| {
        // SAFETY: each chunk takes its own tile.
        #[expect(unsafe_code, reason = "chunks write different tiles")]
        let packed = unsafe { slices.take(tile, 1) };
        for r in 0..ROWS.min(rows - tile * ROWS) {
            for (b, block) in packed.chunks_exact_mut(block_bytes(kind)).enumerate() {
                fill(tile * ROWS + r, b, r, block);
            }
        }
    });
    out
}

/// One row's block into row `r` of a packed block.
fn put(kind: Kind, source: &[u8], r: usize, block: &mut [u8]) {
    let mut half = |at: usize, from: &[u8]| block[at + 2 * r..][..2].copy_from_slice(&from[..2]);
    match kind {
        Kind::Q4 => {
            half(0, source);
            half(32, &source[2..]);
            for s in 0..8 {
                let (factor, min) = factors(s, &source[4..16]);
                block[64 + s * 16 + r] = factor;
                block[192 + s * 16 + r] = min;
            }
            for k in 0..256 {
                let byte = source[16 + k / 64 * 32 + k % 32];
                let v = if k % 64 < 32 { byte & 15 } else { byte >> 4 };
                put_low(block, r, k, v);
            }
        }
        Kind::Q6 => {
            half(0, &source[208..]);
            for s in 0..16 {
                block[64 + s * 16 + r] = source[192 + s];
            }
            for k in 0..256 {
                let (n, l, quarter) = (k / 128, k % 32, k % 128 / 32);
                let low = source[n * 64 + quarter % 2 * 32 + l];
                let low = if quarter < 2 { low & 15 } else { low >> 4 };
                let high = source[128 + n * 32 + l] >> (2 * quarter) & 3;
                put_low(block, r, k, low);
                let (s, g, j) = (k / 32, k % 32 / 4, k % 4);
                block[2368 + s * 128 + g / 4 * 64 + r * 4 + j] |= high << (g % 4 * 2);
            }
        }
        Kind::Q8 => {
            for s in 0..2 {
                let source = &source[s * 34..];
                block[s * 32 + 2 * r..][..2].copy_from_slice(&source[..2]);
                for k in 0..32 {
                    block[64 + s * 512 + k / 4 * 64 + r * 4 + k % 4] = source[2 + k] ^ 0x80;
                }
            }
        }
    }
}

/// The low four bits of column `k`.
fn put_low(block: &mut [u8], r: usize, k: usize, v: u8) {
    let (s, g, j) = (k / 32, k % 32 / 4, k % 4);
    block[320 + s * 256 + g / 2 * 64 + r * 4 + j] |= v << (g % 2 * 4);
}

/// Factor and minimum factor of the 32 columns `s` of a Q4_K block: six bits each, in twelve bytes.
fn factors(s: usize, bytes: &[u8]) -> (u8, u8) {
    if s < 4 {
        (bytes[s] & 63, bytes[s + 4] & 63)
    } else {
        (bytes[s + 4] & 15 | bytes[s - 4] >> 6 << 4, bytes[s + 4] >> 4 | bytes[s] >> 6 << 4)
    }
}
