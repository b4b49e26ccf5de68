//! The widget and the server's pages in a real Chromium: `connectors/web/test/browser.test.mjs` against a server with
//! fake models, and with an officer who does what the test says.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chat::{Chat, Mode};
use people::Role;
use tokio::net::TcpListener;

use super::*;

/// Where Debian and others put it.
const BROWSERS: &[&str] = &[
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/snap/bin/chromium",
];

/// Text that must never become markup.
const TRICKS: &str = r#"{"text_id": "98/2015/QH13#1", "doc": "98/2015/QH13", "title": "Luật Thử chèn mã", "article": "1", "heading": "Chèn mã", "text": "Tổ chức <img src=x onerror=\"document.title='bad'\"> <svg onload=alert(1)> phải [đăng ký](javascript:alert(1)) và <script>document.title='bad'</script> nộp hồ sơ \u202e.", "type": "Luật", "issuer": "Quốc hội"}
"#;

/// An app for the browser, with a model that takes its time.
async fn browsed(folder: &Path, change: impl FnOnce(&mut Config)) -> App {
    let mut setup = setup(&folder.join("data"));
    let config = Arc::get_mut(&mut setup.config).unwrap();
    config.handoff.desk = true;
    config.handoff.hours = vec!["mon-sun 00:00-23:59".into()];
    // All pages of the test come from one address.
    config.chat.per_minute_address = std::num::NonZeroU32::new(1000).unwrap();
    change(config);
    let birth =
        std::fs::read_to_string(root().join("corpora/procedures/1.001193-dang-ky-khai-sinh.json"))
            .unwrap();
    let laws = format!("{LAW}{TRICKS}");
    ingest(&setup, &[("luat.jsonl", &laws), ("khai-sinh.json", &birth)], folder).await;
    let prompts = setup.prompts().unwrap();
    let generator = infer::fake::generator(|_| {
        #[expect(clippy::disallowed_methods, reason = "a model that takes its time")]
        std::thread::sleep(Duration::from_secs(2));
        "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn 60 ngày [1].".into()
    });
    let app = App::with(setup, prompts, fake::embedder(64), Some(generator));
    let app = app.with_chat().await.unwrap();
    app.refresh().unwrap();
    app
}

/// Serves routes beside the browser; gives their address.
async fn beside(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    #[expect(clippy::disallowed_methods, reason = "the server runs beside the browser")]
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

/// Runs a file of tests in a browser.
async fn in_browser(tests: &str, env: &[(&str, String)]) {
    let browser = BROWSERS.iter().find(|path| Path::new(path).exists());
    let browser = browser.expect("no Chromium; `cargo xtask test` installs it");
    let web = root().join("connectors/web");
    assert!(
        web.join("node_modules/playwright-core").exists(),
        "no node_modules in connectors/web; run `npm ci` there, as `cargo xtask test` does"
    );
    let done = tokio::process::Command::new("node")
        .current_dir(&web)
        .arg(tests)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .env("KHUE_BROWSER", browser)
        .env("KHUE_SCREENS", root().join("target/screens"))
        .stdin(Stdio::null())
        .status()
        .await
        .unwrap();
    assert!(done.success(), "the browser tests failed; what they said is above");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_work_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    // A page of another site, which the test serves.
    let other = free_port();
    let origins = vec![format!("http://localhost:{other}")];
    let app = browsed(folder.path(), |config| config.widget.origins = origins).await;
    let officer = Router::new()
        .route("/test/officer", post(officer))
        .route("/test/feedback", get(feedback))
        .with_state(app.chat.clone().unwrap());
    let server = beside(router(app).merge(officer)).await;
    in_browser(
        "test/browser.test.mjs",
        &[("KHUE_SERVER", server), ("KHUE_OTHER", other.to_string())],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inner_pages_work_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let app = browsed(folder.path(), |_| {}).await.with_people(&|_| None).await.unwrap();
    let people = app.people.clone().unwrap();
    let by = people::Person::operator("vận hành");
    let mut first = serde_json::Map::new();
    for (name, full_name, roles) in [
        ("lan", "Nguyễn Thị Lan", vec![Role::Staff, Role::Desk]),
        ("quan-tri", "Trần Văn Quản", vec![Role::Admin]),
        ("giam-sat-1", "Lê Giám Sát", vec![Role::Auditor]),
        ("giam-sat-2", "Phạm Giám Sát", vec![Role::Auditor]),
    ] {
        let password = people.add(&by, name, full_name, &roles, &[]).await.unwrap();
        first.insert(name.to_owned(), json!(password));
    }
    // What an app on a telephone does.
    let codes = Router::new().route("/test/code/{secret}", get(code));
    let server = beside(router(app.clone()).merge(codes)).await;
    let admin = beside(crate::http::admin_router(app)).await;
    let env = [
        ("KHUE_SERVER", server),
        ("KHUE_ADMIN", admin),
        ("KHUE_OTHER", free_port().to_string()),
        ("KHUE_PEOPLE", Value::Object(first).to_string()),
    ];
    in_browser("test/house.test.mjs", &env).await;
}

async fn code(axum::extract::Path(secret): axum::extract::Path<String>) -> String {
    people::code(&secret, crate::clock::now().as_second())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("localhost:0").unwrap().local_addr().unwrap().port()
}

/// What an officer does: takes whoever waits, says something, gives back.
async fn officer(State(chat): State<Chat>, Json(act): Json<Value>) -> Json<Value> {
    let (waiting, held) = chat.queue().await.unwrap();
    let officer = "Chị Lan";
    match act["do"].as_str().unwrap() {
        "take" => {
            let talk = chat.take(&waiting.last().unwrap().id, officer).await.unwrap();
            assert_eq!(talk.mode, Mode::Human);
        }
        "say" => {
            let text = act["text"].as_str().unwrap();
            chat.officer_says(&held.last().unwrap().id, officer, text).await.unwrap();
        }
        "back" => chat.back_to_bot(held.last().unwrap()).await.unwrap(),
        _ => {}
    }
    Json(json!({
        "waiting": waiting.len(), "held": held.len(),
        "contacts": waiting.iter().chain(&held).filter_map(|it| it.known.contact.clone()).collect::<Vec<_>>(),
    }))
}

async fn feedback(State(chat): State<Chat>) -> Json<Value> {
    Json(json!(chat.feedbacks(20).await.unwrap()))
}
