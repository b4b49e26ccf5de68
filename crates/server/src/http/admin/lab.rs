//! The retrieval lab.

use std::time::Instant;

use answer::Profile;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use jiff::civil::Date;
use law::Citation;
use people::{Person, Right};
use search::{Filter, Hit};
use serde_json::json;
use web::admin::{self, Asked, Expected, Found};
use web::house::Note;

use super::super::gate::{Fields, Page, text};
use super::super::problem::Problem;
use super::super::staff::day;
use crate::app::{App, Corpus, Setup};
use crate::clock::today;
use crate::wire;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/lab", get(lab))
}

/// Hits that are shown, and those among which something is looked for.
const SHOWN: usize = 20;
const LOOKED: usize = 1000;

async fn lab(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let word = |name: &str| text(&query, name).to_owned();
    let mut asked = Asked {
        question: word("q"),
        on: word("on"),
        profile: word("profile"),
        expected: word("expected"),
    };
    // What is internal is for those who care for it.
    if asked.profile.is_empty() || !me.may(Right::Content) {
        asked.profile = "citizen".into();
    }
    let all =
        app.setup.config.profiles.keys().filter(|it| me.may(Right::Content) || *it == "citizen");
    let profiles: Vec<String> = all.cloned().collect();
    let found = match asked.question.is_empty() {
        true => None,
        false => Some(found(&app, &asked, day(&query, "on")?).await?),
    };
    let body = admin::lab(&asked, &profiles, found.as_ref());
    Ok(Page { title: "Thử tìm", here: "/admin/lab", note: Note::None }.run(&me, &body))
}

async fn found(app: &App, asked: &Asked, on: Option<Date>) -> Result<Found, Problem> {
    let began = Instant::now();
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    let profile = app
        .setup
        .config
        .profile(&asked.profile, Setup::open_to(&corpus.manifest, &[&asked.profile]));
    let profile = profile
        .ok_or_else(|| Problem::bad(format!("Không có nhóm người dùng {:?}.", asked.profile)))?;
    let named = on.or_else(|| law::as_of(&asked.question, today()));
    let filter = Filter { corpora: profile.corpora.clone(), in_force_on: named, kind: None };
    let limit = if asked.expected.is_empty() { SHOWN } else { LOOKED };
    let find = search::Query { text: asked.question.clone(), filter, limit };
    let hits = corpus
        .search
        .find(&find)
        .await
        .map_err(|error| Problem::of(&error.into(), &app.prompts))?;
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let typed = corpus.search.typed(&asked.question);
    let day = named.unwrap_or_else(today);
    let expected =
        (!asked.expected.is_empty()).then(|| why(app, &corpus, &profile, asked, day, &hits));
    let shown = hits.iter().take(SHOWN).map(|hit| wire::hit(&corpus.library, hit, day)).collect();
    Ok(Found { read: typed.text, hits: shown, ms, expected })
}

/// Where something was lost: in the order parsed, passage, filtered, ranked.
fn why(
    app: &App,
    corpus: &Corpus,
    profile: &Profile,
    asked: &Asked,
    on: Date,
    hits: &[Hit],
) -> Expected {
    let library = &corpus.library;
    let mut expected = Expected { citation: asked.expected.clone(), steps: Vec::new() };
    let mut step = |what: &'static str, holds: bool, words: String| {
        expected.steps.push((what, holds, words));
        holds
    };
    let procedure = library.procedure(asked.expected.trim());
    let at = match asked.expected.parse::<Citation>() {
        Ok(at) => Citation { document: law::canonical(&at.document), ..at },
        Err(_) if procedure.is_none() => {
            step(
                "Đọc được trích dẫn",
                false,
                "ghi như: 60/2014/QH13 điều 15, hoặc mã thủ tục".into(),
            );
            return expected;
        }
        Err(_) => Citation::whole(asked.expected.trim()),
    };
    let document = library.document(&at.document);
    // Not even that it is there is told of what is closed.
    let document = document.filter(|it| profile.sees(&it.corpus));
    let procedure = procedure.filter(|it| profile.sees(&it.corpus));
    let held = procedure.is_some() || document.is_some();
    if !step(
        "Có trong thư viện",
        held,
        if held { "có".into() } else { format!("thư viện không có {}", at.document) },
    ) {
        return expected;
    }
    if let (None, Some(_), true) = (procedure, document, at.place != law::Place::default()) {
        let cut = library.text_on(&at, on).is_some()
            || library.article(&at).is_some() && at.place.clause.is_none();
        let words = if cut {
            "đã cắt thành điều riêng"
        } else {
            "không có điều này: bộ đọc chưa cắt ra, hoặc văn bản không có"
        };
        if !step("Cắt thành điều, khoản", cut, words.into()) {
            return expected;
        }
    }
    let control = app.control();
    let off = control.hidden(&at.document);
    step("Không bị tắt", off.is_none(), off.map_or_else(|| "không".into(), |it| it.reason.clone()));
    if procedure.is_none() {
        let standing = library.standing(&at, on);
        let holds = matches!(
            standing.status,
            law::Status::InForce
                | law::Status::Amended
                | law::Status::Partly
                | law::Status::Unknown
        );
        let until = standing.to.map_or_else(String::new, |it| format!(" đến {it}"));
        step(
            "Hiệu lực ngày đang hỏi",
            holds,
            format!(
                "{}{until}",
                app.prompts.say(
                    &format!(
                        "label_status_{}",
                        json!(standing.status).as_str().unwrap_or_default()
                    ),
                    &[]
                )
            ),
        );
    }
    let same = |hit: &Hit| {
        hit.citation.document == at.document
            && (procedure.is_some()
                || at.place.article.is_none()
                || hit.citation.place.article == at.place.article)
    };
    let rank = hits.iter().position(same);
    let words = rank.map_or_else(
        || {
            format!(
                "không nằm trong {} kết quả đầu: từ ngữ và nghĩa của câu hỏi đều xa lời văn",
                hits.len()
            )
        },
        |rank| format!("hạng {}", rank + 1),
    );
    step("Được xếp hạng", rank.is_some_and(|rank| rank < SHOWN), words);
    expected
}
