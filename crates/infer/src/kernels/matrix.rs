//! Packed matrices, and the product of one or several of them with the same activations.
//!
//! A matrix is cut into tiles of 16 rows; a tile is a run of blocks along the columns. In a block,
//! values stand in groups of four columns: 16 rows by 4 bytes, 64 bytes, one vector.
//!
//! | kind | columns | bytes of a block |
//! |---|---|---|
//! | `Q4`, from GGUF Q4_K | 256 | scale f16 × 16, minimum f16 × 16, `[8 × 32 columns]` factors u8 × 16, `[8]` minimum factors u8 × 16, `[8][4]` 64 bytes: low half group 2c, high half group 2c + 1 |
//! | `Q6`, from Q6_K | 256 | scale f16 × 16, 32 empty, `[16 × 16 columns]` factors i8 × 16, `[8][4]` 64 bytes of low halves as above, `[8][2]` 64 bytes: two high bits of four groups |
//! | `Q8`, from Q8_0 or floats | 64 | `[2 × 32 columns]` scale f16 × 16, `[2][8]` 64 bytes, each value plus 128 |
//!
//! Values of `Q4` and `Q6` have no sign in the file either (k-quants of ggml); `Q8` gets 128 added
//! because byte products take one operand without sign.

use std::sync::Arc;

use half::f16;
use memmap2::Mmap;

use super::{Level, Quantised, level};
use crate::pool::pool;

/// Columns that share a scale of the activations.
pub(crate) const BLOCK: usize = 256;
/// Rows of a tile.
pub(crate) const ROWS: usize = 16;

/// How weights are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Q4,
    Q6,
    Q8,
}

impl Kind {
    /// Columns of one block.
    pub(crate) fn columns(self) -> usize {
        match self {
            Kind::Q4 | Kind::Q6 => 256,
            Kind::Q8 => 64,
        }
    }
}

/// Bytes of a block of 16 rows.
pub(crate) const fn block_bytes(kind: Kind) -> usize {
    match kind {
        Kind::Q4 => 64 + 256 + 2048,
        Kind::Q6 => 64 + 256 + 2048 + 1024,
        Kind::Q8 => 64 + 1024,
    }
}

/// A packed matrix `[rows][cols]`, its last tile filled up with zeros.
#[derive(Clone)]
pub(crate) struct Matrix {
    pub(crate) kind: Kind,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    /// The packed form stands here, from this byte on.
    map: Arc<Mmap>,
    from: usize,
}

impl Matrix {
    /// # Panics
    /// When the map is shorter than the shape says.
    pub(crate) fn new(kind: Kind, rows: usize, cols: usize, map: Arc<Mmap>, from: usize) -> Matrix {
        let matrix = Matrix { kind, rows, cols, map, from };
        assert!(cols.is_multiple_of(kind.columns()), "{cols} columns are no whole blocks");
        assert!(matrix.map.len() >= from + matrix.size(), "bytes for the whole matrix");
        matrix
    }

    /// Bytes of the packed form.
    pub(crate) fn size(&self) -> usize {
        self.tiles() * self.tile_bytes()
    }

    pub(crate) fn tiles(&self) -> usize {
        self.rows.div_ceil(ROWS)
    }

    pub(crate) fn tile_bytes(&self) -> usize {
        self.cols / self.kind.columns() * block_bytes(self.kind)
    }

    pub(crate) fn tile(&self, tile: usize) -> &[u8] {
        let size = self.tile_bytes();
        &self.map[self.from + tile * size..][..size]
    }

    /// One row as floats, into `out` of `cols` values.
    pub(crate) fn row(&self, row: usize, out: &mut [f32]) {
        assert!(row < self.rows && out.len() == self.cols, "row {row} of {}", self.rows);
        let r = row % ROWS;
        let columns = self.kind.columns();
        let blocks = self.tile(row / ROWS).chunks_exact(block_bytes(self.kind));
        for (block, out) in blocks.zip(out.chunks_exact_mut(columns)) {
            unpack(self.kind, block, r, out);
        }
    }
}

pub(crate) fn half_at(bytes: &[u8], i: usize) -> f32 {
    f16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]]).to_f32()
}

/// Row `r` of one block as floats.
pub(crate) fn unpack(kind: Kind, block: &[u8], r: usize, out: &mut [f32]) {
    for (k, out) in out.iter_mut().enumerate() {
        let (d, v) = value(kind, block, r, k);
        *out = match kind {
            Kind::Q4 => {
                let s = k / 32;
                let min = half_at(&block[32..], r) * f32::from(block[192 + s * 16 + r]);
                d * f32::from(block[64 + s * 16 + r]) * v as f32 - min
            }
            Kind::Q6 => d * f32::from(block[64 + k / 16 * 16 + r] as i8) * v as f32,
            Kind::Q8 => d * v as f32,
        };
    }
}

/// Scale of the block and the whole number in row `r`, column `k`.
pub(crate) fn value(kind: Kind, block: &[u8], r: usize, k: usize) -> (f32, i32) {
    let (s, g, j) = (k / 32, k % 32 / 4, k % 4);
    let lane = r * 4 + j;
    let low = |at: usize| {
        let byte = block[at + s * 256 + g / 2 * 64 + lane];
        i32::from(if g % 2 == 0 { byte & 15 } else { byte >> 4 })
    };
    match kind {
        Kind::Q4 => (half_at(block, r), low(320)),
        Kind::Q6 => {
            let high = block[2368 + s * 128 + g / 4 * 64 + lane] >> (g % 4 * 2) & 3;
            (half_at(block, r), (low(320) | i32::from(high) << 4) - 32)
        }
        Kind::Q8 => {
            let v = block[64 + s * 512 + g * 64 + lane];
            (half_at(&block[s * 32..], r), i32::from(v) - 128)
        }
    }
}

/// Where a product writes: `[rows of x][stride]`, this matrix from column `from`.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
}

/// A tile times some rows of activations; `first` is the first row, `out` its place.
pub(crate) type TileKernel =
    fn(tile: &[u8], x: &Quantised, first: usize, count: usize, out: Target);

/// Products `y = x · wᵀ` of several matrices with the same `x`, in one region of the pool. Each `y`
/// is `[rows of x][rows of w]`.
pub(crate) fn matmul(x: &Quantised, products: &mut [(&Matrix, &mut [f32])]) {
    #[derive(Clone, Copy)]
    struct Part<'a> {
        matrix: &'a Matrix,
        target: Target,
        from: usize,
    }
    // SAFETY: each chunk writes its own tiles' columns of `target` only, see below.
    #[expect(unsafe_code, reason = "threads write interleaved columns of one buffer")]
    unsafe impl Sync for Part<'_> {}

    let mut tiles = 0;
    assert!(products.len() <= 4, "at most four matrices share their activations");
    let mut parts: [Option<Part<'_>>; 4] = [None; 4];
    for (slot, (matrix, out)) in parts.iter_mut().zip(products.iter_mut()) {
        assert_eq!(matrix.cols, x.cols, "columns of weights and activations");
        assert!(matrix.rows.is_multiple_of(ROWS), "whole tiles");
        assert_eq!(out.len(), x.rows * matrix.rows, "room for the product");
        let target = Target { out: out.as_mut_ptr(), stride: matrix.rows };
        *slot = Some(Part { matrix, target, from: tiles });
        tiles += matrix.tiles();
    }
    let kernel = |kind| match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Vnni => super::x86::vnni(kind),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => super::x86::avx2(kind),
        _ => plain(kind),
    };
    // So many rows that they stay near the core while a thread's tiles pass by.
    let near = (NEAR / x.cols).next_multiple_of(GROUP).max(GROUP);
    pool().run_ranges(tiles, &|range| {
        for start in (0..x.rows).step_by(near) {
            for tile in range.clone() {
                let mine = parts.iter().flatten().rev().find(|part| part.from <= tile);
                let Some(Part { matrix, target, from }) = mine else { continue };
                let (own, kernel) = (tile - from, kernel(matrix.kind));
                for first in (start..x.rows.min(start + near)).step_by(GROUP) {
                    let count = GROUP.min(x.rows - first);
                    // SAFETY: row `first` and column `own * ROWS` lie within the buffer, whose length
                    // was checked; the kernel writes `count` rows of 16 columns, which no other chunk
                    // does.
                    #[expect(unsafe_code, reason = "threads write columns of one buffer")]
                    let out = unsafe { target.out.add(first * target.stride + own * ROWS) };
                    let target = Target { out, stride: target.stride };
                    kernel(matrix.tile(own), x, first, count, target);
                }
            }
        }
    });
}

/// Bytes of activations that are used again and again: half of a small second-level cache.
const NEAR: usize = 256 << 10;

/// Rows of activations that one pass over a tile serves.
pub(crate) const GROUP: usize = 8;

fn plain(kind: Kind) -> TileKernel {
    match kind {
        Kind::Q4 => |tile, x, first, count, out| plain_tile(Kind::Q4, tile, x, first, count, out),
        Kind::Q6 => |tile, x, first, count, out| plain_tile(Kind::Q6, tile, x, first, count, out),
        Kind::Q8 => |tile, x, first, count, out| plain_tile(Kind::Q8, tile, x, first, count, out),
    }
}

/// The reference: the same sums and float operations as the fast kernels, one after the other.
pub(crate) fn plain_tile(
    kind: Kind,
    tile: &[u8],
    x: &Quantised,
    first: usize,
    count: usize,
    target: Target,
) {
    let columns = kind.columns();
    for m in first..first + count {
        for r in 0..ROWS {
            let (mut total, mut inner) = (0f32, 0f32);
            for (b, block) in tile.chunks_exact(block_bytes(kind)).enumerate() {
                let per = if kind == Kind::Q6 { 16 } else { 32 };
                for s in 0..columns / per {
                    let mut sum = 0;
                    for k in s * per..(s + 1) * per {
                        let a = x.values[m * x.cols + b * columns + k];
                        sum += value(kind, block, r, k).1 * i32::from(a);
                    }
                    let scale = match kind {
                        Kind::Q4 => half_at(block, r) * f32::from(block[64 + s * 16 + r]),
                        Kind::Q6 => half_at(block, r) * f32::from(block[64 + s * 16 + r] as i8),
                        Kind::Q8 => half_at(&block[s * 32..], r),
                    };
                    inner = (sum as f32).mul_add(scale, inner);
                    if kind == Kind::Q4 {
                        let min = half_at(&block[32..], r) * f32::from(block[192 + s * 16 + r]);
                        let sums = x.sums[(m * x.cols + b * columns) / 32 + s];
                        inner = (-min).mul_add(sums, inner);
                    }
                }
                let end = (b + 1) * columns;
                if end.is_multiple_of(BLOCK) || end == x.cols {
                    let scale = x.scales[m * x.cols.div_ceil(BLOCK) + (end - 1) / BLOCK];
                    total = inner.mul_add(scale, total);
                    inner = 0.0;
                }
            }
            // SAFETY: the caller gives `count` rows of 16 columns.
            #[expect(unsafe_code, reason = "threads write interleaved columns of one buffer")]
            unsafe {
                *target.out.add((m - first) * target.stride + r) = total;
            }
        }
    }
}
