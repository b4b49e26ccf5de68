//! Every level against the plain one and against floats, on random weights.

use proptest::prelude::*;

use super::matrix::{GROUP, Kind, Matrix, Target, plain_tile};
use super::*;

/// A small generator of numbers; good enough for weights.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn float(&mut self) -> f32 {
        (self.roll() % 20_001) as f32 / 10_000.0 - 1.0
    }
}

/// Random GGUF blocks of a kind, with scales that are ordinary numbers.
fn blocks(kind: Kind, rows: usize, cols: usize, dice: &mut Dice) -> Vec<u8> {
    let random = |n: usize, out: &mut Vec<u8>, dice: &mut Dice| {
        out.extend(std::iter::repeat_with(|| dice.roll() as u8).take(n));
    };
    let scale = |dice: &mut Dice| half::f16::from_f32(dice.float() / 50.0).to_le_bytes();
    let mut out = Vec::new();
    for _ in 0..rows * cols / kind.columns() {
        match kind {
            Kind::Q4 => {
                let at = out.len();
                random(144, &mut out, dice);
                out[at..at + 2].copy_from_slice(&scale(dice));
                out[at + 2..at + 4].copy_from_slice(&scale(dice));
            }
            Kind::Q6 => {
                let at = out.len();
                random(210, &mut out, dice);
                out[at + 208..].copy_from_slice(&scale(dice));
            }
            Kind::Q8 => {
                for _ in 0..2 {
                    let at = out.len();
                    random(34, &mut out, dice);
                    out[at..at + 2].copy_from_slice(&scale(dice));
                }
            }
        }
    }
    out
}

/// A matrix in memory.
fn held(kind: Kind, rows: usize, cols: usize, packed: &[u8]) -> Matrix {
    let mut map = memmap2::MmapMut::map_anon(packed.len()).unwrap();
    map.copy_from_slice(packed);
    Matrix::new(kind, rows, cols, map.make_read_only().unwrap().into(), 0)
}

fn matrix(kind: Kind, rows: usize, cols: usize, dice: &mut Dice) -> (Matrix, Vec<u8>) {
    let bytes = blocks(kind, rows, cols, dice);
    let packed = pack(kind, rows, cols, &bytes);
    (held(kind, rows, cols, &packed), bytes)
}

fn activations(rows: usize, cols: usize, dice: &mut Dice) -> Vec<f32> {
    (0..rows * cols).map(|_| dice.float()).collect()
}

fn set(x: &mut Quantised, floats: &[f32], cols: usize) {
    x.fill(floats.len() / cols, cols, &|r, row| {
        row.copy_from_slice(&floats[r * cols..(r + 1) * cols]);
    });
}

#[test]
fn packing_keeps_every_value() {
    use candle_core::quantized::{GgmlDType, QStorage, QTensor};
    let mut dice = Dice(7);
    for (kind, dtype) in
        [(Kind::Q4, GgmlDType::Q4K), (Kind::Q6, GgmlDType::Q6K), (Kind::Q8, GgmlDType::Q8_0)]
    {
        let (rows, cols) = (32, 512);
        let (packed, bytes) = matrix(kind, rows, cols, &mut dice);
        let device = candle_core::Device::Cpu;
        let storage = QStorage::from_data(bytes.into(), &device, dtype).unwrap();
        let theirs = QTensor::new(storage, (rows, cols)).unwrap().dequantize(&device).unwrap();
        for (r, theirs) in theirs.to_vec2::<f32>().unwrap().iter().enumerate() {
            let mut ours = vec![0.0; cols];
            packed.row(r, &mut ours);
            for (k, (a, b)) in ours.iter().zip(theirs).enumerate() {
                assert!((a - b).abs() <= 1e-6 * b.abs().max(0.01), "{kind:?} {r},{k}: {a} {b}");
            }
        }
    }
}

fn product(matrix: &Matrix, x: &Quantised) -> Vec<f32> {
    let mut out = vec![f32::NAN; x.rows * matrix.rows];
    matmul(x, &mut [(matrix, &mut out)]);
    out
}

fn plain_product(matrix: &Matrix, x: &Quantised) -> Vec<f32> {
    let mut out = vec![f32::NAN; x.rows * matrix.rows];
    for tile in 0..matrix.tiles() {
        let target = Target { out: out[tile * ROWS..].as_mut_ptr(), stride: matrix.rows };
        plain_tile(matrix.kind, matrix.tile(tile), x, 0, x.rows, target);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn products_equal_the_plain_ones(
        seed in 1u64..u64::MAX,
        kind in prop_oneof![Just(Kind::Q4), Just(Kind::Q6), Just(Kind::Q8)],
        tiles in 1usize..5,
        blocks in 1usize..9,
        rows in 1usize..20,
    ) {
        let mut dice = Dice(seed);
        let cols = blocks * if kind == Kind::Q8 { 64 } else { 256 };
        let (matrix, _) = matrix(kind, tiles * ROWS, cols, &mut dice);
        let floats = activations(rows, cols, &mut dice);
        let mut x = Quantised::default();
        set(&mut x, &floats, cols);
        let (fast, plain) = (product(&matrix, &x), plain_product(&matrix, &x));
        for (i, (a, b)) in fast.iter().zip(&plain).enumerate() {
            prop_assert!(a.to_bits() == b.to_bits(), "{i}: {a} {b}");
        }
        #[cfg(target_arch = "x86_64")]
        for kernel in [(Level::Avx2, super::x86::avx2(kind)), (Level::Vnni, super::x86::vnni(kind))] {
            if kernel.0 > detect() {
                continue;
            }
            let mut out = vec![f32::NAN; rows * matrix.rows];
            for tile in 0..matrix.tiles() {
                for first in (0..rows).step_by(GROUP) {
                    let out = out[first * matrix.rows + tile * ROWS..].as_mut_ptr();
                    let target = Target { out, stride: matrix.rows };
                    kernel.1(matrix.tile(tile), &x, first, GROUP.min(rows - first), target);
                }
            }
            prop_assert_eq!(&out, &plain, "{:?}", kernel.0);
        }
        // A row alone gives what it gives among others.
        let mut alone = Quantised::default();
        set(&mut alone, &floats[(rows - 1) * cols..], cols);
        prop_assert_eq!(&product(&matrix, &alone)[..], &plain[(rows - 1) * matrix.rows..]);
    }

    #[test]
    fn products_are_close_to_those_of_floats(seed in 1u64..u64::MAX, rows in 1usize..4) {
        let mut dice = Dice(seed);
        let (n, cols) = (32, 1152);
        let weights = activations(n, cols, &mut dice);
        let packed = pack_floats(n, cols, &weights);
        let matrix = held(Kind::Q8, n, cols, &packed);
        let floats = activations(rows, cols, &mut dice);
        let mut x = Quantised::default();
        set(&mut x, &floats, cols);
        for (i, y) in product(&matrix, &x).iter().enumerate() {
            let (w, a) = (&weights[i % n * cols..][..cols], &floats[i / n * cols..][..cols]);
            let exact: f32 = w.iter().zip(a).map(|(w, a)| w * a).sum();
            prop_assert!((y - exact).abs() < 0.6, "{i}: {y} {exact}");
        }
    }

    #[test]
    fn attention_equals_the_naive_one(seed in 1u64..u64::MAX, keys in 1usize..70, cut in 0usize..30) {
        let mut dice = Dice(seed);
        let dim = 64;
        let k = activations(keys, dim, &mut dice);
        let v = activations(keys, dim, &mut dice);
        let q = activations(QUERIES, dim, &mut dice);
        let mut tiles = vec![0.0; keys.div_ceil(16) * 16 * dim];
        for (p, row) in k.chunks_exact(dim).enumerate() {
            for (d, x) in row.iter().enumerate() {
                tiles[p / 16 * dim * 16 + d * 16 + p % 16] = *x;
            }
        }
        let seen: [(usize, usize); QUERIES] = std::array::from_fn(|i| {
            if i == 5 { (0, 0) } else { (cut.min(keys - 1), (cut + 1 + i * 7).min(keys)) }
        });
        let mut out = vec![f32::NAN; QUERIES * dim];
        attend(&q, dim, &tiles, &v, &seen, &mut Room::default(), &mut out);
        for (i, &(a, b)) in seen.iter().enumerate() {
            let scores: Vec<f64> = (a..b)
                .map(|j| (0..dim).map(|d| f64::from(q[i * dim + d] * k[j * dim + d])).sum::<f64>().exp())
                .collect();
            let whole: f64 = scores.iter().sum();
            for d in 0..dim {
                let exact: f64 =
                    (a..b).map(|j| scores[j - a] / whole * f64::from(v[j * dim + d])).sum();
                prop_assert!((f64::from(out[i * dim + d]) - exact).abs() < 1e-4, "{i} {d}");
            }
        }
    }
}
