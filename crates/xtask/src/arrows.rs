//! Which crate may use which: the arrows between ours, and the outside libraries that must stay
//! behind one wall. A crate exists because of what it does not depend on, so the tables are short
//! and a change to them wants a reason in the commit.

use serde_json::Value;

/// Each of our crates and those of ours it may use, in tests too.
const ARROWS: &[(&str, &[&str])] = &[
    ("viet", &[]),
    ("law", &["viet"]),
    ("ingest", &["law", "viet"]),
    ("infer", &[]),
    ("search", &["infer", "law", "viet"]),
    ("answer", &["search", "infer", "law", "viet"]),
    ("review", &["ingest", "search", "infer", "law", "viet"]),
    ("keep", &[]),
    ("people", &["keep"]),
    ("chat", &["answer", "keep", "viet"]),
    ("eval", &["answer", "review", "search", "law", "viet"]),
    ("web", &["chat", "people", "review"]),
    ("zalo", &["chat"]),
    ("telegram", &["chat"]),
    ("chatwoot", &["chat"]),
    ("dvcqg", &["chat"]),
    (
        "server",
        &[
            "viet", "law", "ingest", "infer", "search", "answer", "review", "keep", "people",
            "chat", "eval", "web", "zalo", "telegram", "chatwoot", "dvcqg",
        ],
    ),
    ("xtask", &[]),
];

/// Outside libraries that occur in these crates only; a star stands for any ending. Tests are free
/// to use them: a dev-dependency does not travel to those who use the crate.
const WALLS: &[(&str, &[&str])] = &[
    ("candle*", &["infer"]),
    ("tokenizers", &["infer"]),
    ("tantivy", &["search"]),
    ("qdrant-edge", &["search"]),
    ("qdrant-client", &["search"]),
    ("clap", &["server"]),
    ("axum", &["server", "web", "zalo"]),
    ("teloxide", &["telegram"]),
    ("sqlx", &["keep", "people", "chat"]),
    ("openidconnect", &["people"]),
    ("argon2", &["people"]),
    ("docx-rs", &["answer"]),
    ("lopdf", &["ingest"]),
    ("quick-xml", &["ingest"]),
    ("scraper", &["ingest"]),
    ("zip", &["ingest", "infer"]),
    ("redb", &["ingest", "search"]),
];

const HERE: &str = "crates/xtask/src/arrows.rs";

/// Problems in the answer of `cargo metadata --no-deps`.
pub(crate) fn check(metadata: &Value) -> Vec<String> {
    let packages: Vec<(&str, &Value)> = crate::tidy::packages(metadata).collect();
    let mut problems = Vec::new();
    for &(user, package) in &packages {
        if !ARROWS.iter().any(|(name, _)| *name == user) {
            problems.push(format!("{user} has no row in the table of arrows in {HERE}"));
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let Some(used) = dependency["name"].as_str() else { continue };
            let ours = packages.iter().any(|(name, _)| *name == used);
            let in_tests = dependency["kind"] == "dev";
            if ours && !may_use(user, used) {
                problems.push(format!(
                    "{user} must not use {used}: not in the table of arrows in {HERE}"
                ));
            } else if !ours && !in_tests && !may_use_outside(user, used) {
                problems
                    .push(format!("{user} must not use {used}: the walls in {HERE} keep it out"));
            }
        }
    }
    problems.sort();
    problems.dedup();
    problems
}

fn may_use(user: &str, used: &str) -> bool {
    // A crate naming itself among its dev-dependencies switches its own features on, no arrow.
    user == used || ARROWS.iter().any(|(name, below)| *name == user && below.contains(&used))
}

fn may_use_outside(user: &str, library: &str) -> bool {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => library.starts_with(start),
        None => library == pattern,
    };
    WALLS.iter().filter(|(pattern, _)| fits(pattern)).all(|(_, homes)| homes.contains(&user))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Two of our crates, the first with one dependency.
    fn world(user: &str, used: &str, kind: Option<&str>) -> Value {
        let package =
            |name: &str, dependencies: Value| json!({"name": name, "dependencies": dependencies});
        json!({"packages": [
            package(user, json!([{"name": used, "kind": kind}])),
            package("review", json!([])),
            package("law", json!([])),
        ]})
    }

    #[test]
    fn arrows_and_walls() {
        let row = "must not use review: not in the table of arrows in crates/xtask/src/arrows.rs";
        for (user, used, kind, expect) in [
            ("search", "law", None, None),
            ("web", "review", None, None),
            ("server", "review", None, None),
            ("telegram", "review", None, Some(row)),
            ("telegram", "review", Some("dev"), Some(row)),
            ("xtask", "law", None, Some("xtask must not use law")),
            ("infer", "candle-core", None, None),
            ("answer", "candle-core", None, Some("answer must not use candle-core: the walls")),
            ("answer", "candle-nn", Some("build"), Some("answer must not use candle-nn")),
            ("answer", "tantivy", Some("dev"), None),
            ("zalo", "axum", None, None),
            ("chat", "axum", None, Some("chat must not use axum")),
            ("chat", "sqlx", None, None),
            ("answer", "serde", None, None),
            ("common", "serde", None, Some("common has no row in the table")),
        ] {
            let problems = check(&world(user, used, kind));
            match expect {
                None => assert!(problems.is_empty(), "{user} -> {used}: {problems:?}"),
                Some(part) => {
                    assert!(
                        problems.len() == 1 && problems[0].contains(part),
                        "{user}: {problems:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_table_has_no_circle_and_no_stranger() {
        // Each row may name only crates that have a row, and none that can come back to it.
        fn reaches(from: &str, to: &str, depth: usize) -> bool {
            assert!(depth < ARROWS.len(), "a circle through {from}");
            let below = ARROWS.iter().find(|(name, _)| *name == from).expect("a row for each").1;
            below.iter().any(|next| *next == to || reaches(next, to, depth + 1))
        }
        for (name, _) in ARROWS {
            assert!(!reaches(name, name, 0), "{name}");
        }
    }
}
