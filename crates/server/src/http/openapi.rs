//! What programs may call, as OpenAPI 3.1: the routes of the contract, their bodies and what comes back.

use axum::Json;
use serde_json::{Value, json};

/// The document.
pub(super) async fn document() -> Json<Value> {
    Json(told())
}

/// A route of the document: path, method, what it does, its body, what comes back.
type Route = (&'static str, &'static str, &'static str, Option<&'static str>, &'static str);

const ROUTES: &[Route] = &[
    (
        "/api/v1/ask",
        "post",
        "A grounded answer: as events (text/event-stream) or as one document",
        Some("Ask"),
        "Answer",
    ),
    (
        "/api/v1/drafts",
        "post",
        "A draft of an administrative document as a Word file",
        Some("Draft"),
        "File",
    ),
    ("/api/v1/find", "post", "Ranked provisions and procedures", Some("Find"), "Hits"),
    (
        "/api/v1/provisions/{citation}",
        "get",
        "The words of a provision on a day, its interval, its neighbours",
        None,
        "Provision",
    ),
    ("/api/v1/procedures/{code}", "get", "The card of a procedure on a day", None, "Card"),
    ("/api/v1/places", "get", "What an old commune or ward is now", None, "Places"),
    (
        "/api/v1/widget/session",
        "post",
        "An anonymous conversation of the widget and its token",
        Some("Session"),
        "Conversation",
    ),
    (
        "/api/v1/widget/conversation",
        "get",
        "What was said after a message, and who speaks",
        None,
        "Conversation",
    ),
    (
        "/api/v1/widget/conversation",
        "delete",
        "Erases the conversation, in copies too",
        None,
        "Nothing",
    ),
    (
        "/api/v1/widget/export",
        "get",
        "Everything that is kept of the conversation",
        None,
        "Conversation",
    ),
    (
        "/api/v1/widget/stop",
        "post",
        "Stops the answer that is being given",
        Some("Stop"),
        "Nothing",
    ),
    (
        "/api/v1/widget/handoff",
        "post",
        "Asks for an officer, and leaves how to reach the person",
        Some("Handoff"),
        "Conversation",
    ),
    ("/api/v1/widget/handoff", "delete", "Goes back to the assistant", None, "Conversation"),
    ("/api/v1/answers/{id}/rating", "post", "Good or bad, with reasons", Some("Rating"), "Nothing"),
    (
        "/api/v1/answers/{id}/report",
        "post",
        "An error that somebody should mend",
        Some("Report"),
        "Nothing",
    ),
    ("/v1/models", "get", "Models of the API of OpenAI", None, "OpenAi"),
    (
        "/v1/chat/completions",
        "post",
        "A grounded answer in the form of OpenAI, its sources in the field khue",
        Some("OpenAi"),
        "OpenAi",
    ),
    ("/v1/embeddings", "post", "Vectors of texts in the form of OpenAI", Some("OpenAi"), "OpenAi"),
    ("/healthz", "get", "The process answers", None, "Nothing"),
    ("/readyz", "get", "Models are warm and a corpus is open", None, "Ready"),
];

fn told() -> Value {
    let mut paths = json!({});
    for &(path, method, summary, body, gives) in ROUTES {
        let at = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let named = path.split('{').skip(1).filter_map(|it| it.split_once('}'));
        let mut parameters: Vec<Value> = named
            .map(|(name, _)| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
            .collect();
        let query: &[&str] = match path {
            "/api/v1/provisions/{citation}" | "/api/v1/procedures/{code}" => &["on", "profile"],
            "/api/v1/places" => &["name"],
            "/api/v1/widget/conversation" if method == "get" => &["after"],
            _ => &[],
        };
        parameters.extend(query.iter().map(|name| {
            json!({"name": name, "in": "query", "required": *name == "name", "schema": {"type": "string"}})
        }));
        let kind = match (gives, path) {
            ("File", _) => {
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            }
            ("Nothing", "/healthz") => "text/plain",
            _ => "application/json",
        };
        let status = if gives == "Nothing" && path != "/healthz" { "204" } else { "200" };
        let mut good = json!({"description": summary});
        if status == "200" {
            good["content"] = json!({kind: {"schema": at(gives)}});
        }
        if path == "/api/v1/ask" {
            good["content"]["text/event-stream"] = json!({"schema": {"type": "string"}});
        }
        let mut route = json!({
            "summary": summary,
            "responses": {
                status: good,
                "default": {"description": "What went wrong, in words for the person (RFC 9457)",
                    "content": {"application/problem+json": {"schema": at("Problem")}}},
            },
        });
        if !parameters.is_empty() {
            route["parameters"] = json!(parameters);
        }
        if let Some(body) = body {
            route["requestBody"] =
                json!({"required": true, "content": {"application/json": {"schema": at(body)}}});
        }
        if path.starts_with("/v1/")
            || path.starts_with("/api/v1/widget/") && !path.ends_with("/session")
        {
            route["security"] = json!([{"bearer": []}]);
        }
        paths[path][method] = route;
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Khuê", "version": env!("CARGO_PKG_VERSION"),
            "description": "Trợ lý thủ tục hành chính và quy định pháp luật của Hà Nội."},
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
        },
    })
}

fn schemas() -> Value {
    let text = || json!({"type": "string"});
    let day = || json!({"type": ["string", "null"], "format": "date"});
    let object = |required: &[&str], properties: Value| json!({"type": "object", "required": required, "properties": properties});
    let open = || json!({"type": "object"});
    json!({
        "Ask": object(&["question"], json!({"question": text(), "profile": text(), "on": day(), "conversation": text(),
            "client_msg_id": text(), "history": {"type": "array", "items": object(&["role", "text"],
                json!({"role": {"enum": ["user", "assistant"]}, "text": text()}))}})),
        "Answer": object(&["route", "verdict", "text", "sources"], json!({
            "answer_id": text(), "route": text(), "text": text(), "card": {"type": ["object", "null"]}, "on": day(),
            "verdict": {"enum": ["answered", "partial", "ask_back", "no_basis", "out_of_scope", "refused"]},
            "options": {"type": "array", "items": object(&["label", "value"], json!({"label": text(), "value": text()}))},
            "sources": {"type": "array", "items": object(&["n", "citation", "quote", "status"], json!({
                "n": {"type": "integer"}, "citation": text(), "quote": text(), "title": text(), "from": day(), "to": day(), "checked": day(),
                "status": {"enum": ["in_force", "not_yet", "amended", "ended", "suspended", "partly", "unknown"]}}))},
            "reason": {"type": ["string", "null"]}, "next": {"type": ["string", "null"]},
            "generated": {"type": "boolean"}, "removed": {"type": "integer"}, "versions": open(),
            "first_ms": {"type": "number"}, "total_ms": {"type": "number"}})),
        "Draft": object(&["request"], json!({"request": text(), "profile": text()})),
        "File": {"type": "string", "contentMediaType": "application/octet-stream"},
        "Find": object(&["question"], json!({"question": text(), "profile": text(), "on": day(), "k": {"type": "integer", "minimum": 1, "maximum": 100}})),
        "Hits": object(&["hits", "corpus"], json!({"corpus": text(), "hits": {"type": "array", "items": object(&["citation", "score", "status"],
            json!({"citation": text(), "doc": text(), "title": text(), "kind": {"enum": ["provision", "procedure"]},
                "score": {"type": "number"}, "status": text(), "from": day(), "to": day()}))}})),
        "Provision": open(), "Card": open(), "Places": open(), "Conversation": open(), "Ready": open(), "OpenAi": open(),
        "Nothing": text(),
        "Session": object(&[], json!({"profile": {"const": "citizen"}})),
        "Stop": object(&[], json!({"client_msg_id": text()})),
        "Handoff": object(&[], json!({"contact": object(&["reach"], json!({"name": text(), "reach": text(), "note": text()}))})),
        "Rating": object(&["value"], json!({"value": {"enum": [1, -1, "up", "down"]}, "note": text(),
            "reasons": {"type": "array", "items": {"enum": super::feedback::REASONS}}})),
        "Report": object(&["text"], json!({"text": text(), "reasons": {"type": "array", "items": {"enum": super::feedback::REASONS}}})),
        "Problem": object(&["type", "title", "status", "detail"], json!({"type": text(), "title": text(),
            "status": {"type": "integer"}, "detail": text()})),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_told() {
        let document = told();
        let text = document.to_string();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
        }
        assert_eq!(document["openapi"], "3.1.0");
    }
}
