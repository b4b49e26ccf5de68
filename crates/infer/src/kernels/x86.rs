//! Tile kernels for x86: byte products of 512 bits (AVX-512 VNNI) and of 256 bits (AVX2).
//!
//! A kernel serves up to eight rows of activations in one pass, so that each packed weight is
//! unpacked once for all of them. What a row's result is does not depend on how many there are.

mod avx2;
mod vnni;

pub(super) use avx2::kernel as avx2;
pub(super) use vnni::kernel as vnni;

use super::matrix::BLOCK;
use super::quantise::Quantised;

/// Calls a kernel made for `count` rows.
macro_rules! dispatch {
    ($count:expr, |M| $kernel:ident::<M>($($arg:expr),*)) => {{
        // SAFETY: the level was checked before this kernel was chosen; `matmul` checked that tile,
        // activations and target hold what the shapes say.
        unsafe {
            match $count {
                1 => $kernel::<1>($($arg),*),
                2 => $kernel::<2>($($arg),*),
                3 => $kernel::<3>($($arg),*),
                4 => $kernel::<4>($($arg),*),
                5 => $kernel::<5>($($arg),*),
                6 => $kernel::<6>($($arg),*),
                7 => $kernel::<7>($($arg),*),
                _ => $kernel::<8>($($arg),*),
            }
        }
    }};
}
use dispatch;

/// Where the rows of `x` that a kernel works on begin.
struct Rows<const M: usize> {
    values: [*const i8; M],
    scales: [*const f32; M],
}

impl<const M: usize> Rows<M> {
    /// # Safety
    /// `x` holds `M` rows from `first`.
    #[inline(always)]
    #[expect(unsafe_code, reason = "kernels read through pointers")]
    unsafe fn new(x: &Quantised, first: usize) -> Rows<M> {
        let blocks = x.cols.div_ceil(BLOCK);
        // SAFETY: within the buffers, as the caller promises.
        unsafe {
            Rows {
                values: std::array::from_fn(|i| x.values.as_ptr().add((first + i) * x.cols)),
                scales: std::array::from_fn(|i| x.scales.as_ptr().add((first + i) * blocks)),
            }
        }
    }
}
