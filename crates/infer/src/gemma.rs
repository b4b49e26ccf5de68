//! EmbeddingGemma's encoder: Gemma 3 layers with bidirectional attention, then mean pooling, two
//! dense layers and normalisation.
//!
//! Architecture: arXiv 2509.20354 and the model's `config.json`. On sliding layers a token sees
//! `sliding_window / 2` tokens to each side, as in the reference implementation of bidirectional
//! Gemma 3. Two bodies: [`float`] keeps the weights as they are published and is the reference;
//! [`int8`] rounds them to eight bits and runs on our own kernels.

use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};

pub(crate) mod float;
pub(crate) mod int8;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Config {
    pub(crate) hidden_size: usize,
    pub(crate) num_hidden_layers: usize,
    pub(crate) num_attention_heads: usize,
    pub(crate) num_key_value_heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) query_pre_attn_scalar: f64,
    pub(crate) rms_norm_eps: f64,
    pub(crate) rope_theta: f64,
    pub(crate) rope_local_base_freq: f64,
    pub(crate) sliding_window: usize,
    pub(crate) max_position_embeddings: usize,
    pub(crate) layer_types: Vec<LayerType>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LayerType {
    SlidingAttention,
    FullAttention,
}

impl Config {
    /// Reads `config.json` of a model's folder.
    fn load(folder: &Path) -> Result<Config> {
        let text = fs_err::read_to_string(folder.join("config.json"))
            .map_err(|error| Error::Failed(error.to_string()))?;
        let config: Config = serde_json::from_str(&text)
            .map_err(|error| Error::Failed(format!("config.json: {error}")))?;
        if config.layer_types.len() != config.num_hidden_layers {
            return Err(Error::Failed("config.json: a type for each layer is wanted".into()));
        }
        Ok(config)
    }

    /// Tokens to each side that a token of a sliding layer sees.
    fn reach(&self) -> usize {
        self.sliding_window / 2
    }
}
