//! The encoder with its weights as they are published, through candle: the reference.
//!
//! Sequences of a batch are packed one after the other, so that no work goes into padding: linear
//! layers see all tokens at once, attention runs sequence by sequence.

use std::path::Path;

use super::{Config, LayerType};
use crate::error::Result;
use crate::kernels::gated_gelu;
use candle_core::safetensors::MmapedSafetensors;
use candle_core::{CpuStorage, CustomOp2, D, DType, Device, Layout, Tensor};
use candle_nn::ops::{rms_norm, softmax_last_dim};
use candle_nn::rotary_emb::rope;
use rayon::prelude::*;

pub(crate) struct Encoder {
    config: Config,
    embeddings: Tensor,
    layers: Vec<Layer>,
    norm: Tensor,
    dense: Vec<Tensor>,
    full_rope: Rope,
    local_rope: Rope,
}

struct Layer {
    kind: LayerType,
    input_norm: Tensor,
    post_attention_norm: Tensor,
    pre_mlp_norm: Tensor,
    post_mlp_norm: Tensor,
    qkv: Tensor,
    q_norm: Tensor,
    k_norm: Tensor,
    out: Tensor,
    gate: Tensor,
    up: Tensor,
    down: Tensor,
}

struct Rope {
    cos: Tensor,
    sin: Tensor,
}

impl Encoder {
    /// Reads `config.json`, `model.safetensors` and the two dense layers from a folder.
    pub(crate) fn load(folder: &Path) -> Result<Encoder> {
        let config = Config::load(folder)?;
        let body = open(&folder.join("model.safetensors"))?;
        let get = |name: &str| body.load(name, &Device::Cpu)?.to_dtype(DType::F32);
        // Gemma stores a norm's weight as the difference from one.
        let norm = |name: String| get(&name)? + 1.0;
        let layers = (0..config.num_hidden_layers)
            .map(|i| {
                let weight = |name: &str| get(&format!("layers.{i}.{name}.weight"));
                let norm = |name: &str| norm(format!("layers.{i}.{name}.weight"));
                let (q, k, v) = (
                    weight("self_attn.q_proj")?,
                    weight("self_attn.k_proj")?,
                    weight("self_attn.v_proj")?,
                );
                Ok(Layer {
                    kind: config.layer_types[i],
                    input_norm: norm("input_layernorm")?,
                    post_attention_norm: norm("post_attention_layernorm")?,
                    pre_mlp_norm: norm("pre_feedforward_layernorm")?,
                    post_mlp_norm: norm("post_feedforward_layernorm")?,
                    qkv: Tensor::cat(&[q, k, v], 0)?.t()?.contiguous()?,
                    q_norm: norm("self_attn.q_norm")?,
                    k_norm: norm("self_attn.k_norm")?,
                    out: weight("self_attn.o_proj")?.t()?.contiguous()?,
                    gate: weight("mlp.gate_proj")?.t()?.contiguous()?,
                    up: weight("mlp.up_proj")?.t()?.contiguous()?,
                    down: weight("mlp.down_proj")?.t()?.contiguous()?,
                })
            })
            .collect::<candle_core::Result<Vec<Layer>>>()?;
        let dense = ["2_Dense", "3_Dense"]
            .into_iter()
            .map(|part| {
                let file = open(&folder.join(part).join("model.safetensors"))?;
                file.load("linear.weight", &Device::Cpu)?.to_dtype(DType::F32)?.t()?.contiguous()
            })
            .collect::<candle_core::Result<Vec<Tensor>>>()?;
        Ok(Encoder {
            embeddings: get("embed_tokens.weight")?,
            norm: norm("norm.weight".into())?,
            full_rope: Rope::new(config.rope_theta, &config)?,
            local_rope: Rope::new(config.rope_local_base_freq, &config)?,
            layers,
            dense,
            config,
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
    pub(crate) fn encode(&self, sequences: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        Device::Cpu.with_context(|| self.encode_packed(sequences)).map_err(Into::into)
    }

    fn encode_packed(&self, sequences: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
        let lengths: Vec<usize> = sequences.iter().map(|sequence| sequence.len()).collect();
        let ids = Tensor::new(sequences.concat(), &Device::Cpu)?;
        let scale = (self.config.hidden_size as f64).sqrt();
        let mut hidden = (self.embeddings.index_select(&ids, 0)? * scale)?;
        let eps = self.config.rms_norm_eps as f32;
        for layer in &self.layers {
            let input = rms_norm(&hidden, &layer.input_norm, eps)?;
            let attended =
                rms_norm(&self.attend(layer, &input, &lengths)?, &layer.post_attention_norm, eps)?;
            hidden = (hidden + attended)?;
            let input = rms_norm(&hidden, &layer.pre_mlp_norm, eps)?;
            let gate = input.matmul(&layer.gate)?;
            let mixed = gate
                .apply_op2_no_bwd(&input.matmul(&layer.up)?, &GatedGelu)?
                .matmul(&layer.down)?;
            hidden = (hidden + rms_norm(&mixed, &layer.post_mlp_norm, eps)?)?;
        }
        let hidden = rms_norm(&hidden, &self.norm, eps)?;
        let mut start = 0;
        let mut means = Vec::with_capacity(lengths.len());
        for length in lengths {
            means.push(hidden.narrow(0, start, length)?.mean(0)?);
            start += length;
        }
        let mut pooled = Tensor::stack(&means, 0)?;
        for dense in &self.dense {
            pooled = pooled.matmul(dense)?;
        }
        let norms = pooled.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
        pooled.broadcast_div(&norms)?.to_vec2()
    }

    fn attend(
        &self,
        layer: &Layer,
        input: &Tensor,
        lengths: &[usize],
    ) -> candle_core::Result<Tensor> {
        let Config { num_attention_heads: heads, num_key_value_heads: groups, head_dim, .. } =
            self.config;
        let eps = self.config.rms_norm_eps as f32;
        let total = input.dim(0)?;
        let qkv = input.matmul(&layer.qkv)?;
        let part = |start: usize, count: usize| {
            qkv.narrow(1, start * head_dim, count * head_dim)?
                .contiguous()?
                .reshape((total, count, head_dim))
        };
        let q = rms_norm(&part(0, heads)?, &layer.q_norm, eps)?;
        let k = rms_norm(&part(heads, groups)?, &layer.k_norm, eps)?;
        let v = part(heads + groups, groups)?;
        let rope = match layer.kind {
            LayerType::FullAttention => &self.full_rope,
            LayerType::SlidingAttention => &self.local_rope,
        };
        let mut start = 0;
        let mut outputs = Vec::with_capacity(lengths.len());
        for &length in lengths {
            // [heads, length, head_dim]; the heads that share a key are stacked as rows of one product.
            let cut = |x: &Tensor| x.narrow(0, start, length)?.transpose(0, 1)?.contiguous();
            let q = (rope.apply(&cut(&q)?)? * self.config.query_pre_attn_scalar.powf(-0.5))?;
            let q = q.reshape((groups, heads / groups * length, head_dim))?;
            let k = rope.apply(&cut(&k)?)?;
            let mut scores = q.matmul(&k.transpose(1, 2)?)?;
            let reach = self.config.reach();
            if layer.kind == LayerType::SlidingAttention && length > reach + 1 {
                let window = window(length, reach)?.repeat((heads / groups, 1))?;
                scores = scores.broadcast_add(&window)?;
            }
            let mixed = softmax_last_dim(&scores)?.matmul(&cut(&v)?)?;
            let mixed = mixed.reshape((heads, length, head_dim))?.transpose(0, 1)?;
            outputs.push(mixed.reshape((length, heads * head_dim))?);
            start += length;
        }
        Tensor::cat(&outputs, 0)?.matmul(&layer.out)
    }
}

impl Rope {
    fn new(base: f64, config: &Config) -> candle_core::Result<Rope> {
        let half = config.head_dim / 2;
        let steps: Vec<f32> =
            (0..half).map(|i| base.powf(-(i as f64) / half as f64) as f32).collect();
        let steps = Tensor::new(steps, &Device::Cpu)?.reshape((1, half))?;
        let positions = Tensor::arange(0, config.max_position_embeddings as u32, &Device::Cpu)?
            .to_dtype(DType::F32)?
            .reshape((config.max_position_embeddings, 1))?;
        let angles = positions.matmul(&steps)?;
        Ok(Rope { cos: angles.cos()?, sin: angles.sin()? })
    }

    /// Rotates `[heads, length, head_dim]` whose first token stands at position 0.
    fn apply(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let length = x.dim(1)?;
        rope(&x.unsqueeze(0)?, &self.cos.narrow(0, 0, length)?, &self.sin.narrow(0, 0, length)?)?
            .squeeze(0)
    }
}

/// Zero within reach of the diagonal, minus infinity beyond.
fn window(length: usize, reach: usize) -> candle_core::Result<Tensor> {
    let cells: Vec<f32> =
        (0..length * length)
            .map(|cell| {
                if (cell / length).abs_diff(cell % length) <= reach {
                    0.0
                } else {
                    f32::NEG_INFINITY
                }
            })
            .collect();
    Tensor::from_vec(cells, (length, length), &Device::Cpu)
}

pub(super) fn open(path: &Path) -> candle_core::Result<MmapedSafetensors> {
    // SAFETY: the file lies in the model cache, which only `khue models pull` writes, by renaming a
    // complete file into place; nothing shortens or rewrites a file that is already there.
    #[expect(unsafe_code, reason = "mapping the weights avoids a second copy of 1.2 GB in memory")]
    unsafe {
        MmapedSafetensors::new(path)
    }
}

/// `gelu(gate) * up` in one pass, the tanh form of GELU. candle's own takes a fifth of a forward pass,
/// because it calls the system's tanh for each number.
struct GatedGelu;

impl CustomOp2 for GatedGelu {
    fn name(&self) -> &'static str {
        "gated-gelu"
    }

    fn cpu_fwd(
        &self,
        gate: &CpuStorage,
        gate_layout: &Layout,
        up: &CpuStorage,
        up_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, candle_core::Shape)> {
        let (Some((g, h)), Some((u, v))) =
            (gate_layout.contiguous_offsets(), up_layout.contiguous_offsets())
        else {
            candle_core::bail!("gated-gelu wants contiguous inputs");
        };
        let (gate, up) = (&gate.as_slice::<f32>()?[g..h], &up.as_slice::<f32>()?[u..v]);
        let mut out = vec![0.0; gate.len()];
        const CHUNK: usize = 1 << 14;
        out.par_chunks_mut(CHUNK).zip(gate.par_chunks(CHUNK)).zip(up.par_chunks(CHUNK)).for_each(
            |((out, gate), up)| {
                gated_gelu(gate, up, out);
            },
        );
        Ok((CpuStorage::F32(out), gate_layout.shape().clone()))
    }
}
