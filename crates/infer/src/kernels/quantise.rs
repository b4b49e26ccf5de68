//! Activations as whole numbers: eight bits, one scale for each 256 values of a row, as llama.cpp's
//! Q8_K, with the sums that make up for weights stored without a sign.

use super::{BLOCK, add, leveled, rms_norm};
use crate::pool::{Slices, pool};

/// Rows of activations, quantised. Buffers are kept between uses, so that a step allocates nothing.
#[derive(Default)]
pub(crate) struct Quantised {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    /// `[rows][cols]`, before rounding.
    pub(crate) floats: Vec<f32>,
    /// `[rows][cols]`
    pub(crate) values: Vec<i8>,
    /// `[rows][cols / 256, rounded up]`
    pub(crate) scales: Vec<f32>,
    /// `[rows][cols / 32]`, the sum of each 32 values, for the minima of Q4_K.
    pub(crate) sums: Vec<f32>,
    /// `[rows][cols / 16]`, the sum of each 16 values times -32, for Q6_K.
    pub(crate) minus_32: Vec<i32>,
    /// `[rows][cols / 32]`, the sum of each 32 values times -128, for Q8.
    pub(crate) minus_128: Vec<i32>,
}

/// Rows of one chunk where rows are alike.
const CHUNK: usize = 4;

impl Quantised {
    /// Rows that `make(row, floats)` computes; `cols` is a multiple of 32.
    pub(crate) fn fill(
        &mut self,
        rows: usize,
        cols: usize,
        make: &(dyn Fn(usize, &mut [f32]) + Sync),
    ) {
        let range = |i: usize| (i * CHUNK, CHUNK.min(rows - i * CHUNK));
        self.fill_ranges(rows, cols, rows.div_ceil(CHUNK), &range, &|i, out| {
            for (r, row) in out.chunks_exact_mut(cols).enumerate() {
                make(i * CHUNK + r, row);
            }
        });
    }

    /// Rows that chunks compute several at a time: chunk `i` makes those of `range(i)` (first row and
    /// number), which follow each other and end at `rows`.
    pub(crate) fn fill_ranges(
        &mut self,
        rows: usize,
        cols: usize,
        chunks: usize,
        range: &(dyn Fn(usize) -> (usize, usize) + Sync),
        make: &(dyn Fn(usize, &mut [f32]) + Sync),
    ) {
        let mut end = 0;
        for i in 0..chunks {
            let (first, count) = range(i);
            assert_eq!(first, end, "ranges follow each other");
            end += count;
        }
        assert!(end == rows && cols.is_multiple_of(32), "whole rows of whole blocks");
        (self.rows, self.cols) = (rows, cols);
        let blocks = cols.div_ceil(BLOCK);
        self.floats.resize(rows * cols, 0.0);
        self.values.resize(rows * cols, 0);
        self.scales.resize(rows * blocks, 0.0);
        self.sums.resize(rows * cols / 32, 0.0);
        self.minus_32.resize(rows * cols / 16, 0);
        self.minus_128.resize(rows * cols / 32, 0);
        let floats = Slices::new(&mut self.floats, cols);
        let values = Slices::new(&mut self.values, cols);
        let scales = Slices::new(&mut self.scales, blocks);
        let sums = Slices::new(&mut self.sums, cols / 32);
        let minus_32 = Slices::new(&mut self.minus_32, cols / 16);
        let minus_128 = Slices::new(&mut self.minus_128, cols / 32);
        pool().run(chunks, &|i| {
            let (first, count) = range(i);
            // SAFETY: ranges follow each other, as was checked, so each row belongs to one chunk.
            #[expect(unsafe_code, reason = "chunks write different rows")]
            unsafe {
                make(i, floats.take(first, count));
                for r in first..first + count {
                    quantise_row(
                        floats.take(r, 1),
                        values.take(r, 1),
                        scales.take(r, 1),
                        sums.take(r, 1),
                        minus_32.take(r, 1),
                        minus_128.take(r, 1),
                    );
                }
            }
        });
    }

    /// Adds what a layer gave to `hidden` (`[rows][width]`), normed itself if it has a norm of its
    /// own, and takes the rows of `hidden`, normed with `norm`.
    pub(crate) fn residual(
        &mut self,
        hidden: &mut [f32],
        width: usize,
        given: Option<(&[f32], Option<&[f32]>)>,
        norm: &[f32],
        eps: f32,
    ) {
        let rows = hidden.len() / width;
        let hidden = Slices::new(hidden, width);
        self.fill(rows, width, &|r, row| {
            // SAFETY: `fill` calls this once for each row.
            #[expect(unsafe_code, reason = "chunks write different rows")]
            let hidden = unsafe { hidden.take(r, 1) };
            match given {
                Some((given, Some(own))) => {
                    rms_norm(&given[r * width..(r + 1) * width], own, eps, row);
                    add(hidden, row);
                }
                Some((given, None)) => add(hidden, &given[r * width..(r + 1) * width]),
                None => {}
            }
            rms_norm(hidden, norm, eps, row);
        });
    }
}

leveled! {
fn quantise_row(
    x: &[f32],
    values: &mut [i8],
    scales: &mut [f32],
    sums: &mut [f32],
    minus_32: &mut [i32],
    minus_128: &mut [i32],
) {
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number, ties to even, and leaves
    // the number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    for (b, (x, values)) in x.chunks(BLOCK).zip(values.chunks_mut(BLOCK)).enumerate() {
        let mut most = [0f32; 16];
        for x in x.chunks_exact(16) {
            for (most, x) in most.iter_mut().zip(x) {
                *most = most.max(x.abs());
            }
        }
        let most = most.into_iter().fold(0f32, f32::max);
        scales[b] = most / 127.0;
        let scale = if most > 0.0 { 127.0 / most } else { 0.0 };
        for (v, &x) in values.iter_mut().zip(x) {
            *v = ((x * scale + ROUND).to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32) as i8;
        }
        for (h, half) in values.chunks_exact(16).enumerate() {
            minus_32[b * BLOCK / 16 + h] = half.iter().map(|v| i32::from(*v)).sum::<i32>();
        }
    }
    for (i, pair) in minus_32.chunks_exact_mut(2).enumerate() {
        let sum = pair[0] + pair[1];
        sums[i] = sum as f32;
        minus_128[i] = -128 * sum;
        pair[0] *= -32;
        pair[1] *= -32;
    }
}
}
