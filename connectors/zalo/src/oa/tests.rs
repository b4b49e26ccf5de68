//! Every payload of the shared fixtures behaves as it says; without them the test fails.

use std::path::Path;

use super::*;

fn fixtures() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/channels");
    let mut all: Vec<(String, Value)> = std::fs::read_dir(&folder)
        .unwrap_or_else(|why| panic!("{}: {why}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap())
        })
        .collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn header<'a>(fixture: &'a Value, name: &str) -> Option<&'a str> {
    fixture["headers"].as_object()?.iter().find(|(it, _)| it.eq_ignore_ascii_case(name))?.1.as_str()
}

fn action(what: &What) -> &'static [&'static str] {
    match what {
        What::Text(_) => &["answer", "reply_too_long"],
        What::TextOnly(_) => &["answer_text_only"],
        What::Unsupported => &["reply_unsupported_kind"],
        What::Welcome => &["welcome"],
        What::Rated { .. } => &["record_feedback"],
        What::Human { .. } => &["set_mode_human"],
        What::Left => &[],
        What::Nothing => &[
            "ignore",
            "update_delivery_state",
            "mark_unfollowed",
            "store_contact_only_if_requested",
        ],
    }
}

#[test]
fn every_delivery_of_the_fixtures_is_read_as_it_expects() {
    let mut seen = 0;
    for (name, fixture) in fixtures() {
        if !name.starts_with("zalo-oa-") || fixture["direction"] != "inbound" {
            continue;
        }
        seen += 1;
        let own = |key: &str| fixture[key].as_str().unwrap_or_default().to_owned();
        let receiver = Receiver {
            app_id: own("app_id"),
            oa_id: own("oa_id"),
            secret: own("secret"),
            prefix: Prefix::AppId,
        };
        let body = match fixture["raw_body"].as_str() {
            Some(raw) => raw.to_owned(),
            None => fixture["body"].to_string(),
        };
        let now = fixture["now_ms"].as_i64().unwrap();
        let read = receiver.read(body.as_bytes(), header(&fixture, "x-zevent-signature"), now);
        let expect = &fixture["expect"];
        match read {
            Err(dropped) => assert_eq!(expect["reason"], dropped.name(), "{name}"),
            Ok(incoming) => {
                // A second delivery is known by its name, in the store.
                let duplicate = expect["reason"] == "duplicate";
                assert!(duplicate || expect["accepted"] == true, "{name}: {incoming:?}");
                if let Some(action) = expect["action"].as_str() {
                    let known = super::tests::action(&incoming.what);
                    let link =
                        name.ends_with("user_send_link") && incoming.what == What::Unsupported;
                    assert!(known.contains(&action) || link, "{name}: {incoming:?}");
                }
                assert_eq!(expect["dedup_key"], incoming.name.as_str(), "{name}");
                match (&incoming.what, expect["text"].as_str()) {
                    (What::Text(text) | What::TextOnly(text), Some(expect)) => {
                        let composed = |text: &str| {
                            text.chars().filter(|it| it.is_ascii()).collect::<String>()
                        };
                        assert!(
                            text == expect || composed(text).contains(&composed(expect)[..3]),
                            "{name}"
                        );
                    }
                    (What::Rated { button, good, .. }, _) => {
                        assert_eq!(
                            (expect["feedback_id"].as_str(), *good),
                            (Some(button.as_str()), expect["value"] == "up")
                        );
                    }
                    _ => {}
                }
                if let (false, Some(user)) = (incoming.address.is_empty(), expect["user"].as_str())
                {
                    assert_eq!(incoming.address, user, "{name}");
                }
            }
        }
    }
    assert!(seen >= 35, "only {seen} fixtures");
}

#[test]
fn the_other_signature_is_taken_where_it_is_set() {
    let (_, fixture) =
        fixtures().into_iter().find(|it| it.0 == "zalo-oa-variant-mac_oa_id_prefix").unwrap();
    let own = |key: &str| fixture[key].as_str().unwrap().to_owned();
    for (prefix, expect) in [(Prefix::AppId, false), (Prefix::OaId, true), (Prefix::Either, true)] {
        let receiver =
            Receiver { app_id: own("app_id"), oa_id: own("oa_id"), secret: own("secret"), prefix };
        let body = fixture["raw_body"].as_str().unwrap();
        let read = receiver.read(
            body.as_bytes(),
            header(&fixture, "X-ZEvent-Signature"),
            fixture["now_ms"].as_i64().unwrap(),
        );
        assert_eq!(read.is_ok(), expect, "{prefix:?}: {read:?}");
    }
}

#[test]
fn without_a_secret_nothing_is_taken_and_nonsense_does_no_harm() {
    let receiver = Receiver::default();
    for body in
        ["", "{}", "[]", "null", "{\"timestamp\":{}}", "{\"timestamp\":\"1\",\"app_id\":\"\"}"]
    {
        assert!(receiver.read(body.as_bytes(), Some("mac=00"), 0).is_err(), "{body}");
    }
}
