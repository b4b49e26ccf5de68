//! The API of OpenAI: who may, and what comes back.

use super::*;
use crate::keys::Keys;

const CITIZEN: &str = "0123456789abcdefghij";
const STAFF: &str = "jihgfedcba9876543210";

async fn opened() -> (App, TempDir) {
    let generator = fake::generator(|_| {
        "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn 60 ngày [1].".into()
    });
    let (mut app, folder) = app(Some(generator)).await;
    app.keys = Keys::read(&format!("a:citizen:{CITIZEN},b:staff:{STAFF}"), 6).unwrap();
    (app, folder)
}

async fn call(app: &App, method: &str, path: &str, key: &str, body: Value) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = router(app.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn a_client_lists_chats_and_embeds() {
    let (app, _folder) = opened().await;
    let (_, models) = call(&app, "GET", "/v1/models", CITIZEN, Value::Null).await;
    let models = read(&models);
    assert_eq!(models["data"][0]["id"], "khue-citizen");
    let talk = json!([
        {"role": "system", "content": "Bạn là cướp biển."},
        {"role": "user", "content": "đăng ký khai sinh cần giấy tờ gì"},
        {"role": "assistant", "content": "Thông tin về thủ tục Đăng ký khai sinh (1.001193): …"},
        {"role": "user", "content": [{"type": "text", "text": "còn lệ phí?"}]},
    ]);
    let body = json!({"model": "khue-citizen", "messages": talk});
    let (status, text) = call(&app, "POST", "/v1/chat/completions", CITIZEN, body).await;
    let answer = read(&text);
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(answer["khue"]["card"]["code"], "1.001193");
    assert!(answer["choices"][0]["message"]["content"].as_str().unwrap().contains("Lệ phí"));
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    // As a stream: the pieces are the text, the sources come with the last.
    let question = "theo điều 15 luật hộ tịch thì cha mẹ có trách nhiệm gì?";
    let body = json!({"model": "khue-citizen", "stream": true, "messages": [{"role": "user", "content": question}]});
    let (_, text) = call(&app, "POST", "/v1/chat/completions", CITIZEN, body).await;
    let data: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    let (done, chunks) = data.split_last().unwrap();
    assert_eq!(*done, "[DONE]");
    let chunks: Vec<Value> = chunks.iter().map(|it| read(it)).collect();
    let said: String =
        chunks.iter().filter_map(|it| it["choices"][0]["delta"]["content"].as_str()).collect();
    let last = chunks.last().unwrap();
    assert_eq!(last["khue"]["text"], said.as_str());
    assert_eq!(
        (&last["khue"]["generated"], &last["choices"][0]["finish_reason"]),
        (&json!(true), &json!("stop"))
    );
    assert_eq!(last["khue"]["sources"][0]["citation"], "60/2014/QH13 điều 15");
    // Vectors, as numbers and as base64 of the same.
    let embed =
        |format: &str| json!({"input": ["khai sinh", "kết hôn"], "encoding_format": format});
    let (_, text) = call(&app, "POST", "/v1/embeddings", CITIZEN, embed("float")).await;
    let floats = read(&text);
    assert_eq!(floats["data"][1]["embedding"].as_array().unwrap().len(), 64);
    let (_, text) = call(&app, "POST", "/v1/embeddings", CITIZEN, embed("base64")).await;
    let first = floats["data"][0]["embedding"].as_array().unwrap();
    let bytes = first.iter().flat_map(|it| (it.as_f64().unwrap() as f32).to_le_bytes());
    assert_eq!(read(&text)["data"][0]["embedding"], web::assets::base64(bytes));
    // Six calls a minute: the one after is told to wait.
    call(&app, "GET", "/v1/models", CITIZEN, Value::Null).await;
    let (status, text) = call(&app, "GET", "/v1/models", CITIZEN, Value::Null).await;
    assert_eq!(
        (status, &read(&text)["error"]["type"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("rate_limit_error"))
    );
    assert_eq!(call(&app, "GET", "/v1/models", STAFF, Value::Null).await.0, StatusCode::OK);
}

#[tokio::test]
async fn without_its_key_nobody_is_let_in_and_bad_calls_are_told() {
    let (app, _folder) = opened().await;
    let user = |text: &str| json!([{"role": "user", "content": text}]);
    for (path, key, body, status) in [
        ("/v1/chat/completions", "", json!({"messages": user("x")}), 401),
        ("/v1/chat/completions", "0123456789abcdefghiX", json!({"messages": user("x")}), 401),
        ("/v1/embeddings", "", json!({"input": "x"}), 401),
        // A citizen's key asks nothing as staff.
        (
            "/v1/chat/completions",
            CITIZEN,
            json!({"model": "khue-staff", "messages": user("x")}),
            404,
        ),
        ("/v1/chat/completions", CITIZEN, json!({"messages": []}), 400),
        ("/v1/chat/completions", CITIZEN, json!({"messages": user("  ")}), 400),
        ("/v1/chat/completions", CITIZEN, json!({"messages": user(&"x ".repeat(5000))}), 400),
        ("/v1/embeddings", CITIZEN, json!({"input": []}), 400),
        ("/v1/embeddings", STAFF, json!({"input": "x", "model": "khác"}), 404),
        ("/v1/embeddings", STAFF, json!({"nothing": 1}), 400),
    ] {
        let (got, text) = call(&app, "POST", path, key, body).await;
        assert_eq!(got.as_u16(), status, "{path} {text}");
        assert!(!read(&text)["error"]["message"].as_str().unwrap().is_empty());
    }
    // A server without keys lets nobody in.
    let (closed, _folder) = super::app(None).await;
    assert_eq!(
        call(&closed, "GET", "/v1/models", "", Value::Null).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_key_of_an_account_reads_what_its_owner_may() {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(&folder.path().join("data"));
    let group = ["group:so-tu-phap".to_owned()];
    let birth =
        std::fs::read_to_string(root().join("corpora/procedures/1.001193-dang-ky-khai-sinh.json"))
            .unwrap();
    let files = [
        ("luat.jsonl", LAW, "noibo", &group[..]),
        ("khai-sinh.json", birth.as_str(), "khue", &[][..]),
    ];
    ingest_closed(&setup, &files, folder.path()).await;
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup, prompts, fake::embedder(64), None).with_chat().await.unwrap();
    let mut app = app.with_people(&|_| None).await.unwrap();
    app.keys = Keys::read("", 60).unwrap();
    app.refresh().unwrap();
    let people = app.people.clone().unwrap();
    for (name, groups, sees) in
        [("lan", vec!["so-tu-phap".to_owned()], true), ("minh", vec![], false)]
    {
        let who = signin::signed_of(&app, name, &[people::Role::Staff], &groups).await;
        let (_, token) = who.cookie.split_once('=').unwrap();
        let person = people.session(token, true).await.unwrap().unwrap();
        let key = people.make_key(&person, "bảng tính").await.unwrap();
        let (_, models) = call(&app, "GET", "/v1/models", &key, Value::Null).await;
        assert_eq!(read(&models)["data"][0]["id"], "khue-staff");
        let question = "theo điều 15 luật hộ tịch thì cha mẹ có trách nhiệm gì?";
        let body = json!({"messages": [{"role": "user", "content": question}]});
        let (status, text) = call(&app, "POST", "/v1/chat/completions", &key, body).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        assert_eq!(text.contains("Trong thời hạn 60 ngày"), sees, "{name} {text}");
        // The same on their pages: an answer, the provision itself, a search.
        let cookie = &who.cookie;
        for (path, form) in [
            (
                "/staff",
                format!(
                    "question={}",
                    web::house::address("", &[("", question)]).trim_start_matches("?=")
                ),
            ),
            ("/staff/law?at=60%2F2014%2FQH13%20%C4%91i%E1%BB%81u%2015", String::new()),
            (
                "/staff/law?q=%C4%91i%E1%BB%81u+15+lu%E1%BA%ADt+h%E1%BB%99+t%E1%BB%8Bch",
                String::new(),
            ),
        ] {
            let method = if form.is_empty() { "GET" } else { "POST" };
            let to = if form.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?form={}", person.form)
            };
            let request = Request::builder().method(method).uri(to).header(header::COOKIE, cookie);
            let request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(form))
                .unwrap();
            let mut response = router(app.clone()).oneshot(request).await.unwrap();
            if let Some(to) = response.headers().get(header::LOCATION) {
                let request =
                    Request::builder().uri(to.to_str().unwrap()).header(header::COOKIE, cookie);
                response = router(app.clone())
                    .oneshot(request.body(Body::empty()).unwrap())
                    .await
                    .unwrap();
            }
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            let page = String::from_utf8_lossy(&bytes);
            assert_eq!(page.contains("Trong thời hạn 60 ngày"), sees, "{name} {path} {page}");
        }
    }
    // Nobody else's question finds it, whatever profile is named.
    for profile in ["citizen", "staff", "@staff+so-tu-phap"] {
        let body = json!({"question": "theo điều 15 luật hộ tịch thì cha mẹ có trách nhiệm gì?", "profile": profile})
            .to_string();
        let (_, _, text) = send(&app, "POST", "/api/v1/ask", "application/json", body).await;
        assert!(!text.contains("Trong thời hạn 60 ngày"), "{profile} {text}");
    }
}
