//! The desk at Chatwoot over HTTP, against a server that behaves like it; the person is on Zalo.

use std::sync::Mutex;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::channels::{World as Zalo, opened_with, platform, says, sent, words, zalo};
use super::*;
use crate::clock::now;

#[derive(Default)]
struct Server {
    /// Path after the account or inbox, what was sent.
    calls: Mutex<Vec<(String, Value)>>,
    conversations: Mutex<i64>,
    /// Conversations that it has lost.
    lost: Mutex<Vec<String>>,
    away: Mutex<bool>,
}

type World = Arc<Server>;

async fn server() -> (World, String) {
    let world: World = Arc::default();
    let routes = Router::new()
        .route("/public/api/v1/inboxes/inbox-ident-1/contacts", post(contact))
        .route("/api/v1/accounts/1/conversations/{*rest}", post(application))
        .route("/public/api/v1/inboxes/inbox-ident-1/contacts/{*rest}", post(client))
        .with_state(Arc::clone(&world));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the server runs beside the test")]
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (world, url)
}

fn record(world: &World, path: &str, body: Value) -> Option<StatusCode> {
    if *world.away.lock().unwrap() {
        return Some(StatusCode::INTERNAL_SERVER_ERROR);
    }
    world.calls.lock().unwrap().push((path.to_owned(), body));
    let lost = world.lost.lock().unwrap();
    lost.iter().any(|id| path.contains(&format!("{id}/"))).then_some(StatusCode::NOT_FOUND)
}

async fn contact(State(world): State<World>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    if let Some(status) = record(&world, "contacts", body.clone()) {
        return (status, Json(json!({})));
    }
    // The proof of a contact, as `chatwoot-request-create_contact.json` has it.
    let known = [(
        "zalo:5544332211009988776",
        "c56dfc192039bb9c3ea00539cc54314fb59149f0f7648290ff2ce3f46eb64bed",
    )];
    let identifier = body["identifier"].as_str().unwrap();
    if let Some((_, hash)) = known.iter().find(|(it, _)| *it == identifier) {
        assert_eq!(body["identifier_hash"], *hash);
    }
    (StatusCode::OK, Json(json!({"source_id": identifier, "pubsub_token": "pst-1"})))
}

async fn client(
    State(world): State<World>,
    UrlPath(rest): UrlPath<String>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    if let Some(status) = record(&world, &rest, body) {
        return (status, Json(json!({})));
    }
    if rest.ends_with("/conversations") {
        let mut n = world.conversations.lock().unwrap();
        *n += 1;
        return (StatusCode::OK, Json(json!({"id": 41 + *n})));
    }
    (StatusCode::OK, Json(json!({"id": 1})))
}

async fn application(
    State(world): State<World>,
    headers: HeaderMap,
    UrlPath(rest): UrlPath<String>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    if headers.get("api_access_token").is_none_or(|it| it != "bot-token-1") {
        return (StatusCode::UNAUTHORIZED, Json(json!({})));
    }
    let status = record(&world, &rest, body).unwrap_or(StatusCode::OK);
    (status, Json(json!({})))
}

impl Server {
    /// What was called since the last time.
    fn news(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

async fn opened(folder: &Path, zalo: &str, chatwoot: &str) -> App {
    opened_with(folder, zalo, |config| {
        config.chatwoot.enabled = true;
        config.chatwoot.base = chatwoot.into();
        config.chatwoot.inbox = "inbox-ident-1".into();
    })
    .await
}

fn fixture(name: &str) -> Value {
    let path = root().join(format!("../shared/fixtures/channels/chatwoot-request-{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

const PERSON: &str = "5544332211009988776";

async fn round(app: &App) {
    app.channels.chatwoot.as_ref().unwrap().desk.round().await.unwrap();
}

/// An event of the desk as it signs it now.
async fn event(app: &App, delivery: &str, body: &Value) -> StatusCode {
    let at = now().as_second().to_string();
    let body = body.to_string();
    let signature = format!("sha256={}", mac(&at, &body));
    deliver(app, delivery, &at, &signature, body).await
}

/// A delivery as it comes; without a signature where that is empty.
async fn deliver(
    app: &App,
    delivery: &str,
    timestamp: &str,
    signature: &str,
    body: String,
) -> StatusCode {
    let mut request = Request::builder()
        .method("POST")
        .uri("/webhooks/chatwoot")
        .header("x-chatwoot-timestamp", timestamp)
        .header("x-chatwoot-delivery", delivery);
    if !signature.is_empty() {
        request = request.header("x-chatwoot-signature", signature);
    }
    let request = request.body(Body::from(body)).unwrap();
    router(app.clone()).oneshot(request).await.unwrap().status()
}

/// The signature of the desk over a moment and a body, in hex.
fn mac(at: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"chatwoot-secret-for-tests").unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    infer::hex(&mac.finalize().into_bytes())
}

fn officer(id: i64, conversation: i64, contact: &str, text: &str) -> Value {
    json!({"event": "message_created", "id": id, "content": text, "message_type": "outgoing",
        "content_type": "text", "private": false, "sender": {"id": 7, "name": "Cán bộ", "type": "user"},
        "conversation": {"id": conversation, "contact_inbox": {"source_id": contact}}})
}

fn state(conversation: i64, state: &str) -> Value {
    json!({"event": "conversation_status_changed", "id": conversation, "status": state})
}

/// The person writes, and it is seen to.
async fn writes(app: &App, world: &Zalo, id: &str, text: &str, answers: usize) -> Vec<Value> {
    let before = world.sent.lock().unwrap().len();
    assert_eq!(zalo(app, &says(id, PERSON, text)).await, StatusCode::OK);
    let all = sent(app, world, before + answers).await;
    assert_eq!(all.len(), before + answers, "{text}: {all:?}");
    all[before..].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_handed_to_officers_at_chatwoot_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let (platform, zalo_url) = platform().await;
    let (world, url) = server().await;
    let app = opened(folder.path(), &zalo_url, &url).await;
    let chat = app.chat.clone().unwrap();
    let contact = format!("zalo:{PERSON}");
    writes(&app, &platform, "c1", "đăng ký khai sinh cần giấy tờ gì, sđt 0912345678", 2).await;
    round(&app).await;
    assert_eq!(world.news(), [], "who does not wait is not brought");
    writes(&app, &platform, "c2", "gặp cán bộ", 1).await;
    round(&app).await;
    round(&app).await;
    let news = world.news();
    let paths: Vec<&str> = news.iter().map(|it| it.0.as_str()).collect();
    let conversations = format!("{contact}/conversations");
    assert_eq!(paths, ["contacts", conversations.as_str(), "42/messages", "42/toggle_status"]);
    for (n, name) in [(0, "create_contact"), (1, "create_conversation"), (3, "toggle_status_open")]
    {
        assert_eq!(news[n].1, fixture(name)["body"], "{name}");
    }
    assert_eq!(
        (&news[2].1["private"], &news[2].1["message_type"]),
        (&json!(true), &json!("outgoing"))
    );
    let summary = news[2].1["content"].as_str().unwrap();
    assert!(summary.contains("khai sinh") && !summary.contains("0912345678"), "{summary}");
    // What the person writes is brought once, and answered by nobody but an officer.
    writes(&app, &platform, "c3", "tôi vẫn chờ", 1).await;
    round(&app).await;
    round(&app).await;
    let messages = format!("{conversations}/42/messages");
    let news = world.news();
    assert_eq!((news.len(), news[0].0.as_str()), (1, messages.as_str()));
    assert_eq!(news[0].1["content"], "tôi vẫn chờ");
    assert!(news[0].1["echo_id"].is_string());
    // The echo of our own opening is no officer; words of one are, once, under whichever name they come again.
    assert_eq!(event(&app, "d0", &state(42, "open")).await, StatusCode::OK);
    assert_eq!(chat.queue().await.unwrap().1.len(), 0);
    let before = platform.sent.lock().unwrap().len();
    let said = officer(1001, 42, &contact, "Chào bác, hồ sơ của bác đang chờ bổ sung.");
    for delivery in ["d1", "d1", "d2"] {
        assert_eq!(event(&app, delivery, &said).await, StatusCode::OK);
    }
    let all = sent(&app, &platform, before + 1).await;
    assert_eq!(all.len(), before + 1);
    assert_eq!(words(&all[before]), "Chào bác, hồ sơ của bác đang chờ bổ sung.");
    assert_eq!(chat.queue().await.unwrap().1[0].officer.as_deref(), Some("Chatwoot"));
    writes(&app, &platform, "c4", "cảm ơn, tôi sẽ bổ sung", 0).await;
    // Notes, our own words, the person's own and those about somebody else are not said.
    let mut note = officer(1002, 42, &contact, "nội bộ");
    note["private"] = json!(true);
    let mut own = officer(1003, 42, &contact, "máy");
    own["sender"]["type"] = json!("agent_bot");
    let mut incoming = officer(1004, 42, &contact, "người dân");
    incoming["message_type"] = json!("incoming");
    let others = [officer(1005, 42, "zalo:1", "ai đó"), officer(1006, 99, &contact, "ai đó")];
    for (n, body) in [note, own, incoming].iter().chain(&others).enumerate() {
        assert_eq!(event(&app, &format!("n{n}"), body).await, StatusCode::OK);
    }
    assert_eq!(sent(&app, &platform, before + 1).await.len(), before + 1);
    // Whoever writes to nobody is told.
    let told: Vec<Value> = world.news().into_iter().map(|it| it.1["content"].clone()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|it| it.as_str().unwrap().contains("không tới ai")));
    // A long word of an officer is cut at the channel's limit; one that the channel refuses is told.
    let long = "Thành phần hồ sơ gồm tờ khai, giấy chứng sinh và giấy tờ tùy thân. ".repeat(30);
    assert_eq!(event(&app, "l1", &officer(1007, 42, &contact, &long)).await, StatusCode::OK);
    assert_eq!(sent(&app, &platform, before + 3).await.len(), before + 3);
    platform.script.lock().unwrap().push(json!({"error": -230, "message": "x"}));
    assert_eq!(event(&app, "l2", &officer(1008, 42, &contact, "quá hạn")).await, StatusCode::OK);
    sent(&app, &platform, before + 3).await;
    round(&app).await;
    let notes: Vec<Value> = world.news().into_iter().map(|it| it.1["content"].clone()).collect();
    assert_eq!(notes[0], "cảm ơn, tôi sẽ bổ sung");
    assert!(notes[1].as_str().unwrap().contains("chưa gửi được"), "{notes:?}");
    // It is ended there: the assistant answers again, and nothing more is brought.
    assert_eq!(event(&app, "e1", &state(42, "resolved")).await, StatusCode::OK);
    assert_eq!(chat.queue().await.unwrap().1.len(), 0);
    writes(&app, &platform, "c5", "xin chào", 1).await;
    round(&app).await;
    assert_eq!(world.news(), []);
    // An officer who writes once more has it again; the person goes back by a word.
    assert_eq!(event(&app, "e2", &officer(1009, 42, &contact, "Bác ơi")).await, StatusCode::OK);
    sent(&app, &platform, 0).await;
    assert_eq!(chat.queue().await.unwrap().1.len(), 1);
    writes(&app, &platform, "c6", "gặp trợ lý", 1).await;
    round(&app).await;
    let news = world.news();
    assert_eq!(news.last().unwrap().1["status"], "resolved");
    // The next call is another conversation.
    writes(&app, &platform, "c7", "gặp cán bộ", 1).await;
    round(&app).await;
    assert_eq!(world.news().last().unwrap().0, "43/toggle_status");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_be_called_back_keeps_the_assistant_and_a_replay_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (platform, zalo_url) = platform().await;
    let (world, url) = server().await;
    let app = opened(folder.path(), &zalo_url, &url).await;
    let chat = app.chat.clone().unwrap();
    writes(&app, &platform, "b1", "xin chào", 1).await;
    let talk = chat.last_of(chat::Channel::Zalo, PERSON).await.unwrap().unwrap();
    let contact =
        chat::Contact {
            name: "Lan".into(), reach: "0912345678".into(), note: "chiều nay".into()
        };
    chat.leave_contact(&talk.id, contact).await.unwrap();
    round(&app).await;
    let news = world.news();
    assert_eq!(news.last().unwrap().0, "42/toggle_status");
    assert!(news[2].1["content"].as_str().unwrap().contains("0912345678"));
    // Our own opening, as the desk tells it, is no officer: the assistant goes on.
    assert_eq!(event(&app, "o1", &state(42, "open")).await, StatusCode::OK);
    let mut updated = state(42, "open");
    updated["event"] = json!("conversation_updated");
    updated["changed_attributes"] = json!([{"status": {"current_value": "open"}}]);
    assert_eq!(event(&app, "o2", &updated).await, StatusCode::OK);
    assert_eq!(chat.talk(&talk.id).await.unwrap().mode, chat::Mode::Bot);
    writes(&app, &platform, "b2", "xin chào", 1).await;
    // Ended there they have been called, and what they left for it is forgotten.
    assert_eq!(event(&app, "o3", &state(42, "resolved")).await, StatusCode::OK);
    let known = chat.talk(&talk.id).await.unwrap();
    assert_eq!((known.known.contact, known.waiting), (None, None));
    // Called for anew; the same bytes of before under another name of a delivery end nothing.
    writes(&app, &platform, "b3", "gặp cán bộ", 1).await;
    round(&app).await;
    let (body, at) = (state(43, "resolved").to_string(), now().as_second().to_string());
    let signature = format!("sha256={}", mac(&at, &body));
    for (delivery, waits) in [("r1", false), ("r2", true)] {
        if waits {
            writes(&app, &platform, "b4", "gặp cán bộ", 1).await;
        }
        let status = deliver(&app, delivery, &at, &signature, body.clone()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(chat.talk(&talk.id).await.unwrap().mode == chat::Mode::Waiting, waits);
    }
    // Whoever writes to somebody who is not there any more is told so.
    chat.erase(&talk.id).await.unwrap();
    world.news();
    let said = officer(9, 43, &format!("zalo:{PERSON}"), "Bác ơi");
    assert_eq!(event(&app, "o9", &said).await, StatusCode::OK);
    assert!(world.news()[0].1["content"].as_str().unwrap().contains("không tới ai"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_desk_lost_is_made_anew_and_nothing_forged_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (platform, zalo_url) = platform().await;
    let (world, url) = server().await;
    let app = opened(folder.path(), &zalo_url, &url).await;
    let chat = app.chat.clone().unwrap();
    let desk = || async { app.channels.chatwoot.as_ref().unwrap().desk.round().await };
    writes(&app, &platform, "k1", "gặp cán bộ", 1).await;
    // While it is away nothing is lost.
    *world.away.lock().unwrap() = true;
    assert!(desk().await.is_err());
    *world.away.lock().unwrap() = false;
    desk().await.unwrap();
    assert_eq!(world.news().last().unwrap().0, "42/toggle_status");
    world.lost.lock().unwrap().push("42".into());
    writes(&app, &platform, "k2", "có ai không", 1).await;
    desk().await.unwrap();
    desk().await.unwrap();
    let news = world.news();
    assert_eq!(news.last().unwrap().0, "43/toggle_status");
    let summary = &news[news.len() - 2].1["content"];
    assert!(summary.as_str().unwrap().contains("có ai không"), "{summary}");
    // A colleague at our own desk has it: that is told, and nothing is said twice.
    let talk = chat.queue().await.unwrap().0.remove(0);
    chat.take(&talk.id, "lan").await.unwrap();
    let before = platform.sent.lock().unwrap().len();
    let contact = format!("zalo:{PERSON}");
    assert_eq!(event(&app, "h1", &officer(1, 43, &contact, "Chào bác")).await, StatusCode::OK);
    assert_eq!(sent(&app, &platform, before).await.len(), before);
    assert!(world.news().last().unwrap().1["content"].as_str().unwrap().contains("Đồng nghiệp"));
    // Forged, without a signature, no event, too large.
    let body = officer(2, 43, &contact, "giả").to_string();
    let stale = (now().as_second() - 360).to_string();
    let mac = |at: &str| mac(at, &body);
    let at = now().as_second().to_string();
    for (timestamp, signature, text, status) in [
        (&at, String::new(), body.clone(), StatusCode::FORBIDDEN),
        (&at, "sha256=00".into(), body.clone(), StatusCode::FORBIDDEN),
        (&stale, format!("sha256={}", mac(&stale)), body.clone(), StatusCode::FORBIDDEN),
        (&at, format!("sha256={}", mac(&at)), body.replace("giả", "khác"), StatusCode::FORBIDDEN),
        (&at, String::new(), "x".repeat(2 << 20), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let found = deliver(&app, "f1", timestamp, &signature, text).await;
        assert_eq!(found, status, "{signature}");
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(platform.sent.lock().unwrap().len(), before);
    // Nothing of the person stays here once it is erased.
    chat.erase(&talk.id).await.unwrap();
    assert_eq!(chat.linked("43").await.unwrap(), None);
}
