//! How often one person and one address may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;

/// Limits of a server.
pub(crate) struct Limits {
    talks: DefaultKeyedRateLimiter<Uuid>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    /// Calls other than questions: looking for an officer's words, stopping, rating.
    calls: DefaultKeyedRateLimiter<IpAddr>,
}

/// Calls for each question that an address may ask.
const CALLS: u32 = 10;

impl Limits {
    /// So many questions a minute of one conversation and of one address.
    pub(crate) fn new(talk: NonZeroU32, address: NonZeroU32) -> Limits {
        Limits {
            talks: RateLimiter::keyed(Quota::per_minute(talk)),
            addresses: RateLimiter::keyed(Quota::per_minute(address)),
            calls: RateLimiter::keyed(Quota::per_minute(
                address.saturating_mul(NonZeroU32::MIN.saturating_add(CALLS - 1)),
            )),
        }
    }

    /// `Err` with the time to wait.
    pub(crate) fn check(&self, talk: &Uuid, from: Option<IpAddr>) -> Result<(), Duration> {
        let clock = DefaultClock::default();
        let wait = |until: governor::NotUntil<_>| until.wait_time_from(clock.now());
        // The person first: what they are refused does not use up what others at the same address may.
        self.talks.check_key(talk).map_err(wait)?;
        match from {
            Some(from) => self.addresses.check_key(&network(from)).map_err(wait),
            None => Ok(()),
        }
    }

    /// Counts an address alone: for beginning conversations.
    pub(crate) fn check_address(&self, from: IpAddr) -> Result<(), Duration> {
        let clock = DefaultClock::default();
        self.addresses.check_key(&network(from)).map_err(|until| until.wait_time_from(clock.now()))
    }

    /// Counts a call other than a question.
    pub(crate) fn check_calls(&self, from: IpAddr) -> Result<(), Duration> {
        let clock = DefaultClock::default();
        self.calls.check_key(&network(from)).map_err(|until| until.wait_time_from(clock.now()))
    }

    /// Forgets who has not asked for a while.
    pub(crate) fn sweep(&self) {
        self.talks.retain_recent();
        self.addresses.retain_recent();
        self.calls.retain_recent();
        self.talks.shrink_to_fit();
        self.addresses.shrink_to_fit();
    }
}

/// Of an address of IPv6 the network counts: one connection has many.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => {
            let [a, b, c, d, ..] = it.segments();
            IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_does_not_use_up_what_others_may() {
        let some = |n| NonZeroU32::new(n).unwrap();
        let limits = Limits::new(some(3), some(5));
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        let from: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let near: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        for _ in 0..3 {
            limits.check(&one, Some(from)).unwrap();
        }
        let wait = limits.check(&one, None).unwrap_err();
        assert!(wait > Duration::from_secs(15) && wait <= Duration::from_secs(20), "{wait:?}");
        // What one is refused does not count for the address: two of its five are left.
        assert!(limits.check(&one, Some(from)).is_err());
        limits.check(&other, Some(near)).unwrap();
        limits.check(&other, Some(near)).unwrap();
        assert!(limits.check(&Uuid::new_v4(), Some(from)).is_err());
        limits.check(&Uuid::new_v4(), Some("10.0.0.1".parse().unwrap())).unwrap();
        // The same address in the clothes of IPv6.
        assert_eq!(
            network("::ffff:10.0.0.1".parse().unwrap()),
            network("10.0.0.1".parse().unwrap())
        );
    }
}
