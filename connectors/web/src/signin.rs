//! Signing in, step by step. Sentences come from `prompts/say.toml`.

use maud::{Markup, PreEscaped, html};
use people::{ApiKey, Enrolment, Person, Right, Stage};

use crate::house::{self, Note};
use crate::shown::{Say, moment};

/// The first page: a name and a password, or the identity provider.
pub fn page(note: &Note, then: &str, provider: Option<&str>, local: bool, say: Say<'_>) -> String {
    let body = html! {
        p { (say("signin_for")) }
        @if let Some(name) = provider {
            p { a class="button main" href=(house::address("/signin/provider", &[("then", then)])) { "Đăng nhập bằng " (name) } }
        }
        @if local {
            form method="post" action="/signin" {
                input type="hidden" name="then" value=(then);
                (house::field("name", "Tên đăng nhập", &html! { input id="name" name="name" autocomplete="username" required autocapitalize="none" spellcheck="false"; }))
                (house::field("password", "Mật khẩu", &html! { input id="password" name="password" type="password" autocomplete="current-password" required; }))
                p { button type="submit" class=(if provider.is_some() { "" } else { "main" }) { "Đăng nhập" } }
            }
            p class="soft" { (say("signin_help")) }
        }
        p { a href="/" { (say("form_back")) } }
    };
    house::outside("Đăng nhập", note, &body)
}

/// The page of the step that somebody is at.
pub fn step(person: &Person, note: &Note, enrolment: Option<&Enrolment>, say: Say<'_>) -> String {
    let (title, body) = match person.stage {
        Stage::Code => (
            "Nhập mã xác thực",
            html! {
                p { (say("signin_code")) }
                (house::posted(person, "/signin/code", &html! { (code()) p { button type="submit" class="main" { "Tiếp tục" } } }))
            },
        ),
        Stage::Password => (
            "Đặt mật khẩu mới",
            html! {
                p { (say("signin_password")) }
                (password(person, false))
            },
        ),
        Stage::Enrol => (
            "Cài mã xác thực",
            html! {
                p { (say("signin_enrol")) }
                @if let Some(it) = enrolment {
                    div class="qr" role="img" aria-label="Mã QR cho ứng dụng xác thực" { (PreEscaped(&it.picture)) }
                    p { "Không quét được thì gõ khoá này vào ứng dụng: " code { (spaced(&it.secret)) } }
                }
                (house::posted(person, "/signin/enrol", &html! { (code()) p { button type="submit" class="main" { "Hoàn tất" } } }))
            },
        ),
        Stage::In => ("Tài khoản", html! {}),
    };
    let leave =
        house::posted(person, "/signout", &html! { button type="submit" { "Thôi, đăng xuất" } });
    house::outside(title, note, &html! { (body) (leave) })
}

/// The page of one's own account. `fresh`: a key that was just made, shown this once.
pub fn account(
    person: &Person,
    note: &Note,
    local: bool,
    keys: &[ApiKey],
    fresh: Option<&str>,
    say: Say<'_>,
) -> String {
    let body = html! {
        p { "Đang đăng nhập: " strong { (person.full_name) } " (" (person.name) ")" }
        p { "Vai trò: " (person.roles.iter().map(|role| role_words(role.name())).collect::<Vec<_>>().join(", ")) }
        @if !person.groups.is_empty() { p { "Nhóm tài liệu nội bộ: " (person.groups.join(", ")) } }
        @if person.may(Right::LookUp) {
            h2 { "Khoá cho phần mềm" }
            p { (say("keys_for")) }
            @if let Some(key) = fresh {
                p { "Khoá mới, chỉ hiện một lần:" }
                p class="label" { code { (key) } }
            }
            ul class="queue" {
                @for key in keys {
                    li {
                        strong { (key.name) }
                        span class="soft" { "tạo " (moment(key.made)) ", dùng gần nhất " (moment(key.used)) }
                        (house::posted(person, "/signin/key/drop", &html! {
                            input type="hidden" name="id" value=(key.id);
                            button type="submit" { "Thu hồi" }
                        }))
                    }
                }
            }
            (house::posted(person, "/signin/key", &html! {
                div class="row" {
                    (house::field("key-name", "Dùng cho", &html! { input id="key-name" name="name" type="text" required maxlength="60"; }))
                    p { button type="submit" { "Tạo khoá" } }
                }
            }))
        }
        @if local {
            h2 { "Đổi mật khẩu" }
            p { (say("signin_password")) }
            (password(person, true))
        } @else {
            p { "Mật khẩu do hệ thống đăng nhập của cơ quan quản lý." }
        }
        p { a href="/staff" { "Về trang làm việc" } }
    };
    house::outside("Tài khoản", note, &body)
}

/// Nothing here is for them.
pub fn forbidden(person: &Person, say: Say<'_>) -> String {
    let body = html! {
        p { (say("signin_forbidden")) }
        p { "Đang đăng nhập: " strong { (person.full_name) } ". " a href="/signin/account" { "Xem vai trò của tôi" } }
        (house::posted(person, "/signout", &html! { button type="submit" { "Đăng xuất" } }))
    };
    house::outside("Chưa được phép", &Note::None, &body)
}

/// Something that could not be done, in words.
pub fn trouble(person: &Person, detail: &str) -> String {
    let body = html! {
        p { a href="/staff" { "Về trang làm việc" } " · dùng nút Quay lại của trình duyệt để sửa và gửi lại." }
        p class="soft" { "Đang đăng nhập: " (person.full_name) }
    };
    house::outside("Chưa làm được", &Note::Wrong(detail.to_owned()), &body)
}

/// After signing out here; `elsewhere`: where one is still signed in.
pub fn left(elsewhere: &str, say: Say<'_>) -> String {
    let body = html! {
        p { (say("signin_left")) }
        p { a class="button main" href=(elsewhere) { "Đăng xuất khỏi tài khoản cơ quan" } }
        p { a href="/signin" { "Đăng nhập lại" } }
    };
    house::outside("Đã đăng xuất ở đây", &Note::None, &body)
}

/// What a role is called.
pub fn role_words(name: &str) -> &'static str {
    match name {
        "viewer" => "xem số liệu",
        "staff" => "cán bộ tra cứu",
        "reviewer" => "thẩm định dự thảo",
        "editor" => "biên tập nội dung",
        "desk" => "trực hội thoại",
        "auditor" => "giám sát",
        "admin" => "quản trị",
        _ => "khác",
    }
}

fn code() -> Markup {
    house::field(
        "code",
        "Mã 6 chữ số",
        &html! {
            input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="9" autofocus;
        },
    )
}

fn password(person: &Person, old: bool) -> Markup {
    house::posted(
        person,
        "/signin/password",
        &html! {
            @if old {
                (house::field("old", "Mật khẩu đang dùng", &html! { input id="old" name="old" type="password" autocomplete="current-password" required; }))
            }
            (house::field("new", "Mật khẩu mới", &html! { input id="new" name="new" type="password" autocomplete="new-password" required minlength="8"; }))
            (house::field("again", "Gõ lại mật khẩu mới", &html! { input id="again" name="again" type="password" autocomplete="new-password" required; }))
            p { button type="submit" class="main" { "Đặt mật khẩu" } }
        },
    )
}

/// In groups of four, to be typed.
fn spaced(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
