//! Sealing: what a person said is kept under the key of its conversation. XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha-03), nonces at random, text and nonce in base64.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, Generate, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{Error, Result};

const NONCE: usize = 24;

/// A key of 32 bytes. It shows itself to nobody.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// A new one, at random.
    pub fn fresh() -> Key {
        Key(chacha20poly1305::Key::generate().into())
    }

    /// As it is kept.
    pub fn text(&self) -> String {
        BASE64.encode(self.0)
    }

    /// Read back.
    pub fn read(text: &str) -> Result<Key> {
        let bytes = BASE64.decode(text).map_err(|_| Error::Sealed)?;
        Ok(Key(bytes.try_into().map_err(|_| Error::Sealed)?))
    }

    /// Seals a text for a place: it opens there only.
    pub fn seal(&self, place: &str, text: &str) -> String {
        let nonce = XNonce::generate();
        let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
        // Fails for texts over 256 GiB only.
        let sealed = self.cipher().encrypt(&nonce, payload).unwrap_or_default();
        BASE64.encode([&nonce[..], &sealed].concat())
    }

    /// Opens what was sealed for a place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<String> {
        let bytes = BASE64.decode(sealed).map_err(|_| Error::Sealed)?;
        let (nonce, text) = bytes.split_at_checked(NONCE).ok_or(Error::Sealed)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Error::Sealed)?;
        let payload = Payload { msg: text, aad: place.as_bytes() };
        let text = self.cipher().decrypt(&nonce.into(), payload).map_err(|_| Error::Sealed)?;
        String::from_utf8(text).map_err(|_| Error::Sealed)
    }

    /// A keyed hash (HMAC-SHA-256) of a text, in base64: equal texts are found by it, and nobody without the key can
    /// try texts out.
    pub fn hash(&self, text: &str) -> String {
        BASE64.encode(self.mac(text).finalize().into_bytes())
    }

    /// Whether a text has this keyed hash; takes as long for a wrong one.
    pub fn hashes(&self, text: &str, hash: &str) -> bool {
        let Ok(hash) = BASE64.decode(hash) else { return false };
        self.mac(text).verify_slice(&hash).is_ok()
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("any length will do"));
        mac.update(text.as_bytes());
        mac
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_at_its_place_only() {
        let (key, other) = (Key::fresh(), Key::fresh());
        let sealed = key.seal("talk/1", "Tôi ở phường Láng");
        assert_eq!(key.open("talk/1", &sealed).unwrap(), "Tôi ở phường Láng");
        assert_ne!(key.seal("talk/1", "Tôi ở phường Láng"), sealed);
        let half = &sealed[..sealed.len() / 2];
        for (key, place, text) in [
            (&other, "talk/1", sealed.as_str()),
            (&key, "talk/2", &sealed),
            (&key, "talk/1", half),
            (&key, "talk/1", ""),
            (&key, "talk/1", "không phải base64"),
        ] {
            assert!(matches!(key.open(place, text), Err(Error::Sealed)), "{place} {text}");
        }
        let again = Key::read(&key.text()).unwrap();
        assert_eq!(again.open("talk/1", &sealed).unwrap(), "Tôi ở phường Láng");
        assert!(Key::read("ngắn").is_err());
    }

    #[test]
    fn a_keyed_hash_is_of_one_text_and_key() {
        let (key, other) = (Key::fresh(), Key::fresh());
        let hash = key.hash("zalo:1");
        assert_eq!(key.hash("zalo:1"), hash);
        assert!(key.hashes("zalo:1", &hash));
        for (key, text) in [(&key, "zalo:2"), (&other, "zalo:1")] {
            assert!(!key.hashes(text, &hash));
        }
        assert!(!key.hashes("zalo:1", "") && !key.hashes("zalo:1", "???"));
    }
}
