//! What a request for a draft says: "soạn công văn của UBND phường Cửa Nam gửi Sở Nội vụ về việc …". Pure.

use crate::draft::{Draft, Form};
use crate::words::{Word, words};

/// Words that ask for a draft of what they stand before.
const ASKS: &[&str] = &["soạn", "viết", "thảo", "lập", "tạo"];

/// Words that may stand between what asks and the form: "soạn giúp em một".
const BETWEEN: &[&str] = &[
    "thảo", "giúp", "giùm", "hộ", "cho", "em", "anh", "chị", "tôi", "mình", "một", "cái", "bản",
    "mẫu", "dự", "1",
];

const FORMS: &[(&str, Form)] = &[
    ("công văn", Form::Letter),
    ("tờ trình", Form::Submission),
    ("giấy mời", Form::Invitation),
    ("thư mời", Form::Invitation),
    ("thông báo", Form::Announcement),
];

/// A part of a request and the words that begin it; `true`: the words belong to it.
const BEGINNINGS: &[(&str, Part, bool)] = &[
    ("kính gửi", Part::To, false),
    ("gửi đến", Part::To, false),
    ("gửi tới", Part::To, false),
    ("gửi cho", Part::To, false),
    ("gửi", Part::To, false),
    ("trình", Part::To, false),
    ("kính mời", Part::To, false),
    ("mời dự họp", Part::Subject, false),
    ("mời họp", Part::Subject, true),
    ("mời dự", Part::Subject, false),
    ("mời", Part::To, false),
    ("thành phần", Part::To, false),
    ("về việc", Part::Subject, false),
    ("v v", Part::Subject, false),
    ("nội dung là", Part::Points, false),
    ("nội dung", Part::Points, false),
    ("thời gian", Part::Time, false),
    ("vào lúc", Part::Time, false),
    ("vào hồi", Part::Time, false),
    ("lúc", Part::Time, false),
    ("địa điểm", Part::Place, false),
    ("tại", Part::Place, false),
    ("chủ trì", Part::Chair, false),
    ("do", Part::Chair, false),
    ("về", Part::Subject, false),
    ("họp", Part::Subject, true),
    ("đề nghị", Part::Subject, true),
    ("yêu cầu", Part::Subject, true),
    ("xin", Part::Subject, true),
    ("báo cáo", Part::Subject, true),
    ("trả lời", Part::Subject, true),
    ("phối hợp", Part::Subject, true),
    ("hướng dẫn", Part::Subject, true),
    ("triển khai", Part::Subject, true),
    ("phê duyệt", Part::Subject, true),
];

/// Words that a body's name begins with, so that "của" before them tells who issues.
const BODIES: &[&str] = &[
    "bảo",
    "các",
    "chủ",
    "giám",
    "liên",
    "ngân",
    "viện",
    "ủy",
    "ubnd",
    "hội",
    "hđnd",
    "sở",
    "phòng",
    "ban",
    "trung",
    "văn",
    "công",
    "chi",
    "trường",
    "bệnh",
    "cục",
    "thanh",
    "trạm",
    "đảng",
    "mặt",
    "đội",
    "tổ",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Issuer,
    To,
    Subject,
    Points,
    Time,
    Place,
    Chair,
}

/// Reads a request; `None` for what asks for no draft.
pub(crate) fn read(text: &str) -> Option<Draft> {
    let text = viet::normalize(text);
    let tokens = viet::syllables(&text);
    let words = words(&text);
    if tokens.len() != words.len() {
        return None;
    }
    let (form, after) = form(&words).filter(|_| !asks(&text, &words))?;
    // Where each part begins, and where its words do.
    let mut parts: Vec<(Part, usize, usize)> = Vec::new();
    let mut i = after;
    // "tờ trình UBND Thành phố": whom it is for stands at once.
    if form == Form::Submission && body(&words, after) {
        parts.push((Part::To, after, after));
        i += 1;
    } else if i < words.len() && beginning(&words, &parts, form, i, after).is_none() {
        // "công văn đôn đốc các phòng …": what stands there is what it is about.
        parts.push((Part::Subject, after, after));
    }
    while i < words.len() {
        let Some((part, skipped, keeps)) = beginning(&words, &parts, form, i, after) else {
            i += 1;
            continue;
        };
        parts.push((part, i, if keeps { i } else { i + skipped }));
        i += skipped;
    }
    let mut draft = Draft {
        form,
        issuer: String::new(),
        to: Vec::new(),
        subject: String::new(),
        points: Vec::new(),
        time: String::new(),
        place: String::new(),
        chair: String::new(),
        missing: Vec::new(),
    };
    for (n, (part, _, from)) in parts.iter().enumerate() {
        let end = parts.get(n + 1).map_or(text.len(), |(_, at, _)| tokens[*at].span.start);
        let Some(token) = tokens.get(*from) else { continue };
        let said = text.get(token.span.start..end).unwrap_or_default().trim();
        take(&mut draft, *part, said.trim_end_matches([',', '.', ';', ':', '-', ' ']));
    }
    draft.find_missing();
    Some(draft)
}

/// Words that ask a question about drafting, not for a draft.
const QUESTIONS: &[&str] = &["nào", "gì", "sao", "ai"];

fn asks(text: &str, words: &[Word]) -> bool {
    text.contains('?') || words.iter().any(|word| QUESTIONS.iter().any(|it| same(word, it)))
}

/// The form that is asked for, and the word after its name.
fn form(words: &[Word]) -> Option<(Form, usize)> {
    let is = |at: usize, phrase: &str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words
            .get(at..at + phrase.len())
            .is_some_and(|window| window.iter().zip(&phrase).all(|(word, want)| same(word, want)))
    };
    let asks = (0..words.len().min(8)).find(|at| ASKS.iter().any(|ask| is(*at, ask)))?;
    let between = |word: &&Word| BETWEEN.iter().any(|it| same(word, it));
    let at = asks + 1 + words[asks + 1..].iter().take_while(between).count();
    let (name, form) = FORMS.iter().find(|(name, _)| is(at, name))?;
    let after = at + name.split(' ').count();
    Some((*form, after + words[after..].iter().take_while(between).count()))
}

/// Whether the name of a body begins at a word.
fn body(words: &[Word], at: usize) -> bool {
    words.get(at).is_some_and(|word| BODIES.iter().any(|it| same(word, it)))
}

/// Marks count where they are typed.
fn same(word: &Word, want: &str) -> bool {
    word.marked == want || word.is_bare() && word.folded == viet::fold(want)
}

/// The part that begins at a word, the words that begin it, and whether they belong to it.
fn beginning(
    words: &[Word],
    parts: &[(Part, usize, usize)],
    form: Form,
    at: usize,
    after: usize,
) -> Option<(Part, usize, bool)> {
    let known = |part: Part| parts.iter().any(|(it, _, _)| *it == part);
    if same(&words[at], "của") && at <= after + 1 && body(words, at + 1) {
        return Some((Part::Issuer, 1, false));
    }
    BEGINNINGS.iter().find_map(|(phrase, part, keeps)| {
        let count = phrase.split(' ').count();
        let window = words.get(at..at + count)?;
        let here = window.iter().zip(phrase.split(' ')).all(|(word, want)| same(word, want));
        let invites = form == Form::Invitation;
        let fits = match part {
            Part::Time | Part::Place | Part::Chair => invites,
            // "trình" takes to a body only, "mời" to people.
            Part::To if *phrase == "trình" => form == Form::Submission && body(words, at + count),
            Part::To if phrase.contains("mời") || *phrase == "thành phần" => invites,
            // Within what it is about, its words are its own; and nobody presides over a "do" of another sense.
            Part::To => !known(Part::Subject) || body(words, at + count),
            Part::Subject => !known(Part::Subject),
            Part::Points => known(Part::Subject) && !invites,
            Part::Issuer => true,
        };
        let once = !known(*part) || *part == Part::Time;
        let presides = *phrase != "do" || words[at..].iter().any(|word| same(word, "trì"));
        (here && fits && once && presides).then_some((*part, count, *keeps))
    })
}

fn take(draft: &mut Draft, part: Part, said: &str) {
    let said = said.trim();
    if said.is_empty() {
        return;
    }
    match part {
        Part::Issuer => draft.issuer = said.to_owned(),
        Part::To => draft.to = several(said),
        Part::Subject => {
            // A first sentence is what it is about, the others are what is to be said.
            let mut sentences = viet::sentences(said).into_iter();
            let first = sentences.next().unwrap_or(said);
            draft.subject = first.trim_end_matches(['.', ';', ':']).trim().to_owned();
            draft.points.extend(sentences.map(str::to_owned));
        }
        Part::Points => {
            draft.points.extend(viet::sentences(said).into_iter().map(str::to_owned));
        }
        Part::Time => {
            let gap = if draft.time.is_empty() { "" } else { ", " };
            draft.time.push_str(&format!("{gap}{said}"));
        }
        Part::Place => draft.place = said.to_owned(),
        Part::Chair => {
            let words = said.trim_end_matches("chủ trì").trim();
            draft.chair = words.to_owned();
        }
    }
}

/// Bodies or people in a list: "Sở Nội vụ, Sở Tài chính và UBND phường Láng".
fn several(said: &str) -> Vec<String> {
    let mut several: Vec<String> = Vec::new();
    for part in said.replace(" và ", ", ").split([',', ';']).map(str::trim) {
        // "các xã, phường" is one: a name of its own begins with a body, a person or a capital.
        let words = words(part);
        let own = body(&words, 0)
            || part.chars().next().is_some_and(char::is_uppercase)
            || part.starts_with('[')
            || ["các", "ông", "bà", "đồng chí"].iter().any(|it| part.starts_with(it));
        match several.last_mut() {
            Some(last) if !own && !part.is_empty() => *last = format!("{last}, {part}"),
            _ if !part.is_empty() => several.push(part.to_owned()),
            _ => {}
        }
    }
    several
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_part_by_part_and_the_rest_stays_blank() {
        for (text, form, issuer, to, subject, missing) in [
            (
                "Soạn công văn của UBND phường Cửa Nam gửi Sở Nội vụ về việc đề nghị cung cấp số liệu biên chế năm 2026",
                Form::Letter,
                "UBND phường Cửa Nam",
                "Sở Nội vụ",
                "đề nghị cung cấp số liệu biên chế năm 2026",
                "nội dung",
            ),
            (
                "giúp em viết một công văn gửi Sở Tài chính, Sở Xây dựng đề nghị phối hợp rà soát nhà đất công",
                Form::Letter,
                "",
                "Sở Tài chính|Sở Xây dựng",
                "đề nghị phối hợp rà soát nhà đất công",
                "tên cơ quan ban hành|nội dung",
            ),
            (
                "dự thảo tờ trình UBND Thành phố phê duyệt kế hoạch cải cách hành chính năm 2027. Kinh phí do ngân sách phường bảo đảm.",
                Form::Submission,
                "",
                "UBND Thành phố",
                "phê duyệt kế hoạch cải cách hành chính năm 2027",
                "tên cơ quan ban hành|văn bản làm căn cứ",
            ),
            (
                "soạn thông báo về việc tạm dừng tiếp nhận hồ sơ sáng 05/12/2026",
                Form::Announcement,
                "",
                "",
                "tạm dừng tiếp nhận hồ sơ sáng 05/12/2026",
                "tên cơ quan ban hành|nơi nhận|nội dung",
            ),
            (
                "soạn công văn đôn đốc các phòng ban nộp báo cáo quý IV gửi Văn phòng UBND Thành phố",
                Form::Letter,
                "",
                "Văn phòng UBND Thành phố",
                "đôn đốc các phòng ban nộp báo cáo quý IV",
                "tên cơ quan ban hành|nội dung",
            ),
            (
                "soạn thông báo kết luận của Chủ tịch UBND phường tại cuộc họp giao ban tuần 48 gửi UBND các xã, phường",
                Form::Announcement,
                "",
                "UBND các xã, phường",
                "kết luận của Chủ tịch UBND phường tại cuộc họp giao ban tuần 48",
                "tên cơ quan ban hành|nội dung",
            ),
            (
                "soan cong van gui so noi vu ve viec xin y kien",
                Form::Letter,
                "",
                "so noi vu",
                "xin y kien",
                "tên cơ quan ban hành|nội dung",
            ),
        ] {
            let draft = read(text).unwrap_or_else(|| panic!("{text}"));
            let told = (draft.form, draft.issuer.as_str(), draft.subject.as_str());
            assert_eq!(told, (form, issuer, subject), "{text}");
            assert_eq!(draft.to.join("|"), to, "{text}");
            assert_eq!(draft.missing.join("|"), missing, "{text}");
        }
    }

    #[test]
    fn an_invitation_tells_when_where_and_who_presides() {
        let text = "Soạn giấy mời họp giao ban quý IV lúc 8 giờ 30 ngày 05/12/2026 tại phòng họp tầng 3, thành phần trưởng các phòng chuyên môn, do Chủ tịch UBND phường chủ trì";
        let draft = read(text).unwrap();
        assert_eq!(draft.subject, "họp giao ban quý IV");
        assert_eq!(draft.time, "8 giờ 30 ngày 05/12/2026");
        assert_eq!(draft.place, "phòng họp tầng 3");
        assert_eq!(draft.to, ["trưởng các phòng chuyên môn"]);
        assert_eq!(draft.chair, "Chủ tịch UBND phường");
        assert_eq!(draft.missing, ["tên cơ quan ban hành"]);
    }

    #[test]
    fn what_asks_for_no_draft_is_none() {
        for text in [
            "công văn 1234 của Sở Nội vụ quy định gì",
            "làm căn cước cần giấy tờ gì",
            "làm thế nào để nhận được thông báo thuế",
            "thể thức tờ trình theo nghị định 30",
            "soạn văn tả mẹ",
            "Cơ quan nào lập tờ trình thu hồi đất?",
            "Soạn thảo công văn theo Nghị định 30/2020/NĐ-CP phải có những thành phần nào",
            "viết thông báo thu hồi đất phải có nội dung gì theo Luật Đất đai",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
