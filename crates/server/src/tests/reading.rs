//! What is named is looked up; what is closed to a profile is not read by it.

use super::*;

/// Known by its record only.
const CATALOGUE: &str = r#"{"number": "158/2005/NĐ-CP", "kind": "Nghị định", "title": "Đăng ký và quản lý hộ tịch", "issuer": "Chính phủ", "issued": "2005-12-27", "effective": "2006-04-01", "ended": "2016-01-01", "replaced_by": ["123/2015/NĐ-CP"]}
"#;

async fn app_with_catalogue() -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(&folder.path().join("data"));
    ingest(&setup, &[("luat.jsonl", LAW), ("van-ban.jsonl", CATALOGUE)], folder.path()).await;
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup, prompts, fake::embedder(64), None);
    app.refresh().unwrap();
    (app, folder)
}

#[tokio::test]
async fn a_document_named_alone_gives_its_record() {
    let (app, _folder) = app_with_catalogue().await;
    for question in [
        "nghị định 158/2005/NĐ-CP còn hiệu lực không?",
        "nghi dinh 158/2005 con hieu luc ko",
        "Nghị định 158/2005/NĐ-CP quy định hồ sơ đăng ký khai sinh thế nào?",
    ] {
        let answer = ask(&app, question).await;
        assert_eq!(answer["route"], "citation", "{question}: {answer}");
        assert_eq!(answer["verdict"], "partial", "its words are not held: {answer}");
        let text = answer["text"].as_str().unwrap();
        for part in ["hết hiệu lực", "01/01/2016", "123/2015/NĐ-CP", "chưa có toàn văn"]
        {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert_eq!(answer["sources"][0]["status"], "ended");
    }
    let answer = ask(&app, "luật hộ tịch còn hiệu lực không").await;
    assert_eq!(
        (answer["verdict"].as_str(), answer["sources"][0]["citation"].as_str()),
        (Some("answered"), Some("60/2014/QH13"))
    );
    // Asked for more than the document itself, its articles answer.
    let answer = ask(&app, "theo luật hộ tịch thì ai có trách nhiệm đăng ký khai sinh").await;
    assert_eq!(answer["sources"][0]["citation"], "60/2014/QH13 điều 15", "{answer}");
}

#[tokio::test]
async fn a_place_that_does_not_exist_is_said() {
    let (app, _folder) = app_with_catalogue().await;
    for question in ["khoản 9 điều 15 luật hộ tịch", "điều 400 luật hộ tịch quy định gì"]
    {
        let answer = ask(&app, question).await;
        assert_eq!(answer["verdict"], "no_basis", "{question}: {answer}");
        assert_eq!(answer["sources"], json!([]));
        assert!(answer["reason"].as_str().unwrap().contains("60/2014/QH13 điều"), "{answer}");
    }
}

#[tokio::test]
async fn a_closed_collection_is_read_by_its_profiles_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(&folder.path().join("data"));
    let path = folder.path().join("luat.jsonl");
    std::fs::write(&path, LAW).unwrap();
    let kept = setup.versions.kept_sources();
    let kept = ::ingest::Kept { known: &kept, fresh: &kept };
    let limits = ::ingest::read::Limits::default();
    let staff = ["staff".to_owned()];
    let (source, _) =
        ::ingest::read_source(&path, "noibo", &staff, kept, Path::new("/nonexistent"), &limits)
            .unwrap();
    let sources = source.into_iter().collect();
    commands::build_version(&setup, sources, &fake::embedder(64)).await.unwrap();
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup.clone(), prompts, fake::embedder(64), None);
    app.refresh().unwrap();
    let place = "/api/v1/provisions/60%2F2014%2FQH13%20%C4%91i%E1%BB%81u%2015";
    // Anybody can name any profile, so naming one opens nothing.
    for (query, status) in [
        ("", StatusCode::NOT_FOUND),
        ("?profile=staff", StatusCode::NOT_FOUND),
        ("?profile=king", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (is, _, text) =
            send(&app, "GET", &format!("{place}{query}"), "*/*", String::new()).await;
        assert_eq!(is, status, "{query}: {text}");
    }
    for profile in ["citizen", "staff"] {
        let body =
            json!({"question": "trách nhiệm đăng ký khai sinh", "profile": profile}).to_string();
        let (_, _, text) = send(&app, "POST", "/api/v1/find", "*/*", body.clone()).await;
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found["hits"], json!([]), "{profile}");
        let (_, _, text) = send(&app, "POST", "/api/v1/ask", "application/json", body).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["sources"], json!([]), "{profile}: {answer}");
    }
    for question in ["luật hộ tịch còn hiệu lực không", "điều 15 luật 60/2014/QH13"]
    {
        assert_eq!(ask(&app, question).await["sources"], json!([]), "{question}");
    }
    // Behind a sign-in the profile is believed.
    let mut config = (*setup.config).clone();
    config.serve.trust_profile = true;
    setup.config = Arc::new(config);
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup, prompts, fake::embedder(64), None);
    app.refresh().unwrap();
    for (query, status) in [("", StatusCode::NOT_FOUND), ("?profile=staff", StatusCode::OK)] {
        let (is, _, text) =
            send(&app, "GET", &format!("{place}{query}"), "*/*", String::new()).await;
        assert_eq!(is, status, "{query}: {text}");
    }
}

/// Whatever way a question takes (names, a code, the talk before, a comparison, the state of a document), it finds
/// nothing of a closed collection.
#[tokio::test]
async fn no_way_of_asking_opens_a_closed_collection() {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(&folder.path().join("data"));
    let staff = ["staff".to_owned()];
    let birth =
        std::fs::read_to_string(root().join("corpora/procedures/1.001193-dang-ky-khai-sinh.json"))
            .unwrap();
    let files = [
        ("luat.jsonl", LAW, "noibo", &staff[..]),
        ("cong.jsonl", records::PORTAL, "noibo", &staff[..]),
        ("khai-sinh.json", birth.as_str(), "khue", &[][..]),
    ];
    ingest_closed(&setup, &files, folder.path()).await;
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup, prompts, fake::embedder(64), None);
    app.refresh().unwrap();
    let talk = json!([
        {"role": "user", "text": "nuôi ong"},
        {"role": "assistant", "text": "Đăng ký nuôi ong lấy mật (1.999001): 5 ngày."},
    ]);
    for (question, history) in [
        ("đăng ký nuôi ong lấy mật cần giấy tờ gì", json!([])),
        ("dang ky nuoi ong lay mat", json!([])),
        ("1.999001", json!([])),
        ("còn phí?", talk.clone()),
        ("quay lại vụ nuôi ong, mấy ngày", talk),
        ("hộ tịch luật cũ và luật mới khác gì", json!([])),
        ("luật hộ tịch còn hiệu lực không", json!([])),
        ("60/2014/QH13", json!([])),
    ] {
        let body = json!({"question": question, "history": history}).to_string();
        let (_, _, text) = send(&app, "POST", "/api/v1/ask", "application/json", body).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(!text.contains("lấy mật"), "{question}: {answer}");
        let sources = answer["sources"].as_array().unwrap();
        let open = sources.iter().all(|source| source["citation"] == "1.001193");
        assert!(open, "{question}: {answer}");
    }
}

/// However long a cry for help is, and whatever numbers it holds, the number to call comes first.
#[tokio::test]
async fn an_emergency_is_answered_first_and_whatever_else_is_wrong_with_it() {
    let (app, _folder) = app(None).await;
    let long = format!("cháy nhà rồi cứu với {}", "nhà tôi ở ngõ nhỏ ".repeat(400));
    for question in
        [long.as_str(), "mật khẩu là Abc@1234, cháy nhà rồi", "CON ĐANG BỊ ĐÁNH, CỨU TÔI VỚI"]
    {
        let answer = ask(&app, question).await;
        assert_eq!(answer["route"], "emergency", "{answer}");
        let text = answer["text"].as_str().unwrap();
        assert!(text.starts_with("Anh/chị gọi"), "{text}");
    }
    // In doubt the numbers go before the answer.
    let answer = ask(&app, "Nhà tôi bị cháy năm ngoái, xin cấp lại giấy khai sinh ở đâu").await;
    let text = answer["text"].as_str().unwrap();
    assert_ne!(answer["route"], "emergency");
    assert!(text.contains("114"), "{text}");
}

/// What the document tells of is there, and what is told there of errors holds.
#[tokio::test]
async fn the_document_of_the_api_tells_of_routes_that_are_there() {
    let (app, _folder) = app(None).await;
    let (status, _, text) = send(&app, "GET", "/api/openapi.json", "*/*", String::new()).await;
    assert_eq!(status, StatusCode::OK);
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut routes = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{citation}", "x").replace("{code}", "x").replace("{id}", "x");
        for method in methods.as_object().unwrap().keys() {
            let (status, kind, text) =
                send(&app, &method.to_uppercase(), &path, "application/json", "{}".into()).await;
            let there =
                status != StatusCode::METHOD_NOT_ALLOWED && !text.contains("/problems/no-route");
            assert!(there, "{method} {path}: {status} {text}");
            let problem = kind.starts_with("application/problem+json") || path.starts_with("/v1/");
            assert!(status.is_success() || problem, "{method} {path}: {kind} {text}");
            routes += 1;
        }
    }
    assert_eq!(routes, 20);
}

#[tokio::test]
async fn every_error_is_a_problem() {
    let (app, _folder) = app(None).await;
    for (method, path, status) in [
        ("GET", "/api/v1/ask", StatusCode::METHOD_NOT_ALLOWED),
        ("POST", "/readyz", StatusCode::METHOD_NOT_ALLOWED),
        ("GET", "/api/v1/procedures/1.001193?on=abc", StatusCode::UNPROCESSABLE_ENTITY),
        ("GET", "/api/v1/provisions/%FF", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (is, kind, text) = send(&app, method, path, "*/*", String::new()).await;
        assert_eq!(is, status, "{method} {path}: {text}");
        assert!(kind.starts_with("application/problem+json"), "{method} {path}: {kind} {text}");
    }
}
