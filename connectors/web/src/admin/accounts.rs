//! Accounts, and the audit log.

use jiff::Timestamp;
use maud::{Markup, html};
use people::{Account, Broken, Entry, Person, Role};

use crate::house::{self, plain, posted, table};
use crate::shown::moment;
use crate::signin::role_words;

/// Everybody; `signed_in`: who is at work, since when, when last, from where.
pub fn accounts(
    list: &[Account],
    signed_in: &[(String, Timestamp, Timestamp, String)],
    now: Timestamp,
    me: &Person,
) -> Markup {
    html! {
        (table("Tài khoản", &["Tên", "Họ và tên", "Vai trò", "Nhóm", "Mã xác thực", "Dùng gần nhất", "Tình trạng"], &list.iter().map(|it| vec![
            html! { a href=(house::address("/admin/people/one", &[("name", &it.name)])) { (it.name) } },
            plain(&it.full_name),
            plain(it.roles.iter().map(|role| role_words(role.name())).collect::<Vec<_>>().join(", ")),
            plain(it.groups.join(", ")),
            plain(if !it.local() { "do nơi đăng nhập quản lý" } else if it.second { "có" } else { "chưa" }),
            plain(moment(it.active)),
            plain(state(it, now)),
        ]).collect::<Vec<_>>()))
        h2 { "Thêm tài khoản" }
        (posted(me, "/admin/people/add", &html! {
            div class="row" {
                (house::field("name", "Tên đăng nhập (a-z, số, chấm, gạch)", &html! { input type="text" id="name" name="name" required pattern="[a-z0-9.\\-]{2,40}" autocomplete="off" autocapitalize="none"; }))
                (house::field("full_name", "Họ và tên", &html! { input type="text" id="full_name" name="full_name" required maxlength="100" autocomplete="off"; }))
                (house::line("groups", "Nhóm tài liệu nội bộ, cách bằng dấu phẩy", ""))
            }
            (roles(&[]))
            p { button type="submit" class="main" { "Thêm" } }
        }))
        h2 { "Đang đăng nhập" }
        (table("Đang đăng nhập", &["Tên", "Từ lúc", "Thao tác gần nhất", "Từ địa chỉ"], &signed_in.iter().map(|(name, made, seen, host)| {
            vec![plain(name), plain(moment(*made)), plain(moment(*seen)), plain(host)]
        }).collect::<Vec<_>>()))
    }
}

fn state(it: &Account, now: Timestamp) -> String {
    match it.locked.filter(|until| *until > now) {
        _ if it.closed => "đã đóng".into(),
        Some(until) => format!("bị khoá đến {}", moment(until)),
        None => "đang dùng".into(),
    }
}

fn roles(has: &[Role]) -> Markup {
    html! {
        fieldset {
            legend { "Vai trò" }
            @for role in Role::ALL {
                p class="check" {
                    input type="checkbox" id=(role.name()) name=(role.name()) value="1" checked[has.contains(&role)];
                    label for=(role.name()) { (role_words(role.name())) }
                }
            }
        }
    }
}

/// One account.
pub fn account(it: &Account, now: Timestamp, me: &Person) -> Markup {
    let hidden = html! { input type="hidden" name="name" value=(it.name); };
    html! {
        p { a href="/admin/people" { "← Tài khoản" } }
        p { strong { (it.full_name) } " (" (it.name) "): " (state(it, now)) }
        @if it.local() {
            (posted(me, "/admin/people/roles", &html! {
                (hidden)
                (roles(&it.roles))
                (house::line("groups", "Nhóm tài liệu nội bộ, cách bằng dấu phẩy", &it.groups.join(", ")))
                p { button type="submit" class="main" { "Lưu vai trò" } }
            }))
        } @else { p { "Vai trò theo nhóm ở hệ thống đăng nhập của cơ quan: " (it.roles.iter().map(|role| role_words(role.name())).collect::<Vec<_>>().join(", ")) } }
        @let locked = it.locked.is_some_and(|until| until > now);
        (posted(me, if it.closed || locked { "/admin/people/open" } else { "/admin/people/close" }, &html! {
            (hidden)
            div class="row" {
                p class="field grow" { label for="reason" { "Lý do" } input type="text" id="reason" name="reason" required maxlength="400"; }
                p { button type="submit" { @if it.closed { "Mở lại tài khoản" } @else if locked { "Mở khoá" } @else { "Đóng tài khoản" } } }
            }
        }))
        @if it.local() {
            (posted(me, "/admin/people/reset", &html! {
                (hidden)
                p class="soft" { "Khi quên mật khẩu hoặc mất máy tạo mã: cấp mật khẩu mới dùng một lần, mã xác thực cài lại từ đầu." }
                button type="submit" { "Cấp lại mật khẩu" }
            }))
        }
    }
}

/// The password for the first sign-in: shown this once.
pub fn first_password(name: &str, password: &str) -> Markup {
    html! {
        p { a href="/admin/people" { "← Tài khoản" } }
        p { "Mật khẩu lần đầu của " strong { (name) } ":" }
        p class="label" { code { (password) } }
        p { "Chỉ hiện một lần. Hãy đưa tận tay; đăng nhập xong phải đặt mật khẩu khác." }
    }
}

/// The audit log. `checked`: lines and the hash of the last, or where it was changed.
pub fn trail(
    entries: &[Entry],
    checked: &Result<(i64, String), Broken>,
    decisions: &Result<usize, String>,
) -> Markup {
    html! {
        @match checked {
            Ok((lines, head)) => p class="done" { "Nhật ký nguyên vẹn: " (lines) " dòng. Dấu của dòng cuối: " code { (head) } },
            Err(Broken { n }) => p class="error" role="alert" { "Nhật ký đã bị sửa: dòng " (n) " không khớp với dòng trước. Báo ngay cho người phụ trách an toàn thông tin." },
        }
        @match decisions {
            Ok(lines) => p { "Nhật ký quyết định (công tắc, câu trả lời do người viết): nguyên vẹn, " (lines) " dòng." },
            Err(why) => p class="error" role="alert" { "Nhật ký quyết định: " (why) },
        }
        p { a href="/admin/audit.csv" { "Tải bảng (.csv)" } }
        (table("Nhật ký", &["Dòng", "Lúc", "Ai", "Từ đâu", "Việc", "Đối tượng", "Lý do"], &entries.iter().map(|it| vec![
            plain(it.n.to_string()), plain(moment(it.at)), plain(&it.name), plain(&it.host), plain(&it.did), plain(&it.what), plain(&it.reason),
        ]).collect::<Vec<_>>()))
        @if let Some(last) = entries.last().filter(|it| it.n > 1) {
            p { a href=(format!("/admin/audit?before={}", last.n)) { "Cũ hơn" } }
        }
    }
}
