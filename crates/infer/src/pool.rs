//! The threads that share the work of one product, without burning a core that others need.
//!
//! A region is a number of chunks that any thread may take, the caller included. A helper that is
//! late, because another process has its core, is not waited for: it finds the region closed. Only a
//! helper that was stopped in the middle of a chunk holds the caller up; when that happens often, the
//! pool works on the caller's thread alone for a while and then tries again.

mod slices;
#[cfg(test)]
mod tests;

pub(crate) use slices::Slices;

use std::cell::UnsafeCell;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Looks at the door before a helper lies down: some 30 microseconds, longer than the work between
/// two regions of a forward pass.
const SPINS: u32 = 1500;

/// Time lost to stopped helpers, of all time, from which the caller goes on alone.
const LOST_SHARE: f64 = 0.2;
/// Over which time that share is taken.
const WATCH: Duration = Duration::from_millis(15);
/// How long it stays alone before it tries again.
const ALONE: Duration = Duration::from_millis(120);

/// The door: bit 31 open, bits 16 to 30 the region's number, below it the helpers inside.
const OPEN: u32 = 1 << 31;
const INSIDE: u32 = 0xffff;

/// A process-wide pool; see [`pool`].
pub(crate) struct Pool {
    shared: Arc<Shared>,
    helpers: Vec<Thread>,
    turn: Mutex<Turn>,
    bell: Condvar,
}

/// Who may open a region. Urgent callers hold it for a whole forward pass, others for one region.
struct Turn {
    taken: bool,
    urgent: usize,
    first_in_line: u64,
    last_in_line: u64,
    watch: Watch,
}

/// How helpers have behaved lately.
#[derive(Clone, Copy)]
struct Watch {
    since: Instant,
    lost: Duration,
    alone_until: Option<Instant>,
}

impl Watch {
    fn new(since: Instant, alone_until: Option<Instant>) -> Watch {
        Watch { since, lost: Duration::ZERO, alone_until }
    }
}

struct Shared {
    door: AtomicU32,
    next: AtomicUsize,
    job: UnsafeCell<Job>,
    asleep: Vec<AtomicBool>,
    failed: AtomicBool,
}

type Work<'a> = dyn Fn(Range<usize>) + Sync + 'a;

#[derive(Clone, Copy)]
struct Job {
    work: *const Work<'static>,
    items: usize,
}

// SAFETY: `job` is written only by the holder of the turn while the door is shut and nobody is
// inside, and read only by helpers that entered through the open door afterwards; the door's
// atomic operations order the two.
#[expect(unsafe_code, reason = "a region lends a closure to threads that outlive it")]
unsafe impl Send for Shared {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "a region lends a closure to threads that outlive it")]
unsafe impl Sync for Shared {}

/// The pool of this process: as many threads as cores, the callers counted as one.
/// `KHUE_THREADS` sets another number.
pub(crate) fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    POOL.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let asked = std::env::var("KHUE_THREADS").ok().and_then(|n| n.parse().ok());
        Pool::new(asked.unwrap_or(cores).clamp(1, 64))
    })
}

/// The right to open regions, for one or for a whole forward pass.
pub(crate) struct Hold<'a> {
    pool: &'a Pool,
}

impl Pool {
    fn new(threads: usize) -> Pool {
        fn nothing(_: Range<usize>) {}
        let shared = Arc::new(Shared {
            door: AtomicU32::new(0),
            next: AtomicUsize::new(0),
            job: UnsafeCell::new(Job { work: &nothing, items: 0 }),
            asleep: (1..threads).map(|_| AtomicBool::new(false)).collect(),
            failed: AtomicBool::new(false),
        });
        let helpers = (1..threads)
            .filter_map(|i| {
                let theirs = Arc::clone(&shared);
                let thread = std::thread::Builder::new()
                    .name(format!("compute-{i}"))
                    .spawn(move || theirs.help(i - 1))
                    .ok()?;
                Some(thread.thread().clone())
            })
            .collect();
        let turn = Turn {
            taken: false,
            urgent: 0,
            first_in_line: 0,
            last_in_line: 0,
            watch: Watch::new(Instant::now(), None),
        };
        Pool { shared, helpers, turn: Mutex::new(turn), bell: Condvar::new() }
    }

    /// Calls `work` for each item from 0, on all threads, and returns when all are done.
    pub(crate) fn run(&self, items: usize, work: &(dyn Fn(usize) + Sync)) {
        self.run_ranges(items, &|range| range.for_each(work));
    }

    /// Calls `work` for ranges of items that together are all of them: long ones first, so that what a
    /// thread reads lies together, and short ones at the end, so that all end at the same time.
    pub(crate) fn run_ranges(&self, items: usize, work: &(dyn Fn(Range<usize>) + Sync)) {
        match ROLE.get() {
            // Inside an item, or nothing to share out.
            Role::Works => work(0..items),
            _ if items <= 1 || self.helpers.is_empty() => work(0..items),
            Role::Holds => self.region(items, work),
            Role::None => {
                let _hold = self.take(false);
                self.region(items, work);
            }
        }
    }

    /// Keeps others out until the guard is dropped, and goes before those that are not urgent.
    pub(crate) fn hold_urgent(&self) -> Hold<'_> {
        self.take(true)
    }

    fn take(&self, urgent: bool) -> Hold<'_> {
        let mut turn = self.lock();
        if urgent {
            turn.urgent += 1;
            while turn.taken {
                turn = self.bell.wait(turn).unwrap_or_else(PoisonError::into_inner);
            }
            turn.urgent -= 1;
        } else {
            // In the order of coming, or who has just had a region would always be first again.
            let mine = turn.last_in_line;
            turn.last_in_line += 1;
            while turn.taken || turn.urgent > 0 || turn.first_in_line != mine {
                turn = self.bell.wait(turn).unwrap_or_else(PoisonError::into_inner);
            }
            turn.first_in_line += 1;
        }
        turn.taken = true;
        ROLE.set(Role::Holds);
        Hold { pool: self }
    }

    fn lock(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One region; the caller holds the turn.
    fn region(&self, items: usize, work: &Work<'_>) {
        if self.alone() {
            return work(0..items);
        }
        let shared = &*self.shared;
        // SAFETY: only the lifetime is changed. The door is shut and nobody inside, so nobody reads
        // the job; helpers read it only after they entered, and this function does not return before
        // the door is shut again and the last of them has left.
        #[expect(unsafe_code, reason = "a region lends a closure to threads that outlive it")]
        unsafe {
            let work = std::mem::transmute::<*const Work<'_>, *const Work<'static>>(work);
            *shared.job.get() = Job { work, items };
        }
        shared.next.store(0, Ordering::Relaxed);
        shared.failed.store(false, Ordering::Relaxed);
        let number = (shared.door.load(Ordering::Relaxed) >> 16).wrapping_add(1) & 0x7fff;
        shared.door.store(OPEN | number << 16, Ordering::SeqCst);
        for (helper, asleep) in self.helpers.iter().zip(&shared.asleep) {
            if asleep.load(Ordering::SeqCst) {
                helper.unpark();
            }
        }
        // A panic in the caller's own chunk must not leave helpers with a closure that is gone.
        let close = Close(self);
        ROLE.set(Role::Works);
        while let Some(range) = shared.claim(items) {
            work(range);
        }
        drop(close);
        assert!(!shared.failed.swap(false, Ordering::SeqCst), "a compute thread panicked");
    }

    /// Whether the caller should work alone just now.
    fn alone(&self) -> bool {
        let (mut turn, now) = (self.lock(), Instant::now());
        let watch = &mut turn.watch;
        match watch.alone_until {
            Some(until) if now < until => return true,
            Some(_) => *watch = Watch::new(now, None),
            None => {}
        }
        let passed = now - watch.since;
        if passed >= WATCH {
            let share = watch.lost.as_secs_f64() / passed.as_secs_f64();
            let alone_until = (share > LOST_SHARE).then(|| now + ALONE);
            *watch = Watch::new(now, alone_until);
            return alone_until.is_some();
        }
        false
    }
}

struct Close<'a>(&'a Pool);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        ROLE.set(Role::Holds);
        let shared = &*self.0.shared;
        // Whoever comes in now finds no chunk left.
        shared.next.store(usize::MAX / 2, Ordering::Relaxed);
        if shared.door.fetch_and(!OPEN, Ordering::AcqRel) & INSIDE == 0 {
            return;
        }
        let began = Instant::now();
        let mut looks = 0;
        while shared.door.load(Ordering::Acquire) & INSIDE != 0 {
            looks += 1;
            if looks < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        if looks >= SPINS {
            self.0.lock().watch.lost += began.elapsed();
        }
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        ROLE.set(Role::None);
        self.pool.lock().taken = false;
        self.pool.bell.notify_all();
    }
}

/// What this thread is to the pool just now.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    None,
    /// It holds the turn, so that regions inside a held pass do not ask again.
    Holds,
    /// It works on a chunk; a region opened there is done on the spot.
    Works,
}

thread_local! {
    static ROLE: std::cell::Cell<Role> = const { std::cell::Cell::new(Role::None) };
}

impl Shared {
    /// The next range that nobody has: half of an even share of what is left.
    fn claim(&self, items: usize) -> Option<Range<usize>> {
        let threads = self.asleep.len() + 1;
        let size = |from: usize| (items.saturating_sub(from) / (2 * threads)).max(1);
        let from = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |from| {
                (from < items).then(|| from + size(from))
            })
            .ok()?;
        Some(from..from + size(from))
    }

    /// What a helper does all its life.
    fn help(&self, me: usize) {
        ROLE.set(Role::Works);
        let mut last = u32::MAX;
        loop {
            let door = self.wait_for_door(me, last);
            // Whoever else came or went meanwhile, or shut the door: look again.
            if self
                .door
                .compare_exchange(door, door + 1, Ordering::AcqRel, Ordering::Relaxed)
                .is_err()
            {
                continue;
            }
            last = door >> 16;
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                // SAFETY: entered through the open door, so the caller that lent the closure waits
                // until this thread has left again.
                #[expect(
                    unsafe_code,
                    reason = "a region lends a closure to threads that outlive it"
                )]
                let (work, items) = unsafe {
                    let job = *self.job.get();
                    (&*job.work, job.items)
                };
                while let Some(range) = self.claim(items) {
                    work(range);
                }
            }));
            if outcome.is_err() {
                self.failed.store(true, Ordering::SeqCst);
            }
            self.door.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// The open door of a region other than the last one: looks for it a little while, then sleeps
    /// until a caller wakes it.
    fn wait_for_door(&self, me: usize, last: u32) -> u32 {
        let look = |order| Some(self.door.load(order)).filter(|d| d & OPEN != 0 && d >> 16 != last);
        for i in 0..SPINS {
            if let Some(door) = look(Ordering::Relaxed) {
                return door;
            }
            // Another thread that wants this core gets it.
            if i % 256 == 255 { std::thread::yield_now() } else { std::hint::spin_loop() }
        }
        self.asleep[me].store(true, Ordering::SeqCst);
        let door = loop {
            if let Some(door) = look(Ordering::SeqCst) {
                break door;
            }
            std::thread::park();
        };
        self.asleep[me].store(false, Ordering::SeqCst);
        door
    }
}
