//! An answer for channels that show letters only: no marks for bold, quotations and tables, choices by number.

use crate::answer::Answer;

impl Answer {
    /// The text without marks. Choices that it does not list itself are listed at its end by number, so that "2" is an
    /// answer to it.
    pub fn plain(&self) -> String {
        let mut text = plain(&self.text);
        let unlisted = self.options.iter().filter(|it| !self.text.contains(&it.label));
        for (n, choice) in unlisted.enumerate() {
            let gap = if n == 0 { "\n\n" } else { "\n" };
            let code = match choice.label.contains(&choice.value) || choice.value.contains(' ') {
                true => String::new(),
                false => format!(" ({})", choice.value),
            };
            text.push_str(&format!("{gap}{}. {}{code}", n + 1, choice.label));
        }
        text
    }
}

fn plain(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.strip_prefix("> ").unwrap_or(line).replace("**", "");
        match line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) {
            Some(row) => lines.push(row.split(" | ").collect::<Vec<_>>().join("; ")),
            None if line.starts_with("|---") => {}
            None => lines.push(line),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_words_stay() {
        for (text, expect) in [
            ("**Lệ phí:** 50.000 đồng [1]", "Lệ phí: 50.000 đồng [1]"),
            ("Theo:\n\n> 1. Trong 60 ngày", "Theo:\n\n1. Trong 60 ngày"),
            ("| Số | Điều |\n|---|---|\n| [1] | Điều 2 |", "Số; Điều\n[1]; Điều 2"),
            ("5 > 3", "5 > 3"),
        ] {
            assert_eq!(plain(text), expect);
        }
    }
}
