//! Records of the national portal in the library: what their fee column must not say alone, what the city's
//! rules add, which documents they rest on; and places and bodies of before July 2025.

use super::*;

pub(super) const PORTAL: &str = r#"{"ma_thu_tuc": "1.999001", "ten_thu_tuc": "Thủ tục đăng ký nuôi ong lấy mật", "so_quyet_dinh": "1/QĐ-BTP", "cap_thuc_hien": "Cấp xã", "linh_vuc": "Chăn nuôi", "co_quan_thuc_hien": "Ủy ban nhân dân cấp xã", "doi_tuong_thuc_hien": "Công dân Việt Nam", "trinh_tu_thuc_hien": "Nộp hồ sơ tại Ủy ban nhân dân cấp huyện. Trả kết quả sau 5 ngày làm việc.", "cach_thuc_thuc_hien": "Hình thức nộpThời gianPhí, lệ phíMô tảTrực tuyến5 NgàyMiễn phí(Lệ phí do Hội đồng nhân dân cấp tỉnh quyết định)Trực tiếp5 NgàyMiễn phí(- Lệ phí cấp: 135.000 đồng/lần)", "thanh_phan_ho_so": "--Tên giấy tờMẫu đơn, tờ khaiSố lượngĐơn đăng ký1 bản chính", "can_cu_phap_ly": "Tên văn bản pháp lýMã văn bảnNghị định cũ158/2005/NĐ-CP", "crawled": "2026-06-10", "raw_text": "Mã thủ tục1.999001Số", "detail_url": ""}
"#;
const CATALOGUE: &str = r#"{"number": "158/2005/NĐ-CP", "kind": "Nghị định", "title": "Đăng ký hộ tịch", "issuer": "Chính phủ", "issued": "2005-12-27", "effective": "2006-04-01", "ended": "2016-01-01", "replaced_by": ["123/2015/NĐ-CP"]}
{"number": "1656/NQ-UBTVQH15", "kind": "Nghị quyết", "title": "Sắp xếp các đơn vị hành chính cấp xã của thành phố Hà Nội năm 2025", "issuer": "Ủy ban Thường vụ Quốc hội", "issued": "2025-06-16", "effective": "2025-06-16"}
"#;

async fn app_with_records() -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(&folder.path().join("data"));
    let own = |path: &str| std::fs::read_to_string(root().join("corpora").join(path)).unwrap();
    let (units, bodies) = (own("places/units.jsonl"), own("places/bodies.jsonl"));
    let overlays = own("overlays/77-2025-nq-hdnd.jsonl");
    let files = [
        ("portal.jsonl", PORTAL),
        ("van-ban.jsonl", CATALOGUE),
        ("units.jsonl", &units),
        ("bodies.jsonl", &bodies),
        ("overlays.jsonl", &overlays),
    ];
    ingest(&setup, &files, folder.path()).await;
    let prompts = setup.prompts().unwrap();
    let app = App::with(setup, prompts, fake::embedder(64), None);
    app.refresh().unwrap();
    (app, folder)
}

async fn get(app: &App, path: &str) -> Value {
    let (status, _, text) = send(app, "GET", path, "application/json", String::new()).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_column_that_its_note_contradicts_is_not_shown() {
    let (app, _folder) = app_with_records().await;
    let answer = ask(&app, "đăng ký nuôi ong lấy mật mất bao nhiêu tiền").await;
    let (text, fee) = (answer["text"].as_str().unwrap(), &answer["card"]["fields"]["fee"]);
    assert!(!fee.as_str().unwrap().contains("Miễn phí"), "{fee}");
    for part in ["135.000 đồng/lần", "Hội đồng nhân dân cấp tỉnh quyết định", "0 đồng"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let kinds: Vec<&str> = answer["card"]["flags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flag| flag["kind"].as_str().unwrap())
        .collect();
    for kind in ["fee_contradicted", "fee_council", "time_contradicted", "old_body", "basis_ended"]
    {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
    // In words of the prompts, not by their kind.
    assert!(!text.contains("warning_") && text.contains("158/2005/NĐ-CP"), "{text}");
    let card = get(&app, "/api/v1/procedures/1.999001?on=2025-12-31").await;
    assert!(card["fields"]["overlay"].is_null(), "the resolution applies from 2026-01-01: {card}");
    assert_eq!(card["documents"][0]["status"], "ended");
    let way = &card["channels"][0];
    assert_eq!(
        (way["fee_kind"].as_str(), way["term"]["unit"].as_str()),
        (Some("council"), Some("day"))
    );
}

#[tokio::test]
async fn old_places_and_bodies_are_put_right() {
    let (app, _folder) = app_with_records().await;
    for (question, route, parts) in [
        (
            "tôi ở phường Nhân Chính cũ thì nay thuộc phường nào",
            "clarify",
            &["phường Thanh Xuân", "phường Yên Hòa", "phường Đại Mỗ", "tên phố"][..],
        ),
        ("p truc bach gio la phuong nao", "law", &["nay thuộc phường Ba Đình", "1656/NQ-UBTVQH15"]),
        ("xã Sơn Đông nay thuộc xã nào", "law", &["thị xã Sơn Tây", "xã Đoài Phương"]),
        ("quận Thanh Xuân giờ chia thành phường nào", "law", &["phường Khương Đình"]),
        (
            "ra UBND quận đăng ký nuôi ong lấy mật được không",
            "procedure",
            &["Ủy ban nhân dân quận, huyện, thị xã không còn", "1.999001"],
        ),
    ] {
        let answer = ask(&app, question).await;
        assert_eq!(answer["route"], route, "{question}: {answer}");
        for part in parts {
            let text = answer["text"].as_str().unwrap();
            assert!(text.contains(part), "{question}: {part} is not in {text}");
        }
    }
    let answer = ask(&app, "xã Tân Dân nay là xã nào").await;
    assert_eq!(answer["verdict"], "ask_back");
    let labels: Vec<&str> = answer["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["xã Chuyên Mỹ", "xã Kim Anh"]);
    // What is chosen is answered.
    let chosen = ask(&app, answer["options"][1]["value"].as_str().unwrap()).await;
    assert_eq!(
        (chosen["route"].as_str(), chosen["places"][0]["sure"].as_bool()),
        (Some("law"), Some(true))
    );
    let places =
        get(&app, "/api/v1/places?name=ph%C6%B0%E1%BB%9Dng%20Tr%C3%BAc%20B%E1%BA%A1ch").await;
    assert_eq!(places["places"][0]["former"][0]["now"][0]["unit"], "phường Ba Đình");
}

#[tokio::test]
async fn each_kind_of_warning_has_its_sentence() {
    let (app, _folder) = app_with_records().await;
    for kind in law::WarningKind::ALL.into_iter().filter(|kind| *kind != law::WarningKind::Told) {
        let key = format!("warning_{}", kind.name());
        assert!(app.prompts.has(&key), "prompts/say.toml lacks {key}");
    }
    for key in [
        "place_one",
        "place_split",
        "place_ask",
        "place_ask_district",
        "place_now",
        "place_now_whole",
        "place_now_parts",
        "place_seat",
        "place_district",
        "place_basis",
        "body_gone",
        "body_gone_since",
    ] {
        assert!(app.prompts.has(key), "prompts/say.toml lacks {key}");
    }
}

/// The 126 units against the counts of Nghị quyết 1656/NQ-UBTVQH15 điều 1: 51 wards, 75 communes; 526 units
/// before, each wholly in one or in parts of several.
#[test]
fn the_units_of_the_city_are_complete() {
    let file = root().join("corpora/places/units.jsonl");
    let units: Vec<law::Unit> = std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kind = |kind: &str| units.iter().filter(|unit| unit.unit.starts_with(kind)).count();
    assert_eq!((kind("phường "), kind("xã ")), (51, 75));
    let mut former: std::collections::BTreeMap<(&str, &str), Vec<bool>> = Default::default();
    for part in units.iter().flat_map(|unit| &unit.of) {
        former.entry((&part.was, &part.district)).or_default().push(part.whole);
    }
    assert_eq!(former.len(), 526);
    for (name, parts) in &former {
        assert!(
            parts.len() > 1 && !parts.contains(&true) || parts.as_slice() == [true],
            "{name:?}"
        );
    }
    assert_eq!(former.values().filter(|parts| parts.len() > 1).count(), 199);
}
