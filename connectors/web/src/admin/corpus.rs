//! Corpora and their versions: what serves, what came in, what was refused and why.

use jiff::Timestamp;
use maud::{Markup, html};
use people::{Person, Right};
use serde_json::Value;

use crate::house::{self, plain, posted, table};
use crate::shown::moment;

/// A version on disk.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// Its name.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it serves.
    pub serves: bool,
    /// Documents, provisions, procedures.
    pub counts: [usize; 3],
    /// Texts that still wait for a vector.
    pub waiting: usize,
    /// What an editor should look at.
    pub warnings: usize,
}

/// A file of the version that serves.
#[derive(Clone, Debug)]
pub struct SourceRow {
    /// Its path.
    pub path: String,
    /// Its collection.
    pub corpus: String,
    /// Who sees it; empty is everybody.
    pub profiles: String,
}

/// How far reading files has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It runs.
    Running,
    /// It is done, perhaps with files that were refused.
    Done,
    /// It failed: the version before serves on.
    Failed,
}

/// Files that somebody sent to be read.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// Who sent them.
    pub by: String,
    /// When.
    pub began: Timestamp,
    /// Into which collection.
    pub corpus: String,
    /// Names of the files.
    pub files: Vec<String>,
    /// Whether they are only tried.
    pub dry: bool,
    /// How far it is.
    pub state: JobState,
    /// The last line of its progress, or why it failed.
    pub said: String,
    /// Its report, once it is done: the JSON of `khue ingest`.
    pub report: Option<Value>,
}

/// A document as it was read of a file.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// First day in force, `2026-01-31`; empty where the file does not say.
    pub effective: String,
    /// Articles: place, heading, how many clauses.
    pub articles: Vec<(String, String, usize)>,
}

/// How a file was cut; or why it was refused.
pub fn tree(job: u64, read: &Result<Vec<Outline>, String>) -> Markup {
    html! {
        p { a href=(format!("/admin/corpus/jobs/{job}")) { "← Lần nạp" } }
        p class="soft" { "Đọc thử, chưa đưa vào phục vụ. Hãy so với bản giấy: số hiệu, ngày hiệu lực, số điều." }
        @match read {
            Err(why) => p class="error" role="alert" { "Tệp bị từ chối: " (why) },
            Ok(documents) => {
                @if documents.is_empty() { p class="none" { "Không có văn bản nào trong tệp." } }
                @for it in documents {
                    h2 { (it.number) }
                    p { (it.title) @if !it.issuer.is_empty() { " · " (it.issuer) } }
                    p { "Hiệu lực: " (if it.effective.is_empty() { "tệp không ghi" } else { &it.effective }) " · " (it.articles.len()) " điều" }
                    ol class="articles" { @for (place, heading, clauses) in &it.articles {
                        li { strong { (place) } " " (heading) @if *clauses > 0 { span class="soft" { " (" (clauses) " khoản)" } } }
                    } }
                }
            }
        }
    }
}

/// The page.
pub fn corpus(versions: &[VersionRow], sources: &[SourceRow], jobs: &[Job], me: &Person) -> Markup {
    let may = me.may(Right::Content);
    html! {
        p { a href="/staff/law" { "Tra văn bản" } " · " a href="/staff/procedures" { "Duyệt thủ tục và quy định riêng của Hà Nội" } }
        h2 { "Phiên bản" }
        p class="soft" { "Bản mới được dựng cạnh bản đang phục vụ, kiểm tra xong mới chuyển. Quay lại bản trước giữ nguyên mọi tệp." }
        (table("Phiên bản trên đĩa", &["Phiên bản", "Tạo lúc", "Văn bản", "Điều khoản", "Thủ tục", "Chờ véc-tơ", "Cần xem", ""], &versions.iter().map(|it| vec![
            html! { code { (it.id) } @if it.serves { " " strong { "đang phục vụ" } } },
            plain(moment(it.created)),
            plain(it.counts[0].to_string()), plain(it.counts[1].to_string()), plain(it.counts[2].to_string()),
            plain(it.waiting.to_string()), plain(it.warnings.to_string()),
            html! { @if may && !it.serves {
                (posted(me, "/admin/corpus/rollback", &html! {
                    input type="hidden" name="version" value=(it.id);
                    p class="field" { label for=(format!("why-{}", it.id)) { "Lý do" } input type="text" id=(format!("why-{}", it.id)) name="reason" required maxlength="400"; }
                    button type="submit" { "Phục vụ bản này" }
                }))
            } },
        ]).collect::<Vec<_>>()))
        @if may {
            h2 { "Nạp tệp" }
            form method="post" enctype="multipart/form-data" action=(house::signed(me, "/admin/corpus/upload")) {
                p class="field" { label for="files" { "Tệp (docx, doc, pdf, html, xlsx, txt, md, json, zip, eml; tối đa 64 MB)" } input type="file" id="files" name="files" multiple required; }
                div class="row" {
                    (house::field("corpus", "Bộ dữ liệu", &html! { input type="text" id="corpus" name="corpus" required pattern="[a-z0-9-]{2,40}" placeholder="noi-bo" maxlength="40"; }))
                    p class="field" { label for="open" { "Ai được xem" } select id="open" name="open" required {
                        option value="" { "Hãy chọn" } option value="all" { "Mọi người, kể cả người dân" }
                        option value="staff" { "Cán bộ đã đăng nhập" } option value="groups" { "Chỉ các nhóm ghi bên" }
                    } }
                    (house::line("groups", "Các nhóm, cách bằng dấu phẩy", ""))
                    p class="check" { input type="checkbox" id="dry" name="dry" value="1"; label for="dry" { "Chỉ thử đọc, chưa đưa vào phục vụ" } }
                    p { button type="submit" class="main" { "Nạp" } }
                }
            }
        }
        h2 { "Các lần nạp" }
        div data-poll="/admin/corpus/part" data-every="3" { (jobs_table(jobs)) }
        @if may {
        h2 { "Tệp trong bản đang phục vụ (" (sources.len()) ")" }
        (table("Tệp nguồn", &["Tệp", "Bộ dữ liệu", "Ai được xem"], &sources.iter().take(500).map(|it| {
            vec![plain(&it.path), plain(&it.corpus), plain(if it.profiles.is_empty() { "mọi người" } else { &it.profiles })]
        }).collect::<Vec<_>>()))
        }
    }
}

/// The runs, for asking anew.
pub fn jobs_table(jobs: &[Job]) -> Markup {
    table(
        "Các lần nạp",
        &["Lần", "Lúc", "Ai", "Bộ dữ liệu", "Tình trạng"],
        &jobs
            .iter()
            .map(|it| {
                vec![
                    html! { a href=(format!("/admin/corpus/jobs/{}", it.id)) { "#" (it.id) } },
                    plain(moment(it.began)),
                    plain(&it.by),
                    html! { (it.corpus) @if it.dry { " (thử)" } },
                    html! { (state(it.state)) @if !it.said.is_empty() { ": " (it.said) } },
                ]
            })
            .collect::<Vec<_>>(),
    )
}

fn state(state: JobState) -> &'static str {
    match state {
        JobState::Running => "đang chạy",
        JobState::Done => "xong",
        JobState::Failed => "không thành công; bản cũ vẫn phục vụ",
    }
}

/// One run, file by file.
pub fn job(it: &Job, me: &Person) -> Markup {
    let none = Vec::new();
    let report = it.report.as_ref();
    let files = report.and_then(|report| report["files"].as_array()).unwrap_or(&none);
    html! {
        p { a href="/admin/corpus" { "← Kho dữ liệu" } }
        p { (state(it.state)) @if !it.said.is_empty() { ": " (it.said) } }
        @if it.state == JobState::Running { p class="soft" { a href=(format!("/admin/corpus/jobs/{}", it.id)) { "Tải lại" } } }
        p { @for (n, name) in it.files.iter().enumerate() { a href=(format!("/admin/corpus/jobs/{}/files/{n}", it.id)) { "Xem cây văn bản: " (name) } " " } }
        (table("Từng tệp", &["Tệp", "Kết quả", "Văn bản", "Điều khoản", "Lý do và cảnh báo"], &files.iter().map(|file| vec![
            plain(file["path"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()),
            plain(match file["state"].as_str() { Some("read") => "đã đọc", Some("unchanged") => "không đổi", _ => "bị từ chối" }),
            plain(file["documents"].to_string()),
            plain(file["provisions"].to_string()),
            html! {
                @if let Some(why) = file["reason"].as_str() { p { (why) } }
                @for warning in file["warnings"].as_array().into_iter().flatten() { p class="soft" { (warning.as_str().unwrap_or_default()) } }
            },
        ]).collect::<Vec<_>>()))
        @if it.state != JobState::Running {
            (posted(me, &format!("/admin/corpus/jobs/{}/again", it.id), &html! { button type="submit" { @if it.dry { "Đưa vào phục vụ" } @else { "Nạp lại" } } }))
        }
    }
}
