//! Products of packed weights with quantised activations, and the few float loops around them.
//!
//! One layout serves every processor: sixteen rows of a matrix lie side by side, four values of each
//! row in a group, which is what one 512-bit byte-product instruction eats. The level is chosen once
//! per process; all levels do the same whole-number sums and the same float operations in the same
//! order, so that they agree to the last bits and a row's result does not depend on its neighbours.

mod floats;
mod matrix;
mod pack;
mod quantise;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use floats::{
    MOST_DIM, QUERIES, Room, add, attend, dot_rows, gated_gelu, gated_silu, normalise, rms_norm,
    rotate,
};
pub(crate) use matrix::{BLOCK, Kind, Matrix, ROWS, block_bytes, matmul};
pub(crate) use pack::{pack, pack_floats};
pub(crate) use quantise::Quantised;

use std::sync::OnceLock;

/// What the processor can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Any processor; the reference that the others are tested against.
    Plain,
    /// 256-bit vectors with fused multiply-add (2013 and later).
    Avx2,
    /// 512-bit vectors with byte products.
    Vnni,
}

/// The best level of this processor, or a lower one named by `KHUE_KERNELS` (`plain`, `avx2`,
/// `vnni`), which is how the lower levels are tested and compared on a machine that has more.
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let best = detect();
        let asked = match std::env::var("KHUE_KERNELS").as_deref() {
            Ok("plain") => Level::Plain,
            Ok("avx2") => Level::Avx2,
            _ => Level::Vnni,
        };
        best.min(asked)
    })
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Level {
    let vnni = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vnni");
    let avx2 = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c");
    match (vnni && avx2, avx2) {
        (true, _) => Level::Vnni,
        (false, true) => Level::Avx2,
        (false, false) => Level::Plain,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Level {
    Level::Plain
}

/// Defines a float loop once and compiles it for each level.
macro_rules! leveled {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$doc])*
        $vis fn $name($($arg: $type),*) $(-> $ret)? {
            #[inline(always)]
            fn body($($arg: $type),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,f16c")]
                fn avx2($($arg: $type),*) $(-> $ret)? {
                    body($($arg),*)
                }
                #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq")]
                fn vnni($($arg: $type),*) $(-> $ret)? {
                    body($($arg),*)
                }
                match $crate::kernels::level() {
                    // SAFETY: the level says that the processor has these features.
                    #[expect(unsafe_code, reason = "one float loop, compiled for each level")]
                    $crate::kernels::Level::Vnni => return unsafe { vnni($($arg),*) },
                    // SAFETY: as above.
                    #[expect(unsafe_code, reason = "one float loop, compiled for each level")]
                    $crate::kernels::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::kernels::Level::Plain => {}
                }
            }
            body($($arg),*)
        }
    };
}
use leveled;

#[cfg(test)]
mod tests;
