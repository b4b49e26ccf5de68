//! The live desk: who waits, who is spoken with, and a conversation with what the assistant said before.

use chat::{Author, Message, Mode, Talk, notice as of};
use jiff::Timestamp;
use maud::{Markup, html};
use people::Person;

use crate::house;
use crate::shown::{moment, prose};

/// What stands on the desk.
#[derive(Clone, Debug)]
pub struct Desk<'a> {
    /// Who waits, longest first.
    pub waiting: &'a [Talk],
    /// Whom officers speak with.
    pub held: &'a [Talk],
    /// The time.
    pub now: Timestamp,
    /// Whether the desk is open by its hours.
    pub open: bool,
    /// The hours.
    pub hours: &'a [String],
}

/// Replies that are typed again and again: from `prompts/say.toml`, one a line.
pub type Canned<'a> = &'a [&'a str];

/// The lists; they are asked for anew every few seconds.
pub fn lists(desk: &Desk<'_>, me: &Person) -> Markup {
    let mine = |talk: &&Talk| talk.officer.as_deref() == Some(me.name.as_str());
    let (called, waiting): (Vec<&Talk>, Vec<&Talk>) =
        desk.waiting.iter().partition(|it| it.mode == Mode::Bot);
    let own: Vec<&Talk> = desk.held.iter().filter(mine).collect();
    let others: Vec<&Talk> = desk.held.iter().filter(|it| !mine(it)).collect();
    html! {
        @if !desk.open { p class="label" { "Ngoài giờ trực (" (desk.hours.join("; ")) "): trợ lý vẫn trả lời, người cần gọi lại nằm trong danh sách." } }
        (list("Đang chờ", &waiting, desk.now, me, true))
        (list("Tôi đang trao đổi", &own, desk.now, me, false))
        (list("Cần gọi lại", &called, desk.now, me, false))
        (list("Đồng nghiệp đang trao đổi", &others, desk.now, me, false))
    }
}

fn list(title: &str, talks: &[&Talk], now: Timestamp, me: &Person, take: bool) -> Markup {
    html! {
        h2 { (title) " (" (talks.len()) ")" }
        @if talks.is_empty() { p class="none" { "Không có ai." } }
        ul class="queue" {
            @for talk in talks {
                li {
                    a href=(format!("/desk/{}", talk.id)) { (label(talk)) }
                    span class="soft" {
                        @match talk.waiting {
                            Some(since) => { "chờ " (ago(since, now)) },
                            None => { "nói gần nhất " (ago(talk.touched, now)) " trước" },
                        }
                        @if let Some(officer) = &talk.officer { " · " (officer) }
                    }
                    @if take { (house::posted(me, &format!("/desk/{}/take", talk.id), &html! { button type="submit" class="main" aria-label=(format!("Nhận {}", label(talk))) { "Nhận" } })) }
                }
            }
        }
    }
}

/// What a conversation is called: where it is held, and a short part of its name. A person is never called by who they
/// are.
fn label(talk: &Talk) -> String {
    let channel = match talk.channel.name() {
        "zalo" => "Zalo",
        "zalo_bot" => "Zalo Bot",
        "telegram" => "Telegram",
        _ => "Trang web",
    };
    let name = talk.id.simple().to_string();
    format!("{channel} · {}", name[..6].to_uppercase())
}

/// The whole desk.
pub fn desk(desk: &Desk<'_>, me: &Person) -> Markup {
    html! {
        p { "Danh sách tự cập nhật. Định danh cá nhân trong lời nhắn đã được che trước khi lưu." }
        p class="soft" role="status" id="waits" {}
        div data-poll="/desk/part" data-every="4" data-tells="waits" { (lists(desk, me)) }
    }
}

/// What was said, for asking anew.
pub fn said(messages: &[Message]) -> Markup {
    html! {
        ol class="said" {
            // The assistant's silence is no message.
            @for message in messages.iter().filter(|it| !it.text.is_empty()) {
                li class=(class(message.author)) {
                    p class="who" { (who(message.author)) " · " time { (moment(message.at)) } }
                    @match message.author {
                        Author::Notice => p { (notice(&message.text)) },
                        Author::Assistant => { (prose(&message.text)) (sources(message)) },
                        _ => p class="typed" { (message.text) },
                    }
                }
            }
        }
    }
}

/// One conversation. `typed`: a reply that was not sent.
pub fn talk(
    talk: &Talk,
    messages: &[Message],
    me: &Person,
    now: Timestamp,
    canned: Canned<'_>,
    typed: &str,
) -> Markup {
    let id = talk.id;
    let mine = talk.mode == Mode::Human && talk.officer.as_deref() == Some(me.name.as_str());
    html! {
        p { a href="/desk" { "← Bàn trực" } }
        p class="state" { (state(talk, me, now)) }
        @if let Some(contact) = &talk.known.contact {
            aside class="label" aria-label="Liên hệ người dân để lại" {
                p { strong { "Người dân để lại liên hệ: " } (contact.name) " · " (contact.reach) }
                @if !contact.note.is_empty() { p { (contact.note) } }
            }
        }
        div id="said" data-poll=(format!("/desk/{id}/part")) data-every="3" data-grows="ol" role="log" aria-label="Cuộc trò chuyện" tabindex="0" { (said(messages)) }
        @if mine {
            (house::posted(me, &format!("/desk/{id}/say"), &html! {
                p class="field" {
                    label for="text" { "Trả lời người dân" }
                    textarea id="text" name="text" rows="4" required maxlength="4000" { (typed) }
                }
                @if !canned.is_empty() {
                    p class="field" {
                        label for="canned" { "Câu soạn sẵn" }
                        select id="canned" data-fills="text" {
                            option value="" { "Chọn một câu" }
                            @for words in canned { option value=(words) { (words) } }
                        }
                        button type="button" data-inserts="canned" { "Chèn vào ô trả lời" }
                    }
                }
                p { button type="submit" class="main" { "Gửi" } }
            }))
            (house::posted(me, &format!("/desk/{id}/back"), &html! { button type="submit" { "Xong: trả lại cho trợ lý" } }))
        } @else if talk.mode == Mode::Human {
            p class="label" { "Đồng nghiệp đang trao đổi. Chỉ xem." }
        } @else {
            (house::posted(me, &format!("/desk/{id}/take"), &html! { button type="submit" class="main" { "Nhận cuộc trò chuyện" } }))
        }
        @if talk.known.contact.is_some() && talk.mode != Mode::Human {
            (house::posted(me, &format!("/desk/{id}/called"), &html! { button type="submit" { "Đã gọi lại xong" } }))
        }
    }
}

fn state(talk: &Talk, me: &Person, now: Timestamp) -> Markup {
    html! {
        strong { (label(talk)) } ": "
        @match talk.mode {
            Mode::Bot => { "trợ lý đang trả lời." },
            Mode::Waiting => { "đang chờ cán bộ" (talk.waiting.map(|it| format!(" {}", ago(it, now))).unwrap_or_default()) "; trợ lý im lặng." },
            Mode::Human => {
                @if talk.officer.as_deref() == Some(me.name.as_str()) { "tôi đang trao đổi; trợ lý im lặng." }
                @else { (talk.officer.as_deref().unwrap_or_default()) " đang trao đổi." }
            }
        }
    }
}

fn class(author: Author) -> &'static str {
    match author {
        Author::Person => "person",
        Author::Assistant => "assistant",
        Author::Officer => "officer",
        Author::Notice => "notice",
    }
}

fn who(author: Author) -> &'static str {
    match author {
        Author::Person => "Người dân",
        Author::Assistant => "Trợ lý (máy)",
        Author::Officer => "Cán bộ",
        Author::Notice => "Hệ thống",
    }
}

fn notice(text: &str) -> &str {
    match text {
        of::WAITING => "Người dân xin gặp cán bộ.",
        of::TAKEN => "Cán bộ đã nhận cuộc trò chuyện.",
        of::BACK => "Trợ lý trả lời trở lại.",
        of::LEFT => "Người dân đã chặn hoặc rời kênh này: lời nhắn không tới được nữa.",
        of::UNSENT => "Lời cán bộ vừa viết chưa gửi được tới người dân.",
        other => other,
    }
}

fn sources(message: &Message) -> Markup {
    let sources = message.answer.as_ref().and_then(|it| it["sources"].as_array());
    html! {
        @if let Some(sources) = sources.filter(|it| !it.is_empty()) {
            p class="soft" { "Nguồn: "
                @for (n, source) in sources.iter().enumerate() {
                    @if n > 0 { "; " }
                    (source["citation"].as_str().unwrap_or_default())
                }
            }
        }
    }
}

/// `3 phút`, `2 giờ`.
fn ago(since: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(since).as_mins().max(0);
    match minutes {
        0 => "dưới 1 phút".into(),
        1..=59 => format!("{minutes} phút"),
        60..=2879 => format!("{} giờ", minutes / 60),
        _ => format!("{} ngày", minutes / 1440),
    }
}
