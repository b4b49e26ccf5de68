//! What a person can tell the assistant to do, in words or as a command of the channel. The wordings stand in
//! `prompts/say.toml` (`command_*`), with bars between them. Pure.

/// Something other than a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Begin a new conversation; the old one is not looked back upon.
    Restart,
    /// Erase everything that was said.
    Erase,
    /// Fetch an officer.
    Officer,
    /// Go back from the officer to the assistant.
    Bot,
    /// Tell what can be done.
    Help,
}

/// Commands with the key of their wordings.
const KEYS: &[(Command, &str)] = &[
    (Command::Restart, "command_restart"),
    (Command::Erase, "command_erase"),
    (Command::Officer, "command_officer"),
    (Command::Bot, "command_bot"),
    (Command::Help, "command_help"),
];

/// The command that a message is, if it is nothing else: "xoá hội thoại", "xoa hoi thoai", "/xoa".
pub(crate) fn command<'a>(text: &str, say: impl Fn(&str) -> Option<&'a str>) -> Option<Command> {
    let text = bare(text);
    let is = |key: &str| say(key).is_some_and(|all| all.split('|').any(|it| bare(it) == text));
    (!text.is_empty()).then(|| KEYS.iter().find(|(_, key)| is(key)))?.map(|(it, _)| *it)
}

/// Folded, without signs at the ends.
fn bare(text: &str) -> String {
    let text = viet::fold(&viet::clean(text)).to_lowercase();
    let end = |letter: char| !letter.is_alphanumeric() && letter != '/';
    text.trim_matches(end).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_whole_messages_in_any_spelling() {
        let say = |key: &str| match key {
            "command_erase" => Some("/xoa | xóa hội thoại"),
            "command_officer" => Some("gặp cán bộ"),
            _ => None,
        };
        for (text, expect) in [
            ("/xoa", Some(Command::Erase)),
            ("Xoá hội thoại!", Some(Command::Erase)),
            ("xoa hoi thoai", Some(Command::Erase)),
            ("GẶP  CÁN BỘ.", Some(Command::Officer)),
            ("gặp cán bộ hộ tịch ở đâu", None),
            ("xóa án tích", None),
            ("", None),
            ("!!!", None),
        ] {
            assert_eq!(command(text, say), expect, "{text}");
        }
    }
}
