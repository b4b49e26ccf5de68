//! A circuit breaker: a server that keeps failing is left alone for a while.

use std::time::{Duration, Instant};

/// Lets requests through until so many have failed in a row; then none for a while, then one to see
/// whether the server is back. The clock is an argument.
#[derive(Debug)]
pub(super) struct Breaker {
    failures: u32,
    pause: Duration,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// All go through; so many have failed since the last success.
    Closed(u32),
    /// None goes through before then.
    Open(Instant),
    /// One is on its way. Should it never report, the next may go then.
    HalfOpen(Instant),
}

impl Breaker {
    /// Opens after `failures` in a row, for `pause`.
    pub(super) fn new(failures: u32, pause: Duration) -> Breaker {
        Breaker { failures, pause, state: State::Closed(0) }
    }

    /// Whether a request may go now; if not, how long it is until one may.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        match self.state {
            State::Closed(_) => Ok(()),
            State::Open(until) | State::HalfOpen(until) if now < until => Err(until - now),
            State::Open(_) | State::HalfOpen(_) => {
                self.state = State::HalfOpen(now + self.pause);
                Ok(())
            }
        }
    }

    /// Whether the server is being left alone. Once the pause is over it is not, even before the first
    /// request: a caller that waits for this to end before it sends any would wait for ever.
    pub(super) fn rests(&self, now: Instant) -> bool {
        matches!(self.state, State::Open(until) if now < until)
    }

    /// A request was answered, be it with a refusal.
    pub(super) fn succeeded(&mut self) {
        self.state = State::Closed(0);
    }

    /// A request failed; true when this opened the breaker.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        let opens = match &mut self.state {
            State::Closed(failed) => {
                *failed += 1;
                *failed >= self.failures
            }
            State::HalfOpen(_) => true,
            // A request from before it opened; the pause does not grow by it.
            State::Open(_) => false,
        };
        if opens {
            self.state = State::Open(now + self.pause);
        }
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a script of seconds and events and writes what came of each. `?` asks to be let through,
    /// `+` and `-` report success and failure, `r` asks whether the server is left alone.
    fn check(script: &str, expect: &str) {
        let began = Instant::now();
        let mut breaker = Breaker::new(3, Duration::from_secs(10));
        let mut seen = Vec::new();
        for step in script.split_whitespace() {
            let (at, event) = step.split_at(step.len() - 1);
            let now = began + Duration::from_secs(at.parse().unwrap());
            seen.push(match event {
                "?" => match breaker.admit(now) {
                    Ok(()) => "go".to_owned(),
                    Err(left) => left.as_secs().to_string(),
                },
                "+" => {
                    breaker.succeeded();
                    "ok".to_owned()
                }
                "-" => if breaker.failed(now) { "opens" } else { "no" }.to_owned(),
                "r" => if breaker.rests(now) { "rests" } else { "up" }.to_owned(),
                other => panic!("{other}"),
            });
        }
        assert_eq!(seen.join(" "), expect, "{script}");
    }

    #[test]
    fn states() {
        for (script, expect) in [
            // Fewer failures than it takes, and a success between them.
            ("0? 0- 1? 1- 2? 2+ 3? 3- 4? 4- 5?", "go no go no go ok go no go no go"),
            // Opens, refuses with the time that is left, then lets one through.
            ("0- 1- 2- 2? 5? 11? 12? 12?", "no no opens 10 7 1 go 10"),
            // The probe succeeds: closed, and it counts from nothing.
            ("0- 0- 0- 10? 11+ 11? 11- 11- 11?", "no no opens go ok go no no go"),
            // The probe fails: another pause, from then.
            ("0- 0- 0- 10? 12- 13? 21? 22?", "no no opens go opens 9 1 go"),
            // The probe never reports: another one after a pause.
            ("0- 0- 0- 10? 15? 19? 20?", "no no opens go 5 1 go"),
            // Late failures do not make the pause longer, a late success ends it.
            ("0- 0- 0- 5- 9? 10?", "no no opens no 1 go"),
            ("0- 0- 0- 5+ 5?", "no no opens ok go"),
            // Left alone only while the pause lasts.
            (
                "0r 0- 0- 0- 0r 9r 10r 10? 10r 10- 10r",
                "up no no opens rests rests up go up opens rests",
            ),
        ] {
            check(script, expect);
        }
    }
}
