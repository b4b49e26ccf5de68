//! When a request that failed is made again, and when none is made at all.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::breaker::Breaker;
use super::fault::Fault;

/// So many failures in a row, and the server is left alone for so long: a process that starts anew
/// takes longer, one that hiccups is back by then.
const FAILURES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(10);

/// The pause before a second try is random up to the first, then up to twice as much, up to the last.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The tries of all requests to one server.
pub(super) struct Tries {
    retries: u32,
    breaker: Mutex<Breaker>,
}

impl Tries {
    pub(super) fn new(retries: u32) -> Tries {
        Tries { retries, breaker: Mutex::new(Breaker::new(FAILURES, PAUSE)) }
    }

    /// Runs `once` until there is an answer, a failure for good, or no try left; fails at once while
    /// the server, called `whom` in messages, is being left alone.
    pub(super) fn run<T>(
        &self,
        whom: &str,
        mut once: impl FnMut() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut tries = 0;
        let mut before = None;
        loop {
            let admitted = self.breaker().admit(Instant::now());
            if let Err(left) = admitted {
                // What went wrong says more than that it went wrong too often.
                return Err(before.unwrap_or_else(|| {
                    let seconds = left.as_secs() + 1;
                    Fault::Broke(format!(
                        "{whom} has failed again and again and is left alone for {seconds} s more"
                    ))
                }));
            }
            let outcome = once();
            self.note(&outcome);
            match outcome {
                Err(Fault::Down(why)) if tries < self.retries => {
                    tracing::warn!(why, tries, "a remote engine failed and is asked again");
                    wait(backoff(tries, RandomState::new().hash_one(tries)));
                    before = Some(Fault::Down(why));
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Whether the server is being left alone.
    pub(super) fn rest(&self) -> bool {
        self.breaker().rests(Instant::now())
    }

    fn note<T>(&self, outcome: &Result<T, Fault>) {
        match outcome {
            Ok(_) | Err(Fault::Busy(_) | Fault::Refused(..)) => self.breaker().succeeded(),
            Err(Fault::Down(why) | Fault::Broke(why)) => {
                if self.breaker().failed(Instant::now()) {
                    tracing::warn!(why, "a remote engine keeps failing and is left alone");
                }
            }
            // Nothing was learned about the server.
            Err(Fault::Left) => {}
        }
    }

    // A panic while the lock is held cannot leave the state half-changed, so poison is ignored.
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Full jitter: anything from nothing to a limit that doubles, so that many callers who failed together
/// do not come back together.
fn backoff(tries: u32, dice: u64) -> Duration {
    let limit = FIRST_WAIT.saturating_mul(1 << tries.min(16)).min(LONGEST_WAIT);
    limit.mul_f64(dice as f64 / u64::MAX as f64)
}

fn wait(time: Duration) {
    let began = Instant::now();
    // Parking may end early.
    while let Some(left) = time.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_are_random() {
        for (tries, dice, expect) in [
            (0, 0, 0),
            (0, u64::MAX, 100),
            (0, u64::MAX / 2, 50),
            (1, u64::MAX, 200),
            (4, u64::MAX, 1600),
            (5, u64::MAX, 2000),
            (u32::MAX, u64::MAX, 2000),
        ] {
            assert_eq!(backoff(tries, dice).as_millis(), expect, "{tries} {dice}");
        }
    }

    #[test]
    fn what_is_tried_again_and_how_often() {
        let down = || Fault::Down("down".into());
        for (faults, retries, calls) in [
            (vec![], 2, 1),
            (vec![down(), down()], 2, 3),
            (vec![down(), down(), down()], 1, 2),
            (vec![down(), Fault::Busy(1)], 2, 2),
            (vec![Fault::Busy(1)], 2, 1),
            (vec![Fault::Refused(400, String::new())], 2, 1),
            (vec![Fault::Broke(String::new())], 2, 1),
            (vec![Fault::Left], 2, 1),
        ] {
            let last = faults.get(calls - 1).cloned();
            let mut called = 0;
            let outcome = Tries::new(retries).run("it", || {
                called += 1;
                faults.get(called - 1).cloned().map_or(Ok(()), Err)
            });
            assert_eq!((called, outcome.err()), (calls, last));
        }
    }

    #[test]
    fn a_caller_who_left_says_nothing_about_the_server() {
        let tries = Tries::new(0);
        let run = |fault: Fault| tries.run::<()>("it", || Err(fault.clone())).unwrap_err();
        for _ in 0..FAILURES {
            run(Fault::Broke("bad".into()));
            run(Fault::Left);
        }
        assert!(tries.rest());
        let Fault::Broke(why) = run(Fault::Left) else { panic!() };
        assert!(why.starts_with("it has failed again"), "{why}");
    }
}
