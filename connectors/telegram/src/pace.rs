//! The rates that the platform wants kept (Bot API, "Broadcasting to users"; the same as the library's own): 30 messages a
//! second in all, one a second and 20 a minute in a chat. Ours and not the library's: that one holds a message while it
//! is said to be on its way, so that a crash would leave it for lost.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};
use teloxide::types::ChatId;

const ALL: NonZeroU32 = NonZeroU32::new(30).unwrap();
const ONE: NonZeroU32 = NonZeroU32::MIN;
const MINUTE: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// Chats that are remembered before those at rest are forgotten.
const MANY: usize = 10_000;

/// Who was written to when.
pub(crate) struct Pace {
    all: DefaultDirectRateLimiter,
    second: DefaultKeyedRateLimiter<ChatId>,
    minute: DefaultKeyedRateLimiter<ChatId>,
    /// The platform has asked for quiet until then.
    quiet: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new() -> Pace {
        Pace {
            all: RateLimiter::direct(Quota::per_second(ALL)),
            second: RateLimiter::keyed(Quota::per_second(ONE)),
            minute: RateLimiter::keyed(Quota::per_minute(MINUTE)),
            quiet: Mutex::default(),
        }
    }

    /// Counts a message, or tells how long to wait with it.
    pub(crate) fn wait(&self, to: ChatId) -> Option<Duration> {
        let quiet = *self.quiet.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = quiet.map(|until| until.saturating_duration_since(Instant::now()));
        if let Some(wait) = quiet.filter(|it| !it.is_zero()) {
            return Some(wait);
        }
        if self.second.len() > MANY {
            self.second.retain_recent();
            self.minute.retain_recent();
        }
        let now = DefaultClock::default().now();
        let wait = |until: NotUntil<_>| until.wait_time_from(now).max(Duration::from_millis(10));
        let chat = self.second.check_key(&to).and_then(|()| self.minute.check_key(&to));
        chat.and_then(|()| self.all.check()).err().map(wait)
    }

    /// The platform asks for quiet.
    pub(crate) fn hush(&self, long: Duration) {
        let until = Instant::now() + long;
        let mut quiet = self.quiet.lock().unwrap_or_else(PoisonError::into_inner);
        *quiet = Some(quiet.map_or(until, |it| it.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_waits_a_second_and_all_wait_when_asked() {
        let pace = Pace::new();
        assert_eq!(pace.wait(ChatId(1)), None);
        let again = pace.wait(ChatId(1)).unwrap();
        assert!(again > Duration::from_millis(800) && again <= Duration::from_secs(1), "{again:?}");
        assert_eq!(pace.wait(ChatId(2)), None);
        // Thirty a second in all.
        let free = (3..60).filter(|chat| pace.wait(ChatId(*chat)).is_none()).count();
        assert!((26..=32).contains(&free), "{free}");
        pace.hush(Duration::from_secs(7));
        assert!(pace.wait(ChatId(99)).unwrap() > Duration::from_secs(6));
    }
}
