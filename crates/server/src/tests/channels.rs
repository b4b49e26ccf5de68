//! Zalo over HTTP, against a server that behaves like the platform: tokens that end and work once, codes of errors,
//! connections that break.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use futures::FutureExt;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use zalo::{Pair, Renew};

use super::*;
use crate::channels::{self, Channels};
use crate::clock::now;

const APP: &str = "1122334455667788990";
const OA: &str = "9988776655443322110";

/// The platform.
#[derive(Default)]
pub(super) struct Platform {
    access: Mutex<String>,
    refresh: Mutex<String>,
    renewals: Mutex<usize>,
    pub(super) sent: Mutex<Vec<(String, Value)>>,
    /// What the bot's platform gives who asks for messages, the last first.
    updates: Mutex<Vec<Value>>,
    /// What the next calls of sending answer instead of what they should.
    pub(super) script: Mutex<Vec<Value>>,
}

pub(super) type World = Arc<Platform>;

pub(super) async fn platform() -> (World, String) {
    let world: World = Arc::default();
    *world.access.lock().unwrap() = "at-1".into();
    *world.refresh.lock().unwrap() = "rt-1".into();
    let routes = Router::new()
        .route("/v3.0/oa/message/cs", post(send_oa))
        .route("/v2.0/oa/message", post(send_oa))
        .route("/v4/oa/access_token", post(token))
        .route("/{bot}/{method}", any(bot))
        .with_state(Arc::clone(&world));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the platform runs beside the test")]
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (world, url)
}

async fn send_oa(State(world): State<World>, headers: HeaderMap, body: String) -> Response {
    let body: Value = serde_json::from_str(&body).unwrap();
    let error = |code: i64| Json(json!({"error": code, "message": "x"})).into_response();
    let scripted = {
        let mut script = world.script.lock().unwrap();
        (!script.is_empty()).then(|| script.remove(0))
    };
    match scripted {
        Some(Value::Null) => {
            // The connection breaks after the message was read.
            tokio::time::sleep(Duration::from_millis(50)).await;
            return (StatusCode::OK, "").into_response();
        }
        Some(answer) => return Json(answer).into_response(),
        None => {}
    }
    let access = headers.get("access_token").map(|it| it.to_str().unwrap().to_owned());
    assert!(!headers.contains_key("authorization"));
    if access.as_ref() != Some(&*world.access.lock().unwrap()) {
        return error(-216);
    }
    if body["message"]["text"].as_str().unwrap().encode_utf16().count() > 2000 {
        return error(-210);
    }
    let mut sent = world.sent.lock().unwrap();
    let id = format!("m-{}", sent.len());
    sent.push((id.clone(), body));
    Json(json!({"data": {"message_id": id}, "error": 0, "message": "Success"})).into_response()
}

async fn token(State(world): State<World>, headers: HeaderMap, body: String) -> Json<Value> {
    assert_eq!(headers["secret_key"], "app-secret");
    let mut refresh = world.refresh.lock().unwrap();
    let told = body.split('&').find_map(|it| it.strip_prefix("refresh_token=")).unwrap();
    if told != *refresh {
        return Json(json!({"error": -14020, "error_name": "used"}));
    }
    let mut renewals = world.renewals.lock().unwrap();
    *renewals += 1;
    *refresh = format!("rt-{}", *renewals + 1);
    *world.access.lock().unwrap() = format!("at-{}", *renewals + 1);
    Json(
        json!({"access_token": *world.access.lock().unwrap(), "refresh_token": *refresh, "expires_in": "90000"}),
    )
}

async fn bot(
    State(world): State<World>,
    UrlPath((bot, method)): UrlPath<(String, String)>,
    body: String,
) -> Json<Value> {
    if (bot.as_str(), method.as_str()) == ("bot12345689:abc-xyz", "getUpdates") {
        assert_eq!(body, r#"{"timeout":"30"}"#);
        let next = world.updates.lock().unwrap().pop();
        if next.is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        return Json(next.unwrap_or(json!({"ok": false, "error_code": 408})));
    }
    if bot != "bot12345689:abc-xyz" || method != "sendMessage" {
        return Json(json!({"ok": false, "error_code": 404}));
    }
    let mut sent = world.sent.lock().unwrap();
    let id = format!("b-{}", sent.len());
    sent.push((id.clone(), serde_json::from_str(&body).unwrap()));
    Json(json!({"ok": true, "result": {"message_id": id}}))
}

/// The program with its channels, over the same data each time.
pub(super) async fn opened(folder: &Path, url: &str) -> App {
    opened_with(folder, url, |_| {}).await
}

/// The same under other settings.
pub(super) async fn opened_with(folder: &Path, url: &str, more: impl Fn(&mut Config)) -> App {
    opened_writing(folder, url, more, None).await
}

/// The same with a model that writes.
pub(super) async fn opened_writing(
    folder: &Path,
    url: &str,
    more: impl Fn(&mut Config),
    model: Option<Generator>,
) -> App {
    let mut setup = setup(&folder.join("data"));
    let config = Arc::get_mut(&mut setup.config).unwrap();
    more(config);
    config.zalo.enabled = true;
    config.zalo.app_id = APP.into();
    config.zalo.oa_id = OA.into();
    config.zalo.openapi = url.into();
    config.zalo.oauth = url.into();
    config.zalo_bot.enabled = true;
    config.zalo_bot.api = url.into();
    config.handoff.desk = true;
    config.handoff.hours = vec!["mon-sun 00:00-23:59".into()];
    if setup.versions.current().unwrap().is_none() {
        let birth = root().join("corpora/procedures/1.001193-dang-ky-khai-sinh.json");
        let birth = std::fs::read_to_string(birth).unwrap();
        ingest(&setup, &[("luat.jsonl", LAW), ("khai-sinh.json", &birth)], folder).await;
    }
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup, prompts, fake::embedder(64), model).with_chat().await.unwrap();
    let app = app.with_people(&secrets).await.unwrap();
    app.refresh().unwrap();
    let tokens = channels::tokens(&app.setup.config, app.chat.clone().unwrap(), &secrets).unwrap();
    if tokens.kept().await.is_err() {
        let until = now().checked_add(SignedDuration::from_hours(25)).unwrap();
        tokens
            .keep(&Pair { access: "at-1".into(), refresh: "rt-1".into(), given: now(), until })
            .await
            .unwrap();
    }
    let renew: Renew = Arc::new(move |seen| {
        let tokens = tokens.clone();
        async move { tokens.renew(&seen, now).await }.boxed()
    });
    app.with_channels(renew, &secrets).unwrap()
}

pub(super) fn secrets(name: &str) -> Option<String> {
    let known = HashMap::from([
        ("KHUE_ZALO_OA_SECRET", "oa-secret-for-tests-only"),
        ("KHUE_ZALO_APP_SECRET", "app-secret"),
        ("KHUE_ZALO_BOT_TOKEN", "12345689:abc-xyz"),
        ("KHUE_ZALO_BOT_SECRET", "bot-secret"),
        ("KHUE_TELEGRAM_TOKEN", "123456:TEST"),
        ("KHUE_TELEGRAM_SECRET", "tg_secret-1"),
        ("KHUE_CHATWOOT_TOKEN", "bot-token-1"),
        ("KHUE_CHATWOOT_SECRET", "chatwoot-secret-for-tests"),
        ("KHUE_CHATWOOT_HMAC", "inbox-hmac-for-tests"),
        ("KHUE_CASE_PASSWORD", "not-a-real-password"),
    ]);
    known.get(name).map(|it| (*it).to_owned())
}

/// A delivery of the Official Account.
fn event(name: &str, id: &str, user: &str, more: Value) -> (String, String) {
    let timestamp = now().as_millisecond().to_string();
    let mut body = json!({
        "app_id": APP, "event_name": name, "timestamp": timestamp,
        "sender": {"id": user}, "recipient": {"id": OA}, "message": {"msg_id": id},
    });
    for (key, value) in more.as_object().unwrap() {
        *body.pointer_mut(&format!("/{key}")).unwrap_or(&mut Value::Null) = value.clone();
        if let Some(key) = key.strip_prefix("message/") {
            body["message"][key] = value.clone();
        }
    }
    signed(&body)
}

/// A body as the platform signs it.
fn signed(body: &Value) -> (String, String) {
    let (timestamp, text) = (body["timestamp"].as_str().unwrap(), body.to_string());
    let mut hash = Sha256::new();
    for term in [APP, &text, timestamp, "oa-secret-for-tests-only"] {
        hash.update(term);
    }
    let mac = format!("mac={}", infer::hex(&hash.finalize()));
    (text, mac)
}

pub(super) fn says(id: &str, user: &str, text: &str) -> (String, String) {
    event("user_send_text", id, user, json!({"message/text": text}))
}

async fn deliver(
    app: &App,
    path: &str,
    header: &str,
    (body, mac): &(String, String),
) -> StatusCode {
    let request = Request::builder().method("POST").uri(path).header(header, mac);
    let request = request.body(Body::from(body.clone())).unwrap();
    router(app.clone()).oneshot(request).await.unwrap().status()
}

pub(super) async fn zalo(app: &App, delivery: &(String, String)) -> StatusCode {
    deliver(app, "/webhooks/zalo", "x-zevent-signature", delivery).await
}

/// What was sent, once the channels have nothing more to do.
pub(super) async fn sent(app: &App, world: &World, at_least: usize) -> Vec<Value> {
    for _ in 0..400 {
        let idle = app.channels.states().as_object().unwrap().values().all(|it| it["waiting"] == 0);
        if idle && world.sent.lock().unwrap().len() >= at_least {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    world.sent.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
}

pub(super) fn words(body: &Value) -> &str {
    body["message"]["text"].as_str().or(body["text"].as_str()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_zalo_is_answered_once_with_its_sources_and_rated() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    let app = opened(folder.path(), &url).await;
    let question = says("a1", "55", "đăng ký khai sinh cần giấy tờ gì");
    assert_eq!(zalo(&app, &question).await, StatusCode::OK);
    let all = sent(&app, &world, 1).await;
    let text: String = all.iter().map(words).collect::<Vec<_>>().join("\n");
    assert!(
        text.contains("Giấy tờ cần có")
            && text.contains("[1] 1.001193")
            && text.contains("còn hiệu lực"),
        "{text}"
    );
    assert!(!text.contains("**"));
    assert!(all.iter().all(|it| it["recipient"]["user_id"] == "55"));
    // The last part alone has buttons; pressed, they rate that answer. Someone else's press does nothing.
    let payload = all.last().unwrap()["message"]["attachment"]["payload"]["buttons"][1]["payload"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(all[..all.len() - 1].iter().all(|it| it["message"]["attachment"].is_null()));
    assert_eq!(zalo(&app, &says("p0", "66", &payload)).await, StatusCode::OK);
    assert_eq!(zalo(&app, &says("p1", "55", &payload)).await, StatusCode::OK);
    sent(&app, &world, all.len()).await;
    let feedback = app.chat.as_ref().unwrap().feedbacks(9).await.unwrap();
    assert_eq!(feedback.iter().map(|it| it.value).collect::<Vec<_>>(), [-1]);
    // Delivered again, also after a restart, it is answered no more.
    assert_eq!(zalo(&app, &question).await, StatusCode::OK);
    drop(app);
    let app = opened(folder.path(), &url).await;
    app.channels.resume().await.unwrap();
    assert_eq!(zalo(&app, &question).await, StatusCode::OK);
    assert_eq!(sent(&app, &world, 0).await.len(), all.len());
    // The talk goes on.
    assert_eq!(zalo(&app, &says("a2", "55", "còn lệ phí?")).await, StatusCode::OK);
    let more = sent(&app, &world, all.len() + 1).await;
    assert!(words(more.last().unwrap()).contains("Lệ phí"), "{more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_question_is_told_so_and_nothing_forged_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    let app = opened(folder.path(), &url).await;
    for (n, (name, expect)) in [
        ("user_send_image", 1),
        ("user_send_file", 1),
        ("user_send_location", 1),
        ("user_send_audio", 1),
        ("user_seen_message", 0),
        ("user_received_message", 0),
        ("unfollow", 0),
        ("something_new", 0),
    ]
    .into_iter()
    .enumerate()
    {
        let before = world.sent.lock().unwrap().len();
        let delivery = event(name, &format!("k{n}"), &format!("7{n}"), json!({}));
        assert_eq!(zalo(&app, &delivery).await, StatusCode::OK);
        let after = sent(&app, &world, before + expect).await.len();
        assert_eq!(after - before, expect, "{name}");
    }
    let before = world.sent.lock().unwrap().len();
    let (body, mac) = says("f1", "55", "đăng ký khai sinh");
    let last = if mac.ends_with('0') { "1" } else { "0" };
    let forged = format!("{}{last}", &mac[..mac.len() - 1]);
    assert_eq!(zalo(&app, &(body.clone(), forged)).await, StatusCode::OK);
    assert_eq!(zalo(&app, &(body.replace("khai sinh", "kết hôn"), mac)).await, StatusCode::OK);
    assert_eq!(
        zalo(&app, &("x".repeat(2 << 20), "mac=0".into())).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let bot = |secret: &str| {
        (json!({"event_name": "message.text.received", "message": {"message_id": "b1", "chat": {"id": "c1"}, "text": "xin chào"}}).to_string(), secret.to_owned())
    };
    assert_eq!(
        deliver(&app, "/webhooks/zalo-bot", "x-bot-api-secret-token", &bot("wrong")).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(sent(&app, &world, before).await.len(), before);
    // Too long, and by the bot.
    assert_eq!(zalo(&app, &says("l1", "56", &"khai sinh ".repeat(600))).await, StatusCode::OK);
    assert_eq!(
        deliver(&app, "/webhooks/zalo-bot", "x-bot-api-secret-token", &bot("bot-secret")).await,
        StatusCode::OK
    );
    let all = sent(&app, &world, before + 2).await;
    let texts: Vec<&str> = all[before..].iter().map(words).collect();
    assert!(
        texts.iter().any(|it| it.contains("tối đa 4000"))
            && texts.iter().any(|it| it.contains("Khuê")),
        "{texts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_once_and_failures_do_what_their_codes_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    let app = opened(folder.path(), &url).await;
    // The token ends: many who answer at the same time renew it once.
    *world.access.lock().unwrap() = "ended".into();
    for n in 0..6 {
        assert_eq!(
            zalo(&app, &says(&format!("t{n}"), &format!("8{n}"), "xin chào")).await,
            StatusCode::OK
        );
    }
    assert_eq!(sent(&app, &world, 6).await.len(), 6);
    assert_eq!(*world.renewals.lock().unwrap(), 1);
    // A person who cannot be reached is not tried again; a broken connection is not sent twice.
    *world.script.lock().unwrap() = vec![json!({"error": -230, "message": "x"}), Value::Null];
    zalo(&app, &says("u1", "90", "xin chào")).await;
    sent(&app, &world, 6).await;
    zalo(&app, &says("u2", "91", "xin chào")).await;
    sent(&app, &world, 6).await;
    let states: HashMap<String, i64> =
        app.chat.as_ref().unwrap().sending().await.unwrap().into_iter().collect();
    assert_eq!((states["sent"], states["failed"], states["unknown"]), (6, 1, 1));
    // Without quota the channel stops, says so, and takes up what has waited when it is mended.
    *world.script.lock().unwrap() = vec![json!({"error": -211, "message": "x"})];
    zalo(&app, &says("q1", "92", "xin chào")).await;
    sent(&app, &world, 6).await;
    assert!(app.channels.states()["zalo"]["broken"].as_str().unwrap().contains("quota"));
    app.channels.mend().await;
    assert_eq!(sent(&app, &world, 7).await.len(), 7);
    // A refresh token that was used needs a person.
    *world.access.lock().unwrap() = "ended".into();
    *world.refresh.lock().unwrap() = "another".into();
    zalo(&app, &says("c1", "93", "xin chào")).await;
    sent(&app, &world, 7).await;
    assert!(app.channels.states()["zalo"]["broken"].as_str().unwrap().contains("consent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_the_agency_takes_over_and_the_desk_writes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    let app = opened(folder.path(), &url).await;
    let chat = app.chat.clone().unwrap();
    zalo(&app, &says("h0", "55", "xin chào")).await;
    let first = sent(&app, &world, 1).await.len();
    // The echo of our own message is none of a person; one of an administrator is.
    let own = world.sent.lock().unwrap()[0].0.clone();
    let echo = |id: &str, admin: Option<&str>| {
        let timestamp = now().as_millisecond().to_string();
        let mut body = json!({"app_id": APP, "event_name": "oa_send_text", "timestamp": timestamp, "sender": {"id": OA}, "recipient": {"id": "55"}, "message": {"msg_id": id, "text": "x"}});
        if let Some(admin) = admin {
            body["sender"]["admin_id"] = json!(admin);
        }
        signed(&body)
    };
    for (delivery, human) in
        [(echo(&own, Some("admin")), 0), (echo("e1", None), 0), (echo("e2", Some("admin")), 1)]
    {
        assert_eq!(zalo(&app, &delivery).await, StatusCode::OK);
        sent(&app, &world, first).await;
        assert_eq!(chat.queue().await.unwrap().1.len(), human);
    }
    // Now the assistant is silent, but for who is in danger.
    zalo(&app, &says("h1", "55", "đăng ký khai sinh ở đâu")).await;
    assert_eq!(sent(&app, &world, first).await.len(), first);
    zalo(&app, &says("h2", "55", "cháy nhà rồi cứu với")).await;
    assert!(words(sent(&app, &world, first + 1).await.last().unwrap()).contains("114"));
    // Who asks for a person waits; help is no such wish; words of an officer arrive, and the way back is told.
    for (n, (text, expect)) in [
        ("giúp", "Gõ \"gặp cán bộ\""),
        ("gặp cán bộ", "hàng chờ"),
        ("gặp trợ lý", "trả lời tiếp"),
        ("gặp cán bộ", "hàng chờ"),
    ]
    .into_iter()
    .enumerate()
    {
        let before = world.sent.lock().unwrap().len();
        zalo(&app, &says(&format!("w{n}"), "60", text)).await;
        let all = sent(&app, &world, before + 1).await;
        assert!(words(all.last().unwrap()).contains(expect), "{text}: {all:?}");
    }
    let (waiting, _) = chat.queue().await.unwrap();
    let talk = chat.take(&waiting[0].id, "lan").await.unwrap();
    let before = world.sent.lock().unwrap().len();
    chat.officer_says(&talk.id, "lan", "Chào bác, cháu là Lan.").await.unwrap();
    let all = sent(&app, &world, before + 1).await;
    assert_eq!(words(all.last().unwrap()), "Chào bác, cháu là Lan.");
    assert_eq!(all.last().unwrap()["recipient"]["user_id"], "60");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_is_asked_where_nothing_can_be_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    let message = |id: &str, chat: &str| {
        json!({"ok": true, "result": {"event_name": "message.text.received", "message": {
            "message_id": id, "chat": {"id": chat, "chat_type": "PRIVATE"}, "text": "xin chào",
            "from": {"id": chat, "is_bot": false}, "date": now().as_millisecond()}}})
    };
    // Nothing, nonsense, one message, the same once more, another.
    *world.updates.lock().unwrap() = vec![
        message("p2", "c2"),
        message("p1", "c1"),
        message("p1", "c1"),
        json!({"ok": true, "result": {}}),
        json!({"ok": false, "error_code": 408}),
    ];
    let app = opened_with(folder.path(), &url, |config| config.zalo_bot.polling = true).await;
    app.channels.ask(&app.setup.config);
    let all = sent(&app, &world, 2).await;
    let mut chats: Vec<&str> = all.iter().map(|it| it["chat_id"].as_str().unwrap()).collect();
    chats.sort_unstable();
    assert_eq!(chats, ["c1", "c2"]);
}

#[test]
fn a_channel_without_its_secret_is_not_opened() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (app, _folder) = app(None).await;
        let mut config = (*app.setup.config).clone();
        config.zalo.enabled = true;
        let renew: Renew = Arc::new(|_| async { Err(zalo::TokenError::None) }.boxed());
        let chat = app.chat.clone().unwrap();
        let say: channels::Say = Arc::new(|_, _| String::new());
        let error = Channels::open(&config, &chat, &say, renew, &|_| None).err().unwrap();
        assert!(error.to_string().contains("KHUE_ZALO_OA_SECRET"), "{error}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_costs_no_answer_and_erasing_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    // Nobody listens there: nothing is sent, nothing is given up. It runs apart, so that everything of it has ended
    // when the next one begins.
    let path = folder.path().to_owned();
    let first = async move {
        let app = opened(&path, "http://127.0.0.1:9").await;
        assert_eq!(zalo(&app, &says("o1", "70", "xin chào")).await, StatusCode::OK);
        let chat = app.chat.clone().unwrap();
        let pending = async || chat.sending().await.unwrap() == [("pending".to_owned(), 1)];
        let mut waits = false;
        for _ in 0..200 {
            // Between two tries it waits again and again.
            waits = pending().await;
            if waits {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert!(waits, "{:?}", chat.sending().await);
    };
    let apart = move || tokio::runtime::Runtime::new().unwrap().block_on(first);
    tokio::task::spawn_blocking(apart).await.unwrap();
    // The platform is back, and so are we.
    let app = opened(folder.path(), &url).await;
    app.channels.resume().await.unwrap();
    let all = sent(&app, &world, 1).await;
    assert_eq!((all.len(), words(&all[0]).contains("Khuê")), (1, true), "{all:?}");
    // Erased on the person's word: that is told, and nothing is left but that the deliveries came.
    assert_eq!(zalo(&app, &says("o2", "70", "xóa hội thoại")).await, StatusCode::OK);
    let all = sent(&app, &world, 2).await;
    assert!(words(&all[1]).contains("Đã xóa"), "{all:?}");
    assert_eq!(app.chat.as_ref().unwrap().sending().await.unwrap(), []);
    // Whoever writes on the platform itself hands over to an officer at the desk.
    let chat = app.chat.clone().unwrap();
    zalo(&app, &says("o3", "71", "gặp cán bộ")).await;
    sent(&app, &world, 3).await;
    let talk = chat.queue().await.unwrap().0.remove(0);
    chat.take(&talk.id, "—").await.unwrap();
    assert_eq!(chat.take(&talk.id, "lan").await.unwrap().officer.as_deref(), Some("lan"));
    assert!(chat.take(&talk.id, "minh").await.is_err());
}
