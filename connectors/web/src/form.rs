//! The page that works without script: a form, and the same answer with its sources. Sentences come from
//! `prompts/say.toml`.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use crate::shown::{Say, badge, prose, verdict};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// What was asked.
    pub question: String,
    /// What went wrong, in words.
    pub trouble: String,
    /// The answer, as it goes out.
    pub answer: Option<Value>,
    /// The token of the conversation, so that the next question is understood.
    pub token: String,
}

/// The whole page.
pub fn page(shown: &Shown, say: Say<'_>) -> String {
    let body = html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (say("form_title")) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/page.css";
            }
            body {
                a class="skip" href="#question" { (say("form_skip")) }
                header { span class="emblem" aria-hidden="true" {} h1 { (say("form_title")) } }
                main {
                    p { (say("widget_notice")) }
                    @if !shown.trouble.is_empty() { p class="error" role="alert" { (shown.trouble) } }
                    @if let Some(answer) = &shown.answer {
                        section aria-labelledby="asked" {
                            h2 id="asked" { (say("form_asked")) }
                            p class="you" { (shown.question) }
                            (answered(answer, shown, say))
                        }
                    }
                    form method="post" action="/hoi" {
                        h2 { label for="question" { (say("form_question")) } }
                        textarea id="question" name="question" rows="3" required {
                            @if shown.answer.is_none() { (shown.question) }
                        }
                        input type="hidden" name="token" value=(shown.token);
                        p { button type="submit" class="main" { (say("form_send")) } }
                    }
                }
                footer { p { (say("widget_privacy")) } p { a href="/" { (say("form_back")) } } }
            }
        }
    };
    body.into_string()
}

fn answered(answer: &Value, shown: &Shown, say: Say<'_>) -> Markup {
    let text = |key: &str| answer[key].as_str().unwrap_or_default();
    let urgent = answer["route"] == "emergency";
    let none = Vec::new();
    let list = |key: &str| answer[key].as_array().unwrap_or(&none);
    html! {
        h2 { (say("form_answer")) }
        div class=(if urgent { "turn urgent" } else { "turn" }) {
            @if answer["generated"] == true { p class="label" { (say("disclaimer")) } }
            @if let Some(verdict) = verdict(answer) { p class="verdict" { (say(verdict)) } }
            (prose(text("text")))
            @if text("text").is_empty() { p { (say("form_silent")) } }
            @if !list("options").is_empty() {
                form method="post" action="/hoi" {
                    input type="hidden" name="token" value=(shown.token);
                    @for option in list("options") {
                        p { button type="submit" name="question" value=(option["value"].as_str().unwrap_or_default()) {
                            (option["label"].as_str().unwrap_or_default())
                        } }
                    }
                }
            }
            @if !list("sources").is_empty() {
                h3 { (say("form_sources")) }
                ol {
                    @for source in list("sources") {
                        li value=(source["n"].as_u64().unwrap_or(1)) {
                            strong { (source["citation"].as_str().unwrap_or_default()) } " "
                            (source["title"].as_str().unwrap_or_default())
                            p class="badge" { (badge(source, say)) }
                            blockquote { (source["quote"].as_str().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn say(key: &str) -> String {
        match key {
            "form_from" => "từ {day}".into(),
            key => format!("<{key}>"),
        }
    }

    #[test]
    fn an_answer_is_shown_with_its_sources_and_nothing_in_it_is_markup() {
        let answer = json!({
            "route": "law", "generated": false,
            "text": "**Lệ phí:** 0 đồng [1]\n> <img src=x onerror=alert(1)>\n\nhở **",
            "options": [{"label": "Một", "value": "1.001193"}],
            "sources": [{"n": 1, "citation": "60/2014/QH13 điều 15", "title": "Luật", "status": "in_force",
                "from": "2016-01-01", "quote": "<script>x</script>"}],
        });
        let shown = Shown {
            question: "\"><b>hỏi".into(),
            answer: Some(answer),
            token: "t\"x".into(),
            ..Shown::default()
        };
        let page = page(&shown, &say);
        for part in [
            "<strong>Lệ phí:</strong> 0 đồng [1]",
            "<blockquote>&lt;img src=x onerror=alert(1)&gt;",
            "&lt;script&gt;x&lt;/script&gt;",
            "value=\"1.001193\"",
            "&quot;&gt;&lt;b&gt;hỏi",
            "value=\"t&quot;x\"",
            "&lt;label_status_in_force&gt; · từ 01/01/2016",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("style="));
    }

    #[test]
    fn what_went_wrong_keeps_the_question() {
        let shown =
            Shown { question: "khai sinh".into(), trouble: "Bận".into(), ..Shown::default() };
        let page = page(&shown, &say);
        assert!(
            page.contains("role=\"alert\">Bận") && page.contains(">khai sinh</textarea>"),
            "{page}"
        );
    }
}
