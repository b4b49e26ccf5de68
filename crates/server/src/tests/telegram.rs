//! Telegram over HTTP, against a server that behaves like its Bot API.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::Json;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::routing::any;
use chat::{Carrier, Part, Sent};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::channels::{opened_with, opened_writing};
use super::*;

/// The platform.
#[derive(Default)]
struct Platform {
    /// Methods that were called, in small letters, and with what.
    calls: Mutex<Vec<(String, Value, Instant)>>,
    /// Words of messages by their number.
    messages: Mutex<HashMap<i64, String>>,
    /// What the next calls of a method answer instead of what they should: status, document.
    script: Mutex<HashMap<String, VecDeque<(u16, Value)>>>,
    /// Updates that wait for being asked for.
    updates: Mutex<Vec<Value>>,
}

type World = Arc<Platform>;

impl Platform {
    fn script(&self, method: &str, answers: &[(u16, Value)]) {
        self.script.lock().unwrap().insert(method.into(), answers.iter().cloned().collect());
    }

    fn called(&self, method: &str) -> Vec<Value> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|it| it.0 == method).map(|it| it.1.clone()).collect()
    }

    /// Waits until a method was called so often.
    async fn wait(&self, method: &str, times: usize) -> Vec<Value> {
        for _ in 0..400 {
            if self.called(method).len() >= times {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let called = self.called(method);
        assert_eq!(called.len(), times, "{method}: {:?}", self.calls.lock().unwrap());
        called
    }
}

async fn platform() -> (World, String) {
    let world: World = Arc::default();
    let routes = Router::new().route("/{bot}/{method}", any(api)).with_state(Arc::clone(&world));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the platform runs beside the test")]
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (world, url)
}

fn wrong(code: u16, why: &str) -> (u16, Value) {
    (code, json!({"ok": false, "error_code": code, "description": why}))
}

async fn api(
    State(world): State<World>,
    UrlPath((bot, method)): UrlPath<(String, String)>,
    body: String,
) -> (StatusCode, Json<Value>) {
    let method = method.to_lowercase();
    let body: Value = serde_json::from_str(&body).unwrap_or(json!({"form": body}));
    world.calls.lock().unwrap().push((method.clone(), body.clone(), Instant::now()));
    let scripted = world.script.lock().unwrap().get_mut(&method).and_then(VecDeque::pop_front);
    let (status, answer) = match scripted {
        Some(answer) => answer,
        None if bot != "bot123456:TEST" => wrong(401, "Unauthorized"),
        None => answered(&world, &method, &body).await,
    };
    (StatusCode::from_u16(status).unwrap(), Json(answer))
}

async fn answered(world: &World, method: &str, body: &Value) -> (u16, Value) {
    let ok = |result: Value| (200, json!({"ok": true, "result": result}));
    let message = |id: i64, text: &str| {
        json!({"message_id": id, "date": 1_795_591_204, "text": text,
            "chat": {"id": body["chat_id"], "first_name": "Thử", "type": "private"},
            "from": {"id": 123_456, "is_bot": true, "first_name": "Khuê", "username": "hn_test_bot"}})
    };
    let text = body["text"].as_str().unwrap_or_default();
    if matches!(method, "sendmessage" | "editmessagetext") {
        if text.is_empty() {
            return wrong(400, "Bad Request: message text is empty");
        }
        let visible = text.replace("<b>", "").replace("</b>", "");
        if visible.encode_utf16().count() > 4096 + text.matches('&').count() * 4 {
            return wrong(400, "Bad Request: message is too long");
        }
    }
    if method == "getupdates" {
        let found = {
            let mut updates = world.updates.lock().unwrap();
            // What is asked for after another is forgotten.
            updates.retain(|it| it["update_id"].as_i64() >= body["offset"].as_i64());
            updates.clone()
        };
        if found.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        return ok(json!(found));
    }
    let mut messages = world.messages.lock().unwrap();
    match method {
        "sendmessage" => {
            let id = 201 + messages.len() as i64;
            messages.insert(id, text.to_owned());
            ok(message(id, text))
        }
        "editmessagetext" => {
            let id = body["message_id"].as_i64().unwrap();
            match messages.get_mut(&id) {
                None => wrong(400, "Bad Request: message to edit not found"),
                Some(old) if *old == text => wrong(
                    400,
                    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
                ),
                Some(old) => {
                    *old = text.to_owned();
                    ok(message(id, text))
                }
            }
        }
        "deletemessage" => {
            ok(json!(messages.remove(&body["message_id"].as_i64().unwrap()).is_some()))
        }
        "editmessagereplymarkup" => ok(message(body["message_id"].as_i64().unwrap(), "…")),
        "getme" => ok(json!({"id": 123_456, "is_bot": true, "first_name": "Khuê",
            "username": "hn_test_bot", "can_join_groups": false, "can_read_all_group_messages": false,
            "supports_inline_queries": false, "can_connect_to_business": false,
            "has_main_web_app": false})),
        "getwebhookinfo" => ok(json!({"url": "https://khue.example/webhooks/telegram",
            "has_custom_certificate": false, "pending_update_count": 3,
            "last_error_message": "Connection refused"})),
        _ => ok(json!(true)),
    }
}

async fn opened(folder: &Path, url: &str) -> App {
    opened_with(folder, url, |config| {
        config.telegram.enabled = true;
        config.telegram.api = url.into();
        config.telegram.username = "hn_test_bot".into();
    })
    .await
}

fn says(update: i64, chat: i64, text: &str) -> Value {
    json!({"update_id": update, "message": {"message_id": update, "date": 1_795_591_200, "text": text,
        "from": {"id": chat, "is_bot": false, "first_name": "Thử"},
        "chat": {"id": chat, "first_name": "Thử", "type": "private"}}})
}

fn presses(update: i64, chat: i64, data: &str) -> Value {
    json!({"update_id": update, "callback_query": {"id": format!("q{update}"), "chat_instance": "1",
        "from": {"id": chat, "is_bot": false, "first_name": "Thử"}, "data": data,
        "message": {"message_id": 300, "date": 1_795_591_200, "text": "…",
            "from": {"id": 123_456, "is_bot": true, "first_name": "Khuê"},
            "chat": {"id": chat, "first_name": "Thử", "type": "private"}}}})
}

async fn deliver(app: &App, secret: &str, body: String) -> StatusCode {
    let mut request = Request::builder().method("POST").uri("/webhooks/telegram");
    if !secret.is_empty() {
        request = request.header("x-telegram-bot-api-secret-token", secret);
    }
    let request = request.body(Body::from(body)).unwrap();
    router(app.clone()).oneshot(request).await.unwrap().status()
}

async fn update(app: &App, body: &Value) {
    assert_eq!(deliver(app, "tg_secret-1", body.to_string()).await, StatusCode::OK);
}

/// Waits until nothing is left to do.
async fn idle(app: &App) {
    for _ in 0..400 {
        if app.channels.states()["telegram"]["waiting"] == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the channel does not come to rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_telegram_is_answered_once_in_html_and_rated() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    let app = opened(folder.path(), &url).await;
    let question = says(1, 7, "đăng ký khai sinh cần giấy tờ gì");
    update(&app, &question).await;
    idle(&app).await;
    let sent = world.called("sendmessage");
    let text: String = sent.iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert!(text.contains("<b>Giấy tờ cần có:</b>") && text.contains("[1] 1.001193"), "{text}");
    assert!(text.contains("còn hiệu lực") && !text.contains("**"), "{text}");
    for one in &sent {
        assert_eq!((&one["parse_mode"], &one["chat_id"]), (&json!("HTML"), &json!(7)));
        assert_eq!(one["link_preview_options"]["is_disabled"], true);
    }
    // The last part alone has buttons. Somebody else's press, and one of a button that nobody knows, do nothing, but
    // the platform is told that they were seen.
    let button = |n: usize| {
        let row = &sent.last().unwrap()["reply_markup"]["inline_keyboard"][0];
        row[n]["callback_data"].as_str().unwrap().to_owned()
    };
    assert!(sent[..sent.len() - 1].iter().all(|it| it["reply_markup"].is_null()));
    assert!(button(1).len() <= 64);
    update(&app, &presses(2, 8, &button(1))).await;
    update(&app, &presses(3, 7, "fb:zzzzzz:1")).await;
    update(&app, &presses(4, 7, "something")).await;
    world.wait("answercallbackquery", 3).await;
    let chat = app.chat.clone().unwrap();
    assert_eq!(chat.feedbacks(9).await.unwrap(), []);
    assert_eq!(world.called("editmessagereplymarkup"), Vec::<Value>::new());
    update(&app, &presses(5, 7, &button(1))).await;
    update(&app, &presses(5, 7, &button(1))).await;
    let seen = world.wait("answercallbackquery", 4).await;
    assert!(seen[3]["text"].as_str().unwrap().contains("Cảm ơn"), "{seen:?}");
    assert_eq!(world.wait("editmessagereplymarkup", 1).await[0]["message_id"], 300);
    let values: Vec<i64> = chat.feedbacks(9).await.unwrap().iter().map(|it| it.value).collect();
    assert_eq!(values, [-1]);
    // Delivered again, also after a restart, it is answered no more.
    update(&app, &question).await;
    drop((app, chat));
    let app = opened(folder.path(), &url).await;
    app.channels.resume().await.unwrap();
    update(&app, &question).await;
    idle(&app).await;
    assert_eq!(world.called("sendmessage").len(), sent.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_what_is_no_question_are_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    let app = opened(folder.path(), &url).await;
    let photo = json!({"update_id": 4, "message": {"message_id": 4, "date": 1_795_591_200,
        "from": {"id": 14, "is_bot": false, "first_name": "Thử"},
        "chat": {"id": 14, "first_name": "Thử", "type": "private"},
        "photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "file_size": 9}]}});
    let edited = {
        let mut it = says(5, 15, "đăng ký khai sinh");
        it["edited_message"] = it["message"].take();
        it["edited_message"]["edit_date"] = json!(1_795_591_260);
        it.as_object_mut().unwrap().remove("message");
        it
    };
    for (body, expect) in [
        (says(1, 11, "/start citizen"), "Tôi là Khuê"),
        (says(2, 12, "/help"), "gặp cán bộ"),
        (says(3, 13, "/xoa"), "Đã xóa"),
        (photo, "chỉ đọc được chữ"),
        (edited, ""),
        (json!({"update_id": 6, "some_future_kind": {"id": 1}}), ""),
        (says(7, 17, &"khai sinh ".repeat(405)), "tối đa 4000"),
    ] {
        let before = world.called("sendmessage").len();
        update(&app, &body).await;
        idle(&app).await;
        let sent = world.called("sendmessage");
        match expect {
            "" => assert_eq!(sent.len(), before, "{body}"),
            expect => {
                let text = sent[before..]
                    .iter()
                    .map(|it| it["text"].as_str().unwrap())
                    .collect::<String>();
                assert!(text.contains(expect), "{body}: {text}");
            }
        }
    }
    let before = world.called("sendmessage").len();
    let body = says(9, 19, "xin chào").to_string();
    for (secret, body, status) in [
        ("", body.clone(), StatusCode::FORBIDDEN),
        ("tg_secret-2", body, StatusCode::FORBIDDEN),
        ("tg_secret-1", "{}".into(), StatusCode::BAD_REQUEST),
        ("tg_secret-1", "x".repeat(2 << 20), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(deliver(&app, secret, body).await, status, "{secret}");
    }
    idle(&app).await;
    assert_eq!(world.called("sendmessage").len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_telegram_do_what_they_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    let app = opened(folder.path(), &url).await;
    let chat = app.chat.clone().unwrap();
    let states =
        async || -> HashMap<String, i64> { chat.sending().await.unwrap().into_iter().collect() };
    // Flood control: it waits, then sends once more.
    let flood = json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}});
    world.script("sendmessage", &[(429, flood)]);
    update(&app, &says(1, 21, "xin chào")).await;
    idle(&app).await;
    assert_eq!((world.called("sendmessage").len(), states().await["sent"]), (2, 1));
    // Who has blocked us is not tried again; marks that cannot be read are left out; a connection that breaks is not
    // sent over.
    world.script("sendmessage", &[wrong(403, "Forbidden: bot was blocked by the user")]);
    update(&app, &says(2, 22, "xin chào")).await;
    idle(&app).await;
    assert_eq!((world.called("sendmessage").len(), states().await["failed"]), (3, 1));
    world.script("sendmessage", &[wrong(400, "Bad Request: can't parse entities: x")]);
    update(&app, &says(3, 23, "xin chào")).await;
    idle(&app).await;
    let sent = world.called("sendmessage");
    assert_eq!((sent.len(), &sent[4]["parse_mode"], states().await["sent"]), (5, &Value::Null, 2));
    world.script("sendmessage", &[(200, json!("broken off"))]);
    update(&app, &says(4, 24, "xin chào")).await;
    idle(&app).await;
    assert_eq!((world.called("sendmessage").len(), states().await["unknown"]), (6, 1));
    let why = std::fs::read(folder.path().join("data/talks.db")).unwrap();
    let why = [why, std::fs::read(folder.path().join("data/talks.db-wal")).unwrap()].concat();
    assert!(
        !String::from_utf8_lossy(&why).contains("broken off"),
        "what the platform sent is kept"
    );
    // A token that is refused stops the channel, which says so, and goes on when it is mended.
    world.script("sendmessage", &[wrong(401, "Unauthorized")]);
    update(&app, &says(5, 25, "xin chào")).await;
    idle(&app).await;
    let broken = app.channels.states()["telegram"]["broken"].clone();
    assert!(broken.as_str().unwrap().contains("KHUE_TELEGRAM_TOKEN"), "{broken}");
    app.channels.mend().await;
    idle(&app).await;
    assert_eq!(states().await["sent"], 3);
    // An officer is told of who has left, and what does not arrive.
    update(&app, &says(6, 26, "gặp cán bộ")).await;
    idle(&app).await;
    let talk = chat.queue().await.unwrap().0.remove(0);
    chat.take(&talk.id, "lan").await.unwrap();
    let kicked = json!({"update_id": 7, "my_chat_member": {"date": 1_795_591_203,
        "chat": {"id": 26, "first_name": "Thử", "type": "private"},
        "from": {"id": 26, "is_bot": false, "first_name": "Thử"},
        "old_chat_member": {"user": {"id": 123_456, "is_bot": true, "first_name": "Khuê"}, "status": "member"},
        "new_chat_member": {"user": {"id": 123_456, "is_bot": true, "first_name": "Khuê"}, "status": "kicked", "until_date": 0}}});
    update(&app, &kicked).await;
    world.script("sendmessage", &[wrong(403, "Forbidden: bot was blocked by the user")]);
    chat.officer_says(&talk.id, "lan", "Chào bác").await.unwrap();
    idle(&app).await;
    let said = chat.messages(&talk.id, 0).await.unwrap();
    let notices: Vec<&str> = said
        .iter()
        .filter(|it| it.author == chat::Author::Notice)
        .map(|it| it.text.as_str())
        .collect();
    assert_eq!(notices, ["waiting", "taken", "left", "unsent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_shown_as_it_is_written_and_its_last_words_stay() {
    let (world, url) = platform().await;
    let account = ::telegram::Account::new(&url, "123456:TEST").unwrap();
    let sender = ::telegram::Sender::new(account.bot(), ::telegram::Words::default(), true);
    let (words, seen) = watch::channel(String::new());
    let write = async move {
        for _ in 0..12 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            words.send_modify(|it| it.push_str("Cha hoặc mẹ đăng ký khai sinh cho con. "));
        }
    };
    let ((), shown) = tokio::join!(write, sender.preview("7", seen));
    let shown = shown.unwrap();
    let (first, edits) = (world.called("sendmessage"), world.called("editmessagetext"));
    assert!(!world.called("sendchataction").is_empty());
    assert_eq!(first.len(), 1);
    assert!((2..=4).contains(&edits.len()), "{}", edits.len());
    assert!(
        edits
            .iter()
            .all(|it| it["parse_mode"].is_null() && it["text"].as_str().unwrap().ends_with('…'))
    );
    let at: Vec<Instant> = {
        let calls = world.calls.lock().unwrap();
        let edits =
            calls.iter().filter(|it| matches!(it.0.as_str(), "sendmessage" | "editmessagetext"));
        edits.map(|it| it.2).collect()
    };
    assert!(at.windows(2).all(|two| two[1] - two[0] >= Duration::from_millis(1150)), "{at:?}");
    // The answer takes the place of what was shown, said again it changes nothing, and where it is gone it is sent.
    let part = |over: &str| Part {
        text: "Nguồn:\nxong".into(),
        button: Some("ab".into()),
        over: Some(over.into()),
    };
    for _ in 0..2 {
        assert_eq!(sender.send("7", &part(&shown)).await, Sent::There(shown.clone()));
    }
    let last = world.called("editmessagetext").pop().unwrap();
    assert_eq!(last["text"], "<b>Nguồn:</b>\nxong");
    assert_eq!(last["reply_markup"]["inline_keyboard"][0][1]["callback_data"], "fb:ab:0");
    assert_eq!(sender.send("7", &part("999")).await, Sent::There("202".into()));
    sender.withdraw("7", &shown).await;
    assert_eq!(world.called("deletemessage").len(), 1);
    // Nothing is shown of what is written at once.
    let (words, seen) = watch::channel("x".repeat(100));
    drop(words);
    assert_eq!(sender.preview("7", seen).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shown_becomes_the_answer_or_goes_when_an_officer_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    // A model that thinks until it is told to write: meanwhile the clauses are shown.
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let model = fake::generator(move |_| {
        gone.recv_timeout(Duration::from_secs(20)).unwrap();
        "Cha hoặc mẹ đăng ký khai sinh cho con trong thời hạn 60 ngày [1].".into()
    });
    let telegram = |config: &mut Config| {
        config.telegram.enabled = true;
        config.telegram.api = url.clone();
    };
    let app = opened_writing(folder.path(), &url, telegram, Some(model)).await;
    let chat = app.chat.clone().unwrap();
    let question =
        "theo Luật Hộ tịch, cha mẹ phải đăng ký khai sinh cho con trong thời hạn bao lâu";
    update(&app, &says(1, 51, question)).await;
    let shown = world.wait("sendmessage", 1).await.remove(0);
    assert!(shown["parse_mode"].is_null() && shown["text"].as_str().unwrap().ends_with('…'));
    go.send(()).unwrap();
    idle(&app).await;
    let last = world.called("editmessagetext").pop().unwrap();
    assert_eq!((&last["message_id"], &last["parse_mode"]), (&json!(201), &json!("HTML")));
    let text = last["text"].as_str().unwrap();
    assert!(text.contains("Nguồn") && text.contains("còn hiệu lực"), "{text}");
    assert_eq!(world.called("sendmessage").len(), 1);
    // Taken over while it is written: what was shown goes, and only the officer's words stand there, as written.
    update(&app, &says(2, 52, question)).await;
    world.wait("sendmessage", 2).await;
    let talk = chat.last_of(chat::Channel::Telegram, "52").await.unwrap().unwrap();
    chat.take(&talk.id, "lan").await.unwrap();
    go.send(()).unwrap();
    idle(&app).await;
    assert_eq!(world.wait("deletemessage", 1).await[0]["message_id"], 202);
    chat.officer_says(&talk.id, "lan", "Chào bác <b>Thử</b> & <a href=\"tg://x\">x</a>")
        .await
        .unwrap();
    idle(&app).await;
    let said = world.called("sendmessage").pop().unwrap();
    let escaped = "Chào bác &lt;b&gt;Thử&lt;/b&gt; &amp; &lt;a href=\"tg://x\"&gt;x&lt;/a&gt;";
    assert_eq!(said["text"], escaped);
    let states: HashMap<String, i64> = chat.sending().await.unwrap().into_iter().collect();
    assert_eq!(states["sent"], 2, "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_are_asked_where_nothing_can_be_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = platform().await;
    *world.updates.lock().unwrap() = vec![says(41, 31, "xin chào"), says(42, 32, "xin chào")];
    world.script("getupdates", &[wrong(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")]);
    let app = opened_with(folder.path(), &url, |config| {
        config.telegram.enabled = true;
        config.telegram.polling = true;
        config.telegram.api = url.clone();
    })
    .await;
    app.channels.ask(&app.setup.config);
    let sent = world.wait("sendmessage", 2).await;
    let mut chats: Vec<i64> = sent.iter().map(|it| it["chat_id"].as_i64().unwrap()).collect();
    chats.sort_unstable();
    assert_eq!(chats, [31, 32]);
    // Both are forgotten there, and no delivery from outside is taken.
    for _ in 0..200 {
        if world.updates.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(*world.updates.lock().unwrap(), Vec::<Value>::new());
    let body = says(43, 33, "xin chào").to_string();
    assert_eq!(deliver(&app, "tg_secret-1", body).await, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sets_the_address_and_sees_the_state() {
    let (world, url) = platform().await;
    let account = ::telegram::Account::new(&url, "123456:TEST").unwrap();
    account
        .deliver("https://khue.example/webhooks/telegram", "tg_secret-1", &[("xoa", "Xóa")])
        .await
        .unwrap();
    let form = world.called("setwebhook").remove(0)["form"].to_string();
    for part in ["https://khue.example/webhooks/telegram", "tg_secret-1", "callback_query"] {
        assert!(form.contains(part), "{form}");
    }
    assert_eq!(world.called("setmycommands")[0]["commands"][0]["command"], "xoa");
    let hook = account.hook().await.unwrap();
    assert_eq!((hook.username.as_str(), hook.waiting), ("hn_test_bot", 3));
    assert_eq!(hook.trouble.as_deref(), Some("Connection refused"));
    assert!(account.deliver("nowhere", "x", &[]).await.unwrap_err().contains("https://"));
    assert!(::telegram::Account::new(&url, "no-token").is_err());
    assert!(::telegram::Account::new("localhost:8081", "123456:TEST").is_err());
}
