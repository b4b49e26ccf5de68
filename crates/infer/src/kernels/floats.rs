//! The float loops of a forward pass: norms, rotations, gates, attention.
//!
//! Sums run over sixteen lanes in a fixed order, so that a row's result depends on that row alone.

use std::cell::RefCell;

use super::leveled;

type Lanes = [f32; 16];

/// The longest head that is supported.
pub(crate) const MOST_DIM: usize = 256;

/// Rows of queries that share one pass over the keys.
pub(crate) const QUERIES: usize = 6;

#[inline(always)]
fn lanes(x: &[f32]) -> &Lanes {
    x.first_chunk().expect("sixteen values")
}

#[inline(always)]
fn padded(x: &[f32]) -> &[f32; PADDED] {
    x.first_chunk().expect("a value for each query")
}

/// The sum of all lanes, in a fixed order.
#[inline(always)]
fn total(x: &Lanes) -> f32 {
    let mut x = *x;
    for width in [8, 4, 2, 1] {
        for i in 0..width {
            x[i] += x[i + width];
        }
    }
    x[0]
}

/// `e^x` without branches, as a power of two times a polynomial of degree 6 (Taylor, on half a
/// binade); relative error below 3e-7 near zero and 8e-6 at the ends,
/// for `x` between -87 and 88.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let y = x.clamp(-87.0, 88.0) * std::f32::consts::LOG2_E;
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    let shifted = y + ROUND;
    let f = (y - (shifted - ROUND)) * std::f32::consts::LN_2;
    let mut poly = 1.0 / 720.0;
    for c in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        poly = f.mul_add(poly, c);
    }
    let power = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32).wrapping_add(127);
    poly * f32::from_bits((power as u32) << 23)
}

leveled! {
/// `x += y`.
pub(crate) fn add(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}
}

leveled! {
/// `out = x / rms(x) * weight`, one row; lengths are multiples of 16.
pub(crate) fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let mut squares = [0f32; 16];
    for x in x.chunks_exact(16) {
        for l in 0..16 {
            squares[l] = x[l].mul_add(x[l], squares[l]);
        }
    }
    let scale = 1.0 / (total(&squares) / x.len() as f32 + eps).sqrt();
    for ((out, x), w) in out.iter_mut().zip(x).zip(weight) {
        *out = x * scale * w;
    }
}
}

leveled! {
/// Scales a row to unit length.
pub(crate) fn normalise(x: &mut [f32]) {
    let mut squares = [0f32; 16];
    for x in x.chunks_exact(16) {
        for l in 0..16 {
            squares[l] = x[l].mul_add(x[l], squares[l]);
        }
    }
    let scale = 1.0 / total(&squares).sqrt();
    x.iter_mut().for_each(|x| *x *= scale);
}
}

leveled! {
/// Rotates one head in place: its two halves are the two coordinates (the "NeoX" order).
pub(crate) fn rotate(x: &mut [f32], cos: &[f32], sin: &[f32]) {
    let (a, b) = x.split_at_mut(cos.len());
    for (((a, b), c), s) in a.iter_mut().zip(b).zip(cos).zip(sin) {
        (*a, *b) = (*a * c - *b * s, *b * c + *a * s);
    }
}
}

leveled! {
/// `out = silu(gate) * up`.
pub(crate) fn gated_silu(gate: &[f32], up: &[f32], out: &mut [f32]) {
    for ((out, g), u) in out.iter_mut().zip(gate).zip(up) {
        *out = g / (1.0 + exp(-g)) * u;
    }
}
}

leveled! {
/// `out = gelu(gate) * up`, the tanh form: `x * sigmoid(2 * inner)` is the same as
/// `x / 2 * (1 + tanh(inner))`.
pub(crate) fn gated_gelu(gate: &[f32], up: &[f32], out: &mut [f32]) {
    for ((out, g), u) in out.iter_mut().zip(gate).zip(up) {
        let inner = 0.797_884_6 * g * (1.0 + 0.044_715 * g * g);
        *out = g / (1.0 + exp(-2.0 * inner)) * u;
    }
}
}

leveled! {
/// `out[i] = rows[i] · x`.
pub(crate) fn dot_rows(rows: &[f32], x: &[f32], out: &mut [f32]) {
    for (row, out) in rows.chunks_exact(x.len()).zip(out) {
        let mut sums = [0f32; 16];
        for (w, x) in row.chunks_exact(16).zip(x.chunks_exact(16)) {
            for l in 0..16 {
                sums[l] = w[l].mul_add(x[l], sums[l]);
            }
        }
        *out = total(&sums);
    }
}
}

/// Room for [`attend`], kept by each thread.
#[derive(Default)]
pub(crate) struct Room {
    /// Queries, `[dim][PADDED]`.
    queries: Vec<f32>,
    /// Weights, `[QUERIES][keys]`.
    rows: Vec<f32>,
    /// Weights, `[keys][PADDED]`.
    columns: Vec<f32>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

impl Room {
    /// This thread's room.
    pub(crate) fn with<R>(work: impl FnOnce(&mut Room) -> R) -> R {
        ROOM.with_borrow_mut(work)
    }
}

/// Queries side by side, filled up to a power of two.
const PADDED: usize = QUERIES.next_power_of_two();

leveled! {
/// Attention of up to [`QUERIES`] queries over the keys of one head.
///
/// `queries` is `[QUERIES][dim]`, already scaled; `keys` is `[tiles of 16 keys][dim][16]`; `values`
/// is `[keys][dim]`; query `i` sees the keys of `seen[i]`, which for unused rows is empty. `out` is
/// `[QUERIES][dim]`. `dim` is a multiple of 64.
pub(crate) fn attend(
    queries: &[f32],
    dim: usize,
    keys: &[f32],
    values: &[f32],
    seen: &[(usize, usize); QUERIES],
    room: &mut Room,
    out: &mut [f32],
) {
    let from = seen.iter().filter(|s| s.0 < s.1).map(|s| s.0).min().unwrap_or(0);
    let to = seen.iter().map(|s| s.1).max().unwrap_or(0);
    let (first, last) = (from / 16, to.div_ceil(16));
    let width = (last - first) * 16;
    room.queries.resize(dim * PADDED, 0.0);
    room.rows.resize(QUERIES * width, 0.0);
    room.columns.resize(width * PADDED, 0.0);
    for (q, row) in queries.chunks_exact(dim).take(QUERIES).enumerate() {
        for (column, x) in room.queries.chunks_exact_mut(PADDED).zip(row) {
            column[q] = *x;
        }
    }
    for tile in first..last {
        let mut sums = [[0f32; 16]; QUERIES];
        let columns = keys[tile * dim * 16..(tile + 1) * dim * 16].chunks_exact(16);
        for (column, x) in columns.zip(room.queries.chunks_exact(PADDED)) {
            let (column, x) = (lanes(column), padded(x));
            for q in 0..QUERIES {
                for l in 0..16 {
                    sums[q][l] = x[q].mul_add(column[l], sums[q][l]);
                }
            }
        }
        for (q, sums) in sums.iter().enumerate() {
            let at = q * width + (tile - first) * 16;
            room.rows[at..at + 16].copy_from_slice(sums);
        }
    }
    let mut whole = [0f32; QUERIES];
    for (q, row) in room.rows.chunks_exact_mut(width.max(1)).take(QUERIES).enumerate() {
        let (a, b) = (seen[q].0.saturating_sub(first * 16), seen[q].1.saturating_sub(first * 16));
        if a >= b {
            row.fill(0.0);
        } else {
            row[..a].fill(f32::NEG_INFINITY);
            row[b..].fill(f32::NEG_INFINITY);
            whole[q] = 1.0 / weigh(row);
        }
        for (column, x) in room.columns.chunks_exact_mut(PADDED).zip(&*row) {
            column[q] = *x;
        }
    }
    let skip = from - first * 16;
    for part in (0..dim).step_by(64) {
        let mut sums = [[[0f32; 16]; 4]; QUERIES];
        let weights = room.columns.chunks_exact(PADDED).skip(skip);
        for (row, weights) in values[from * dim..to * dim].chunks_exact(dim).zip(weights) {
            let row = &row[part..part + 64];
            let row = [lanes(row), lanes(&row[16..]), lanes(&row[32..]), lanes(&row[48..])];
            let weights = padded(weights);
            for q in 0..QUERIES {
                for c in 0..4 {
                    for l in 0..16 {
                        sums[q][c][l] = weights[q].mul_add(row[c][l], sums[q][c][l]);
                    }
                }
            }
        }
        for (q, sums) in sums.iter().enumerate() {
            let out = &mut out[q * dim + part..q * dim + part + 64];
            for (out, sums) in out.chunks_exact_mut(16).zip(sums) {
                for l in 0..16 {
                    out[l] = sums[l] * whole[q];
                }
            }
        }
    }
}
}

/// Scores to weights that are not yet divided by their sum, which is returned. A score of minus
/// infinity weighs nothing.
#[inline(always)]
fn weigh(scores: &mut [f32]) -> f32 {
    let mut most = [f32::NEG_INFINITY; 16];
    for x in scores.chunks_exact(16) {
        for l in 0..16 {
            most[l] = if x[l] > most[l] { x[l] } else { most[l] };
        }
    }
    let most = most.into_iter().fold(f32::NEG_INFINITY, f32::max);
    let mut sums = [0f32; 16];
    for x in scores.chunks_exact_mut(16) {
        for l in 0..16 {
            let weight = if x[l] == f32::NEG_INFINITY { 0.0 } else { exp(x[l] - most) };
            x[l] = weight;
            sums[l] += weight;
        }
    }
    total(&sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_true_one() {
        for i in -8600..=8700 {
            let x = i as f32 / 100.0;
            let error = (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs();
            assert!(error < 3e-7 + f64::from(x.abs()) * 9e-8, "at {x}: {error}");
        }
        assert!(exp(-1000.0) < 1e-37 && exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn gates_are_close_to_the_true_ones() {
        let gate: Vec<f32> = (-2000..=2000).map(|i| i as f32 / 100.0).collect();
        let (up, mut out) = (vec![1.0; gate.len()], vec![0.0; gate.len()]);
        let mut check = |name: &str, exact: &dyn Fn(f64) -> f64, gated: &dyn Fn(&mut [f32])| {
            gated(&mut out);
            for (x, y) in gate.iter().zip(&out) {
                let error = (f64::from(*y) - exact(f64::from(*x))).abs();
                assert!(error < 3e-7 * f64::from(x.abs()).max(1.0), "{name} at {x}: {error}");
            }
        };
        let gelu = |x: f64| {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * x * (1.0 + 0.044_715 * x * x);
            x / 2.0 * (1.0 + inner.tanh())
        };
        check("gelu", &gelu, &|out| gated_gelu(&gate, &up, out));
        check("silu", &|x| x / (1.0 + (-x).exp()), &|out| gated_silu(&gate, &up, out));
    }
}
