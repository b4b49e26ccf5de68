//! Answers of the exchange, pure.

use chat::State;
use jiff::civil::DateTime;
use serde_json::Value;

/// What an answer says of a case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// It is there, and the proof fits. Beside it the code of its procedure.
    Case(Box<State>, String),
    /// It is not there, or the proof does not fit.
    Nothing,
    /// The service refuses: the session may be over.
    Refused,
}

/// Letters of a field that are shown.
const LONGEST: usize = 200;

/// Whether the service has done what was asked: `0` and `"00"` occur.
pub(crate) fn done(answer: &Value) -> bool {
    match &answer["error_code"] {
        Value::Number(code) => code.as_i64() == Some(0),
        Value::String(code) => !code.is_empty() && code.bytes().all(|it| it == b'0'),
        _ => false,
    }
}

/// Reads the answer of `TraCuuHoSo` for a number and its proof. A case without a telephone number is proven by nobody.
pub(crate) fn case(answer: &Value, code: &str, proof: &str) -> Read {
    if !done(answer) {
        return Read::Refused;
    }
    let cases = answer["result"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(case) = cases.iter().find(|it| text(it, "MaHoSo").eq_ignore_ascii_case(code)) else {
        return Read::Nothing;
    };
    let phone: String = text(case, "SoDienThoai").chars().filter(char::is_ascii_digit).collect();
    if phone.len() < 9 || proof.len() != 4 || !phone.ends_with(proof) {
        return Read::Nothing;
    }
    let state = State {
        procedure: text(case, "TenTTHC"),
        owner: text(case, "ChuHoSo"),
        unit: text(case, "DonViXuLy"),
        state: text(case, "TrangThaiHoSo").parse().ok().filter(|n| (1..=10).contains(n)),
        received: moment(&text(case, "NgayTiepNhan")),
        due: moment(&text(case, "NgayHenTra")),
    };
    Read::Case(Box::new(state), text(case, "MaTTHC"))
}

/// The name of a procedure in the answer of `LayThuTuc`.
pub(crate) fn procedure(answer: &Value) -> Option<String> {
    let name = done(answer).then(|| text(&answer["result"][0], "TENTTHC"))?;
    (!name.is_empty()).then_some(name)
}

/// A field in one line, without signs that would be marks in an answer.
fn text(of: &Value, key: &str) -> String {
    let text = match &of[key] {
        Value::String(text) => text.as_str(),
        Value::Number(number) => return number.to_string(),
        _ => return String::new(),
    };
    let plain = |letter: &char| !matches!(letter, '*' | '`' | '|' | '<' | '>' | '#');
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(plain).take(LONGEST).collect()
}

/// `20261127170000`, in Hà Nội.
fn moment(text: &str) -> Option<DateTime> {
    DateTime::strptime("%Y%m%d%H%M%S", text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;
    use serde_json::json;

    fn fixture(name: &str) -> Value {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/fixtures/channels");
        let file = std::fs::read(folder.join(format!("dvcqg-{name}.json"))).unwrap();
        serde_json::from_slice::<Value>(&file).unwrap()["body"].take()
    }

    #[test]
    fn answers_of_the_fixtures_are_read_as_they_expect() {
        let code = "H26.10-261125-0001";
        let with_phone = |name: &str| {
            let mut answer = fixture(name);
            if let Some(case) = answer["result"].get_mut(0) {
                case["SoDienThoai"] = json!("0912 345 678");
            }
            answer
        };
        for (name, state) in [
            ("answer-tracuuhoso", Some(5)),
            ("variant-error_code_string", Some(5)),
            ("neg-unknown_status", None),
        ] {
            // Without a telephone number on file nobody can prove that it is theirs.
            assert_eq!(case(&fixture(name), code, "5678"), Read::Nothing);
            let answer = with_phone(name);
            assert_eq!(case(&answer, code, "5679"), Read::Nothing);
            assert_eq!(case(&answer, code, "678"), Read::Nothing);
            assert_eq!(case(&answer, "H26.10-261125-0002", "5678"), Read::Nothing);
            let Read::Case(found, procedure) = case(&answer, code, "5678") else {
                panic!("{name}")
            };
            assert_eq!((found.state, procedure.as_str()), (state, "1.001193"));
            assert_eq!(found.received, Some(datetime(2026, 11, 20, 9, 0, 0, 0)));
            assert_eq!(found.due, Some(datetime(2026, 11, 27, 17, 0, 0, 0)));
        }
        assert_eq!(case(&fixture("neg-not_found"), code, "5678"), Read::Nothing);
        assert_eq!(case(&fixture("neg-session_expired"), code, "5678"), Read::Refused);
        let name = procedure(&fixture("answer-laythutuc"));
        assert_eq!(name.as_deref(), Some("Thủ tục đăng ký khai sinh"));
    }
}
