//! The same tests on SQLite and on PostgreSQL.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::handoff::Contact;
use crate::store::{New, Store};

/// Monday 2026-11-30, nine o'clock in Hà Nội.
const NOW: i64 = 1_796_004_000;
static LATER: AtomicI64 = AtomicI64::new(0);

fn now() -> Timestamp {
    Timestamp::from_second(NOW + LATER.load(Ordering::SeqCst)).unwrap()
}

fn options(place: &Place, desk: bool) -> Options {
    let told = vec!["mon-fri 08:00-17:00".to_owned()];
    Options {
        place: place.clone(),
        keep_days: 30,
        idle: SignedDuration::from_hours(12),
        per_minute: NonZeroU32::new(10).unwrap(),
        per_minute_address: NonZeroU32::new(30).unwrap(),
        limit: Duration::from_secs(10),
        handoff: Handoff {
            desk,
            hours: Hours::read(&told, &[]).unwrap(),
            told,
            phone: "1022".into(),
            back_after: SignedDuration::from_hours(12),
        },
        now,
    }
}

async fn chats(folder: &Path, desk: bool) -> Vec<(Place, Chat)> {
    let mut chats = Vec::new();
    for place in store::tests::places(folder).await {
        let chat = Chat::open(options(&place, desk), Arc::new(|_| None)).await.unwrap();
        chats.push((place, chat));
    }
    chats
}

fn said(author: Author, client: Option<&str>, text: &str) -> New {
    New {
        id: Uuid::new_v4(),
        at: now(),
        author,
        client: client.map(str::to_owned),
        text: text.into(),
        record: None,
        version: None,
    }
}

/// All bytes of all files under a folder.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { bytes(&path) } else { fs_err::read(path).unwrap() });
    }
    all
}

fn holds(folder: &Path, marker: &str) -> bool {
    bytes(folder).windows(marker.len()).any(|window| window == marker.as_bytes())
}

#[tokio::test]
async fn messages_are_kept_in_order_and_once() {
    let folder = tempfile::tempdir().unwrap();
    for (place, chat) in chats(folder.path(), false).await {
        let talk = chat.begin(Channel::Web, "", "citizen").await.unwrap();
        let other = chat.begin(Channel::Web, "", "citizen").await.unwrap();
        let store = &chat.inner.store;
        let one = said(Author::Person, Some("a"), "Đăng ký khai sinh ở đâu?");
        assert_eq!(store.say(&talk.id, &one).await.unwrap(), Some(1));
        let again = New { id: Uuid::new_v4(), ..one.clone() };
        assert_eq!(store.say(&talk.id, &again).await.unwrap(), None, "{place:?}");
        assert_eq!(
            store.say(&talk.id, &said(Author::Assistant, Some("a"), "Ở xã.")).await.unwrap(),
            Some(2)
        );
        assert_eq!(store.say(&other.id, &one_of(&one)).await.unwrap(), Some(1));
        assert_eq!(
            store.say(&talk.id, &said(Author::Person, None, "Cảm ơn")).await.unwrap(),
            Some(3)
        );
        let all = chat.messages(&talk.id, 0).await.unwrap();
        let texts: Vec<&str> = all.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["Đăng ký khai sinh ở đâu?", "Ở xã.", "Cảm ơn"]);
        assert_eq!(chat.messages(&talk.id, 2).await.unwrap().len(), 1);
        let found = store.by_client(&talk.id, "a", Author::Assistant).await.unwrap().unwrap();
        assert_eq!((found.text.as_str(), found.n), ("Ở xã.", 2));
        // Opened anew everything is there, with the same secrets.
        let token = chat.sign("x");
        let again = Chat::open(options(&place, false), Arc::new(|_| None)).await.unwrap();
        assert_eq!(again.messages(&talk.id, 0).await.unwrap(), all);
        assert_eq!(again.signed(&token), Some("x"));
        assert_eq!(again.signed("x.AAAA"), None);
    }
}

fn one_of(new: &New) -> New {
    New { id: Uuid::new_v4(), ..new.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_stay_apart_under_many_writers() {
    let folder = tempfile::tempdir().unwrap();
    for (_, chat) in chats(folder.path(), false).await {
        let talk = chat.begin(Channel::Web, "", "citizen").await.unwrap();
        let all = (0..12).map(|n| {
            let (chat, id) = (chat.clone(), talk.id);
            async move {
                chat.inner
                    .store
                    .say(&id, &said(Author::Person, None, &n.to_string()))
                    .await
                    .map(|_| ())
            }
        });
        let done = futures::future::join_all(all).await;
        let kept = done.iter().filter(|it| it.is_ok()).count();
        let messages = chat.messages(&talk.id, 0).await.unwrap();
        let numbers: Vec<i64> = messages.iter().map(|it| it.n).collect();
        assert_eq!(numbers, (1..=12).collect::<Vec<_>>(), "{kept} kept");
    }
}

#[tokio::test]
async fn a_person_of_a_channel_is_found_again_until_the_talk_is_old() {
    let folder = tempfile::tempdir().unwrap();
    for (_, chat) in chats(folder.path(), false).await {
        let first = chat.of(Channel::Zalo, "5544", "citizen").await.unwrap();
        assert_eq!(chat.of(Channel::Zalo, "5544", "citizen").await.unwrap().id, first.id);
        assert_eq!(first.known.address, "5544");
        assert_ne!(chat.of(Channel::Telegram, "5544", "citizen").await.unwrap().id, first.id);
        assert_ne!(chat.of(Channel::Zalo, "5545", "citizen").await.unwrap().id, first.id);
    }
}

#[tokio::test]
async fn erasing_leaves_no_trace_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    for (place, chat) in chats(folder.path(), true).await {
        let marker = "TRACE-7f3a9";
        let talk =
            chat.begin(Channel::Zalo, &format!("{marker}-address"), "citizen").await.unwrap();
        let store = &chat.inner.store;
        let answer = said(Author::Assistant, Some("a"), &format!("{marker} answer"));
        store
            .say(&talk.id, &said(Author::Person, Some("a"), &format!("{marker} question")))
            .await
            .unwrap();
        store.say(&talk.id, &answer).await.unwrap();
        let contact = Contact { reach: format!("{marker}-reach"), ..Contact::default() };
        chat.leave_contact(&talk.id, contact).await.unwrap();
        let rating = Feedback {
            reasons: vec!["wrong".into()],
            note: format!("{marker} note"),
            ..Feedback::new(answer.id, now(), Kind::Rating, -1)
        };
        chat.feedback(rating).await.unwrap();
        let exported = chat.export(&talk.id).await.unwrap().to_string();
        assert!(
            exported.contains(&format!("{marker} question"))
                && exported.contains(&format!("{marker}-reach"))
        );
        assert_eq!(chat.feedbacks(9).await.unwrap()[0].note, format!("{marker} note"));
        // It is nowhere in the open even before; and a copy made now says nothing once the key is gone.
        assert!(!holds(folder.path(), marker), "{place:?}");
        let key = chat.inner.store.key_text(&talk.id).await;
        chat.erase(&talk.id).await.unwrap();
        assert!(!holds(folder.path(), marker));
        assert!(matches!(chat.talk(&talk.id).await, Err(Error::Gone)));
        assert!(chat.messages(&talk.id, 0).await.unwrap().is_empty());
        assert!(chat.feedbacks(9).await.unwrap().is_empty());
        assert!(key.is_some_and(|key| !holds(folder.path(), &key)), "the key is still in a file");
        // Twice is as good as once.
        chat.erase(&talk.id).await.unwrap();
    }
}

#[tokio::test]
async fn identifiers_do_not_reach_the_store() {
    let folder = tempfile::tempdir().unwrap();
    for (_, chat) in chats(folder.path(), false).await {
        let note = "Số của tôi là 0912345678, CCCD 001099012345";
        let answer = Uuid::new_v4();
        let it = Feedback { note: note.into(), ..Feedback::new(answer, now(), Kind::Report, 0) };
        chat.feedback(it).await.unwrap();
        let kept = chat.feedbacks(1).await.unwrap().remove(0);
        assert!(
            !kept.note.contains("0912345678") && !kept.note.contains("001099012345"),
            "{}",
            kept.note
        );
        assert_eq!(kept.answer, answer);
    }
}

#[tokio::test]
async fn an_officer_takes_over_and_gives_back() {
    let folder = tempfile::tempdir().unwrap();
    for (_, chat) in chats(folder.path(), true).await {
        let (one, two) = (
            chat.begin(Channel::Web, "", "citizen").await.unwrap(),
            chat.begin(Channel::Web, "", "citizen").await.unwrap(),
        );
        let called = chat.call(&one).await.unwrap();
        assert_eq!((called.desk, called.open, called.ahead), (true, true, 0));
        LATER.fetch_add(1, Ordering::SeqCst);
        let called = chat.call(&two).await.unwrap();
        assert_eq!(called.ahead, 1);
        // Asked again nothing changes.
        assert_eq!(chat.call(&chat.talk(&two.id).await.unwrap()).await.unwrap().ahead, 1);
        let (waiting, held) = chat.queue().await.unwrap();
        assert_eq!(waiting.iter().map(|it| it.id).collect::<Vec<_>>(), [one.id, two.id]);
        assert!(held.is_empty());
        let taken = chat.take(&one.id, "lan").await.unwrap();
        assert_eq!((taken.mode, taken.officer.as_deref()), (Mode::Human, Some("lan")));
        // Nobody takes it from her, nor speaks in it.
        assert!(matches!(chat.take(&one.id, "minh").await, Err(Error::Changed)));
        assert!(matches!(chat.officer_says(&one.id, "minh", "Chào").await, Err(Error::Changed)));
        chat.officer_says(&one.id, "lan", "Chào bác.").await.unwrap();
        chat.back_to_bot(&chat.talk(&one.id).await.unwrap()).await.unwrap();
        let told: Vec<(Author, String)> = chat
            .messages(&one.id, 0)
            .await
            .unwrap()
            .into_iter()
            .map(|it| (it.author, it.text))
            .collect();
        let expect = [
            (Author::Notice, "waiting"),
            (Author::Notice, "taken"),
            (Author::Officer, "Chào bác."),
            (Author::Notice, "back"),
        ];
        assert_eq!(told, expect.map(|(author, text)| (author, text.to_owned())));
        // Who holds an old version changes nothing.
        assert!(matches!(chat.back_to_bot(&taken).await, Err(Error::Changed)));
    }
}

#[tokio::test]
async fn without_a_desk_nobody_is_left_waiting() {
    let folder = tempfile::tempdir().unwrap();
    for (_, chat) in chats(folder.path(), false).await {
        let talk = chat.begin(Channel::Web, "", "citizen").await.unwrap();
        let called = chat.call(&talk).await.unwrap();
        assert_eq!((called.desk, called.open, called.phone.as_str()), (false, false, "1022"));
        assert_eq!(chat.talk(&talk.id).await.unwrap().mode, Mode::Bot);
    }
}

#[tokio::test]
async fn what_is_old_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    for (_, chat) in chats(folder.path(), true).await {
        let began = now();
        let talk = chat.begin(Channel::Web, "", "citizen").await.unwrap();
        chat.call(&talk).await.unwrap();
        chat.sweep().await.unwrap();
        assert_eq!(chat.talk(&talk.id).await.unwrap().mode, Mode::Waiting);
        // No officer comes: after twelve hours the assistant answers again.
        let later = began.checked_add(SignedDuration::from_hours(13)).unwrap();
        chat.give_back(later).await.unwrap();
        assert_eq!(chat.talk(&talk.id).await.unwrap().mode, Mode::Bot);
        let old = began.checked_add(SignedDuration::from_hours(1)).unwrap();
        assert_eq!(chat.inner.store.untouched(old).await.unwrap(), [talk.id]);
        assert!(chat.inner.store.untouched(began).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_told_in_time() {
    let place = Place {
        talks: "postgres://khue@127.0.0.1:1/none".into(),
        keys: "sqlite:/proc/none/keys.db".into(),
    };
    let error = Store::open(&place, now()).await.err().unwrap();
    assert!(matches!(error, Error::Store(_)), "{error}");
}

#[tokio::test]
async fn gaps_are_kept_sealed_and_forgotten_when_they_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    for (_, chat) in chats(folder.path(), false).await {
        let question = "Bay flycam dau-hieu-7 xin ở đâu, gọi tôi 0912345678";
        chat.keep_gap(None, question, "open", "lan", "").await.unwrap();
        assert!(matches!(chat.keep_gap(None, question, "xong", "lan", "").await, Err(Error::Gone)));
        let kept = chat.gaps().await.unwrap().remove(0);
        assert!(kept.question.contains("dau-hieu-7") && !kept.question.contains("0912345678"));
        assert!(!holds(folder.path(), "dau-hieu-7"), "it is in a file in the open");
        chat.keep_gap(Some(kept.id), &kept.question, "closed", "lan", "1.001193").await.unwrap();
        let again = chat.gaps().await.unwrap();
        assert_eq!(
            (again.len(), again[0].state.as_str(), again[0].note.as_str()),
            (1, "closed", "1.001193")
        );
        // Its key is not taken for one that nothing is left of.
        let later = now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        chat.inner.store.sweep_keys(later).await.unwrap();
        assert_eq!(chat.gaps().await.unwrap().len(), 1);
        chat.inner.store.sweep_gaps(later).await.unwrap();
        assert!(chat.gaps().await.unwrap().is_empty());
    }
}
