//! A prompt as token ids, and ids back to text.

use tokenizers::Tokenizer;

use crate::error::{Error, Result};
use crate::prompts::Prompt;
use crate::verbatim::Vocabulary;

/// A tokenizer with the tokens that frame a chat turn; only code puts those into a prompt.
pub(super) struct Chat {
    tokenizer: Tokenizer,
    start: u32,
    end: u32,
    newline: Vec<u32>,
    /// Tokens that end an answer.
    pub(super) stops: Vec<u32>,
}

/// A prompt's ids, and how many of them, from the first, may be kept for other prompts.
pub(super) struct Ids {
    pub(super) ids: Vec<u32>,
    /// End of the system turn.
    pub(super) system: usize,
    /// End of what is public.
    pub(super) shared: usize,
}

impl Chat {
    pub(super) fn new(mut tokenizer: Tokenizer) -> Result<Chat> {
        // Markers that a person or a document typed are read as plain letters.
        tokenizer.set_encode_special_tokens(true);
        let id = |token: &str| {
            tokenizer
                .token_to_id(token)
                .ok_or_else(|| Error::Failed(format!("the file has no token {token}")))
        };
        let (start, end) = (id("<|im_start|>")?, id("<|im_end|>")?);
        let mut stops = vec![end];
        stops.extend(tokenizer.token_to_id("<|endoftext|>"));
        let newline = encode(&tokenizer, "\n")?;
        Ok(Chat { tokenizer, start, end, newline, stops })
    }

    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>> {
        encode(&self.tokenizer, text)
    }

    /// A prompt, ready for the assistant's turn. The public head of the user's turn is tokenised by
    /// itself, so that it gives the same ids whatever a person types after it.
    pub(super) fn ids(&self, prompt: &Prompt) -> Result<Ids> {
        let mut ids = self.system(&prompt.system)?;
        let system = ids.len();
        let (head, rest) = prompt.user.split_at(prompt.shared);
        ids.push(self.start);
        ids.extend(self.encode(&format!("user\n{head}"))?);
        let shared = if head.is_empty() { system } else { ids.len() };
        ids.extend(self.encode(rest)?);
        ids.push(self.end);
        ids.extend(&self.newline);
        ids.push(self.start);
        ids.extend(self.encode("assistant\n")?);
        Ok(Ids { ids, system, shared })
    }

    /// The system turn alone.
    pub(super) fn system(&self, text: &str) -> Result<Vec<u32>> {
        let mut ids = vec![self.start];
        ids.extend(self.encode(&format!("system\n{text}"))?);
        ids.push(self.end);
        ids.extend(&self.newline);
        Ok(ids)
    }

    /// Some ids that any model has, for warming up.
    pub(super) fn frame(&self) -> [u32; 2] {
        [self.start, self.end]
    }

    /// The bytes of each token that is text; none for tokens of control.
    pub(super) fn vocabulary(&self, size: usize) -> Vocabulary {
        let special = self.tokenizer.get_added_tokens_decoder();
        Vocabulary::new((0..size as u32).map(|id| match self.tokenizer.id_to_token(id) {
            Some(token) if !special.contains_key(&id) => crate::utf8::bytes(&token),
            _ => Vec::new(),
        }))
    }

    /// Tokens of a text; its bytes, which are more, if it cannot be read.
    pub(super) fn count(&self, text: &str) -> usize {
        self.encode(text).map_or(text.len(), |ids| ids.len())
    }
}

fn encode(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>> {
    let encoding =
        tokenizer.encode_fast(text, false).map_err(|error| Error::Failed(error.to_string()))?;
    Ok(encoding.get_ids().to_vec())
}
