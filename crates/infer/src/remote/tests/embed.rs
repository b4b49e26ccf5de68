//! Embeddings, from both kinds of servers.

use std::time::{Duration, Instant};

use super::{Act, Fake, json};
use crate::Error;
use crate::remote::{Api, RemoteEmbedder, RemoteOptions};

const INFO: &str = r#"{"model_id":"google/embeddinggemma-300m","model_sha":"64614b0b",
    "model_type":{"embedding":{"pooling":"mean"}},"max_input_length":2048,"max_client_batch_size":2}"#;

/// Answers to the two questions of connecting, then `more`.
fn tei(more: Vec<Act>) -> Fake {
    let mut acts = vec![json(INFO), json("[[0.6,0.8]]")];
    acts.extend(more);
    Fake::start(acts)
}

fn embedder(fake: &Fake) -> RemoteEmbedder {
    RemoteEmbedder::connect(&fake.options()).unwrap()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn failure<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Failed(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went well"),
    }
}

#[test]
fn a_text_embeddings_inference_server() {
    let fake = tei(vec![
        Act::Say(200, "X-Compute-Tokens: 7\r\n", "[[3,4],[1.0,0.0]]".into()),
        json("[[0.0,-2.0]]"),
    ]);
    let embedder = embedder(&fake);
    assert_eq!(embedder.id(), "remote:google/embeddinggemma-300m@64614b0b");
    assert_eq!(embedder.dims(), 2);
    assert_eq!(embedder.batch(), 2, "what the server takes");
    assert_eq!(fake.all(), ["GET /info", "POST /embed"]);

    let (vectors, tokens) = embedder.embed(&texts(&["query: a", "b", "c"])).unwrap();
    assert_eq!(vectors, [[0.6, 0.8], [1.0, 0.0], [0.0, -1.0]]);
    assert_eq!(tokens, 7);
    let asked = fake.next();
    assert_eq!(asked.body["inputs"], serde_json::json!(["query: a", "b"]), "as they are");
    assert_eq!(asked.body["normalize"], true);
    assert_eq!(asked.body["truncate"], true);
    assert_eq!(fake.next().body["inputs"], serde_json::json!(["c"]));

    assert_eq!(embedder.embed(&[]).unwrap(), (vec![], 0), "nothing is asked for nothing");
}

#[test]
fn an_openai_server() {
    let fake = Fake::start(vec![
        json(r#"{"object":"list","data":[{"id":"bge-m3","object":"model"}]}"#),
        json(r#"{"data":[{"index":0,"embedding":[1,0,0]}]}"#),
        json(
            r#"{"data":[{"index":1,"embedding":[0,2,0]},{"index":0,"embedding":[0,0,3]}],
                "usage":{"prompt_tokens":9,"total_tokens":9}}"#,
        ),
        json(r#"{"data":[{"index":1,"embedding":[0,2,0]},{"index":1,"embedding":[0,0,3]}]}"#),
    ]);
    let options = RemoteOptions { api: Api::OpenAi, ..fake.options() };
    let embedder = RemoteEmbedder::connect(&options).unwrap();
    assert_eq!(embedder.id(), "remote:bge-m3@3");
    assert_eq!(fake.all(), ["GET /v1/models", "POST /v1/embeddings"]);

    let both = texts(&["a", "b"]);
    let (vectors, tokens) = embedder.embed(&both).unwrap();
    assert_eq!(vectors, [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], "in the order of their numbers");
    assert_eq!(tokens, 9);
    let asked = fake.next();
    assert_eq!(
        asked.body,
        serde_json::json!({"model": "bge-m3", "input": ["a", "b"], "encoding_format": "float"})
    );
    assert!(failure(embedder.embed(&both)).contains("numbered"));
}

#[test]
fn a_server_that_does_not_fit_is_refused() {
    let two = r#"{"data":[{"id":"a"},{"id":"b"}]}"#;
    for (api, model, acts, expect) in [
        (Api::OpenAi, "", vec![json(two)], "serves a, b: set which model"),
        (Api::OpenAi, "c", vec![json(two)], "serves a, b, but not c"),
        (Api::OpenAi, "c", vec![json(r#"{"data":[]}"#)], "serves no model"),
        (Api::OpenAi, "", vec![Act::Say(404, "", String::new())], "/v1/models answered 404"),
        (Api::OpenAi, "", vec![json(r#"{"data":[{"id":"a\nb"}]}"#)], "no usable name"),
        (
            Api::Tei,
            "",
            vec![json(r#"{"model_id":"r","model_sha":null,"model_type":{"reranker":{}}}"#)],
            "runs r, no embedder",
        ),
        (
            Api::Tei,
            "",
            vec![Act::Say(404, "", "Not Found".into())],
            "/info answered 404: Not Found",
        ),
        (Api::Tei, "", vec![Act::Say(308, "Location: /x\r\n", String::new())], "where it moved"),
        (Api::Tei, "", vec![json(INFO), json("[[]]")], "a vector of 0 numbers"),
    ] {
        let fake = Fake::start(acts);
        let options = RemoteOptions { api, model: model.into(), ..fake.options() };
        let why = failure(RemoteEmbedder::connect(&options));
        assert!(why.contains(expect), "{why}");
    }
    assert!(failure(RemoteEmbedder::connect(&RemoteOptions::default())).contains("url"));
}

#[test]
fn a_gateway_without_a_list_is_trusted_with_a_name() {
    let fake = Fake::start(vec![
        Act::Say(404, "", String::new()),
        json(r#"{"data":[{"index":0,"embedding":[1,0]}]}"#),
    ]);
    let options = RemoteOptions { api: Api::OpenAi, model: "m".into(), ..fake.options() };
    assert_eq!(RemoteEmbedder::connect(&options).unwrap().id(), "remote:m@2");
}

#[test]
fn what_makes_no_sense_is_an_error_and_not_asked_again() {
    for (answer, expect) in [
        ("[[1,0],[0,1]]", "gave 2 vectors for 1 texts"),
        ("[]", "gave 0 vectors for 1 texts"),
        ("[[1,0,0]]", "3 numbers instead of 2"),
        ("[[0,0]]", "no direction"),
        ("[[1,null]]", "something else than the API says, at line 1"),
        ("[[1e39,0]]", "no direction"),
        (r#"{"vectors":"Nguyễn"}"#, "something else than the API says, at line 1"),
        ("<html>", "something else than the API says, at line 1 column 1"),
    ] {
        let fake = tei(vec![json(answer), json(INFO), json("[[0.6,0.8]]"), json("[[0,1]]")]);
        let options = RemoteOptions { retries: 3, ..fake.options() };
        let embedder = RemoteEmbedder::connect(&options).unwrap();
        let why = failure(embedder.embed(&texts(&["a"])));
        assert!(why.contains(expect) && why.contains("/embed"), "{why}");
        assert!(!why.contains("Nguyễn"), "{why}");
        // The next request asks first what the server runs.
        assert_eq!(embedder.embed(&texts(&["a"])).unwrap().0, [[0.0, 1.0]]);
    }
    let long = format!("[[1,{}0]]", " ".repeat(10_000));
    let fake = tei(vec![json(&long)]);
    assert!(failure(embedder(&fake).embed(&texts(&["a"]))).contains("more than"));
}

#[test]
fn what_failed_is_asked_again() {
    let good = || vec![json(INFO), json("[[0.6,0.8]]"), json("[[0,1]]")];
    for first in [
        Act::Say(500, "", "oops".into()),
        Act::Say(424, "", r#"{"error":"CUDA","error_type":"Backend"}"#.into()),
        Act::Reset,
        Act::Cut("[[0"),
        // Without a length in its head.
        Act::Stream(vec!["[[0.1,"]),
        Act::Silence,
    ] {
        let timeout = first.patience();
        let fake = tei([vec![first], good()].into_iter().flatten().collect());
        let options = RemoteOptions { retries: 1, timeout, ..fake.options() };
        let embedder = RemoteEmbedder::connect(&options).unwrap();
        assert_eq!(embedder.embed(&texts(&["a"])).unwrap().0, [[0.0, 1.0]]);
    }
}

#[test]
fn tries_come_to_an_end() {
    let fail = || Act::Say(500, "", r#"{"error":"CUDA out of memory"}"#.into());
    let fake = tei(vec![fail(), fail(), fail(), fail()]);
    let options = RemoteOptions { retries: 2, ..fake.options() };
    let embedder = RemoteEmbedder::connect(&options).unwrap();
    let why = failure(embedder.embed(&texts(&["a"])));
    // After a failure it is first asked what it runs.
    assert!(why.ends_with("/info answered 500: CUDA out of memory"), "{why}");
    let asked = ["GET /info", "POST /embed", "POST /embed", "GET /info", "GET /info"];
    assert_eq!(fake.all(), asked);

    let fake = tei(vec![Act::Silence]);
    let options = RemoteOptions { timeout: Duration::from_millis(200), ..fake.options() };
    let embedder = RemoteEmbedder::connect(&options).unwrap();
    let why = failure(embedder.embed(&texts(&["a"])));
    assert!(why.contains("did not answer within 200ms"), "{why}");
}

#[test]
fn refusals_are_not_asked_again_and_quote_nothing() {
    let fake = tei(vec![
        Act::Say(422, "", r#"{"error":"inputs must have less than 512 tokens"}"#.into()),
        Act::Say(400, "", r#"{"error":"cannot read: Nguyễn Văn An, sinh năm"}"#.into()),
    ]);
    let options = RemoteOptions { retries: 3, ..fake.options() };
    let embedder = RemoteEmbedder::connect(&options).unwrap();
    let text = texts(&["Nguyễn Văn An, sinh năm 1980"]);
    let why = failure(embedder.embed(&text));
    let expect = format!("{}/embed answered 422: its message is left out", fake.url);
    assert!(why.starts_with(&expect), "{why}");
    let why = failure(embedder.embed(&text));
    assert!(why.contains("answered 400") && !why.contains("Nguyễn"), "{why}");
}

#[test]
fn a_busy_server_says_when_to_come_back() {
    for (status, head, expect) in [(429, "Retry-After: 7\r\n", 7), (503, "", 5)] {
        let fake = tei(vec![Act::Say(status, head, String::new()), json("[[0,1]]")]);
        let options = RemoteOptions { retries: 3, ..fake.options() };
        let embedder = RemoteEmbedder::connect(&options).unwrap();
        let error = embedder.embed(&texts(&["a"])).unwrap_err();
        assert!(matches!(error, Error::Overloaded { seconds, .. } if seconds == expect), "{error}");
        embedder.embed(&texts(&["a"])).unwrap();
    }
}

#[test]
fn a_server_that_keeps_failing_is_left_alone() {
    let fake = tei(vec![]);
    let options = RemoteOptions { retries: 9, ..fake.options() };
    let embedder = RemoteEmbedder::connect(&options).unwrap();
    // The tries of one call are cut short by the breaker, and the call says what went wrong.
    let why = failure(embedder.embed(&texts(&["a"])));
    assert!(why.contains("refused"), "{why}");
    let began = Instant::now();
    let why = failure(embedder.embed(&texts(&["a"])));
    assert!(why.contains("is left alone for"), "{why}");
    assert!(began.elapsed() < Duration::from_secs(1), "at once");
    assert!(!embedder.healthy());
}

#[test]
fn a_server_that_came_back_with_another_model_is_refused() {
    let other = INFO.replace("64614b0b", "deadbeef");
    for (info, probe, expect) in [
        (other.as_str(), "[[0.6,0.8]]", "@deadbeef now"),
        (INFO, "[[0.8,-0.6]]", "other weights"),
        (INFO, "[[1,0,0]]", "other weights"),
    ] {
        let fake = tei(vec![
            Act::Reset,
            json(info),
            json(probe),
            json(INFO),
            json("[[0.601,0.799]]"),
            json("[[0,1]]"),
        ]);
        let options = RemoteOptions { retries: 1, ..fake.options() };
        let embedder = RemoteEmbedder::connect(&options).unwrap();
        let why = failure(embedder.embed(&texts(&["a"])));
        assert!(why.contains(expect), "{why}");
        // It stays refused until the model is back; half precision may differ a little.
        assert_eq!(embedder.embed(&texts(&["a"])).unwrap().0, [[0.0, 1.0]]);
    }
}

#[test]
fn health() {
    let none = || Act::Say(404, "", String::new());
    for (api, acts, expect) in [
        (Api::Tei, vec![json("")], true),
        (Api::Tei, vec![Act::Say(503, "", String::new())], false),
        (Api::Tei, vec![none()], false),
        (Api::Tei, vec![Act::Silence], false),
        (Api::Tei, vec![], false),
        (Api::OpenAi, vec![none(), json(r#"{"data":[]}"#)], true),
        (Api::OpenAi, vec![none(), none()], false),
    ] {
        let connect = match api {
            Api::Tei => vec![json(INFO), json("[[0.6,0.8]]")],
            Api::OpenAi => vec![
                json(r#"{"data":[{"id":"a"}]}"#),
                json(r#"{"data":[{"index":0,"embedding":[1]}]}"#),
            ],
        };
        let timeout = acts.first().map_or(Duration::from_secs(10), Act::patience);
        let fake = Fake::start(connect.into_iter().chain(acts).collect());
        let options = RemoteOptions { api, timeout, ..fake.options() };
        assert_eq!(RemoteEmbedder::connect(&options).unwrap().healthy(), expect);
    }
}
