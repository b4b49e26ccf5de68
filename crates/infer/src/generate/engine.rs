//! The real model: decoder, tokenizer, vocabulary. Also what `khue bench` and the tests run, without a
//! thread of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::batch::{Ask, Batch, Out};
use super::chat::{Chat, Ids};
use super::gauge::Gauge;
use super::{Counter, GenerateOptions, Limits};
use crate::error::Result;
use crate::prompts::Prompt;
use crate::qwen::{self, Buffers, Decoder, Memory, Run, argmax};
use crate::verbatim::Vocabulary;

/// A loaded model.
pub struct Engine {
    pub(super) decoder: Decoder,
    /// Shared with handles, which count tokens.
    pub(super) chat: Arc<Chat>,
    pub(super) vocabulary: Arc<Vocabulary>,
}

/// How several prompts are written without a thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Most tokens of each answer.
    pub tokens: usize,
    /// Answers written at the same time.
    pub together: usize,
    /// Whether tokens are drafted from the prompt.
    pub drafts: bool,
    /// Whether beginnings of prompts are kept.
    pub prefixes: bool,
    /// Whether answers go on to their limit, past what would end them: for measuring.
    pub to_limit: bool,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan { tokens: 256, together: 1, drafts: false, prefixes: false, to_limit: false }
    }
}

/// One answer with what it cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Its tokens, the one that ends it left out.
    pub tokens: Vec<u32>,
    /// Prompt tokens.
    pub prompt: usize,
    /// Prompt tokens that did not have to be read, because their beginning was kept.
    pub reused: usize,
    /// Milliseconds from its first step until the prompt was read.
    pub prefill_ms: f64,
    /// Milliseconds spent writing.
    pub decode_ms: f64,
    /// Steps of the model while writing.
    pub steps: usize,
    /// Tokens drafted, and those of them that were right.
    pub drafted: (usize, usize),
}

impl Engine {
    /// Loads the file without starting a thread. `id` names the weights.
    ///
    /// # Errors
    /// [`crate::Error::Failed`] with the reason.
    pub fn load(file: &Path, id: &str, context: usize) -> Result<Engine> {
        let (decoder, tokenizer) = qwen::load(file, id, context)?;
        let chat = Arc::new(Chat::new(tokenizer)?);
        let vocabulary = Arc::new(chat.vocabulary(decoder.vocabulary()));
        Ok(Engine { decoder, chat, vocabulary })
    }

    /// Reads and writes a little, so that all pages are in memory before the first question.
    ///
    /// # Errors
    /// [`crate::Error::Failed`] when the model cannot run.
    pub fn warm_up(&self) -> Result<()> {
        let (mut buffers, [start, end]) = (Buffers::default(), self.chat.frame());
        let mut memory = Memory::new(self.decoder.memory_shape(32));
        for tokens in [&[start; 12][..], &[end]] {
            self.decoder
                .step(&mut buffers, &mut [Run { memory: &mut memory, tokens, logits: 1 }])?;
        }
        Ok(())
    }

    /// The ids of a chat prompt, ready for the assistant's turn.
    ///
    /// # Errors
    /// [`crate::Error::Failed`] from the tokenizer.
    pub fn chat(&self, prompt: &Prompt) -> Result<Vec<u32>> {
        Ok(self.chat.ids(prompt)?.ids)
    }

    /// The ids of a text, markers read as plain letters.
    ///
    /// # Errors
    /// [`crate::Error::Failed`] from the tokenizer.
    pub fn plain(&self, text: &str) -> Result<Vec<u32>> {
        self.chat.encode(text)
    }

    /// The text of some tokens.
    pub fn text(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> =
            tokens.iter().flat_map(|token| self.vocabulary.bytes(*token)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Most tokens of prompt and answer together.
    pub fn context(&self) -> usize {
        self.decoder.context()
    }

    /// The logits after each token of a text.
    ///
    /// # Errors
    /// [`crate::Error::TooLong`] when the text does not fit.
    pub fn logits(&self, ids: &[u32]) -> Result<Vec<Vec<f32>>> {
        let (mut buffers, size) = (Buffers::default(), self.decoder.vocabulary());
        let mut memory = Memory::new(self.decoder.memory_shape(ids.len()));
        let run = Run { memory: &mut memory, tokens: ids, logits: ids.len() };
        let logits = self.decoder.step(&mut buffers, &mut [run])?;
        Ok(logits.chunks_exact(size).map(<[f32]>::to_vec).collect())
    }

    /// Writes greedily after ids, without sources.
    ///
    /// # Errors
    /// [`crate::Error::TooLong`] when prompt and answer do not fit.
    pub fn write(&self, ids: &[u32], plan: &Plan) -> Result<Written> {
        let ask = Ask {
            ids: Ids { ids: ids.to_vec(), system: 0, shared: 0 },
            sources: Vec::new(),
            limits: Limits { tokens: plan.tokens },
            out: Out::Kept,
        };
        let mut written = self.run(vec![ask], plan)?;
        Ok(written.pop().unwrap_or_default())
    }

    /// Answers several prompts; the answers stand in the order of the prompts.
    ///
    /// # Errors
    /// [`crate::Error::TooLong`] when a prompt and its answer do not fit.
    pub fn answer(&self, prompts: &[Prompt], plan: &Plan) -> Result<Vec<Written>> {
        let asks = prompts.iter().map(|prompt| {
            Ok(Ask {
                ids: self.chat.ids(prompt)?,
                sources: prompt.sources.clone(),
                limits: Limits { tokens: plan.tokens },
                out: Out::Kept,
            })
        });
        self.run(asks.collect::<Result<_>>()?, plan)
    }

    /// Tokens that several texts gain in a second, all together, once all prompts have been read.
    ///
    /// # Errors
    /// As [`Engine::write`].
    pub fn together(&self, texts: &[Vec<u32>], tokens: usize) -> Result<f64> {
        let (mut buffers, size) = (Buffers::default(), self.decoder.vocabulary());
        let mut memories = Vec::new();
        let mut last = Vec::new();
        for ids in texts {
            let mut memory = Memory::new(self.decoder.memory_shape(ids.len() + tokens));
            let run = Run { memory: &mut memory, tokens: ids, logits: 1 };
            last.push([argmax(self.decoder.step(&mut buffers, &mut [run])?)]);
            memories.push(memory);
        }
        let began = Instant::now();
        for _ in 0..tokens {
            let mut runs: Vec<Run<'_>> = memories
                .iter_mut()
                .zip(&last)
                .map(|(memory, tokens)| Run { memory, tokens, logits: 1 })
                .collect();
            let logits = self.decoder.step(&mut buffers, &mut runs)?;
            for (last, logits) in last.iter_mut().zip(logits.chunks_exact(size)) {
                *last = [argmax(logits)];
            }
        }
        Ok((texts.len() * tokens) as f64 / began.elapsed().as_secs_f64())
    }

    fn run(&self, asks: Vec<Ask>, plan: &Plan) -> Result<Vec<Written>> {
        let gauge = Gauge::new(plan.together);
        let options = GenerateOptions {
            together: plan.together,
            prefix_mib: if plan.prefixes { GenerateOptions::default().prefix_mib } else { 0 },
            ..GenerateOptions::default()
        };
        let mut batch = Batch::new(self, &options, &gauge);
        batch.drafts = plan.drafts;
        batch.to_limit = plan.to_limit;
        batch.write_all(asks)
    }

    pub(super) fn counter(&self) -> Counter {
        let chat = Arc::clone(&self.chat);
        Arc::new(move |text| chat.count(text))
    }
}
