//! States of people's own cases, against a server that speaks the protocol of the national portal's exchange.

use std::sync::Mutex;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use chat::{Asked, Channel, Uuid};
use tokio::net::TcpListener;

use super::channels::secrets;
use super::*;
use crate::channels::cases;

#[derive(Default)]
struct Exchange {
    /// Sessions that were given.
    logins: Mutex<usize>,
    /// What services were called with.
    calls: Mutex<Vec<Value>>,
    /// The session that is good; another one is refused.
    session: Mutex<String>,
    case: Mutex<Value>,
    /// Refuses every service.
    stubborn: Mutex<bool>,
}

type World = Arc<Exchange>;

const CODE: &str = "H26.10-261125-0001";

async fn exchange() -> (World, String) {
    let world: World = Arc::default();
    *world.case.lock().unwrap() = json!({
        "MaHoSo": CODE, "MaTTHC": "1.001193", "TenTTHC": "Thủ tục đăng ký khai sinh",
        "ChuHoSo": "Công dân Thử", "SoDienThoai": "0912345678", "NgayTiepNhan": "20261120090000",
        "NgayHenTra": "20261127170000", "TrangThaiHoSo": "5", "DonViXuLy": "UBND phường Thử",
    });
    let routes = Router::new()
        .route("/auth", post(auth))
        .route("/integration", post(integration))
        .with_state(Arc::clone(&world));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the exchange runs beside the test")]
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (world, url)
}

async fn auth(State(world): State<World>, Json(body): Json<Value>) -> Json<Value> {
    if body != json!({"username": "agency-test", "password": "not-a-real-password"}) {
        return Json(json!({"error_code": 2}));
    }
    let mut logins = world.logins.lock().unwrap();
    *logins += 1;
    *world.session.lock().unwrap() = format!("s-{logins}");
    Json(json!({"session": format!("s-{logins}"), "error_code": 0}))
}

async fn integration(State(world): State<World>, Json(body): Json<Value>) -> Json<Value> {
    world.calls.lock().unwrap().push(body.clone());
    if *world.stubborn.lock().unwrap() || body["session"] != *world.session.lock().unwrap() {
        return Json(json!({"error_code": 1, "message": "session expired"}));
    }
    assert_eq!(body["madonvi"], "000.00.00.H26");
    let case = world.case.lock().unwrap().clone();
    match body["service"].as_str().unwrap() {
        "TraCuuHoSo" if body["mahoso"] == case["MaHoSo"] => {
            Json(json!({"error_code": "00", "result": [case]}))
        }
        "TraCuuHoSo" => Json(json!({"error_code": 0, "result": []})),
        "LayThuTuc" => Json(json!({"error_code": 0, "result": [{"TENTTHC": "Đăng ký khai sinh"}]})),
        other => panic!("{other}"),
    }
}

async fn opened(url: &str) -> (App, TempDir) {
    opened_as(url, "agency-test").await
}

async fn opened_as(url: &str, username: &str) -> (App, TempDir) {
    let (app, folder) = app(None).await;
    let app = app.with_people(&secrets).await.unwrap();
    let mut config = (*app.setup.config).clone();
    config.case.enabled = true;
    config.case.auth = format!("{url}/auth");
    config.case.integration = format!("{url}/integration");
    config.case.username = username.into();
    let cases = cases(&config, app.people.clone().unwrap(), &secrets).unwrap().unwrap();
    app.chat.as_ref().unwrap().looks_up_cases(cases);
    (app, folder)
}

/// A conversation of somebody on a channel.
async fn begins(app: &App, who: &str) -> Uuid {
    let chat = app.chat.as_ref().unwrap();
    chat.begin(Channel::Zalo, who, "citizen").await.unwrap().id
}

async fn says(app: &App, talk: Uuid, text: &str) -> Value {
    let asked = Asked {
        talk,
        profile: "citizen".into(),
        client: None,
        text: text.into(),
        on: None,
        from: None,
        generate: false,
        kept: true,
        strict: true,
    };
    let live = app.chat.as_ref().unwrap().ask(asked, ()).await.unwrap();
    let last = live.last().await.unwrap();
    assert_eq!(last.name, "done", "{:?}", last.data);
    last.data
}

fn words(answer: &Value) -> &str {
    answer["plain"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_shown_to_who_proves_that_it_is_theirs_and_kept_by_nobody() {
    let (world, url) = exchange().await;
    let (app, folder) = opened(&url).await;
    let talk = begins(&app, "5544").await;
    for (text, expect) in [
        ("hồ sơ của tôi đến đâu rồi", "4 số cuối"),
        ("ho so cua toi den dau roi", "4 số cuối"),
        (CODE, "thêm 4 số cuối"),
    ] {
        assert!(words(&says(&app, talk, text).await).contains(expect), "{text}");
    }
    assert_eq!(*world.calls.lock().unwrap(), Vec::<Value>::new());
    let shown = says(&app, talk, &format!("{CODE} 5678")).await;
    for part in [
        "mã tận cùng 0001",
        "Thủ tục đăng ký khai sinh",
        "C… d… T…",
        "cần bổ sung giấy tờ",
        "UBND phường Thử",
        "17:00 ngày 27/11/2026",
        "dichvucong.gov.vn",
    ] {
        assert!(words(&shown).contains(part), "{part}: {shown}");
    }
    assert!(!words(&shown).contains(CODE) && !words(&shown).contains("Công dân Thử"));
    // A session that is over is renewed once; a state that we do not know is said to be that; a name is asked for.
    *world.session.lock().unwrap() = "another".into();
    world.case.lock().unwrap()["TrangThaiHoSo"] = json!("99");
    world.case.lock().unwrap()["TenTTHC"] = json!("");
    let again =
        says(&app, talk, &format!("4 số cuối 0912 345 678, mã {}", CODE.to_lowercase())).await;
    assert!(words(&again).contains("chưa rõ") && words(&again).contains("Đăng ký khai sinh"));
    assert_eq!(*world.logins.lock().unwrap(), 2);
    // What is kept of it, with how it came about, holds neither number nor state; nor does a file in clear.
    let chat = app.chat.as_ref().unwrap();
    let said = chat.export(&talk).await.unwrap().to_string();
    assert!(said.contains("không được lưu ở đây"), "{said}");
    for part in [CODE, "5678", "bổ sung giấy tờ", "phường Thử"] {
        assert!(!said.contains(part), "{part}: {said}");
    }
    for message in chat.messages(&talk, 0).await.unwrap() {
        let record = format!("{:?}", message.record);
        assert!(!record.contains(CODE) && !record.contains("phường Thử"), "{record}");
    }
    let people = app.people.as_ref().unwrap();
    let log = people.trail(i64::MAX, 99).await.unwrap();
    let did: Vec<&str> = log.iter().rev().map(|it| it.did.as_str()).collect();
    assert_eq!(did, ["case.asked", "case.shown", "case.asked", "case.shown"]);
    assert!(log.iter().all(|it| it.what == talk.to_string() && !it.reason.contains("0001")));
    drop(app);
    let mut files = vec![folder.path().join("data")];
    let mut seen = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else {
            // Files beside a database go when it is closed.
            let Ok(bytes) = std::fs::read(&path) else { continue };
            seen.push(path.file_name().unwrap().to_string_lossy().into_owned());
            let found = bytes.windows(CODE.len()).any(|it| it == CODE.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    assert!(seen.iter().any(|it| it == "talks.db") && seen.iter().any(|it| it == "people.db"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_and_what_is_not_proven_are_told_alike_and_seldom() {
    let (world, url) = exchange().await;
    let (app, _folder) = opened(&url).await;
    let talk = begins(&app, "1").await;
    let none = words(&says(&app, talk, "H26.10-261125-0002 5678").await).to_owned();
    let wrong = words(&says(&app, talk, &format!("{CODE} 1234")).await).to_owned();
    assert_eq!(none, wrong);
    // Who fails five times waits; so does a case at which many try, but nobody is told which of both it is.
    for n in 0..3 {
        assert_eq!(words(&says(&app, talk, &format!("{CODE} 000{n}")).await), none);
    }
    let calls = world.calls.lock().unwrap().len();
    let told = words(&says(&app, talk, &format!("{CODE} 5678")).await).to_owned();
    assert!(told.contains("tạm dừng"), "{told}");
    let other = begins(&app, "2").await;
    assert_eq!(words(&says(&app, other, &format!("{CODE} 0004")).await), none);
    assert_eq!(words(&says(&app, other, &format!("{CODE} 5678")).await), told);
    assert_eq!(world.calls.lock().unwrap().len(), calls + 1);
    // The right proof costs nothing, however often.
    world.case.lock().unwrap()["MaHoSo"] = json!("H26.10-261125-0003");
    let third = begins(&app, "3").await;
    for _ in 0..7 {
        let shown = says(&app, third, "H26.10-261125-0003 5678").await;
        assert!(words(&shown).contains("mã tận cùng 0003"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_system_people_are_told_where_to_look() {
    let guide = "dichvucong.gov.vn";
    // None is set up.
    let (plain, _folder) = app(None).await;
    for text in ["hồ sơ của tôi đến đâu rồi", "H26.10-261125-0001 5678"] {
        let answer = ask(&plain, text).await;
        assert!(answer["text"].as_str().unwrap().contains(guide), "{answer}");
        assert_eq!(answer["verdict"], "answered");
        let talk = begins(&plain, text).await;
        assert!(says(&plain, talk, text).await.to_string().contains(guide));
    }
    // What the law says of it is a question of law.
    let law = ask(&plain, "quy định về tra cứu tiến độ giải quyết hồ sơ thế nào").await;
    assert!(!law.to_string().contains("hồ sơ của từng người"), "{law}");
    let place = ask(&plain, "hồ sơ đăng ký khai sinh của tôi phải nộp đến đâu").await;
    assert!(!place.to_string().contains("hồ sơ của từng người"), "{place}");
    // It refuses the account: nothing is told of any case.
    let (world, url) = exchange().await;
    let (refused, _folder) = opened_as(&url, "somebody").await;
    let talk = begins(&refused, "1").await;
    let told = says(&refused, talk, &format!("{CODE} 5678")).await;
    assert!(words(&told).contains("không trả lời"), "{told}");
    assert_eq!(*world.calls.lock().unwrap(), Vec::<Value>::new());
    // It refuses to answer: that is told as if there were none.
    let (refused, _folder) = opened(&url).await;
    *world.stubborn.lock().unwrap() = true;
    let talk = begins(&refused, "1").await;
    let told = says(&refused, talk, &format!("{CODE} 5678")).await;
    assert!(words(&told).contains("không tìm thấy"), "{told}");
    // It is away.
    let (app, _folder) = opened("http://127.0.0.1:9").await;
    let talk = begins(&app, "1").await;
    for _ in 0..7 {
        let told = says(&app, talk, &format!("{CODE} 5678")).await;
        assert!(words(&told).contains("không trả lời"), "{told}");
    }
    // Who is in danger, or wants a person, is heard first.
    let answer = says(&app, talk, &format!("cháy nhà rồi cứu với {CODE}")).await;
    assert_eq!(answer["route"], "emergency");
    let answer = says(&app, talk, "chồng đang đánh tôi, hồ sơ của tôi đến đâu rồi").await;
    assert!(words(&answer).contains("113"), "{answer}");
}
