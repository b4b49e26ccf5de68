//! A decoder out of a GGUF file: sizes and tokenizer from its head, weights from the packed file that
//! is made of it once.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use candle_core::Device;
use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::quantized::tokenizer::TokenizerFromGguf;
use tokenizers::Tokenizer;

use super::{Decoder, Layer, Linear, Shape};
use crate::error::{Error, Result};
use crate::kernels::{Kind, MOST_DIM, Matrix, ROWS, pack_floats};
use crate::packed::{Packed, Writer};
use crate::rope::Rope;

/// A decoder and the tokenizer that the same file holds. `source` names the weights.
pub(crate) fn load(path: &Path, source: &str, context: usize) -> Result<(Decoder, Tokenizer)> {
    let content = read(path)?;
    let packed = pack(path, source)?;
    // The tokenizer takes longest, so the weights are opened beside it.
    std::thread::scope(|scope| {
        let decoder = scope.spawn(|| decoder(&content, &packed, context));
        let tokenizer = Tokenizer::from_gguf(&content)?;
        let decoder =
            decoder.join().map_err(|_| Error::Failed("reading weights failed".into()))??;
        Ok((decoder, tokenizer))
    })
}

/// Packs the weights into the file's folder, unless that was done before.
pub(crate) fn pack(path: &Path, source: &str) -> Result<Packed> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // A file whose hash is not declared may be replaced under the same id.
    let size = fs_err::metadata(path).map_err(|error| Error::Failed(error.to_string()))?.len();
    Packed::open_or_make(folder, &format!("{source}, {size} bytes"), |writer| write(path, writer))
}

fn read(path: &Path) -> Result<Content> {
    let file = File::open(path).map_err(|error| Error::Failed(error.to_string()))?;
    Ok(Content::read(&mut BufReader::new(file))?)
}

fn write(path: &Path, writer: &mut Writer) -> Result<()> {
    let content = read(path)?;
    let file = File::open(path).map_err(|error| Error::Failed(error.to_string()))?;
    let mut reader = BufReader::new(file);
    let mut names: Vec<&String> = content.tensor_infos.keys().collect();
    names.sort();
    for name in names {
        let tensor = content.tensor(&mut reader, name, &Device::Cpu)?;
        let Ok((rows, cols)) = tensor.shape().dims2() else {
            writer.floats(name, &tensor.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1()?)?;
            continue;
        };
        let kind = match tensor.dtype() {
            GgmlDType::Q4K => Some(Kind::Q4),
            GgmlDType::Q6K => Some(Kind::Q6),
            GgmlDType::Q8_0 if cols.is_multiple_of(64) => Some(Kind::Q8),
            _ => None,
        };
        match kind {
            Some(kind) => {
                let packed = crate::kernels::pack(kind, rows, cols, &tensor.data()?);
                writer.matrix(name, kind, rows, cols, &packed)?;
            }
            None if cols.is_multiple_of(64) => {
                let values: Vec<f32> = tensor.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1()?;
                writer.matrix(name, Kind::Q8, rows, cols, &pack_floats(rows, cols, &values))?;
            }
            None => {
                return Err(Error::Failed(format!(
                    "{name}: rows of {cols} values are not supported"
                )));
            }
        }
    }
    Ok(())
}

fn decoder(content: &Content, packed: &Packed, context: usize) -> Result<Decoder> {
    let kind = match content.metadata.get("general.architecture") {
        Some(kind) => kind.to_string()?.as_str(),
        None => "",
    };
    if kind != "qwen2" && kind != "qwen3" {
        return Err(Error::Failed(format!(
            "architecture {kind:?} is not supported, only qwen2 and qwen3 are"
        )));
    }
    let number = |key: &str| match content.metadata.get(&format!("{kind}.{key}")) {
        Some(value) => Ok(value.to_u32()? as usize),
        None => Err(Error::Failed(format!("the file does not state {kind}.{key}"))),
    };
    let real = |key: &str, default: f32| {
        content.metadata.get(&format!("{kind}.{key}")).map_or(Ok(default), Value::to_f32)
    };
    let (heads, width) = (number("attention.head_count")?, number("embedding_length")?);
    let shape = Shape {
        width,
        heads,
        groups: number("attention.head_count_kv")?,
        dim: number("attention.key_length").unwrap_or(width / heads.max(1)),
        eps: real("attention.layer_norm_rms_epsilon", 1e-6)?,
    };
    if shape.groups == 0
        || shape.dim == 0
        || !heads.is_multiple_of(shape.groups)
        || !shape.dim.is_multiple_of(64)
        || shape.dim > MOST_DIM
    {
        return Err(Error::Failed(format!("these heads are not supported: {shape:?}")));
    }
    let embeddings = packed.table("token_embd.weight")?;
    // Small models tie the output to the embedding table.
    let tied = !packed.has("output.weight");
    let output = packed.matrix(if tied { "token_embd.weight" } else { "output.weight" })?;
    let vocabulary = embeddings.rows;
    fits("token_embd", &embeddings, vocabulary, width)?;
    fits("output", &output, vocabulary, width)?;
    let inner = number("feed_forward_length")?;
    let layers = (0..number("block_count")?)
        .map(|i| {
            let floats = |name: &str, length: usize| {
                let name = format!("blk.{i}.{name}");
                let values = packed.floats(&name)?;
                match values.len() == length {
                    true => Ok(values),
                    false => Err(Error::Failed(format!("{name} has {} values", values.len()))),
                }
            };
            let norm = |name: &str, length: usize| floats(&format!("{name}.weight"), length);
            let weight = |name: &str, rows: usize, cols: usize| {
                let name = format!("blk.{i}.{name}.weight");
                let matrix = packed.matrix(&name)?;
                fits(&name, &matrix, rows, cols).map(|()| matrix)
            };
            let linear = |name: &str, rows: usize| {
                let bias = format!("{name}.bias");
                let bias = match packed.has(&format!("blk.{i}.{bias}")) {
                    true => floats(&bias, rows)?,
                    false => vec![0.0; rows],
                };
                Ok::<Linear, Error>(Linear { weight: weight(name, rows, width)?, bias })
            };
            let (all, shared) = (heads * shape.dim, shape.groups * shape.dim);
            let head_norms = match kind {
                "qwen3" => Some((norm("attn_q_norm", shape.dim)?, norm("attn_k_norm", shape.dim)?)),
                _ => None,
            };
            Ok(Layer {
                attention_norm: norm("attn_norm", width)?,
                q: linear("attn_q", all)?,
                k: linear("attn_k", shared)?,
                v: linear("attn_v", shared)?,
                out: weight("attn_output", width, all)?,
                head_norms,
                mlp_norm: norm("ffn_norm", width)?,
                gate: weight("ffn_gate", inner, width)?,
                up: weight("ffn_up", inner, width)?,
                down: weight("ffn_down", width, inner)?,
            })
        })
        .collect::<Result<Vec<Layer>>>()?;
    if layers.is_empty() {
        return Err(Error::Failed("the file has no layers".into()));
    }
    let context = context.min(number("context_length")?).max(1);
    let base = f64::from(real("rope.freq_base", 10_000.0)?);
    Ok(Decoder {
        embeddings,
        layers,
        norm: packed.floats("output_norm.weight")?,
        output,
        rope: Rope::new(base, shape.dim, context),
        shape,
    })
}

/// That a matrix has the shape that the head of the file promises, in whole tiles.
fn fits(name: &str, matrix: &Matrix, rows: usize, cols: usize) -> Result<()> {
    if (matrix.rows, matrix.cols) == (rows, cols) && rows > 0 && rows.is_multiple_of(ROWS) {
        return Ok(());
    }
    let found = (matrix.rows, matrix.cols);
    Err(Error::Failed(format!(
        "{name} is {found:?}; {rows} by {cols} in whole tiles of 16 was expected"
    )))
}
