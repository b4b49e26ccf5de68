//! What a page proves about its conversation: a signed token, bound to profile and site, for some hours.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chat::Uuid;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A page with its conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The conversation.
    pub talk: Uuid,
    /// For whom answers are made.
    pub profile: String,
    /// The site on which it began; empty for callers that are no page.
    pub origin: String,
    /// When the token ends, in seconds since 1970.
    pub until: i64,
    /// Whether the conversation could be kept when it began.
    pub kept: bool,
}

/// Why a caller may not do this in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// There is no token, or it is not ours.
    Token,
    /// Its time is over.
    Over,
    /// It is for another site.
    Origin,
    /// It is for another profile.
    Profile,
    /// It is for another conversation.
    Talk,
}

impl Visit {
    /// As text, to be signed.
    pub fn payload(&self) -> String {
        BASE64.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// From text whose signature was checked.
    pub fn read(payload: &str) -> Option<Visit> {
        serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()
    }

    /// Whether it holds now on a site. A caller that names no site is no page of another one: browsers name theirs with
    /// every request that could write or be read across sites.
    ///
    /// # Errors
    /// Why not.
    pub fn holds(&self, origin: Option<&str>, now: Timestamp) -> Result<(), Denied> {
        if now.as_second() >= self.until {
            return Err(Denied::Over);
        }
        match origin {
            Some(origin) if origin != self.origin => Err(Denied::Origin),
            _ => Ok(()),
        }
    }

    /// Whether it is for a conversation and a profile, where they are named.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, talk: Option<Uuid>, profile: Option<&str>) -> Result<(), Denied> {
        if profile.is_some_and(|it| it != self.profile) {
            return Err(Denied::Profile);
        }
        match talk {
            Some(talk) if talk != self.talk => Err(Denied::Talk),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_one_conversation_site_profile_and_time() {
        let talk = Uuid::from_u128(7);
        let visit = Visit {
            talk,
            profile: "citizen".into(),
            origin: "https://hanoi.gov.vn".into(),
            until: 1000,
            kept: true,
        };
        assert_eq!(Visit::read(&visit.payload()), Some(visit.clone()));
        assert_eq!(Visit::read("???"), None);
        let at = |second| Timestamp::from_second(second).unwrap();
        for (origin, second, expect) in [
            (Some("https://hanoi.gov.vn"), 999, Ok(())),
            (None, 999, Ok(())),
            (Some("https://hanoi.gov.vn"), 1000, Err(Denied::Over)),
            (Some("https://other.gov.vn"), 1, Err(Denied::Origin)),
        ] {
            assert_eq!(visit.holds(origin, at(second)), expect);
        }
        assert_eq!(visit.check(Some(talk), Some("citizen")), Ok(()));
        assert_eq!(visit.check(None, None), Ok(()));
        assert_eq!(visit.check(None, Some("staff")), Err(Denied::Profile));
        assert_eq!(visit.check(Some(Uuid::from_u128(8)), None), Err(Denied::Talk));
    }
}
