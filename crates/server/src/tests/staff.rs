//! What civil servants get beside answers, and what a conversation carries.

use super::*;

async fn ask_as(app: &App, profile: &str, question: &str, history: Value) -> Value {
    let body =
        json!({"question": question, "profile": profile, "history": history, "on": "2026-11-20"});
    let (status, _, text) =
        send(app, "POST", "/api/v1/ask", "application/json", body.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

const REQUEST: &str = "Soạn công văn của Ủy ban nhân dân phường Cửa Nam gửi Sở Nội vụ về việc đề nghị cung cấp số liệu năm 2026";

#[tokio::test]
async fn a_draft_is_laid_out_with_blanks_and_comes_as_a_word_file() {
    let (app, folder) = app(None).await;
    let answer = ask_as(&app, "staff", REQUEST, json!([])).await;
    assert_eq!(answer["verdict"], "partial", "{answer}");
    assert_eq!(answer["draft"]["form"], "letter");
    assert_eq!(answer["draft"]["to"], json!(["Sở Nội vụ"]));
    assert_eq!(answer["draft"]["missing"], json!(["nội dung"]));
    let text = answer["text"].as_str().unwrap();
    for part in [
        "Độc lập - Tự do - Hạnh phúc",
        "Kính gửi: Sở Nội vụ",
        "V/v đề nghị cung cấp số liệu năm 2026",
        "[nội dung]",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Citizens are not served drafts.
    assert!(ask_as(&app, "citizen", REQUEST, json!([])).await.get("draft").is_none());
    let request = Request::builder()
        .method("POST")
        .uri("/api/v1/drafts")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({"request": REQUEST}).to_string()))
        .unwrap();
    let response = router(app.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    // The file is one that our own reader takes for a letter with these words.
    let path = folder.path().join("du-thao.docx");
    std::fs::write(&path, &bytes).unwrap();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut xml = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("word/document.xml").unwrap(), &mut xml)
        .unwrap();
    for part in [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "ỦY BAN NHÂN DÂN PHƯỜNG CỬA NAM",
        "w:w=\"11906\"",
        "w:left=\"1701\"",
        "yellow",
    ] {
        assert!(xml.contains(part), "{part}");
    }
    let body = json!({"request": "làm căn cước cần giấy tờ gì"}).to_string();
    let (status, _, text) = send(&app, "POST", "/api/v1/drafts", "*/*", body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("Soạn công văn"), "{text}");
}

#[tokio::test]
async fn staff_get_lists_and_summaries_of_the_law() {
    let (app, _folder) = app(None).await;
    let list = ask_as(&app, "staff", "Liệt kê các quy định về đăng ký khai sinh", json!([])).await;
    let text = list["text"].as_str().unwrap();
    assert!(text.contains("| [1] | Điều 15. Trách nhiệm đăng ký khai sinh |"), "{text}");
    assert_eq!(list["sources"][0]["citation"], "60/2014/QH13 điều 15");
    let short = ask_as(&app, "staff", "Tóm tắt Luật Hộ tịch", json!([])).await;
    let text = short["text"].as_str().unwrap();
    assert!(text.contains("- Điều 15. Trách nhiệm đăng ký khai sinh"), "{text}");
    assert_eq!(short["sources"][0]["citation"], "60/2014/QH13");
}

#[tokio::test]
async fn a_conversation_is_forgotten_on_request() {
    let (app, _folder) = app(None).await;
    let card = ask_as(&app, "citizen", "làm giấy khai sinh cần giấy tờ gì", json!([])).await;
    let before = json!([
        {"role": "user", "text": "làm giấy khai sinh cần giấy tờ gì"},
        {"role": "assistant", "text": card["text"]},
    ]);
    let fee = ask_as(&app, "citizen", "còn phí?", before.clone()).await;
    assert_eq!(fee["card"]["code"], "1.001193");
    for asks in [
        "xóa lịch sử đi",
        "quên hết những gì đã nói",
        "bat dau lai",
        "xoá lịch sử chat giùm em với ạ",
        "xóa thông tin cá nhân của tôi đi",
    ] {
        let forgotten = ask_as(&app, "citizen", asks, before.clone()).await;
        assert!(forgotten["text"].as_str().unwrap().starts_with("Vâng"), "{asks}: {forgotten}");
        let mut after = before.clone();
        after.as_array_mut().unwrap().extend([
            json!({"role": "user", "text": asks}),
            json!({"role": "assistant", "text": forgotten["text"]}),
        ]);
        let fee = ask_as(&app, "citizen", "còn phí?", after).await;
        assert!(fee["card"].is_null(), "{asks}: {fee}");
    }
    // A card that was shown with a doubt is the one at hand; one that is turned down is not shown again as sure.
    let text = format!(
        "Tôi chưa chắc.\n1. Đăng ký kết hôn (1.000894)\n\n{}\n- Xem thêm 1.116410.",
        card["text"].as_str().unwrap()
    );
    let doubted =
        json!([{"role": "user", "text": "làm giấy cho con"}, {"role": "assistant", "text": text}]);
    let fee = ask_as(&app, "citizen", "còn lệ phí?", doubted.clone()).await;
    assert_eq!(fee["card"]["code"], "1.001193", "{fee}");
    let other = ask_as(&app, "citizen", "không phải mấy cái đó", doubted).await;
    assert_ne!(other["card"]["code"], "1.001193", "{other}");
    // What only sounds like it is a question.
    let seal = ask_as(&app, "citizen", "xóa đăng ký khai sinh thế nào", before).await;
    assert!(!seal["text"].as_str().unwrap().starts_with("Vâng"), "{seal}");
}
