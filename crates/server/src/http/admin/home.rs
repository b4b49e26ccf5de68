//! How it goes.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use chat::{Message, Mode};
use jiff::SignedDuration;
use people::Person;
use web::admin::{self, Home};
use web::house::Note;

use super::super::gate::Page;
use super::super::problem::Problem;
use super::super::talk::kept;
use super::super::visit::conversations;
use crate::app::App;
use crate::clock::now;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin", get(home))
}

/// Figures are counted over so many of the last answers.
const LAST: i64 = 300;
/// Somebody who waits longer is told of.
const WAITS: SignedDuration = SignedDuration::from_mins(15);
/// A corpus that is older is told of.
const OLD: SignedDuration = SignedDuration::from_hours(30 * 24);

async fn home(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    let chat = conversations(&app)?;
    let failed = |error| kept(error, &app);
    let latest = chat.latest(LAST).await.map_err(failed)?;
    let (waiting, held) = chat.queue().await.map_err(failed)?;
    let open = chat.open_feedbacks(1000).await.map_err(failed)?.len();
    let mut home = Home::default();
    let longest =
        waiting.iter().filter(|it| it.mode == Mode::Waiting).filter_map(|it| it.waiting).min();
    if let Some(since) = longest.filter(|it| now().duration_since(*it) > WAITS) {
        let minutes = now().duration_since(since).as_mins();
        home.alerts.push(format!("Có người chờ cán bộ {minutes} phút."));
    }
    answers(&mut home, &latest);
    home.house = vec![
        ("Đang chờ cán bộ", waiting.len().to_string()),
        ("Đang trao đổi với cán bộ", held.len().to_string()),
        ("Góp ý chưa xử lý", open.to_string()),
        ("Chỗ trả lời còn trống", app.streams.available_permits().to_string()),
    ];
    corpus(&app, &mut home);
    let channels = app.channels.states();
    for (name, state) in channels.as_object().into_iter().flatten() {
        home.house.push(("Kênh", format!("{name}: {} tin chờ", state["waiting"])));
        if let Some(why) = state["broken"].as_str() {
            home.alerts.push(format!("Kênh {name} hỏng: {why}"));
        }
    }
    if let Some(free) = free_space(&app) {
        home.house.push(("Đĩa còn trống", format!("{free} GiB")));
        if free < 5 {
            home.alerts.push(format!("Đĩa chỉ còn {free} GiB; nạp dữ liệu mới có thể không xong."));
        }
    }
    if app.generator.is_none() {
        home.alerts
            .push("Không có mô hình viết: câu trả lời chỉ gồm thẻ thủ tục và trích dẫn.".into());
    }
    if !app.embedder.runs() {
        home.alerts.push("Mô hình tìm theo nghĩa không chạy.".into());
    }
    Ok(Page { title: "Tổng quan", here: "/admin", note: Note::None }.run(&me, &admin::home(&home)))
}

/// Figures of answers.
fn answers(home: &mut Home, latest: &[Message]) {
    let day = SignedDuration::from_hours(24);
    let today = latest.iter().filter(|it| now().duration_since(it.at) < day).count();
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    let mut times: Vec<f64> = Vec::new();
    let mut first: Vec<f64> = Vec::new();
    for answer in latest.iter().filter_map(|it| it.answer.as_ref()) {
        *verdicts.entry(answer["verdict"].as_str().unwrap_or("?").to_owned()).or_default() += 1;
        times.extend(answer["total_ms"].as_f64());
        first.extend(answer["first_ms"].as_f64());
    }
    let all: usize = verdicts.values().sum();
    let share = |count: usize| {
        (count * 100).checked_div(all).map_or_else(|| "–".to_owned(), |it| format!("{it} %"))
    };
    let of = |name: &str| verdicts.get(name).copied().unwrap_or_default();
    let second = |list: &mut Vec<f64>, part: usize| {
        list.sort_by(f64::total_cmp);
        let at = (list.len() * part / 100).min(list.len().saturating_sub(1));
        list.get(at).map_or_else(|| "–".to_owned(), |ms| format!("{:.1} giây", ms / 1e3))
    };
    home.counted = match latest.last() {
        Some(oldest) => format!(
            "Trên {all} câu gần nhất, từ {}.",
            jiff::tz::offset(7).to_datetime(oldest.at).strftime("%d/%m/%Y %H:%M")
        ),
        None => "Chưa có câu hỏi nào.".into(),
    };
    home.answers = vec![
        (
            "24 giờ qua",
            if today < latest.len() || (latest.len() as i64) < LAST {
                today.to_string()
            } else {
                format!("từ {today} trở lên")
            },
        ),
        ("Trả lời được", share(of("answered"))),
        ("Một phần", share(of("partial"))),
        ("Không có căn cứ", share(of("no_basis"))),
        ("Nội dung đầu tiên, trung vị", second(&mut first, 50)),
        ("Trọn câu, 95 %", second(&mut times, 95)),
    ];
    home.verdicts =
        verdicts.iter().map(|(name, count)| (name.clone(), *count, share(*count))).collect();
}

/// What serves, and how fresh it is.
fn corpus(app: &App, home: &mut Home) {
    let Ok(corpus) = app.corpus() else {
        home.alerts.push("Chưa có dữ liệu nào phục vụ.".into());
        return;
    };
    let manifest = &corpus.manifest;
    if now().duration_since(manifest.created) > OLD {
        home.alerts.push("Dữ liệu chưa được cập nhật hơn 30 ngày.".into());
    }
    if manifest.counts.waiting > 0 {
        home.alerts
            .push(format!("{} đoạn văn chưa có véc-tơ; đang làm dần.", manifest.counts.waiting));
    }
    home.house.push(("Văn bản", manifest.documents.to_string()));
    home.house.push(("Thủ tục", manifest.procedures.to_string()));
    let mut collections: BTreeMap<&str, (usize, &[String], String)> = BTreeMap::new();
    for source in &manifest.sources {
        let root = source.path.parent().map(|it| it.display().to_string()).unwrap_or_default();
        collections.entry(&source.corpus).or_insert((0, &source.profiles, root)).0 += 1;
    }
    home.collections = collections
        .into_iter()
        .map(|(name, (files, profiles, root))| {
            let who =
                if profiles.is_empty() { "mọi người".to_owned() } else { profiles.join(", ") };
            [name.to_owned(), files.to_string(), who, root]
        })
        .collect();
    let config = &app.setup.config;
    let vectors = match config.search.store {
        search::Store::Server => config.search.url.as_str(),
        search::Store::Edge => "",
    };
    for (what, to, key) in [
        ("Tìm theo nghĩa", config.models.embed_url.as_str(), "models.embed_url"),
        ("Viết", config.models.generate_url.as_str(), "models.generate_url"),
        ("Véc-tơ", vectors, "search.url"),
        ("Đăng nhập", config.oidc.issuer.as_str(), "oidc.issuer"),
    ] {
        if !to.is_empty() {
            home.outgoing.push([what.into(), to.into(), key.into()]);
        }
    }
    let place = app.chat.as_ref().map(|it| it.options().place.talks.clone()).unwrap_or_default();
    if !place.starts_with("sqlite:") {
        // Without what signs in there.
        let host = place.rsplit('@').next().unwrap_or_default().to_owned();
        home.outgoing.push(["Cơ sở dữ liệu".into(), host, "KHUE_DATABASE_URL".into()]);
    }
    for (on, what, to, key) in [
        (config.zalo.enabled, "Zalo OA", config.zalo.openapi.as_str(), "zalo.enabled"),
        (config.zalo_bot.enabled, "Zalo Bot", config.zalo_bot.api.as_str(), "zalo_bot.enabled"),
    ] {
        if on {
            home.outgoing.push([what.into(), to.into(), key.into()]);
        }
    }
    home.versions = vec![
        ("Dữ liệu", manifest.id.clone()),
        ("Mô hình tìm", app.embedder.id().to_owned()),
        ("Mô hình viết", app.generator.as_ref().map_or("không có", |it| it.id()).to_owned()),
        ("Lời văn cố định", app.prompts.id().to_owned()),
        ("Cấu hình", config.id()),
        ("Quyết định", app.decisions.now().id.clone()),
    ];
}

/// GiB left where data are kept.
fn free_space(app: &App) -> Option<u64> {
    let disk = rustix::fs::statvfs(&app.setup.config.paths.data).ok()?;
    Some((disk.f_bavail * disk.f_frsize) >> 30)
}
