//! The second factor: codes of six digits by time (TOTP, RFC 6238), which need no network.

use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Secret, Totp};

use crate::{Error, Result};

/// What an app is told once, so that it makes codes from then on.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// To be typed, in base32.
    pub secret: String,
    /// To be scanned: an `svg` element.
    pub picture: String,
}

/// A new secret, in base32.
pub(crate) fn fresh() -> String {
    Secret::generate().to_base32()
}

/// How an app is told.
pub(crate) fn enrolment(secret: &str, name: &str) -> Result<Enrolment> {
    let url = totp(secret, name)?.to_url().map_err(|_| Error::Code)?;
    let code = QrCode::new(url.as_bytes()).map_err(|_| Error::Code)?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    // The declaration belongs to files, not to pages.
    let picture = picture.split_once("?>").map_or(picture.as_str(), |(_, svg)| svg).to_owned();
    Ok(Enrolment { secret: secret.to_owned(), picture })
}

/// The step that a code is of, if it is right at a second and later than the last one that was used.
pub(crate) fn step(secret: &str, code: &str, second: i64, last: i64) -> Result<i64> {
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let second = u64::try_from(second).map_err(|_| Error::Code)?;
    let step = totp(secret, "")?.check(&code, second).ok_or(Error::Code)?;
    let step = i64::try_from(step).map_err(|_| Error::Code)?;
    if step > last { Ok(step) } else { Err(Error::Code) }
}

fn totp(secret: &str, name: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(|_| Error::Code)?;
    let built =
        Builder::new().with_secret(secret).with_issuer(Some("Khue")).with_account_name(name);
    built.build().map_err(|_| Error::Code)
}

/// The code of a moment, as an app makes it.
///
/// # Panics
/// When it is no secret.
#[cfg(any(test, feature = "testing"))]
#[expect(clippy::unwrap_used, reason = "for tests")]
pub fn code(secret: &str, second: i64) -> String {
    totp(secret, "").unwrap().generate(second.unsigned_abs()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_right_for_a_minute_and_once() {
        // RFC 6238 appendix B, SHA-1, the last six of eight digits.
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (second, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            assert_eq!(super::code(secret, second), code);
            assert_eq!(step(secret, code, second, 0).unwrap(), second / 30);
        }
        let (at, of) = (1_800_000_000, 1_800_000_000 / 30);
        let typed = format!(" {} {}", &code(secret, at)[..3], &code(secret, at)[3..]);
        for (second, last, expect) in [
            (at, of - 1, true),
            (at + 30, 0, true),
            (at - 30, 0, true),
            (at + 61, 0, false),
            (at, of, false),
        ] {
            assert_eq!(step(secret, &typed, second, last).is_ok(), expect, "{second} {last}");
        }
        for wrong in ["", "000000", "12345", "1234567"] {
            assert!(step(secret, wrong, at, 0).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_app_is_told_by_a_picture_without_script() {
        let told = enrolment(&fresh(), "lan").unwrap();
        assert!(told.picture.trim_start().starts_with("<svg") && !told.picture.contains("script"));
        assert_eq!(told.secret.len(), 32);
    }
}
