//! What a conversation carries on and what it forgets: the day that was asked about, and all of it on request. Pure.

use jiff::civil::Date;

use crate::route;
use crate::talk::Said;

/// Words for today, folded.
const NOW: &[&str] =
    &["bay gio", "hien nay", "hien gio", "hom nay", "luc nay", "gio thi", "gio sao"];

/// The day of the question before, with which a message goes on that stands on it and names no day.
pub(crate) fn day_before(history: &[Said], text: &str, today: Date) -> Option<Date> {
    let spaced = route::spaced(text);
    let now = NOW.iter().any(|words| route::holds(&spaced, words));
    let before = history.iter().rev().find(|said| !said.by_assistant).filter(|_| !now)?;
    law::as_of(&before.text, today)
}

/// Words that ask to forget, folded; the other phrases of the list may only stand beside one.
const FORGETS: &[&str] = &[
    "xoa",
    "quen di",
    "quen het di",
    "quen nhung gi",
    "quen chuyen",
    "quen het nhung",
    "bat dau lai",
    "tu dau",
    "reset",
    "clear",
    "start over",
];

/// Whether a message asks to forget what was said before, and nothing else. `phrases` is the list of an editor.
pub(crate) fn forgets(text: &str, phrases: &[String]) -> bool {
    let spaced = route::spaced(text);
    if !FORGETS.iter().any(|word| route::holds(&spaced, word)) {
        return false;
    }
    let mut folded: Vec<String> = phrases.iter().map(|phrase| viet::fold(phrase)).collect();
    // The longest first, so that none is cut in two by a shorter one.
    folded.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
    let phrases: Vec<&str> = folded.iter().map(String::as_str).collect();
    route::only(text, &phrases)
}

/// What was said since somebody last asked to forget.
pub(crate) fn remembered<'a>(history: &'a [Said], phrases: &[String]) -> &'a [Said] {
    let forgets = |said: &Said| !said.by_assistant && forgets(&said.text, phrases);
    history.iter().rposition(forgets).map_or(history, |at| &history[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn said(by_assistant: bool, text: &str) -> Said {
        Said { by_assistant, text: text.into() }
    }

    #[test]
    fn nothing_before_a_wish_to_forget_is_remembered() {
        let phrases = ["xóa", "lịch sử", "đi"].map(str::to_owned);
        for (text, expect) in [
            ("xóa lịch sử đi", true),
            ("xoa lich su di", true),
            ("xóa án tích", false),
            ("lịch sử", false),
        ] {
            assert_eq!(forgets(text, &phrases), expect, "{text}");
        }
        let history = [
            said(false, "đăng ký tạm trú"),
            said(true, "xóa lịch sử đi"),
            said(false, "xóa lịch sử đi"),
            said(true, "Vâng."),
        ];
        assert_eq!(remembered(&history, &phrases), &history[3..]);
        assert_eq!(remembered(&history[..2], &phrases), &history[..2]);
    }

    #[test]
    fn the_day_goes_on_unless_now_is_meant() {
        let today = date(2026, 11, 20);
        let history = [said(false, "Năm 2019 vượt đèn đỏ phạt bao nhiêu"), said(true, "…")];
        assert_eq!(day_before(&history, "còn ô tô?", today), Some(date(2019, 12, 31)));
        assert_eq!(day_before(&history, "còn bây giờ thì sao?", today), None);
        assert_eq!(day_before(&[], "còn ô tô?", today), None);
    }
}
