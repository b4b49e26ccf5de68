//! What people decide over answers, and answers that are made again.

use answer::{Bond, Control, Curated, Forbidden, Matter, Notice, Off};
use jiff::Timestamp;

use super::*;
use crate::clock::today;

fn since() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn off(what: Matter, value: &str) -> Off {
    let (value, reason) = (value.to_owned(), "đang kiểm tra lại mức phí".to_owned());
    Off { what, value, reason, by: "an".into(), since: since() }
}

fn decide(app: &App, change: impl FnOnce(&mut Control)) {
    let change = |control: &mut Control| {
        *control = Control::default();
        change(control);
        Ok(())
    };
    app.decisions.change("an", "test", "", change).unwrap();
}

/// Asked today, so that curated answers may be given.
async fn ask_today(app: &App, question: &str) -> Value {
    let body = json!({"question": question}).to_string();
    let (status, _, text) = send(app, "POST", "/api/v1/ask", "application/json", body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn what_is_switched_off_is_said_with_its_reason_and_nothing_else() {
    let (app, _folder) = app(None).await;
    let (birth, law) = ("làm giấy khai sinh cần giấy tờ gì", "điều 15 khoản 1 luật hộ tịch");
    let bees = "nuôi ong lấy mật đặt thùng ong cách trường học bao xa";
    for (what, value, question) in [
        (Matter::Procedure, "1.001193", birth),
        (Matter::Procedure, "1.001193", "thủ tục 1.001193"),
        (Matter::Document, "60/2014/QH13", law),
        (Matter::Document, "60/2014/QH13", "60/2014/QH13 còn hiệu lực không"),
        (Matter::Topic, "giấy khai sinh", birth),
        (Matter::Topic, "giấy khai sinh", "lam giay khai sinh can giay to gi"),
        (Matter::Topic, "thùng ong", bees),
    ] {
        decide(&app, |control| control.off.push(off(what, value)));
        let answer = ask_today(&app, question).await;
        assert_eq!((&answer["verdict"], &answer["card"]), (&json!("no_basis"), &json!(null)));
        assert_eq!(answer["sources"], json!([]), "{question}: {answer}");
        let reason = answer["reason"].as_str().unwrap();
        assert!(reason.contains("đang kiểm tra lại mức phí"), "{question}: {reason}");
        assert!(!answer["next"].as_str().unwrap().is_empty());
    }
    // Nor does any other way lead to it.
    decide(&app, |control| {
        control.off.push(off(Matter::Procedure, "1.001193"));
        control.off.push(off(Matter::Document, "60/2014/QH13"));
    });
    for path in ["/api/v1/procedures/1.001193", "/api/v1/provisions/60%2F2014%2FQH13"] {
        let (status, _, _) = send(&app, "GET", path, "*/*", String::new()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let body = json!({"question": "đăng ký khai sinh cho con"}).to_string();
    let (_, _, found) = send(&app, "POST", "/api/v1/find", "*/*", body).await;
    assert!(!found.contains("1.001193") && !found.contains("60/2014/QH13"), "{found}");
    // A procedure of a closed topic says so by its name, in a talk too.
    let card = json!([
        {"role": "user", "text": birth},
        {"role": "assistant", "text": "Thông tin về thủ tục Đăng ký khai sinh (1.001193):"},
    ]);
    let topic = off(Matter::Topic, "khai sinh");
    for (off, history) in [
        (topic.clone(), card.clone()),
        (off(Matter::Procedure, "1.001193"), card),
        (topic, json!([])),
    ] {
        decide(&app, |control| control.off.push(off));
        let question = if history == json!([]) { birth } else { "còn phí?" };
        let body = json!({"question": question, "history": history}).to_string();
        let (_, _, text) = send(&app, "POST", "/api/v1/ask", "application/json", body).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        let reason = answer["reason"].as_str().unwrap_or_default();
        assert!(reason.contains("đang kiểm tra lại mức phí"), "{answer}");
    }
    // Marks count where both have them.
    decide(&app, |control| control.off.push(off(Matter::Topic, "khai sính")));
    assert_eq!(ask_today(&app, birth).await["card"]["code"], "1.001193");
    // Who is in danger is helped whatever is switched off.
    decide(&app, |control| control.off.push(off(Matter::Topic, "cháy")));
    assert_eq!(ask_today(&app, "cháy nhà rồi cứu với").await["route"], "emergency");
    // And on again.
    decide(&app, |_| {});
    assert_eq!(ask_today(&app, birth).await["card"]["code"], "1.001193");
}

#[tokio::test]
async fn generation_can_be_switched_off_and_sentences_forbidden() {
    let generator = fake::generator(|_| {
        "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn 60 ngày [1].".into()
    });
    let (app, _folder) = app(Some(generator)).await;
    let question = "theo điều 15 luật hộ tịch thì cha mẹ có trách nhiệm gì?";
    assert_eq!(ask(&app, question).await["generated"], true);
    decide(&app, |control| control.off.push(off(Matter::Generation, "")));
    let answer = ask(&app, question).await;
    assert_eq!((&answer["generated"], &answer["removed"]), (&json!(false), &json!(0)));
    assert!(answer["text"].as_str().unwrap().contains("Phần tóm tắt tự động đang tắt"), "{answer}");
    let forbid = |phrase: &str| Forbidden {
        phrase: phrase.into(),
        reason: "test".into(),
        by: "an".into(),
        since: since(),
    };
    decide(&app, |control| control.forbidden.push(forbid("Đăng ký khai sinh cho con trong")));
    let answer = ask(&app, question).await;
    assert_eq!((&answer["generated"], &answer["removed"]), (&json!(false), &json!(1)));
    // Numbers of sources do not stand between its words.
    decide(&app, |control| control.forbidden.push(forbid("60 ngày kể từ ngày sinh con, cha")));
    assert_eq!(ask(&app, question).await["verdict"], "no_basis");
    // What the law itself says is held back whole.
    decide(&app, |control| control.forbidden.push(forbid("trong thời hạn 60 ngày")));
    let answer = ask(&app, question).await;
    assert_eq!((&answer["verdict"], &answer["sources"]), (&json!("no_basis"), &json!([])));
    assert!(!answer.to_string().contains("60 ngày"), "{answer}");
}

#[tokio::test]
async fn a_curated_answer_holds_for_as_long_as_what_it_rests_on() {
    let (app, folder) = app(None).await;
    let corpus = app.corpus().unwrap();
    let staff = answer::Profile::new("staff");
    let bond = |at: &str| {
        let at = at.parse().unwrap();
        let words = Control::default().fingerprint(&corpus.library, &staff, &at, today()).unwrap();
        Bond { at, words }
    };
    let curated = Curated {
        id: "ong".into(),
        questions: vec!["Đặt thùng ong cách trường học bao xa?".into()],
        text: "Ít nhất 200 mét.".into(),
        profiles: Vec::new(),
        rests_on: vec![bond("60/2014/QH13 điều 15"), bond("1.001193")],
        by: "an".into(),
        since: since(),
    };
    decide(&app, |control| control.answer.push(curated.clone()));
    for question in
        ["cho hỏi đặt thùng ong cách trường học bao xa", "dat thung ong cach truong hoc bao xa"]
    {
        let answer = ask_today(&app, question).await;
        assert_eq!(
            (&answer["curated"], &answer["text"]),
            (&json!("ong"), &json!("Ít nhất 200 mét."))
        );
        assert_eq!(answer["sources"].as_array().unwrap().len(), 2, "{answer}");
    }
    // Another question, and a day that is not today, have their own answer.
    for answer in [
        ask_today(&app, "đặt thùng ong cách chợ bao xa").await,
        ask(&app, "đặt thùng ong cách trường học bao xa").await,
    ] {
        assert!(answer.get("curated").is_none(), "{answer}");
    }
    // The law is changed: the answer is held back at once, and the file tells nothing else.
    let setup = app.setup.clone();
    let changed = LAW.replace("kiểm tra, đôn đốc", "kiểm tra");
    ingest(&setup, &[("luat.jsonl", &changed)], folder.path()).await;
    app.refresh().unwrap();
    let answer = ask_today(&app, "đặt thùng ong cách trường học bao xa").await;
    assert!(answer.get("curated").is_none(), "{answer}");
    let corpus = app.corpus().unwrap();
    let why = Control::default().suspended(&corpus.library, &staff, &curated, today());
    assert_eq!(why, Some(answer::Suspended::Changed(curated.rests_on[0].at.clone())));
}

#[tokio::test]
async fn notices_go_with_the_answers_that_they_are_about() {
    let (app, _folder) = app(None).await;
    let notice = |about: &[&str], until: Option<&str>| Notice {
        id: "n".into(),
        text: "Nghỉ nhận hồ sơ ngày 2/9.".into(),
        from: None,
        until: until.map(|day| day.parse().unwrap()),
        about: about.iter().map(|it| (*it).to_owned()).collect(),
        profiles: Vec::new(),
        by: "an".into(),
        since: since(),
    };
    let birth = "làm giấy khai sinh cần giấy tờ gì";
    for (notice, question, told) in [
        (notice(&[], None), birth, true),
        (notice(&["1.001193"], None), birth, true),
        (notice(&["1.004222"], None), birth, false),
        (notice(&[], Some("2020-01-01")), birth, false),
        (notice(&[], None), "xin chào", false),
        (notice(&[], None), "cháy nhà rồi cứu với", false),
    ] {
        decide(&app, |control| control.notice.push(notice));
        let answer = ask_today(&app, question).await;
        let text = answer["text"].as_str().unwrap();
        assert_eq!(text.ends_with("Thông báo: Nghỉ nhận hồ sơ ngày 2/9."), told, "{answer}");
    }
}

/// The record of an answer, which is written beside it.
async fn kept(app: &App, id: &chat::Uuid) -> chat::Record {
    for _ in 0..500 {
        if let Some(record) = app.records.get(id).unwrap() {
            return record;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no record of {id}");
}

#[tokio::test]
async fn every_answer_is_kept_without_identifiers_and_can_be_made_again() {
    let (app, _folder) = app(None).await;
    let asked = "làm giấy khai sinh cần giấy tờ gì, số cccd 001099012345";
    let answer = ask_today(&app, asked).await;
    let id = answer["answer_id"].as_str().unwrap().parse().unwrap();
    let record = kept(&app, &id).await;
    assert!(!serde_json::to_string(&record).unwrap().contains("001099012345"));
    assert_eq!(record.trace.masked, 1);
    assert_eq!(record.answer["text"], answer["text"]);
    assert_eq!(record.trace.candidates[0].what, "1.001193");
    assert!(!record.trace.passages.is_empty());
    assert_eq!(record.answer["versions"]["settings"].as_str().unwrap().len(), 12);
    assert_eq!(commands::replayed(&app, &record).await.unwrap(), Vec::<String>::new());
    // What has changed since is told.
    decide(&app, |control| control.off.push(off(Matter::Procedure, "1.001193")));
    let changes = commands::replayed(&app, &record).await.unwrap();
    for part in ["control: none ->", "verdict: answered -> no_basis", "procedure: 1.001193 -> none"]
    {
        assert!(changes.iter().any(|change| change.contains(part)), "{part}: {changes:?}");
    }
    // A stream leaves a record too.
    let body = json!({"question": "xin chào"}).to_string();
    let (_, _, stream) = send(&app, "POST", "/api/v1/ask", "text/event-stream", body).await;
    let done = stream.split("\"answer_id\":\"").nth(1).unwrap();
    kept(&app, &done[..36].parse().unwrap()).await;
}
