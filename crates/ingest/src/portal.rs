//! Procedure records: our own form, and the national portal's pages as a crawler kept them.

mod channels;
mod page;
mod papers;
mod record;

use std::collections::HashMap;
use std::io::Read;

use law::Procedure;
use serde_json::{Map, Value};

use crate::read::Refused;

/// More than this, unpacked, is no list of procedures.
const BYTES: u64 = 512 << 20;

/// Procedures, warnings, and what was refused: code (or line) and why.
pub type Procedures = (Vec<Procedure>, Vec<String>, Vec<(String, String)>);

/// Reads procedure records: a JSON object, a JSON array, or one object a line; gzip included. Two
/// forms, told apart record by record: our own ([`law::Procedure`], an unknown field is refused by
/// its name) and the portal's (Vietnamese keys).
pub fn procedures(bytes: &[u8]) -> Result<Procedures, Refused> {
    let unpacked;
    let bytes = if bytes.starts_with(b"\x1f\x8b") {
        let mut out = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes).take(BYTES + 1).read_to_end(&mut out).map_err(
            |error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    Refused::Truncated { why: "gzip ends early".to_owned() }
                }
                _ => Refused::Damaged { why: format!("gzip: {error}") },
            },
        )?;
        if out.len() as u64 > BYTES {
            return Err(Refused::Bomb { why: format!("more than {BYTES} bytes when unpacked") });
        }
        unpacked = out;
        unpacked.as_slice()
    } else {
        bytes
    };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    let mut refused = Vec::new();
    let records = records(bytes, &mut refused)?;
    let foreign = twins(&records);
    let mut out: Vec<Procedure> = Vec::with_capacity(records.len());
    let mut warnings = Vec::new();
    let mut seen: HashMap<String, ()> = HashMap::new();
    for (at, record) in records {
        let code =
            ["code", "ma_thu_tuc"].iter().find_map(|key| record.get(*key)).and_then(Value::as_str);
        let label = code.map_or(at, |code| code.trim().to_owned());
        let read = match (record.contains_key("code"), record.contains_key("ma_thu_tuc")) {
            (true, _) => own(record),
            (false, true) => {
                record::read(&record, foreign.get(&label).map(Vec::as_slice).unwrap_or_default())
            }
            (false, false) => Err("it has neither \"code\" nor \"ma_thu_tuc\"".to_owned()),
        };
        match read {
            Ok(procedure) if seen.insert(procedure.code.clone(), ()).is_some() => {
                warnings.push(format!("{}: mã xuất hiện hai lần, giữ bản đầu", procedure.code));
            }
            Ok(procedure) => {
                warnings.extend(
                    procedure
                        .warnings
                        .iter()
                        .map(|it| format!("{}: {} {}", procedure.code, it.kind.name(), it.what)),
                );
                out.push(procedure);
            }
            Err(why) => refused.push((label, why)),
        }
    }
    Ok((out, warnings, refused))
}

type Record = (String, Map<String, Value>);

/// The objects of the file, each with a name for reports.
fn records(bytes: &[u8], refused: &mut Vec<(String, String)>) -> Result<Vec<Record>, Refused> {
    let named = |at: usize, value: Value, refused: &mut Vec<(String, String)>| match value {
        Value::Object(record) => Some((format!("bản ghi {at}"), record)),
        other => {
            refused.push((format!("bản ghi {at}"), format!("not an object but {}", kind(&other))));
            None
        }
    };
    let first_line = bytes.split(|b| *b == b'\n').next().unwrap_or(bytes);
    let by_line = first_line.len() < bytes.len()
        && serde_json::from_slice::<Map<String, Value>>(first_line).is_ok();
    if !by_line {
        return match serde_json::from_slice::<Value>(bytes) {
            Ok(Value::Array(items)) => Ok(items
                .into_iter()
                .enumerate()
                .filter_map(|(i, item)| named(i + 1, item, refused))
                .collect()),
            Ok(value) => Ok(named(1, value, refused).into_iter().collect()),
            Err(error) if error.is_eof() => {
                Err(Refused::Truncated { why: format!("json: {error}") })
            }
            Err(error) => Err(Refused::Damaged { why: format!("json: {error}") }),
        };
    }
    let mut out = Vec::new();
    for (i, line) in
        bytes.split(|b| *b == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty())
    {
        match serde_json::from_slice::<Value>(line) {
            Ok(value) => out.extend(named(i + 1, value, refused)),
            Err(error) => refused.push((format!("dòng {}", i + 1), format!("json: {error}"))),
        }
    }
    Ok(out)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "a list",
        Value::String(_) => "a string",
        Value::Null => "null",
        _ => "a plain value",
    }
}

fn own(record: Map<String, Value>) -> Result<Procedure, String> {
    // serde names the unknown field.
    let procedure: Procedure =
        serde_json::from_value(Value::Object(record)).map_err(|error| error.to_string())?;
    if !is_code(&procedure.code) {
        return Err(format!("\"code\" {:?} is not of the form 1.001193", procedure.code));
    }
    if procedure.name.trim().is_empty() {
        return Err("\"name\" is empty".to_owned());
    }
    Ok(procedure)
}

/// `^[1-6]\.\d{6}$`
pub(crate) fn is_code(code: &str) -> bool {
    let code = code.as_bytes();
    code.len() == 8
        && (b'1'..=b'6').contains(&code[0])
        && code[1] == b'.'
        && code[2..].iter().all(u8::is_ascii_digit)
}

/// Codes of portal records whose page is word for word that of others: for each, the others.
fn twins(records: &[Record]) -> HashMap<String, Vec<String>> {
    let mut by_content: HashMap<String, Vec<String>> = HashMap::new();
    for (_, record) in records {
        let field = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or("").trim();
        let (code, steps) = (field("ma_thu_tuc"), field("trinh_tu_thuc_hien"));
        // Short steps may be alike by chance.
        if !code.is_empty() && steps.len() > 200 {
            let content = [field("ten_thu_tuc"), steps, field("thanh_phan_ho_so")].join("\u{1f}");
            by_content.entry(content).or_default().push(code.to_owned());
        }
    }
    let mut out = HashMap::new();
    for codes in by_content.into_values().filter(|codes| codes.len() > 1) {
        for code in &codes {
            out.insert(
                code.clone(),
                codes.iter().filter(|other| *other != code).cloned().collect(),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests;
