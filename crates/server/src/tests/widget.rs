//! Conversations of the widget over HTTP: who may, what is told where somebody may not, what is answered once.

use super::*;
use crate::clock::now;

const SITE: &str = "http://127.0.0.1:18081";
const BIRTH: &str = "đăng ký khai sinh cần giấy tờ gì";

async fn opened() -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&folder.path().join("data"));
    let config = Arc::get_mut(&mut setup.config).unwrap();
    config.widget.origins = vec![SITE.into(), "http://127.0.0.1:18082".into()];
    let birth = root().join("corpora/procedures/1.001193-dang-ky-khai-sinh.json");
    let birth = std::fs::read_to_string(birth).unwrap();
    ingest(&setup, &[("luat.jsonl", LAW), ("khai-sinh.json", &birth)], folder.path()).await;
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup, prompts, fake::embedder(64), None).with_chat().await.unwrap();
    app.refresh().unwrap();
    (app, folder)
}

/// A request of a page; gives the status, the headers and the document.
async fn page(
    app: &App,
    (method, path): (&str, &str),
    (origin, token): (&str, &str),
    body: Value,
) -> (StatusCode, axum::http::HeaderMap, Value) {
    let mut request =
        Request::builder().method(method).uri(path).header(header::HOST, "khue.example");
    if !origin.is_empty() {
        request = request.header(header::ORIGIN, origin);
    }
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = router(app.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, headers, serde_json::from_slice(&bytes).unwrap_or_default())
}

const ASK: (&str, &str) = ("POST", "/api/v1/ask");
const SESSION: (&str, &str) = ("POST", "/api/v1/widget/session");

async fn session(app: &App) -> (String, String) {
    let (status, headers, got) =
        page(app, SESSION, (SITE, ""), json!({"profile": "citizen"})).await;
    assert_eq!(status, StatusCode::OK, "{got}");
    assert_eq!(headers["access-control-allow-origin"], SITE);
    assert!(headers["vary"].to_str().unwrap().to_lowercase().contains("origin"));
    assert_eq!(headers["cache-control"], "no-store");
    assert!(!headers.contains_key("set-cookie"));
    let text = |key: &str| got[key].as_str().unwrap().to_owned();
    (text("conversation"), text("token"))
}

fn asked(question: &str, conversation: &str, client: &str) -> Value {
    json!({"question": question, "profile": "citizen", "conversation": conversation, "client_msg_id": client})
}

#[tokio::test]
async fn a_question_is_answered_once_and_what_was_said_comes_back_until_it_is_erased() {
    let (app, folder) = opened().await;
    let (talk, token) = session(&app).await;
    let who = (SITE, token.as_str());
    let (status, _, first) = page(&app, ASK, who, asked(BIRTH, &talk, "a1")).await;
    assert_eq!(
        (status, &first["card"]["code"], &first["kept"]),
        (StatusCode::OK, &json!("1.001193"), &json!(true))
    );
    let (_, _, again) = page(&app, ASK, who, asked(BIRTH, &talk, "a1")).await;
    assert_eq!(again["answer_id"], first["answer_id"]);
    // What was said before is known, and kept without identifiers.
    let (_, _, more) =
        page(&app, ASK, who, asked("còn lệ phí? số của tôi 0912345678", &talk, "a2")).await;
    assert_eq!(more["card"]["code"], "1.001193", "{more}");
    let (_, _, all) = page(&app, ("GET", "/api/v1/widget/conversation"), who, Value::Null).await;
    let said: Vec<&str> = all["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["author"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["person", "assistant", "person", "assistant"]);
    assert!(
        !all.to_string().contains("0912345678")
            && all["messages"][1]["answer"]["sources"].is_array()
    );
    let (_, _, mine) = page(&app, ("GET", "/api/v1/widget/export"), who, Value::Null).await;
    assert_eq!(mine["messages"].as_array().unwrap().len(), 4);
    // It can be shown and made again by those who run it.
    let kept = app.chat.as_ref().unwrap().latest(5).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert!(commands::replayed(&app, kept[0].record.as_ref().unwrap()).await.is_ok());
    // Rated by its name; an answer that is none, or a reason that is none, is told.
    let rate = format!("/api/v1/answers/{}/rating", first["answer_id"].as_str().unwrap());
    let rated = |value: Value| page(&app, ("POST", &rate), who, value);
    assert_eq!(rated(json!({"value": "up"})).await.0, StatusCode::NO_CONTENT);
    assert_eq!(rated(json!({"value": -1, "reasons": ["missing"]})).await.0, StatusCode::NO_CONTENT);
    assert_eq!(rated(json!({"value": 5})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        rated(json!({"value": 1, "reasons": ["x"]})).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let none = "/api/v1/answers/019a0000-0000-7000-8000-000000000000/report";
    assert_eq!(
        page(&app, ("POST", none), who, json!({"text": "sai"})).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(app.chat.as_ref().unwrap().feedbacks(9).await.unwrap()[0].value, -1);
    // Erased, nothing of it is left, not in any file either.
    let marker = "DAUVET7Q";
    page(&app, ASK, who, asked(&format!("{marker} khai sinh"), &talk, marker)).await;
    let erased = page(&app, ("DELETE", "/api/v1/widget/conversation"), who, Value::Null).await;
    assert_eq!(erased.0, StatusCode::NO_CONTENT);
    assert_eq!(page(&app, ASK, who, asked(BIRTH, &talk, "a3")).await.0, StatusCode::GONE);
    let mut folders = vec![folder.path().join("data")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                !bytes.windows(marker.len()).any(|it| it == marker.as_bytes()),
                "{}",
                path.display()
            );
        }
    }
}

#[tokio::test]
async fn who_may_not_is_told_why() {
    let (app, _folder) = opened().await;
    let (talk, token) = session(&app).await;
    let other = ("http://127.0.0.1:18082", token.as_str());
    let own = (SITE, token.as_str());
    let staff = json!({"question": "nghỉ phép", "profile": "staff", "conversation": talk});
    for (at, who, body, status, kind) in [
        (SESSION, ("http://localhost:18099", ""), json!({}), 403, "origin"),
        (SESSION, ("http://khue.example", ""), json!({}), 403, "origin"),
        (SESSION, (SITE, ""), json!({"profile": "staff"}), 403, "profile"),
        (ASK, (SITE, ""), asked(BIRTH, "ws-0001", "a"), 401, "session"),
        (ASK, (SITE, "x.y"), asked(BIRTH, &talk, "a"), 401, "session"),
        (ASK, other, asked(BIRTH, &talk, "a"), 403, "origin"),
        (ASK, own, staff, 403, "profile"),
        (ASK, own, asked(BIRTH, "ws-0001", "a"), 403, "conversation"),
        (ASK, own, asked(&"khai sinh ".repeat(600), &talk, "a"), 413, "too-long"),
        (ASK, own, asked("  ", &talk, "a"), 422, "bad-request"),
        (ASK, own, asked(BIRTH, &talk, "có dấu"), 422, "bad-request"),
    ] {
        let (got, headers, problem) = page(&app, at, who, body).await;
        assert_eq!(
            (got.as_u16(), problem["type"].as_str()),
            (status, Some(format!("/problems/{kind}").as_str())),
            "{problem}"
        );
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        if who.0.contains("18099") {
            assert!(!headers.contains_key("access-control-allow-origin"));
        }
    }
    for n in 0..10 {
        page(&app, ASK, own, asked("xin chào", &talk, &format!("n{n}"))).await;
    }
    let (status, headers, problem) = page(&app, ASK, own, asked(BIRTH, &talk, "n11")).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("/problems/rate"))
    );
    assert!(headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
}

#[tokio::test]
async fn where_nothing_can_be_kept_people_go_on_asking_and_are_told() {
    let (app, _folder) = opened().await;
    let chat = app.chat.clone().unwrap();
    let visit = |kept, until| web::Visit {
        talk: chat::Uuid::new_v4(),
        profile: "citizen".into(),
        origin: SITE.into(),
        until,
        kept,
    };
    let later = now().as_second() + 60;
    let unkept = visit(false, later);
    let token = chat.sign(&unkept.payload());
    let talk = unkept.talk.to_string();
    let (status, _, got) = page(&app, ASK, (SITE, &token), asked(BIRTH, &talk, "u1")).await;
    assert_eq!(
        (status, &got["kept"], &got["card"]["code"]),
        (StatusCode::OK, &json!(false), &json!("1.001193"))
    );
    // The same once more is the same answer while the server lives.
    let (_, _, again) = page(&app, ASK, (SITE, &token), asked(BIRTH, &talk, "u1")).await;
    assert_eq!(again["answer_id"], got["answer_id"]);
    // A token whose time is over asks nothing more, and still erases.
    let over = visit(true, now().as_second() - 1);
    let token = chat.sign(&over.payload());
    let who = (SITE, token.as_str());
    assert_eq!(
        page(&app, ASK, who, asked(BIRTH, &over.talk.to_string(), "o")).await.0,
        StatusCode::UNAUTHORIZED
    );
    let erased = page(&app, ("DELETE", "/api/v1/widget/conversation"), who, Value::Null).await;
    assert_eq!(erased.0, StatusCode::NO_CONTENT);
}
