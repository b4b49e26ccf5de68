//! How fast the model has been, and hence how long a newcomer waits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Speeds of the last requests, for operators and for saying how long the queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speeds {
    /// Prompt tokens read in a second.
    pub prefill: f64,
    /// Tokens written in a second, all requests together.
    pub decode: f64,
    /// Seconds that a request took from its first step to its last.
    pub request_s: f64,
    /// Requests that are being worked on.
    pub active: usize,
}

/// Weight of the newest measurement in a running mean.
const NEWEST: f64 = 0.2;

/// Before anything was measured: what an answer takes on an ordinary server.
const FIRST_GUESS_S: f64 = 8.0;

/// Shared by the model's thread, which measures, and the handles, which ask.
#[derive(Debug)]
pub(crate) struct Gauge {
    speeds: Mutex<Speeds>,
    together: usize,
}

impl Gauge {
    pub(crate) fn new(together: usize) -> Gauge {
        Gauge { speeds: Mutex::default(), together: together.max(1) }
    }

    pub(crate) fn speeds(&self) -> Speeds {
        *self.lock()
    }

    /// Seconds until a request begins, when so many wait before it: they and those that are written
    /// now leave in turns of as many as are written together. At least 1 when it has to wait at all.
    pub(crate) fn wait_seconds(&self, waiting: usize) -> u32 {
        let speeds = self.speeds();
        if waiting == 0 && speeds.active < self.together {
            return 0;
        }
        let each = if speeds.request_s > 0.0 { speeds.request_s } else { FIRST_GUESS_S };
        // Those that are written now are half done on average.
        let turns = waiting as f64 / self.together as f64 + 0.5;
        (turns * each).ceil().clamp(1.0, 3600.0) as u32
    }

    pub(super) fn active(&self, count: usize) {
        self.lock().active = count;
    }

    pub(super) fn prefill(&self, tokens: usize, took: Duration) {
        mix(&mut self.lock().prefill, tokens as f64 / took.as_secs_f64().max(1e-6));
    }

    pub(super) fn decode(&self, tokens: usize, took: Duration) {
        mix(&mut self.lock().decode, tokens as f64 / took.as_secs_f64().max(1e-6));
    }

    /// A request is worked on by a thread of its own, until [`Gauge::end`].
    pub(crate) fn begin(&self) {
        self.lock().active += 1;
    }

    pub(crate) fn end(&self, took: Duration) {
        self.lock().active -= 1;
        self.request(took);
    }

    pub(super) fn request(&self, took: Duration) {
        mix(&mut self.lock().request_s, took.as_secs_f64());
    }

    // Plain numbers: a panic elsewhere cannot leave them half-changed.
    fn lock(&self) -> std::sync::MutexGuard<'_, Speeds> {
        self.speeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn mix(mean: &mut f64, newest: f64) {
    *mean = if *mean == 0.0 { newest } else { *mean + NEWEST * (newest - *mean) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_queue_waits_longer() {
        let gauge = Gauge::new(4);
        assert_eq!(gauge.wait_seconds(0), 0);
        gauge.active(4);
        assert_eq!(gauge.wait_seconds(0), 4);
        gauge.request(Duration::from_secs(10));
        for (waiting, seconds) in [(0, 5), (1, 8), (4, 15), (8, 25)] {
            assert_eq!(gauge.wait_seconds(waiting), seconds, "{waiting} waiting");
        }
        // Slower requests lengthen the wait, little by little.
        gauge.request(Duration::from_secs(20));
        assert_eq!(gauge.wait_seconds(4), 18);
    }
}
