//! The whole program through its router: a real index over a small corpus, fake models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use infer::{Generator, Models, fake};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::app::{App, Setup};
use crate::commands;
use crate::config::Config;
use crate::http::router;
use crate::versions::Versions;

mod browser;
mod case;
mod channels;
mod chatwoot;
mod decisions;
mod openai;
mod reading;
mod records;
mod signin;
mod staff;
mod telegram;
mod widget;

const LAW: &str = r#"{"text_id": "60/2014/QH13#15", "doc": "60/2014/QH13", "title": "Luật Hộ tịch", "article": "15", "heading": "Trách nhiệm đăng ký khai sinh", "text": "1. Trong thời hạn 60 ngày kể từ ngày sinh con, cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con.\n2. Công chức tư pháp - hộ tịch thường xuyên kiểm tra, đôn đốc việc đăng ký khai sinh.", "type": "Luật", "issued": "20/11/2014", "issuer": "Quốc hội", "effective": "01/01/2016"}
{"text_id": "99/2015/QH13#1", "doc": "99/2015/QH13", "title": "Luật Thử nghiệm", "article": "1", "heading": "Nuôi ong lấy mật", "text": "Người nuôi ong lấy mật đặt thùng ong cách trường học ít nhất 200 mét.", "type": "Luật", "issuer": "Quốc hội"}
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn setup(data: &Path) -> Setup {
    let mut config = Config::default();
    config.paths.data = data.to_owned();
    config.paths.prompts = root().join("prompts");
    Setup {
        versions: Versions::new(data),
        models: Arc::new(Models::load(&root().join("models/models.toml")).unwrap()),
        config: Arc::new(config),
        file: None,
        cache: data.join("models"),
    }
}

/// Reads files into a new version.
async fn ingest(setup: &Setup, files: &[(&str, &str)], folder: &Path) {
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let mut sources = Vec::new();
    for path in ::ingest::files(&paths).unwrap() {
        let kept = setup.versions.kept_sources();
        let kept = ::ingest::Kept { known: &kept, fresh: &kept };
        let limits = ::ingest::read::Limits::default();
        let (source, report) =
            ::ingest::read_source(&path, "khue", &[], kept, Path::new("/nonexistent"), &limits)
                .unwrap();
        sources.push(source.unwrap_or_else(|| panic!("{report:?}")));
    }
    commands::build_version(setup, sources, &fake::embedder(64)).await.unwrap();
}

/// A file of a collection that is open to some: its name, its text, the collection, who sees it.
type Closed<'a> = (&'a str, &'a str, &'a str, &'a [String]);

/// Reads files of several collections into a new version.
async fn ingest_closed(setup: &Setup, files: &[Closed<'_>], folder: &Path) {
    let kept = setup.versions.kept_sources();
    let kept = ::ingest::Kept { known: &kept, fresh: &kept };
    let limits = ::ingest::read::Limits::default();
    let mut sources = Vec::new();
    for (name, text, corpus, profiles) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        let exe = Path::new("/nonexistent");
        let (source, report) =
            ::ingest::read_source(&path, corpus, profiles, kept, exe, &limits).unwrap();
        sources.push(source.unwrap_or_else(|| panic!("{report:?}")));
    }
    commands::build_version(setup, sources, &fake::embedder(64)).await.unwrap();
}

async fn app(generator: Option<Generator>) -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(&folder.path().join("data"));
    let birth =
        std::fs::read_to_string(root().join("corpora/procedures/1.001193-dang-ky-khai-sinh.json"))
            .unwrap();
    ingest(&setup, &[("luat.jsonl", LAW), ("khai-sinh.json", &birth)], folder.path()).await;
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup, prompts, fake::embedder(64), generator).with_chat().await.unwrap();
    app.refresh().unwrap();
    (app, folder)
}

async fn send(
    app: &App,
    method: &str,
    path: &str,
    accept: &str,
    body: String,
) -> (StatusCode, String, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, accept)
        .body(Body::from(body))
        .unwrap();
    let response = router(app.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let kind =
        response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, kind.unwrap_or_default(), String::from_utf8(bytes.to_vec()).unwrap())
}

async fn ask(app: &App, question: &str) -> Value {
    let body = json!({"question": question, "on": "2026-11-20"}).to_string();
    let (status, _, text) = send(app, "POST", "/api/v1/ask", "application/json", body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_procedure_is_answered_from_its_record() {
    let (app, _folder) = app(None).await;
    for question in [
        "Tôi sinh con được 2 tháng rồi, đi làm giấy khai sinh có mất tiền không, cần giấy tờ gì?",
        "toi sinh con duoc 2 thang roi, di lam giay khai sinh co mat tien khong, can giay to gi",
    ] {
        let answer = ask(&app, question).await;
        assert_eq!(answer["route"], "procedure", "{answer}");
        assert_eq!(answer["card"]["code"], "1.001193");
        assert_eq!(answer["sources"][0]["citation"], "1.001193");
        let text = answer["text"].as_str().unwrap();
        for part in ["Lệ phí", "Giấy tờ", "60 ngày", "Giấy chứng sinh", "[1]"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert_eq!(answer["generated"], false);
    }
}

#[tokio::test]
async fn a_code_gives_its_card() {
    let (app, _folder) = app(None).await;
    for question in ["thủ tục 1.001193 cần giấy tờ gì", "1.001193"] {
        assert_eq!(ask(&app, question).await["card"]["code"], "1.001193", "{question}");
    }
}

#[tokio::test]
async fn a_broken_model_costs_the_prose_only() {
    let (app, _folder) = app(Some(fake::generator(|_| panic!("broken weights")))).await;
    for _ in 0..2 {
        let answer = ask(&app, "điều 15 luật hộ tịch nói gì?").await;
        assert_eq!((&answer["verdict"], &answer["generated"]), (&json!("answered"), &json!(false)));
        assert!(answer["text"].as_str().unwrap().contains("60 ngày"));
    }
}

#[tokio::test]
async fn a_citation_gives_the_words_themselves() {
    let (app, _folder) = app(None).await;
    let answer = ask(&app, "điều 15 khoản 1 luật hộ tịch").await;
    assert_eq!(answer["route"], "citation");
    assert_eq!(answer["sources"][0]["citation"], "60/2014/QH13 điều 15 khoản 1");
    assert!(
        answer["text"]
            .as_str()
            .unwrap()
            .contains("> 1. Trong thời hạn 60 ngày kể từ ngày sinh con")
    );
    let (status, _, text) = send(
        &app,
        "GET",
        "/api/v1/provisions/60%2F2014%2FQH13%20%C4%91i%E1%BB%81u%2015?on=2027-06-01",
        "*/*",
        String::new(),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let provision: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(provision["status"], "in_force");
    assert_eq!(provision["document"]["title"], "Luật Hộ tịch");
}

#[tokio::test]
async fn only_sentences_that_hold_survive() {
    let generator = fake::generator(|_| {
        "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn 60 ngày [1]. \
         Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn 90 ngày [1]. \
         Nộp phạt 500.000 đồng nếu đăng ký khai sinh trễ [1]."
            .into()
    });
    let (app, _folder) = app(Some(generator)).await;
    let answer = ask(&app, "theo điều 15 luật hộ tịch thì cha mẹ có trách nhiệm gì?").await;
    let text = answer["text"].as_str().unwrap();
    assert_eq!((&answer["generated"], &answer["removed"]), (&json!(true), &json!(2)), "{answer}");
    assert!(
        text.contains("trong thời hạn 60 ngày [1].")
            && !text.contains("90 ngày")
            && !text.contains("500.000")
    );
}

#[tokio::test]
async fn a_refusal_has_no_sources_and_says_where_to_ask() {
    let (app, _folder) = app(None).await;
    for question in [
        "Nghị định 999/2099/NĐ-CP quy định gì về nuôi chim?",
        "Ai thắng trận bóng đá chiều hôm qua ở sân vận động Mỹ Đình?",
        // The law is in the library, but nothing says that it is in force.
        "nuôi ong lấy mật cách trường học bao xa",
        "😀😀😀",
    ] {
        let answer = ask(&app, question).await;
        assert_eq!(answer["sources"], json!([]), "{question}: {answer}");
        assert!(answer["card"].is_null());
        assert!(answer["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{question}");
        assert!(answer["next"].as_str().unwrap().contains("1022"), "{question}");
    }
}

#[tokio::test]
async fn a_stream_gives_sources_before_text_and_its_text_is_the_answer() {
    let generator =
        fake::generator(|_| "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con [1].".into());
    let (app, _folder) = app(Some(generator)).await;
    let body = json!({"question": "điều 15 luật hộ tịch nói gì?"}).to_string();
    let (status, kind, text) = send(&app, "POST", "/api/v1/ask", "text/event-stream", body).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/event-stream"));
    let events: Vec<(&str, Value)> = text
        .split("\n\n")
        .filter(|block| !block.trim().is_empty())
        .map(|block| {
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
            (field("event:"), serde_json::from_str(field("data:")).unwrap())
        })
        .collect();
    let names: Vec<&str> = events.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.first(), Some(&"working"));
    assert_eq!(names.last(), Some(&"done"));
    let at = |wanted: &str| names.iter().position(|name| *name == wanted).unwrap();
    assert!(at("sources") < at("text"));
    let joined: String = events
        .iter()
        .filter(|(name, _)| *name == "text")
        .map(|(_, data)| data["text"].as_str().unwrap())
        .collect();
    assert_eq!(events.last().unwrap().1["text"], json!(joined));
}

#[tokio::test]
async fn bad_questions_get_a_polite_problem() {
    let (app, _folder) = app(None).await;
    for (body, status) in [
        (json!({"question": ""}).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({"question": "   \n"}).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({"question": "a ".repeat(10_000)}).to_string(), StatusCode::PAYLOAD_TOO_LARGE),
        (json!({"question": "a".repeat(100_000)}).to_string(), StatusCode::PAYLOAD_TOO_LARGE),
        (json!({"question": "x", "profile": "king"}).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({"question": "x", "on": "hôm nay"}).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        ("{".into(), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        for accept in ["application/json", "text/event-stream"] {
            let (is, kind, text) = send(&app, "POST", "/api/v1/ask", accept, body.clone()).await;
            assert_eq!(is, status, "{body:.60} {text}");
            assert!(kind.starts_with("application/problem+json"), "{kind}");
            let problem: Value = serde_json::from_str(&text).unwrap();
            assert!(problem["detail"].as_str().unwrap().len() > 10);
        }
    }
    for path in ["/api/v1/provisions/99%2F2099%2FQH99", "/api/v1/procedures/9.999999", "/nothing"] {
        let (status, kind, _) = send(&app, "GET", path, "*/*", String::new()).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(kind.starts_with("application/problem+json"));
    }
}

#[tokio::test]
async fn questions_in_nfd_and_other_scripts_do_no_harm() {
    let (app, _folder) = app(None).await;
    let nfd: String = "Làm giấy khai sinh cần giấy tờ gì?"
        .chars()
        .map(|letter| match letter {
            'à' => "a\u{300}".to_owned(),
            'ấ' => "a\u{302}\u{301}".to_owned(),
            'ờ' => "o\u{31b}\u{300}".to_owned(),
            'ầ' => "a\u{302}\u{300}".to_owned(),
            'ì' => "i\u{300}".to_owned(),
            letter => letter.to_string(),
        })
        .collect();
    assert_eq!(ask(&app, &nfd).await["card"]["code"], "1.001193");
    for text in [
        "出生登记需要什么文件",
        "как зарегистрировать рождение",
        "\u{202e}abc\u{200b}",
        "'; DROP TABLE --",
    ] {
        assert!(ask(&app, text).await["text"].as_str().is_some_and(|text| !text.is_empty()));
    }
}

#[tokio::test]
async fn a_new_version_serves_without_a_restart_and_can_be_taken_back() {
    let (app, folder) = app(None).await;
    let first = app.corpus().unwrap().manifest.id.clone();
    assert!(!app.refresh().unwrap());
    ingest(&app.setup, &[("luat.jsonl", LAW)], folder.path()).await;
    let held = app.corpus().unwrap();
    assert!(app.refresh().unwrap());
    let second = app.corpus().unwrap().manifest.id.clone();
    assert_ne!(first, second);
    // A request that began on the first version ends on it.
    assert!(held.library.procedure("1.001193").is_some());
    assert!(app.corpus().unwrap().library.procedure("1.001193").is_none());
    app.setup.versions.switch(&first).unwrap();
    assert!(app.refresh().unwrap());
    assert!(app.corpus().unwrap().library.procedure("1.001193").is_some());
    assert_eq!(app.setup.versions.list().unwrap().len(), 2);
    app.setup.versions.remove(&second).unwrap();
    assert!(app.setup.versions.remove(&first).is_err());
}

#[tokio::test]
async fn damage_is_found_and_unfinished_builds_are_ignored() {
    let (app, folder) = app(None).await;
    let versions = &app.setup.versions;
    let manifest = app.corpus().unwrap().manifest.clone();
    assert_eq!(versions.damaged(&manifest).unwrap(), Vec::<String>::new());
    std::fs::create_dir_all(folder.path().join("data/versions/.building-v9-x/index")).unwrap();
    assert_eq!(versions.list().unwrap().len(), 1);
    versions.begin("v2-y").unwrap();
    assert!(!folder.path().join("data/versions/.building-v9-x").exists());
    for (path, _) in manifest.files.iter().filter(|(path, _)| !path.contains("vectors")) {
        let file = versions.folder(&manifest.id).join(path);
        let whole = std::fs::read(&file).unwrap();
        if whole.is_empty() {
            continue;
        }
        let mut broken = whole.clone();
        broken[whole.len() / 2] ^= 0xff;
        std::fs::write(&file, &broken).unwrap();
        assert_eq!(versions.damaged(&manifest).unwrap().len(), 1, "{path}");
        std::fs::write(&file, &whole).unwrap();
    }
    std::fs::write(folder.path().join("data/current"), "v7-nothing\n").unwrap();
    assert!(versions.current().unwrap_err().to_string().contains("khue corpus"));
    let lock = versions.lock().unwrap();
    assert!(versions.lock().is_err_and(|error| error.to_string().contains("another ingest")));
    drop(lock);
    assert!(versions.lock().is_ok());
}

#[tokio::test]
async fn the_page_and_health_answer_with_their_headers() {
    let (app, _folder) = app(None).await;
    for path in ["/", "/page.css", "/hoi", "/frame", "/widget.js", "/healthz", "/readyz"] {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = router(app.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(
            response.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    let (status, _, text) = send(
        &app,
        "POST",
        "/api/v1/find",
        "*/*",
        json!({"question": "khai sinh", "k": 3}).to_string(),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let hits: Value = serde_json::from_str(&text).unwrap();
    assert!(!hits["hits"].as_array().unwrap().is_empty());
    let prompts = &app.prompts;
    for key in [
        "greeting",
        "thanks",
        "not_found",
        "not_found_next",
        "unknown_citation",
        "unreadable",
        "empty_question",
        "too_long",
        "overloaded",
        "as_of_lead",
        "law_lead",
        "law_lead_ended",
        "law_lead_not_yet",
        "law_lead_suspended",
        "law_lead_unknown",
        "citation_lead",
        "card_lead",
        "card_as_of",
        "card_warning",
        "label_fee",
        "label_status_partly",
        "label_status_unknown",
    ] {
        assert!(prompts.has(key), "prompts/say.toml lacks {key}");
    }
}
