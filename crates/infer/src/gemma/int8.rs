//! The encoder with weights of eight bits, on our own kernels.
//!
//! Sequences of a batch are packed one after the other, so that no work goes into padding: products
//! see all tokens at once, attention runs sequence by sequence. Products are of whole numbers; norms,
//! rotations, attention and pooling are floats.

use std::cell::RefCell;
use std::path::Path;

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{DType, Device};

use super::{Config, LayerType};
use crate::error::{Error, Result};
use crate::kernels::{
    Kind, MOST_DIM, Matrix, QUERIES, Quantised, Room, add, attend, dot_rows, gated_gelu, matmul,
    normalise, pack_floats, rms_norm, rotate,
};
use crate::packed::{Packed, Writer};
use crate::pool::{Slices, pool};
use crate::rope::Rope;

/// Weights, and the buffers of a forward pass, which are kept from one to the next.
pub(crate) struct Encoder {
    config: Config,
    embeddings: Matrix,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    /// Both dense layers in one: they have neither bias nor activation between them.
    dense: Vec<f32>,
    full_rope: Rope,
    local_rope: Rope,
    buffers: RefCell<Buffers>,
}

struct Layer {
    kind: LayerType,
    input_norm: Vec<f32>,
    post_attention_norm: Vec<f32>,
    pre_mlp_norm: Vec<f32>,
    post_mlp_norm: Vec<f32>,
    q_norm: Vec<f32>,
    k_norm: Vec<f32>,
    q: Matrix,
    k: Matrix,
    v: Matrix,
    out: Matrix,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

#[derive(Default)]
struct Buffers {
    x: Quantised,
    hidden: Vec<f32>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    keys: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    mixed: Vec<f32>,
}

/// Up to 16 tokens of one sequence: what one thread rotates, and attends for, at a time.
#[derive(Clone, Copy)]
struct Piece {
    /// First token in the batch, and in its sequence.
    at: usize,
    position: usize,
    count: usize,
    /// First token of the sequence in the batch, its length, and the tile of its first key.
    start: usize,
    length: usize,
    tile: usize,
}

const PIECE: usize = 16;

const NORMS: [&str; 6] = [
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
    "self_attn.q_norm",
    "self_attn.k_norm",
];
const WEIGHTS: [&str; 7] = [
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
];

/// Rounds the published weights and writes the packed file of the model's folder, unless it is there.
pub(crate) fn pack(folder: &Path, source: &str) -> Result<Packed> {
    Packed::open_or_make(folder, source, |writer| write(folder, writer))
}

fn write(folder: &Path, writer: &mut Writer) -> Result<()> {
    let config = Config::load(folder)?;
    let body = super::float::open(&folder.join("model.safetensors"))?;
    let get = |file: &MmapedSafetensors, name: &str| -> Result<(usize, usize, Vec<f32>)> {
        let tensor = file.load(name, &Device::Cpu)?.to_dtype(DType::F32)?;
        let (rows, cols) = tensor.dims2().or_else(|_| tensor.dims1().map(|n| (1, n)))?;
        Ok((rows, cols, tensor.flatten_all()?.to_vec1()?))
    };
    let put = |writer: &mut Writer, name: &str| -> Result<()> {
        let (rows, cols, values) = get(&body, &format!("{name}.weight"))?;
        writer.matrix(name, Kind::Q8, rows, cols, &pack_floats(rows, cols, &values))
    };
    // Gemma stores a norm's weight as the difference from one.
    let norm = |writer: &mut Writer, name: &str| -> Result<()> {
        let values = get(&body, &format!("{name}.weight"))?.2;
        writer.floats(name, &values.iter().map(|x| x + 1.0).collect::<Vec<f32>>())
    };
    put(writer, "embed_tokens")?;
    norm(writer, "norm")?;
    for i in 0..config.num_hidden_layers {
        NORMS.iter().try_for_each(|name| norm(writer, &format!("layers.{i}.{name}")))?;
        WEIGHTS.iter().try_for_each(|name| put(writer, &format!("layers.{i}.{name}")))?;
    }
    let dense = |part: &str| -> Result<candle_core::Tensor> {
        let file = super::float::open(&folder.join(part).join("model.safetensors"))?;
        Ok(file.load("linear.weight", &Device::Cpu)?.to_dtype(DType::F32)?)
    };
    let dense = dense("3_Dense")?.matmul(&dense("2_Dense")?)?;
    writer.floats("dense", &dense.flatten_all()?.to_vec1::<f32>()?)
}

impl Encoder {
    /// Opens the packed file of a folder, which is made first if need be. `source` names the weights.
    pub(crate) fn load(folder: &Path, source: &str) -> Result<Encoder> {
        let config = Config::load(folder)?;
        let packed = pack(folder, source)?;
        let layers = (0..config.num_hidden_layers)
            .map(|i| {
                let norm = |n: usize| packed.floats(&format!("layers.{i}.{}", NORMS[n]));
                let weight = |n: usize| packed.matrix(&format!("layers.{i}.{}", WEIGHTS[n]));
                Ok(Layer {
                    kind: config.layer_types[i],
                    input_norm: norm(0)?,
                    post_attention_norm: norm(1)?,
                    pre_mlp_norm: norm(2)?,
                    post_mlp_norm: norm(3)?,
                    q_norm: norm(4)?,
                    k_norm: norm(5)?,
                    q: weight(0)?,
                    k: weight(1)?,
                    v: weight(2)?,
                    out: weight(3)?,
                    gate: weight(4)?,
                    up: weight(5)?,
                    down: weight(6)?,
                })
            })
            .collect::<Result<Vec<Layer>>>()?;
        let per_pass = config.num_attention_heads;
        if config.num_key_value_heads != 1
            || !QUERIES.is_multiple_of(per_pass)
            || !config.head_dim.is_multiple_of(64)
            || config.head_dim > MOST_DIM
        {
            return Err(Error::Failed("config.json: these heads are not supported".into()));
        }
        Ok(Encoder {
            embeddings: packed.table("embed_tokens")?,
            norm: packed.floats("norm")?,
            dense: packed.floats("dense")?,
            full_rope: Rope::new(
                config.rope_theta,
                config.head_dim,
                config.max_position_embeddings,
            ),
            local_rope: Rope::new(
                config.rope_local_base_freq,
                config.head_dim,
                config.max_position_embeddings,
            ),
            layers,
            config,
            buffers: RefCell::default(),
        })
    }

    /// Most tokens of one sequence.
    pub(crate) fn limit(&self) -> usize {
        self.config.max_position_embeddings
    }

    /// Length of a vector.
    pub(crate) fn dims(&self) -> usize {
        self.config.hidden_size
    }

    /// One unit-length vector for each sequence of token ids.
    pub(crate) fn encode(&self, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        let Config { hidden_size: width, num_attention_heads: heads, head_dim: dim, .. } =
            self.config;
        let eps = self.config.rms_norm_eps as f32;
        let (pieces, tiles) = pieces(sequences);
        let tokens: usize = sequences.iter().map(|s| s.len()).sum();
        let buffers = &mut *self.buffers.borrow_mut();
        let Buffers { x, hidden, q, k, v, keys, gate, up, mixed } = buffers;
        let inner = self.layers[0].gate.rows;
        for (buffer, size) in [
            (&mut *hidden, tokens * width),
            (q, tokens * heads * dim),
            (k, tokens * dim),
            (v, tokens * dim),
            (keys, tiles * 16 * dim),
            (gate, tokens * inner),
            (up, tokens * inner),
            (mixed, tokens * width),
        ] {
            buffer.resize(size, 0.0);
        }
        self.embed(sequences, hidden);
        let mut norm_before: Option<&[f32]> = None;
        for layer in &self.layers {
            // What the layer before gave is added here, so that one pass over a row does all of it.
            let before = norm_before.map(|norm| (&**mixed, Some(norm)));
            x.residual(hidden, width, before, &layer.input_norm, eps);
            matmul(x, &mut [(&layer.q, q), (&layer.k, k), (&layer.v, v)]);
            self.turn(layer, &pieces, q, k, keys);
            self.attend(layer, &pieces, q, keys, v, x);
            matmul(x, &mut [(&layer.out, mixed)]);
            let before = Some((&**mixed, Some(&*layer.post_attention_norm)));
            x.residual(hidden, width, before, &layer.pre_mlp_norm, eps);
            matmul(x, &mut [(&layer.gate, gate), (&layer.up, up)]);
            x.fill(tokens, inner, &|r, row| {
                gated_gelu(&gate[r * inner..(r + 1) * inner], &up[r * inner..(r + 1) * inner], row);
            });
            matmul(x, &mut [(&layer.down, mixed)]);
            norm_before = Some(&layer.post_mlp_norm);
        }
        x.residual(hidden, width, norm_before.map(|norm| (&**mixed, Some(norm))), &self.norm, eps);
        let mut at = 0;
        sequences
            .iter()
            .map(|sequence| {
                let mut mean = vec![0.0; width];
                for row in x.floats[at * width..(at + sequence.len()) * width].chunks_exact(width) {
                    add(&mut mean, row);
                }
                at += sequence.len();
                mean.iter_mut().for_each(|x| *x /= sequence.len().max(1) as f32);
                let mut vector = vec![0.0; width];
                dot_rows(&self.dense, &mean, &mut vector);
                normalise(&mut vector);
                vector
            })
            .collect()
    }

    fn embed(&self, sequences: &[&[u32]], hidden: &mut [f32]) {
        let width = self.config.hidden_size;
        let scale = (width as f32).sqrt();
        let mut rows = hidden.chunks_exact_mut(width);
        for id in sequences.iter().flat_map(|s| s.iter()) {
            let Some(row) = rows.next() else { return };
            self.embeddings.row((*id as usize).min(self.embeddings.rows - 1), row);
            row.iter_mut().for_each(|x| *x *= scale);
        }
    }

    /// Norms and rotates queries in place, and keys into their tiles.
    fn turn(
        &self,
        layer: &Layer,
        pieces: &[Piece],
        q: &mut [f32],
        k: &mut [f32],
        keys: &mut [f32],
    ) {
        let Config { num_attention_heads: heads, head_dim: dim, .. } = self.config;
        let eps = self.config.rms_norm_eps as f32;
        let scale = self.config.query_pre_attn_scalar.powf(-0.5) as f32;
        let rope = match layer.kind {
            LayerType::FullAttention => &self.full_rope,
            LayerType::SlidingAttention => &self.local_rope,
        };
        let (q, k) = (Slices::new(q, heads * dim), Slices::new(k, dim));
        let keys = Slices::new(keys, 16 * dim);
        pool().run(pieces.len(), &|i| {
            let piece = &pieces[i];
            // SAFETY: a piece owns its tokens and the tile of their keys.
            #[expect(unsafe_code, reason = "chunks write different rows")]
            let (q, k, tile) = unsafe {
                (
                    q.take(piece.at, piece.count),
                    k.take(piece.at, piece.count),
                    keys.take(piece.tile + piece.position / 16, 1),
                )
            };
            let mut normed = [0f32; MOST_DIM];
            let normed = &mut normed[..dim];
            for t in 0..piece.count {
                let (cos, sin) = rope.at(piece.position + t);
                for head in q[t * heads * dim..(t + 1) * heads * dim].chunks_exact_mut(dim) {
                    rms_norm(head, &layer.q_norm, eps, normed);
                    rotate(normed, cos, sin);
                    for (head, x) in head.iter_mut().zip(&*normed) {
                        *head = x * scale;
                    }
                }
                rms_norm(&k[t * dim..(t + 1) * dim], &layer.k_norm, eps, normed);
                rotate(normed, cos, sin);
                for (column, x) in tile.chunks_exact_mut(16).zip(&*normed) {
                    column[t] = *x;
                }
            }
        });
    }

    /// Attention of all tokens, quantised for the next product.
    fn attend(
        &self,
        layer: &Layer,
        pieces: &[Piece],
        q: &[f32],
        keys: &[f32],
        v: &[f32],
        x: &mut Quantised,
    ) {
        let Config { num_attention_heads: heads, head_dim: dim, .. } = self.config;
        let reach = match layer.kind {
            LayerType::FullAttention => usize::MAX,
            LayerType::SlidingAttention => self.config.reach(),
        };
        let tokens = v.len() / dim;
        let together = QUERIES / heads;
        let range = |i: usize| (pieces[i].at, pieces[i].count);
        x.fill_ranges(tokens, heads * dim, pieces.len(), &range, &|i, rows| {
            let piece = &pieces[i];
            let keys = &keys[piece.tile * 16 * dim..];
            let v = &v[piece.start * dim..(piece.start + piece.length) * dim];
            let mut spare = [0f32; QUERIES * MOST_DIM];
            for t in (0..piece.count).step_by(together) {
                let count = together.min(piece.count - t);
                let (from, size) = ((piece.at + t) * heads * dim, count * heads * dim);
                let seen = std::array::from_fn(|i| {
                    if i >= count * heads {
                        return (0, 0);
                    }
                    let p = piece.position + t + i / heads;
                    let end = p.saturating_add(reach).saturating_add(1).min(piece.length);
                    (p.saturating_sub(reach), end)
                });
                let rows = &mut rows[t * heads * dim..][..size];
                // The last tokens of a piece may be fewer than one pass takes.
                let whole = size == QUERIES * dim;
                let out = if whole { &mut *rows } else { &mut spare[..QUERIES * dim] };
                let queries = &q[from..from + size];
                Room::with(|room| attend(queries, dim, keys, v, &seen, room, out));
                if !whole {
                    rows.copy_from_slice(&spare[..size]);
                }
            }
        });
    }
}

/// Cuts sequences into pieces; also the tiles that all keys take.
fn pieces(sequences: &[&[u32]]) -> (Vec<Piece>, usize) {
    let (mut pieces, mut start, mut tile) = (Vec::new(), 0, 0);
    for sequence in sequences {
        let length = sequence.len();
        for position in (0..length).step_by(PIECE) {
            let count = PIECE.min(length - position);
            pieces.push(Piece { at: start + position, position, count, start, length, tile });
        }
        start += length;
        tile += length.div_ceil(16);
    }
    (pieces, tile)
}
