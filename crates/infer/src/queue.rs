//! A bounded queue with two lanes between callers and the thread that owns a model.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};

/// Work for one thread: the urgent lane is always emptied first. Both lanes are bounded; full means
/// [`Error::Overloaded`] at once.
pub(crate) struct Queue<T> {
    lanes: Mutex<Lanes<T>>,
    bell: Condvar,
    limit: usize,
}

struct Lanes<T> {
    urgent: VecDeque<T>,
    bulk: VecDeque<T>,
    closed: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Lane {
    Urgent,
    Bulk,
}

impl<T> Queue<T> {
    /// A queue that holds at most `limit` jobs in each lane.
    pub(crate) fn new(limit: usize) -> Queue<T> {
        let lanes = Lanes { urgent: VecDeque::new(), bulk: VecDeque::new(), closed: false };
        Queue { lanes: Mutex::new(lanes), bell: Condvar::new(), limit }
    }

    pub(crate) fn push(&self, lane: Lane, job: T) -> Result<()> {
        let mut lanes = self.lock();
        if lanes.closed {
            return Err(Error::Failed("the model's thread has ended".into()));
        }
        let waiting = lanes.urgent.len();
        let queue = match lane {
            Lane::Urgent => &mut lanes.urgent,
            Lane::Bulk => &mut lanes.bulk,
        };
        if queue.len() >= self.limit {
            return Err(Error::Overloaded { waiting: waiting.max(queue.len()), seconds: 1 });
        }
        queue.push_back(job);
        self.bell.notify_one();
        Ok(())
    }

    /// Waits for a job; `None` once the queue is closed.
    pub(crate) fn next(&self) -> Option<(Lane, T)> {
        let mut lanes = self.lock();
        loop {
            if lanes.closed {
                return None;
            }
            if let Some(job) = lanes.urgent.pop_front() {
                return Some((Lane::Urgent, job));
            }
            if let Some(job) = lanes.bulk.pop_front() {
                return Some((Lane::Bulk, job));
            }
            lanes = self.bell.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Keeps only those urgent jobs that are still wanted.
    pub(crate) fn retain(&self, wanted: impl Fn(&T) -> bool) {
        self.lock().urgent.retain(wanted);
    }

    /// An urgent job, if one waits.
    pub(crate) fn urgent(&self) -> Option<T> {
        self.lock().urgent.pop_front()
    }

    /// Jobs that wait in the urgent lane.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().urgent.len()
    }

    /// Whether the thread still takes jobs.
    pub(crate) fn open(&self) -> bool {
        !self.lock().closed
    }

    /// Ends the thread after its current job; jobs that wait are dropped, and their callers told.
    pub(crate) fn close(&self) {
        let mut lanes = self.lock();
        lanes.closed = true;
        lanes.urgent.clear();
        lanes.bulk.clear();
        self.bell.notify_all();
    }

    // A panic while the lock is held cannot leave the lanes half-changed, so poison is ignored.
    fn lock(&self) -> MutexGuard<'_, Lanes<T>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A queue together with the threads that empty it; the last handle to go closes and joins.
pub(crate) struct Worker<T> {
    pub(crate) queue: Arc<Queue<T>>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    /// Starts a named thread over a new queue.
    pub(crate) fn start(
        name: &str,
        limit: usize,
        body: impl FnOnce(&Queue<T>) + Send + 'static,
    ) -> Result<Worker<T>> {
        let mut worker = Worker { queue: Arc::new(Queue::new(limit)), threads: Vec::new() };
        worker.add(name, body)?;
        Ok(worker)
    }

    /// Starts several threads that do the same over one new queue.
    pub(crate) fn start_many(
        name: &str,
        limit: usize,
        threads: usize,
        body: impl Fn(&Queue<T>) + Send + Sync + 'static,
    ) -> Result<Worker<T>> {
        let mut worker = Worker { queue: Arc::new(Queue::new(limit)), threads: Vec::new() };
        let body = Arc::new(body);
        for _ in 0..threads {
            let body = Arc::clone(&body);
            worker.add(name, move |queue: &Queue<T>| body(queue))?;
        }
        Ok(worker)
    }

    fn add(&mut self, name: &str, body: impl FnOnce(&Queue<T>) + Send + 'static) -> Result<()> {
        let theirs = Arc::clone(&self.queue);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // Whatever ends the body, a panic included, no caller may wait for it for ever.
                let _close = CloseOnDrop(&theirs);
                body(&theirs);
            })
            .map_err(|error| Error::Failed(format!("cannot start a thread: {error}")))?;
        self.threads.push(thread);
        Ok(())
    }
}

struct CloseOnDrop<'a, T>(&'a Queue<T>);

impl<T> Drop for CloseOnDrop<'_, T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already; there is nothing to add here.
            let _ = thread.join();
        }
    }
}
