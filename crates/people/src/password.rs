//! Passwords: which are allowed (TCVN 14423:2026 5.6), how they are kept (argon2id, 19 MiB, two passes: the parameters
//! that OWASP's cheat sheet on storing passwords asks for).

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result};

/// Why a password is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Less than 8 characters.
    Short,
    /// Over 200 characters.
    Long,
    /// It holds the name of the account.
    Name,
    /// One of the last ten.
    Old,
    /// Four characters that repeat, or run on like `1234`, are most of it.
    Plain,
}

/// Fewest characters beside a second factor.
const FEWEST: usize = 8;
/// Fewest characters alone; then of four kinds.
const ALONE: usize = 14;
/// Longer ones only cost time.
const MOST: usize = 200;

/// Whether a password is enough alone (`Ok(true)`) or beside a second factor only (`Ok(false)`).
///
/// # Errors
/// Why it is not allowed at all.
pub fn strength(password: &str, name: &str) -> std::result::Result<bool, Weak> {
    let password = &composed(password);
    let letters: Vec<char> = password.chars().collect();
    if letters.len() < FEWEST {
        return Err(Weak::Short);
    }
    if letters.len() > MOST {
        return Err(Weak::Long);
    }
    let lower = password.to_lowercase();
    if !name.is_empty() && lower.contains(&name.to_lowercase()) {
        return Err(Weak::Name);
    }
    // Steps of 0, 1 or -1 between neighbours: aaaa, 1234, 4321.
    let plain = letters
        .windows(2)
        .filter(|pair| (i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]))).abs() <= 1)
        .count();
    if plain * 2 > letters.len() {
        return Err(Weak::Plain);
    }
    let kinds = [
        letters.iter().any(|it| it.is_lowercase()),
        letters.iter().any(|it| it.is_uppercase()),
        letters.iter().any(|it| it.is_numeric()),
        letters.iter().any(|it| !it.is_alphanumeric()),
    ];
    Ok(letters.len() >= ALONE && kinds.iter().all(|has| *has))
}

/// Letters as they are composed: another keyboard types "ữ" in parts.
fn composed(password: &str) -> String {
    password.nfc().collect()
}

/// A password as it is kept. Takes some 30 ms.
pub(crate) fn hash(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(composed(password).as_bytes());
    Ok(hash.map_err(|_| Error::Hashing)?.to_string())
}

/// Whether it is the one that is kept; takes as long where none is.
pub(crate) fn is(password: &str, kept: Option<&str>) -> bool {
    // Of a password that nobody knows.
    const NONE: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$mXlpkBsZXBcyDzYNGcCGWzlbXPTqSKVTpEDF0M1ZFvY";
    let parsed = PasswordHash::new(kept.unwrap_or(NONE));
    let fits = parsed.is_ok_and(|it| {
        Argon2::default().verify_password(composed(password).as_bytes(), &it).is_ok()
    });
    fits && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_mixed_or_has_a_second_factor_beside_it() {
        for (password, expect) in [
            ("Hoa sữa thu 2026!", Ok(true)),
            ("Hoasuathu2026!x", Ok(true)),
            ("hoasuathu2026!x", Ok(false)),
            ("HoasuathuABCxyz", Ok(false)),
            ("hoasua7!", Ok(false)),
            ("hoasua7", Err(Weak::Short)),
            ("", Err(Weak::Short)),
            ("aaaaaaaaaaaaaaaa", Err(Weak::Plain)),
            ("1234567890", Err(Weak::Plain)),
            ("Lan.nguyen2026!", Err(Weak::Name)),
        ] {
            assert_eq!(strength(password, "lan.nguyen"), expect, "{password}");
        }
        assert_eq!(strength(&"aZ9!".repeat(60), ""), Err(Weak::Long));
    }

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let kept = hash("Hoa sữa thu 2026!").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(hash("Hoa sữa thu 2026!").unwrap(), kept);
        assert!(is("Hoa sữa thu 2026!", Some(&kept)));
        // The same letters, typed in parts.
        let parts: String = "Hoa sữa thu 2026!".nfd().collect();
        assert!(is(&parts, Some(&kept)));
        for (password, kept) in
            [("Hoa sua thu 2026!", Some(kept.as_str())), ("", None), ("x", None), ("x", Some("?"))]
        {
            assert!(!is(password, kept));
        }
        // So that a name that nobody has takes as long as one with a wrong password.
        let began = std::time::Instant::now();
        is("x", None);
        assert!(began.elapsed().as_millis() >= 2);
    }
}
