//! An answer while it is being given: it goes on for a short while when its reader is gone, so that somebody whose
//! connection broke reads on where it broke. A slow reader holds nothing up.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use tokio::sync::watch;

use crate::asking::replayed;
use crate::given::Told;

/// How long an answer goes on that nobody reads.
pub const GRACE: Duration = Duration::from_secs(30);

/// A running or finished answer. Clones show the same one.
#[derive(Clone, Debug)]
pub struct Live {
    /// Tells this answer from another one to the same question, made after a restart.
    run: u32,
    events: Arc<watch::Sender<Events>>,
    readers: Arc<watch::Sender<usize>>,
}

#[derive(Debug, Default)]
struct Events {
    told: Vec<Told>,
    over: bool,
}

impl Live {
    pub(crate) fn new() -> Live {
        let run = uuid::Uuid::new_v4().as_fields().0;
        Live { run, events: Arc::default(), readers: Arc::default() }
    }

    /// Tells a whole answer that is kept, and ends.
    pub(crate) fn replay(&self, answer: &serde_json::Value) {
        let told = replayed(answer);
        self.events.send_replace(Events { told, over: true });
    }

    /// The name of an event, by which a reader goes on after it.
    pub fn name(&self, told: &Told) -> String {
        format!("{:x}.{}", self.run, told.id)
    }

    /// The number that a reader has seen, of the name of its last event; 0 if that was of another answer.
    pub fn seen(&self, name: &str) -> u64 {
        let own =
            name.split_once('.').filter(|(run, _)| u32::from_str_radix(run, 16) == Ok(self.run));
        own.and_then(|(_, n)| n.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn tell(&self, name: &'static str, data: serde_json::Value) {
        self.events.send_modify(|events| {
            let id = events.told.len() as u64 + 1;
            events.told.push(Told { id, name, data });
        });
    }

    pub(crate) fn end(&self) {
        self.events.send_modify(|events| events.over = true);
    }

    /// Whether nothing more will be told.
    pub fn is_over(&self) -> bool {
        self.events.borrow().over
    }

    /// Whether it ended with an answer.
    pub fn is_done(&self) -> bool {
        let events = self.events.borrow();
        events.over && events.told.last().is_some_and(|it| it.name == "done")
    }

    /// Whether its last word is told.
    pub(crate) fn has_ended(&self) -> bool {
        self.events.borrow().told.last().is_some_and(|it| matches!(it.name, "done" | "error"))
    }

    /// Whether somebody reads.
    pub fn is_read(&self) -> bool {
        *self.readers.borrow() > 0
    }

    /// The events after the one with this number, to the end.
    pub fn events(&self, after: u64) -> impl Stream<Item = Told> + Send + use<> {
        let reader = Reader::new(&self.readers);
        let mut seen = self.events.subscribe();
        let live = self.events.clone();
        async_stream::stream! {
            let _reader = reader;
            // Held so that the channel stays open after the answer was forgotten by everybody else.
            let _live = live;
            let mut next = usize::try_from(after).unwrap_or(usize::MAX);
            loop {
                let (told, over) = {
                    let events = seen.borrow_and_update();
                    (events.told.get(next..).map(<[Told]>::to_vec).unwrap_or_default(), events.over)
                };
                next += told.len();
                for one in told {
                    yield one;
                }
                if over || seen.changed().await.is_err() {
                    break;
                }
            }
        }
    }

    /// The event `done` or `error`, once it is told.
    pub async fn last(&self) -> Option<Told> {
        let reader = Reader::new(&self.readers);
        let mut seen = self.events.subscribe();
        let last = seen
            .wait_for(|events| events.over)
            .await
            .ok()
            .and_then(|events| events.told.last().cloned());
        drop(reader);
        last
    }

    /// Resolves when nobody has read for [`GRACE`].
    pub(crate) async fn left(&self) {
        let mut readers = self.readers.subscribe();
        loop {
            if readers.wait_for(|count| *count == 0).await.is_err() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(GRACE) => return,
                _ = readers.wait_for(|count| *count > 0) => {}
            }
        }
    }
}

/// Counts a reader for as long as it lives.
struct Reader(Arc<watch::Sender<usize>>);

impl Reader {
    fn new(readers: &Arc<watch::Sender<usize>>) -> Reader {
        readers.send_modify(|count| *count += 1);
        Reader(Arc::clone(readers))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use serde_json::json;

    fn ids(told: &[Told]) -> Vec<u64> {
        told.iter().map(|it| it.id).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_reads_on_where_it_broke_off() {
        let live = Live::new();
        live.tell("working", json!({}));
        live.tell("text", json!({"text": "một"}));
        let mut first = Box::pin(live.events(0));
        assert_eq!(first.next().await.unwrap().id, 1);
        assert!(live.is_read());
        drop(first);
        assert!(!live.is_read());
        live.tell("done", json!({}));
        live.end();
        let rest: Vec<Told> = live.events(1).collect().await;
        assert_eq!(ids(&rest), [2, 3]);
        assert_eq!(live.events(9).count().await, 0);
        assert_eq!(live.last().await.unwrap().name, "done");
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_left_only_when_nobody_comes_back_in_time() {
        let live = Live::new();
        let reader = Box::pin(live.events(0));
        let left = live.left();
        let mut left = Box::pin(left);
        let soon = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
        tokio::select! { () = &mut left => panic!("somebody reads"), () = soon(60) => {} }
        drop(reader);
        tokio::select! { () = &mut left => panic!("too early"), () = soon(5) => {} }
        let again = Box::pin(live.events(0));
        tokio::select! { () = &mut left => panic!("somebody is back"), () = soon(60) => {} }
        drop(again);
        tokio::select! { () = &mut left => {}, () = soon(GRACE.as_secs() + 1) => panic!("too late") }
    }
}
