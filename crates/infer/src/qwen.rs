//! Qwen2 and Qwen3 decoders from a GGUF file.
//!
//! Weights stay quantised, the embedding table too; keys and values live in caches that are laid out
//! once; heads that share a key are rows of one product, so nothing is repeated in memory. The file's
//! architecture (`qwen2`, `qwen3`) says whether projections have a bias or heads have a norm.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::quantized::tokenizer::TokenizerFromGguf;
use candle_core::quantized::{QMatMul, QTensor};
use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::kv_cache::KvCache;
use candle_nn::ops::{rms_norm, silu, softmax_last_dim};
use candle_nn::rotary_emb::rope;
use tokenizers::Tokenizer;

pub(crate) struct Decoder {
    embeddings: Arc<QTensor>,
    layers: Vec<Layer>,
    norm: Tensor,
    output: QMatMul,
    cos: Tensor,
    sin: Tensor,
    shape: Shape,
}

/// Sizes read from the file.
#[derive(Clone, Debug)]
struct Shape {
    heads: usize,
    groups: usize,
    head_dim: usize,
    eps: f32,
}

struct Layer {
    attention_norm: Tensor,
    q: Linear,
    k: Linear,
    v: Linear,
    out: QMatMul,
    head_norms: Option<(Tensor, Tensor)>,
    mlp_norm: Tensor,
    gate: QMatMul,
    up: QMatMul,
    down: QMatMul,
}

struct Linear {
    weight: QMatMul,
    bias: Option<Tensor>,
}

/// Keys and values of one running text.
pub(crate) struct Memory {
    layers: Vec<KvCache>,
    length: usize,
}

/// A decoder and the tokenizer that the same file holds.
pub(crate) fn load(path: &Path, context: usize) -> Result<(Decoder, Tokenizer)> {
    let mut reader = BufReader::new(File::open(path)?);
    let content = Content::read(&mut reader)?;
    let tokenizer = Tokenizer::from_gguf(&content)?;
    let decoder = Decoder::read(&content, &mut reader, context)?;
    Ok((decoder, tokenizer))
}

impl Decoder {
    fn read(content: &Content, reader: &mut BufReader<File>, context: usize) -> Result<Decoder> {
        let device = &Device::Cpu;
        let kind =
            content.metadata.get("general.architecture").map(Value::to_string).transpose()?;
        let kind = kind.map_or("", String::as_str);
        if kind != "qwen2" && kind != "qwen3" {
            candle_core::bail!("architecture {kind:?} is not supported, only qwen2 and qwen3 are");
        }
        let number = |key: &str| match content.metadata.get(&format!("{kind}.{key}")) {
            Some(value) => Ok(value.to_u32()? as usize),
            None => candle_core::bail!("the file does not state {kind}.{key}"),
        };
        let real = |key: &str, default: f32| match content.metadata.get(&format!("{kind}.{key}")) {
            Some(value) => value.to_f32(),
            None => Ok(default),
        };
        let heads = number("attention.head_count")?;
        let shape = Shape {
            heads,
            groups: number("attention.head_count_kv")?,
            head_dim: number("attention.key_length")
                .or_else(|_| Ok::<_, candle_core::Error>(number("embedding_length")? / heads))?,
            eps: real("attention.layer_norm_rms_epsilon", 1e-6)?,
        };
        let has = |name: &str| content.tensor_infos.contains_key(name);
        let mut quantised = |name: &str| content.tensor(reader, name, device).map(Arc::new);
        let embeddings = quantised("token_embd.weight")?;
        // Small models tie the output to the embedding table.
        let output = if has("output.weight") {
            quantised("output.weight")?
        } else {
            Arc::clone(&embeddings)
        };
        let norm = quantised("output_norm.weight")?.dequantize(device)?;
        let mut layers = Vec::new();
        for i in 0..number("block_count")? {
            let mut weight = |name: &str| quantised(&format!("blk.{i}.{name}.weight"));
            let attention_norm = weight("attn_norm")?.dequantize(device)?;
            let mlp_norm = weight("ffn_norm")?.dequantize(device)?;
            let head_norms = match kind {
                "qwen3" => Some((
                    weight("attn_q_norm")?.dequantize(device)?,
                    weight("attn_k_norm")?.dequantize(device)?,
                )),
                _ => None,
            };
            let [q, k, v, out, gate, up, down] =
                ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]
                    .map(&mut weight);
            let mut linear = |name: &str, weight: Arc<QTensor>| {
                let name = format!("blk.{i}.{name}.bias");
                let bias =
                    if has(&name) { Some(quantised(&name)?.dequantize(device)?) } else { None };
                Ok::<_, candle_core::Error>(Linear { weight: QMatMul::from_arc(weight)?, bias })
            };
            layers.push(Layer {
                attention_norm,
                q: linear("attn_q", q?)?,
                k: linear("attn_k", k?)?,
                v: linear("attn_v", v?)?,
                out: QMatMul::from_arc(out?)?,
                head_norms,
                mlp_norm,
                gate: QMatMul::from_arc(gate?)?,
                up: QMatMul::from_arc(up?)?,
                down: QMatMul::from_arc(down?)?,
            });
        }
        let context = context.min(number("context_length")?);
        let (cos, sin) =
            rotations(f64::from(real("rope.freq_base", 10_000.0)?), shape.head_dim, context)?;
        Ok(Decoder {
            embeddings,
            layers,
            norm,
            output: QMatMul::from_arc(output)?,
            cos,
            sin,
            shape,
        })
    }

    /// Most tokens of prompt and answer together.
    pub(crate) fn context(&self) -> usize {
        self.cos.dims()[0]
    }

    pub(crate) fn memory(&self, length: usize) -> Memory {
        let length = length.clamp(1, self.context());
        Memory { layers: self.layers.iter().map(|_| KvCache::new(1, length)).collect(), length: 0 }
    }

    /// Reads more tokens and returns the logits after the last one.
    pub(crate) fn step(&self, memory: &mut Memory, tokens: &[u32]) -> Result<Vec<f32>> {
        Device::Cpu.with_context(|| self.forward(memory, tokens))
    }

    fn forward(&self, memory: &mut Memory, tokens: &[u32]) -> Result<Vec<f32>> {
        let (start, count) = (memory.length, tokens.len());
        if start + count > self.context() {
            candle_core::bail!("{} tokens do not fit into {}", start + count, self.context());
        }
        let Shape { heads, groups, head_dim, eps } = self.shape;
        let (cos, sin) = (self.cos.narrow(0, start, count)?, self.sin.narrow(0, start, count)?);
        let mask = if count > 1 { Some(causal(count, start, heads / groups)?) } else { None };
        let mut hidden = self.embeddings.embedding(&Tensor::new(tokens, &Device::Cpu)?)?;
        for (layer, cache) in self.layers.iter().zip(&mut memory.layers) {
            let input = rms_norm(&hidden, &layer.attention_norm, eps)?;
            let split = |x: Tensor, n: usize| {
                x.reshape((count, n, head_dim))?.transpose(0, 1)?.contiguous()
            };
            let mut q = split(layer.q.apply(&input)?, heads)?;
            let mut k = split(layer.k.apply(&input)?, groups)?;
            let v = split(layer.v.apply(&input)?, groups)?;
            if let Some((q_norm, k_norm)) = &layer.head_norms {
                q = rms_norm(&q, q_norm, eps)?;
                k = rms_norm(&k, k_norm, eps)?;
            }
            let turn = |x: Tensor| rope(&x.unsqueeze(0)?, &cos, &sin)?.squeeze(0);
            let (k, v) = cache.append(&turn(k)?, &v)?;
            let q = (turn(q)? * (head_dim as f64).powf(-0.5))?;
            let q = q.reshape((groups, heads / groups * count, head_dim))?;
            let mut scores = q.matmul(&k.transpose(1, 2)?)?;
            if let Some(mask) = &mask {
                scores = scores.broadcast_add(mask)?;
            }
            let mixed = softmax_last_dim(&scores)?.matmul(&v)?;
            let mixed = mixed
                .reshape((heads, count, head_dim))?
                .transpose(0, 1)?
                .reshape((count, heads * head_dim))?;
            hidden = (hidden + layer.out.forward(&mixed)?)?;
            let input = rms_norm(&hidden, &layer.mlp_norm, eps)?;
            let gate = silu(&layer.gate.forward(&input)?)?;
            let mixed = (gate * layer.up.forward(&input)?)?;
            hidden = (hidden + layer.down.forward(&mixed)?)?;
        }
        memory.length += count;
        let last = rms_norm(&hidden.narrow(0, count - 1, 1)?.contiguous()?, &self.norm, eps)?;
        self.output.forward(&last)?.squeeze(0)?.to_vec1()
    }
}

impl Linear {
    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.weight.forward(x)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

fn rotations(base: f64, head_dim: usize, context: usize) -> Result<(Tensor, Tensor)> {
    let half = head_dim / 2;
    let steps: Vec<f32> = (0..half).map(|i| base.powf(-(i as f64) / half as f64) as f32).collect();
    let steps = Tensor::new(steps, &Device::Cpu)?.reshape((1, half))?;
    let positions = Tensor::arange(0, context as u32, &Device::Cpu)?.to_dtype(DType::F32)?;
    let angles = positions.reshape((context, 1))?.matmul(&steps)?;
    Ok((angles.cos()?, angles.sin()?))
}

/// A token sees itself and what stands before it; the rows repeat for each head of a group.
fn causal(count: usize, start: usize, repeat: usize) -> Result<Tensor> {
    let width = start + count;
    let cells: Vec<f32> = (0..count * width)
        .map(|cell| if cell % width <= start + cell / width { 0.0 } else { f32::NEG_INFINITY })
        .collect();
    Tensor::from_vec(cells, (count, width), &Device::Cpu)?.repeat((repeat, 1))
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
