//! The licence of everything we link: only those that a public body may use, change and pass on
//! without opening its own work. Expressions are SPDX, with the old slash read as OR.

use serde_json::Value;

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Crates that give a licence file and no expression, read by a person: name and what it says.
const READ_BY_HAND: &[(&str, &str)] = &[];

/// Problems in the answer of `cargo metadata` with dependencies.
pub(crate) fn check(metadata: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, package) in crate::tidy::packages(metadata) {
        let problem = match package["license"].as_str() {
            Some(licence) if allows(licence) == Some(true) => continue,
            Some(licence) if allows(licence).is_none() => format!("{licence:?} cannot be read"),
            Some(licence) => format!("{licence:?} is not in the list"),
            None if READ_BY_HAND.iter().any(|(listed, _)| *listed == name) => continue,
            None => match package["license_file"].as_str() {
                Some(file) => format!("only a file, {file}: read it, then list it by hand"),
                None => "none given".to_string(),
            },
        };
        problems.push(format!("licence of {name}: {problem} (crates/xtask/src/licences.rs)"));
    }
    problems
}

/// Whether an expression can be met from the list; none when it is not an expression.
fn allows(expression: &str) -> Option<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any(&mut rest)?;
    rest.is_empty().then_some(met)
}

fn any(rest: &mut &[&str]) -> Option<bool> {
    let mut met = all(rest)?;
    while eat(rest, "OR") {
        // Both sides are read, whatever the left one says: the rest has to be an expression too.
        met |= all(rest)?;
    }
    Some(met)
}

fn all(rest: &mut &[&str]) -> Option<bool> {
    let mut met = one(rest)?;
    while eat(rest, "AND") {
        met &= one(rest)?;
    }
    Some(met)
}

fn one(rest: &mut &[&str]) -> Option<bool> {
    if eat(rest, "(") {
        let met = any(rest)?;
        return eat(rest, ")").then_some(met);
    }
    let name = name(rest)?;
    if !eat(rest, "WITH") {
        return Some(ALLOWED.contains(&name));
    }
    let full = format!("{name} WITH {}", self::name(rest)?);
    Some(ALLOWED.contains(&full.as_str()))
}

fn name<'a>(rest: &mut &[&'a str]) -> Option<&'a str> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    (!matches!(*first, "AND" | "OR" | "WITH" | "(" | ")")).then_some(first)
}

fn eat(rest: &mut &[&str], word: &str) -> bool {
    let found = rest.first() == Some(&word);
    if found {
        *rest = &rest[1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions() {
        for (expression, expect) in [
            ("MIT", Some(true)),
            ("MIT/Apache-2.0", Some(true)),
            ("Apache-2.0 / MIT", Some(true)),
            ("GPL-3.0-only", Some(false)),
            ("Apache-2.0 OR GPL-2.0-only", Some(true)),
            ("MIT AND GPL-2.0-only", Some(false)),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", Some(true)),
            ("(MIT OR Apache-2.0) AND LGPL-3.0", Some(false)),
            ("MIT OR LGPL-3.0 AND ISC", Some(true)),
            ("GPL-2.0-only OR MIT AND LGPL-3.0", Some(false)),
            ("Apache-2.0 WITH LLVM-exception", Some(true)),
            ("GPL-2.0-only WITH Classpath-exception-2.0", Some(false)),
            ("MIT WITH LLVM-exception", Some(false)),
            ("", None),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT Apache-2.0", None),
            ("AND MIT", None),
        ] {
            assert_eq!(allows(expression), expect, "{expression}");
        }
    }

    #[test]
    fn crates_without_an_expression_are_named() {
        let metadata = json!({"packages": [
            {"name": "fine", "license": "ISC", "license_file": null},
            {"name": "file", "license": null, "license_file": "COPYING"},
            {"name": "bare", "license": null, "license_file": null},
            {"name": "closed", "license": "AGPL-3.0-only", "license_file": null},
        ]});
        let problems = check(&metadata);
        for (at, part) in [(0, "file: only a file, COPYING"), (1, "bare: none"), (2, "AGPL")] {
            assert!(problems[at].contains(part), "{problems:?}");
        }
        assert_eq!(problems.len(), 3);
    }
}
