use law::{ChannelKind, Duty};
use serde_json::json;

use super::*;

fn record(changes: Value) -> Value {
    let mut record = json!({
        "ma_thu_tuc": "1.000656", "ten_thu_tuc": "Thủ tục đăng ký khai tử", "so_quyet_dinh": "163/QĐ-BTP",
        "cap_thuc_hien": "Cấp xã", "linh_vuc": "Hộ tịch", "co_quan_thuc_hien": "Không có thông tin",
        "doi_tuong_thuc_hien": "Công dân Việt Nam, Tổ chức (không bao gồm doanh nghiệp, HTX)",
        "trinh_tu_thuc_hien": "- Nộp hồ sơ.\n- Nhận kết quả.", "crawled": "2026-06-10",
        "detail_url": "https://dichvucong.gov.vn/x", "raw_text": "Mã thủ tục1.000656Số quyết định163/QĐ-BTP",
        "thanh_phan_ho_so": "--Tên giấy tờMẫu đơn, tờ khaiSố lượngTờ khai1 bản chính",
    });
    for (key, value) in changes.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

fn one(changes: Value) -> Procedure {
    let (mut read, _, refused) = procedures(record(changes).to_string().as_bytes()).unwrap();
    assert_eq!(refused, []);
    read.pop().unwrap()
}

const CHANNELS: &str = "Hình thức nộpThời gianPhí, lệ phíMô tả";
const PAPERS: &str = "Tên giấy tờMẫu đơn, tờ khaiSố lượng";

#[test]
fn channels_come_out_of_the_flattened_table() {
    use ChannelKind::{InPerson, Online, Post};
    const NO_UNIT: &str = "1 (cổng không ghi đơn vị)";
    for (table, expect) in [
        (
            "Trực tuyến7 Ngày làm việc10,000 Việt Nam Đồng(thu 10.000 đồng/lần.)Trực tiếp7 Ngày20,000 VNĐ",
            vec![
                (Online, "7 ngày làm việc", "10,000 Việt Nam Đồng", "thu 10.000 đồng/lần.", ""),
                (InPerson, "7 ngày", "20,000 VNĐ", "", ""),
            ],
        ),
        (
            "Trực tuyến1Miễn phíDịch vụ bưu chính1Miễn phí(Không có)",
            vec![(Online, NO_UNIT, "Miễn phí", "", ""), (Post, NO_UNIT, "Miễn phí", "", "")],
        ),
        (
            "Trực tiếpKhông có thông tin10 USD(/bản)Tại cơ quan đại diện: nộp Trực tiếp hoặc qua mạng.",
            vec![(
                InPerson,
                "",
                "10 USD",
                "/bản",
                "Tại cơ quan đại diện: nộp Trực tiếp hoặc qua mạng.",
            )],
        ),
        (
            "Trực tuyến1100 VNĐ(a) Một; b) Hai (i) ba.)mô tả",
            vec![(Online, NO_UNIT, "100 VNĐ", "a) Một; b) Hai (i) ba.", "mô tả")],
        ),
        ("Trực tuyến120,000 VNĐ", vec![(Online, NO_UNIT, "20,000 VNĐ", "", "")]),
        (
            "Trực tuyếnKhông phải trả kết quảMiễn phíQua Cổng",
            vec![(Online, "Không phải trả kết quả", "Miễn phí", "", "Qua Cổng")],
        ),
        (
            "Trực tiếp3 Ngày làm việcKhông có thông tin",
            vec![(InPerson, "3 ngày làm việc", "cổng không nêu mức phí", "", "")],
        ),
        (
            "Trực tiếp3 Giờ5,000 VNĐ(một)7,000 VNĐ(hai)",
            vec![(InPerson, "3 giờ", "5,000 VNĐ; 7,000 VNĐ", "một\nhai", "")],
        ),
    ] {
        let found = one(json!({"cach_thuc_thuc_hien": format!("{CHANNELS}{table}")})).channels;
        let found: Vec<_> = found
            .iter()
            .map(|c| {
                (c.kind, c.time.as_str(), c.fee.as_str(), c.fee_note.as_str(), c.note.as_str())
            })
            .collect();
        assert_eq!(found, expect, "{table}");
    }
}

#[test]
fn papers_come_out_of_the_flattened_tables() {
    for (table, expect) in [
        (
            format!(
                "--{PAPERS}Tờ khai nộp 01 bản chính theo mẫu.1 bản chínhHộ chiếu0 bản chính,1 bản sao"
            ),
            vec![(
                "",
                vec![
                    ("Tờ khai nộp 01 bản chính theo mẫu.", Duty::Submit, "1 bản chính"),
                    ("Hộ chiếu", Duty::Submit, "1 bản sao"),
                ],
            )],
        ),
        (
            format!(
                "* Giấy tờ phải nộp:{PAPERS}- Tờ khai1 bản chính* Giấy tờ phải xuất trình:{PAPERS}Căn cước1 bản chínhGhi chú gì đó0 bản chính"
            ),
            vec![(
                "",
                vec![
                    ("Tờ khai", Duty::Submit, "1 bản chính"),
                    ("Căn cước", Duty::Show, "1 bản chính"),
                    ("Ghi chú gì đó", Duty::Note, ""),
                ],
            )],
        ),
        (
            format!(
                "Nhà của mình:{PAPERS}a) Đơn1 bản chínhb) Bản sao sổ1 bản chính,1 bản saoNhà thuê{PAPERS}Hợp đồng1 bản sao"
            ),
            vec![
                (
                    "Nhà của mình",
                    vec![
                        ("a) Đơn", Duty::Submit, "1 bản chính"),
                        ("b) Bản sao sổ", Duty::Submit, "1 bản chính, 1 bản sao"),
                    ],
                ),
                ("Nhà thuê", vec![("Hợp đồng", Duty::Submit, "1 bản sao")]),
            ],
        ),
        (
            format!("{PAPERS}Như mục 11 bản chính"),
            vec![("", vec![("Như mục 1", Duty::Submit, "1 bản chính")])],
        ),
    ] {
        let cases = one(json!({"thanh_phan_ho_so": table})).cases;
        let found: Vec<(&str, Vec<_>)> = cases
            .iter()
            .map(|c| {
                (
                    c.name.as_str(),
                    c.papers.iter().map(|p| (p.text.as_str(), p.duty, p.count.as_str())).collect(),
                )
            })
            .collect();
        assert_eq!(found, expect, "{table}");
    }
    let form = "Đơn theo Phụ lục I ban hành kèm theo Thông tư 17/2025/TT-BNNMTPhụ lục I Đơn đề nghị.docx1 bản chính";
    let paper = &one(json!({"thanh_phan_ho_so": format!("{PAPERS}{form}")})).cases[0].papers[0];
    assert_eq!(paper.text, "Đơn theo Phụ lục I ban hành kèm theo Thông tư 17/2025/TT-BNNMT");
    assert_eq!(paper.form, "Phụ lục I Đơn đề nghị.docx");
    let form = "Tờ khai (Mẫu CT01 ban hành kèm theo Thông tư số 53/2025/TT-BCA).1.MuCT01banhThngts53.doc1 bản chính";
    let paper = &one(json!({"thanh_phan_ho_so": format!("{PAPERS}{form}")})).cases[0].papers[0];
    assert_eq!(paper.form, "Mẫu CT01 ban hành kèm theo Thông tư số 53/2025/TT-BCA");
    // Where the crawler cut at the wrong words the page has all of it.
    let page = format!(
        "Mã thủ tục1.000656Trình Tự Thực HiệnNgười dân lập hồ sơ (Thành phần hồ sơ) và nộp cho cơ quan.Cách Thức Thực Hiện{CHANNELS}Trực tiếp1Miễn phíThành phần hồ sơ--{PAPERS}Đơn1 bản chínhCăn cứ pháp lýTên văn bản pháp lýMã văn bảnCơ quan thực hiệnChủ tịch Ủy ban nhân dân cấp xãYêu cầu, điều kiện thực hiệnKhông có thông tinKết quả xử lýGiấyMã: KQ.G1"
    );
    let cut = json!({
        "trinh_tu_thuc_hien": "Người dân lập hồ sơ (", "thanh_phan_ho_so": ") và nộp cho cơ quan.",
        "raw_text": page,
    });
    let found = one(cut);
    assert_eq!(found.cases[0].papers[0].text, "Đơn");
    assert_eq!(found.steps, ["Người dân lập hồ sơ (Thành phần hồ sơ) và nộp cho cơ quan."]);
    // Who decides is no place to file.
    assert_eq!(
        (found.place.as_str(), found.authority.as_str()),
        ("", "Chủ tịch Ủy ban nhân dân cấp xã")
    );
}

#[test]
fn files_are_cut_off_the_papers_they_belong_to() {
    for (row, text, form) in [
        ("Đơn đề nghị của Chính phủ.M03b.pdf", "Đơn đề nghị của Chính phủ.", "M03b.pdf"),
        ("Hồ sơ sinh họcĐơn đề nghị.CSBT.docx", "Hồ sơ sinh học", "Đơn đề nghị.CSBT.docx"),
        (
            "Bản đồ khoáng sảnMau 06 - Phu luc II_36.2025.TT-BNNMT_02.7.2025.doc",
            "Bản đồ khoáng sản",
            "Mau 06 - Phu luc II_36.2025.TT-BNNMT_02.7.2025.doc",
        ),
        (
            "Giấy tờ chứng minh.Mau 01a TT 32.docxMau 02 TT08.docx",
            "Giấy tờ chứng minh.",
            "Mau 01a TT 32.docx; Mau 02 TT08.docx",
        ),
        ("Đơn theo mẫuTK 1.002268.docx", "Đơn theo mẫu", "TK 1.002268.docx"),
        ("Ảnh có nền trắng.mau so 12.doc", "Ảnh có nền trắng.", "mau so 12.doc"),
    ] {
        let table = format!("--{PAPERS}{row}1 bản chính");
        let paper = &one(json!({"thanh_phan_ho_so": table})).cases[0].papers[0];
        assert_eq!((paper.text.as_str(), paper.form.as_str()), (text, form), "{row}");
    }
    // A bracket that nothing opened is the next row's label.
    let table = format!("--{PAPERS}c) Báo cáo.1 bản chính) Dự án đầu tư.1 bản sao");
    let papers = one(json!({"thanh_phan_ho_so": table})).cases.remove(0).papers;
    assert_eq!(papers.len(), 2, "{papers:?}");
}

#[test]
fn papers_stay_in_their_case() {
    let table = format!(
        "Trường hợp ủy quyền{PAPERS}Giấy ủy quyền1 bản chính--{PAPERS}Thông báo1 bản chínhCác giấy tờ phải nộp (bản chính) sau khi vào bờ, gồm:{PAPERS}Nhật ký1 bản chính"
    );
    let cases = one(json!({"thanh_phan_ho_so": table})).cases;
    let found: Vec<(&str, &str)> =
        cases.iter().map(|case| (case.name.as_str(), case.papers[0].text.as_str())).collect();
    assert_eq!(
        found,
        [
            ("Giấy tờ chung (Cổng không ghi trường hợp)", "Thông báo"),
            ("Trường hợp ủy quyền", "Giấy ủy quyền"),
            ("Các giấy tờ phải nộp (bản chính) sau khi vào bờ, gồm", "Nhật ký"),
        ]
    );
}

#[test]
fn rows_of_the_basis_are_told_apart() {
    for (table, expect) in [
        (
            "Luật Các tổ chức tín dụngLuật số 32/2024/QH15Quy định về mạng lưới53/2018/TT-NHNN",
            vec![
                ("32/2024/QH15", "Luật Các tổ chức tín dụng"),
                ("53/2018/TT-NHNN", "Quy định về mạng lưới"),
            ],
        ),
        (
            "Nghị định số 95/2024/NĐ-CP quy định chi tiết Luật Nhà ở95/2024/NĐ-CP",
            vec![("95/2024/NĐ-CP", "Nghị định số 95/2024/NĐ-CP quy định chi tiết Luật Nhà ở")],
        ),
        ("Luật 28/2009/QH12", vec![("28/2009/QH12", "Luật 28/2009/QH12")]),
    ] {
        let basis = one(json!({"can_cu_phap_ly": table})).basis;
        let found: Vec<(&str, &str)> =
            basis.iter().map(|it| (it.document.as_str(), it.title.as_str())).collect();
        assert_eq!(found, expect, "{table}");
    }
    for (result, expect) in [
        ("Phép bayMã: 000.00.00.G04-KQ1788", "Phép bay"),
        ("Giấy phépMã: KQ-G17.000004Quyết địnhMã: dsfas", "Giấy phép; Quyết định"),
    ] {
        assert_eq!(one(json!({"ket_qua_xu_ly": result})).result, expect);
    }
    let place = |address: &str, steps: &str| {
        one(json!({
            "dia_chi_tiep_nhan": address, "co_quan_thuc_hien": "Cục Hàng không Việt Nam",
            "trinh_tu_thuc_hien": steps,
        }))
        .place
    };
    assert_eq!(place("119 Nguyễn Sơn", ""), "Cục Hàng không Việt Nam, 119 Nguyễn Sơn");
    let person = json!({
        "co_quan_thuc_hien": "Bộ trưởng",
        "trinh_tu_thuc_hien": "Công ty nộp 01 bộ hồ sơ tại Sở Tư pháp nơi đăng ký.",
    });
    assert_eq!(one(person).place, "Sở Tư pháp nơi đăng ký");
}

#[test]
fn basis_result_and_lists_are_parsed() {
    let found = one(json!({
        "can_cu_phap_ly": "Tên văn bản pháp lýMã văn bảnLuật Hộ tịch60/2014/QH13Nghị định số 123/2015/NĐ-CP ngày 15/11/2015 quy định chi tiết Luật Hộ tịch123/2015/NĐ-CPLuật Cư trú 202068/2020/QH14",
        "ket_qua_xu_ly": "Trích lụcMã: KQ.G15.000031Quyết địnhMã: KQ.G15.000032Từ khóaKhông có thông tinMô tảChọn cơ quan thực hiệnNộp hồ sơ",
    }));
    let numbers: Vec<&str> = found.basis.iter().map(|b| b.document.as_str()).collect();
    assert_eq!(numbers, ["60/2014/QH13", "123/2015/NĐ-CP", "68/2020/QH14"]);
    assert_eq!(found.basis[0].title, "Luật Hộ tịch");
    assert_eq!(found.result, "Trích lục; Quyết định");
    assert_eq!(found.audience, ["Công dân Việt Nam", "Tổ chức (không bao gồm doanh nghiệp, HTX)"]);
    assert_eq!(found.short, "Đăng ký khai tử");
    assert_eq!(found.steps, ["- Nộp hồ sơ.", "- Nhận kết quả."]);
    assert_eq!((found.place.as_str(), found.as_of), ("", Some(jiff::civil::date(2026, 6, 10))));
}

#[test]
fn foreign_pages_are_refused() {
    for (changes, why) in [
        (json!({"raw_text": "Mã thủ tục1.014023Số"}), "the page shown is that of 1.014023"),
        (json!({"ma_thu_tuc": "7.000001"}), "not of the form"),
        (json!({"so_quyet_dinh": "226/QĐ-UBND"}), "another province"),
        (json!({"ten_thu_tuc": " "}), "is empty"),
    ] {
        let (read, _, refused) = procedures(record(changes).to_string().as_bytes()).unwrap();
        assert_eq!(read.len(), 0);
        assert!(refused[0].1.contains(why), "{refused:?}");
    }
    let long = "Bước 1: nộp hồ sơ tại nơi cư trú. ".repeat(20);
    let pair = |page: &str| {
        ["1.000001", "1.000002"]
            .map(|code| record(json!({"ma_thu_tuc": code, "trinh_tu_thuc_hien": long, "raw_text": page.replace('X', code)})).to_string())
            .join("\n")
    };
    let (read, _, refused) = procedures(pair("trang").as_bytes()).unwrap();
    assert_eq!((read.len(), refused.len()), (0, 2), "{refused:?}");
    let (read, _, refused) = procedures(pair("Mã thủ tụcX").as_bytes()).unwrap();
    assert_eq!((read.len(), refused.len()), (2, 0), "{refused:?}");
    assert_eq!(read[0].siblings, ["1.000002"]);
}

#[test]
fn contradictions_are_told_by_their_kind() {
    use law::WarningKind::*;
    let table = |rows: &str| json!({"cach_thuc_thuc_hien": format!("{CHANNELS}{rows}")});
    let fee = |rest: &str| table(&format!("Trực tiếp3 Ngày{rest}"));
    for (changes, kind, what) in [
        (fee("Miễn phí(- Lệ phí cấp: 135.000 đồng/lần.)"), FeeContradicted, ""),
        (fee("Miễn phí(Miễn phí cho người nghèo, khác 5.000 đồng)"), FeeContradicted, ""),
        (fee("Miễn phí(Mức lệ phí do Hội đồng nhân dân tỉnh quyết định.)"), FeeCouncil, ""),
        (fee("Miễn phí(Thực hiện theo Thông tư 244/2016/TT-BTC)"), FeeRule, ""),
        (fee("700 VNĐ"), FeeThousands, "700 VNĐ"),
        (fee("5,000 Việt Nam Đồng(thu 7.000 đồng/lần)"), FeeDiffers, "5,000 Việt Nam Đồng"),
        (table("Trực tiếpKhông có thông tinMiễn phí"), TimeMissing, ""),
        (table("Trực tiếp1100 VNĐ"), FeeGlued, "1100 VNĐ"),
        (table("Trực tiếp3Miễn phí"), TimeUnitless, "3"),
        (
            table("Trực tuyến18 NgàyMiễn phíDịch vụ bưu chính4 NgàyMiễn phí"),
            TimesDiffer,
            "trực tuyến: 18 ngày; qua bưu chính: 4 ngày",
        ),
        (
            table("Trực tiếp5 NgàyMiễn phítrả trong 05 ngày làm việc"),
            TimeContradicted,
            "5 ngày / 5 ngày làm việc",
        ),
        (json!({"co_quan_thuc_hien": "Công an TP HCM"}), OtherCity, "Thành phố Hồ Chí Minh"),
        (json!({"thanh_phan_ho_so": "--"}), NoPapers, ""),
        (fee("Miễn phí"), Incomplete, "cơ quan giải quyết"),
        (json!({"cach_thuc_thuc_hien": "không rõ"}), Unread, ""),
    ] {
        let found = one(changes.clone()).warnings;
        let told = found.iter().any(|it| it.kind == kind && it.what == what);
        assert!(told, "{changes}: {found:?}");
    }
    let whole = |rest: &str| {
        let mut changes = fee(rest);
        changes["co_quan_thuc_hien"] = "UBND cấp xã".into();
        changes
    };
    for quiet in [
        whole("8,000 VNĐ(8.000 đồng/bản)"),
        whole("Miễn phí(Miễn lệ phí cho mọi người)"),
        whole("Miễn phí(Không)"),
    ] {
        assert_eq!(one(quiet.clone()).warnings, Vec::new(), "{quiet}");
    }
}

#[test]
fn our_own_records_are_strict() {
    for (source, expect) in [
        (r#"{"code":"1.001193","name":"Đăng ký khai sinh","short":"Khai sinh"}"#, Ok(1)),
        (r#"[{"code":"1.001193","name":"a"},{"code":"1.001194","name":"b"}]"#, Ok(2)),
        ("{\"code\":\"1.001193\",\"name\":\"a\"}\n{\"code\":\"1.001194\",\"name\":\"b\"}\n", Ok(2)),
        (r#"{"code":"1.001193","name":"a","tên":"b"}"#, Err("unknown field `tên`")),
        (r#"{"code":"1.1193","name":"a"}"#, Err("not of the form")),
        (r#"{"code":"1.001193"}"#, Err("\"name\" is empty")),
        (r#"{"x":1}"#, Err("neither")),
        ("[1]", Err("not an object")),
    ] {
        let (read, _, refused) = procedures(source.as_bytes()).unwrap();
        match expect {
            Ok(count) => assert_eq!((read.len(), refused), (count, vec![]), "{source}"),
            Err(why) => assert!(refused[0].1.contains(why), "{source}: {refused:?}"),
        }
    }
    let twice =
        "{\"code\":\"1.001193\",\"name\":\"a\"}\n{\"code\":\"1.001193\",\"name\":\"b\"}\n{\"code\n";
    let (read, warnings, refused) = procedures(twice.as_bytes()).unwrap();
    assert_eq!((read[0].name.as_str(), warnings.len(), refused[0].0.as_str()), ("a", 1, "dòng 3"));
    assert!(matches!(procedures(b" "), Err(Refused::Empty)));
    assert!(matches!(procedures(b"{\"code\": "), Err(Refused::Truncated { .. })));
    assert!(matches!(procedures(b"xyz"), Err(Refused::Damaged { .. })));
}

#[allow(clippy::print_stderr, reason = "says why it is skipped")]
#[test]
fn the_real_records_are_read_or_refused() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/procedures/records.jsonl.gz");
    if !path.is_file() {
        eprintln!("skipped: {} is not here", path.display());
        return;
    }
    let (read, _, refused) = procedures(&fs_err::read(path).unwrap()).unwrap();
    assert_eq!((read.len(), refused.len()), (2_625, 17), "{refused:?}");
    assert!(read.iter().all(|p| !p.channels.is_empty() && !p.steps.is_empty()));
    // The portal shows no papers for 22 of them.
    assert_eq!(read.iter().filter(|p| p.cases.is_empty()).count(), 22);
    assert!(!read.iter().any(|p| p.result.contains("Chọn cơ quan thực hiện")));
    // The column "Miễn phí" beside a note with a price, counted apart from our reading: none is left.
    let contradicted = read.iter().filter(|procedure| {
        procedure.channels.iter().any(|channel| {
            let note = channel.fee_note.to_lowercase();
            let priced = note.rsplit("đồng").skip(1).any(|before| {
                before.trim_end().ends_with(|c: char| c.is_ascii_digit())
                    && !before.trim_end().ends_with(" 0")
            });
            channel.fee == law::FREE && priced
        })
    });
    let contradicted: Vec<&Procedure> = contradicted.collect();
    assert!(contradicted.len() >= 43, "{}", contradicted.len());
    for procedure in contradicted {
        assert!(procedure.channels.iter().any(law::Channel::column_loses), "{}", procedure.code);
    }
}
