//! Qwen2 and Qwen3 decoders from a GGUF file, on our own kernels.
//!
//! Weights are packed once; several texts go forward in one step, each with its own keys and
//! values and as many tokens as it has; logits are made for the positions asked for only. What a
//! text's tokens give does not depend on what else is in the step, nor on how a prompt was cut. The
//! file's architecture (`qwen2`, `qwen3`) says whether projections have a bias or heads have a norm.

mod file;
mod memory;

pub(crate) use file::{load, pack};
pub(crate) use memory::{Memory, MemoryShape};

use crate::error::{Error, Result};
use crate::kernels::{
    MOST_DIM, Matrix, QUERIES, Quantised, Room, add, attend, gated_silu, matmul, rms_norm, rotate,
};
use crate::pool::{Slices, pool};
use crate::rope::Rope;

/// Weights.
pub(crate) struct Decoder {
    embeddings: Matrix,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    output: Matrix,
    rope: Rope,
    shape: Shape,
}

/// Sizes read from the file.
#[derive(Clone, Copy, Debug)]
struct Shape {
    width: usize,
    heads: usize,
    groups: usize,
    dim: usize,
    eps: f32,
}

struct Layer {
    attention_norm: Vec<f32>,
    q: Linear,
    k: Linear,
    v: Linear,
    out: Matrix,
    /// Qwen3 norms each head of queries and keys.
    head_norms: Option<(Vec<f32>, Vec<f32>)>,
    mlp_norm: Vec<f32>,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

struct Linear {
    weight: Matrix,
    /// Zeros when the file has none.
    bias: Vec<f32>,
}

/// What one text adds to a step.
pub(crate) struct Run<'a> {
    pub(crate) memory: &'a mut Memory,
    pub(crate) tokens: &'a [u32],
    /// Logits are wanted after each of this many last tokens.
    pub(crate) logits: usize,
}

/// Room for a step, kept from one to the next.
#[derive(Default)]
pub(crate) struct Buffers {
    x: Quantised,
    hidden: Vec<f32>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    attended: Vec<f32>,
    mixed: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    logits: Vec<f32>,
    /// Run and position in its text of each row.
    rows: Vec<(usize, usize)>,
    wanted: Vec<usize>,
}

/// Rows up to which a small loop is not worth waking others for.
const FEW: usize = 4;

impl Decoder {
    /// Most tokens of prompt and answer together.
    pub(crate) fn context(&self) -> usize {
        self.rope.len()
    }

    /// Number of tokens that logits are made for.
    pub(crate) fn vocabulary(&self) -> usize {
        self.output.rows
    }

    /// What a text of so many tokens is remembered in.
    pub(crate) fn memory_shape(&self, capacity: usize) -> MemoryShape {
        let Shape { groups, dim, .. } = self.shape;
        MemoryShape {
            layers: self.layers.len(),
            groups,
            dim,
            capacity: capacity.clamp(1, self.context()),
        }
    }

    /// Reads more tokens of each text. Returns the logits asked for, `[wanted][vocabulary]`, run by
    /// run.
    ///
    /// # Errors
    /// [`Error::TooLong`] when a text would outgrow its memory; nothing is read then.
    pub(crate) fn step<'a>(
        &self,
        buffers: &'a mut Buffers,
        runs: &mut [Run<'_>],
    ) -> Result<&'a [f32]> {
        let Shape { width, heads, groups, dim, eps } = self.shape;
        let Buffers { x, hidden, q, k, v, attended, mixed, gate, up, logits, rows, wanted } =
            buffers;
        rows.clear();
        wanted.clear();
        for (r, run) in runs.iter().enumerate() {
            let (length, limit) = (run.memory.len() + run.tokens.len(), run.memory.capacity());
            if length > limit {
                return Err(Error::TooLong { tokens: length, limit });
            }
            wanted.extend((rows.len()..rows.len() + run.tokens.len()).rev().take(run.logits).rev());
            rows.extend((run.memory.len()..length).map(|position| (r, position)));
        }
        let (count, inner) = (rows.len(), self.layers[0].gate.rows);
        for (buffer, size) in [
            (&mut *hidden, count * width),
            (q, count * heads * dim),
            (k, count * groups * dim),
            (v, count * groups * dim),
            (attended, count * heads * dim),
            (mixed, count * width),
            (gate, count * inner),
            (up, count * inner),
            (logits, wanted.len() * self.vocabulary()),
        ] {
            buffer.resize(size, 0.0);
        }
        let ids = runs.iter().flat_map(|run| run.tokens);
        for (row, id) in hidden.chunks_exact_mut(width).zip(ids) {
            self.embeddings.row((*id as usize).min(self.embeddings.rows - 1), row);
        }
        for (l, layer) in self.layers.iter().enumerate() {
            let before = (l > 0).then_some((&**mixed, None));
            x.residual(hidden, width, before, &layer.attention_norm, eps);
            let (qw, kw, vw) = (&layer.q.weight, &layer.k.weight, &layer.v.weight);
            matmul(x, &mut [(qw, q), (kw, k), (vw, v)]);
            self.remember(l, runs, k, v);
            self.attend(l, runs, rows, q, attended);
            x.fill(count, heads * dim, &|r, row| {
                row.copy_from_slice(&attended[r * heads * dim..(r + 1) * heads * dim]);
            });
            matmul(x, &mut [(&layer.out, mixed)]);
            x.residual(hidden, width, Some((&**mixed, None)), &layer.mlp_norm, eps);
            matmul(x, &mut [(&layer.gate, gate), (&layer.up, up)]);
            x.fill(count, inner, &|r, row| {
                gated_silu(&gate[r * inner..(r + 1) * inner], &up[r * inner..(r + 1) * inner], row);
            });
            matmul(x, &mut [(&layer.down, mixed)]);
        }
        runs.iter_mut().for_each(|run| run.memory.advance(run.tokens.len()));
        for &r in &*wanted {
            add(&mut hidden[r * width..(r + 1) * width], &mixed[r * width..(r + 1) * width]);
        }
        x.fill(wanted.len(), width, &|i, row| {
            rms_norm(&hidden[wanted[i] * width..(wanted[i] + 1) * width], &self.norm, eps, row);
        });
        if !wanted.is_empty() {
            matmul(x, &mut [(&self.output, logits)]);
        }
        Ok(logits)
    }

    /// Puts keys and values of new tokens into their texts' memories.
    fn remember(&self, l: usize, runs: &mut [Run<'_>], k: &[f32], v: &[f32]) {
        let Shape { groups, dim, eps, .. } = self.shape;
        let layer = &self.layers[l];
        let mut first = 0;
        for run in runs {
            let (start, count, size) = (run.memory.len(), run.tokens.len(), run.memory.run());
            let (keys, values) = run.memory.layer_mut(l);
            let (keys, values) = (Slices::new(keys, size), Slices::new(values, size));
            let one = |group: usize| {
                // SAFETY: each chunk takes its own head.
                #[expect(unsafe_code, reason = "chunks write different heads")]
                let (keys, values) = unsafe { (keys.take(group, 1), values.take(group, 1)) };
                let mut key = [0f32; MOST_DIM];
                let (key, bias) = (&mut key[..dim], group * dim..(group + 1) * dim);
                for t in 0..count {
                    let from = ((first + t) * groups + group) * dim;
                    self.turned(
                        &k[from..from + dim],
                        &layer.k.bias[bias.clone()],
                        layer.head_norms.as_ref().map(|norms| (&*norms.1, eps)),
                        start + t,
                        key,
                    );
                    let at = start + t;
                    let tile = &mut keys[at / 16 * 16 * dim..(at / 16 + 1) * 16 * dim];
                    for (column, x) in tile.chunks_exact_mut(16).zip(&*key) {
                        column[at % 16] = *x;
                    }
                    let value = &mut values[at * dim..(at + 1) * dim];
                    value.copy_from_slice(&v[from..from + dim]);
                    add(value, &layer.v.bias[bias.clone()]);
                }
            };
            if count <= FEW {
                (0..groups).for_each(one)
            } else {
                pool().run(groups, &one)
            }
            first += count;
        }
    }

    /// Attention of all rows over their own texts, `[rows][heads * dim]`.
    fn attend(
        &self,
        l: usize,
        runs: &[Run<'_>],
        rows: &[(usize, usize)],
        q: &[f32],
        attended: &mut [f32],
    ) {
        let Shape { heads, groups, dim, eps, .. } = self.shape;
        let layer = &self.layers[l];
        let scale = (dim as f32).powf(-0.5);
        // Heads that share their keys.
        let share = heads / groups;
        let out = Slices::new(attended, share * dim);
        pool().run(rows.len() * groups, &|chunk| {
            let (r, group) = (chunk / groups, chunk % groups);
            let (run, position) = rows[r];
            let (keys, values) = runs[run].memory.head(l, group);
            // SAFETY: each chunk takes its own slice.
            #[expect(unsafe_code, reason = "chunks write different slices")]
            let out = unsafe { out.take(chunk, 1) };
            let mut queries = [0f32; QUERIES * MOST_DIM];
            let mut given = [0f32; QUERIES * MOST_DIM];
            let (queries, given) = (&mut queries[..QUERIES * dim], &mut given[..QUERIES * dim]);
            for first in (0..share).step_by(QUERIES) {
                let count = QUERIES.min(share - first);
                for h in 0..count {
                    let head = group * share + first + h;
                    let query = &mut queries[h * dim..(h + 1) * dim];
                    self.turned(
                        &q[(r * heads + head) * dim..][..dim],
                        &layer.q.bias[head * dim..(head + 1) * dim],
                        layer.head_norms.as_ref().map(|norms| (&*norms.0, eps)),
                        position,
                        query,
                    );
                    query.iter_mut().for_each(|x| *x *= scale);
                }
                let seen = std::array::from_fn(|h| (0, if h < count { position + 1 } else { 0 }));
                Room::with(|room| attend(queries, dim, keys, values, &seen, room, given));
                out[first * dim..(first + count) * dim].copy_from_slice(&given[..count * dim]);
            }
        });
    }

    /// A head's query or key: bias, norm, rotation.
    fn turned(
        &self,
        x: &[f32],
        bias: &[f32],
        norm: Option<(&[f32], f32)>,
        position: usize,
        out: &mut [f32],
    ) {
        out.copy_from_slice(x);
        add(out, bias);
        if let Some((weight, eps)) = norm {
            let mut whole = [0f32; MOST_DIM];
            let whole = &mut whole[..out.len()];
            whole.copy_from_slice(out);
            rms_norm(whole, weight, eps, out);
        }
        let (cos, sin) = self.rope.at(position);
        rotate(out, cos, sin);
    }
}

/// The token of the highest logit (the lowest id on a tie, so that runs repeat).
pub(crate) fn argmax(logits: &[f32]) -> u32 {
    let mut best = 0;
    for (i, &logit) in logits.iter().enumerate() {
        if logit > logits[best] {
            best = i;
        }
    }
    best as u32
}
