//! Answers that come in pieces.

use std::time::{Duration, Instant};

use super::{Act, Fake, json};
use crate::Error;
use crate::prompts::Prompt;
use crate::remote::{RemoteGenerator, RemoteOptions};

const MODELS: &str = r#"{"object":"list","data":[{"id":"qwen3-4b","max_model_len":8192}]}"#;

/// Answers the question of connecting, then `more`.
fn vllm(more: Vec<Act>) -> Fake {
    Fake::start(std::iter::once(json(MODELS)).chain(more).collect())
}

fn generator(fake: &Fake) -> RemoteGenerator {
    RemoteGenerator::connect(&fake.options(), 4096).unwrap()
}

fn prompt() -> Prompt {
    Prompt {
        system: "Trả lời ngắn.".into(),
        user: "Ai đăng ký khai sinh?".into(),
        ..Prompt::default()
    }
}

/// The pieces, and how it ended.
fn write(generator: &RemoteGenerator, tokens: usize) -> (Vec<String>, Result<(), Error>) {
    let mut pieces = Vec::new();
    let end = generator.write(&prompt(), tokens, &mut |piece| {
        if !piece.is_empty() {
            pieces.push(piece.to_owned());
        }
        true
    });
    (pieces, end)
}

fn failure<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Failed(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went well"),
    }
}

/// An event with a piece.
macro_rules! piece {
    ($text:literal) => {
        concat!("data: {\"choices\":[{\"delta\":{\"content\":\"", $text, "\"}}]}\n\n")
    };
}

const ROLE: &str =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"total_tokens\":9}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[test]
fn an_answer_comes_in_pieces() {
    let fake = vllm(vec![Act::Stream(vec![
        ROLE,
        ": ping\r\n\r\n",
        piece!("Uỷ ban "),
        "data:{\"choices\":[{\"delta\":{\"content\":null}}]}\r\n\r\n",
        "data: {\"choices\":\ndata: [{\"delta\":{\"content\":\"nhân dân\"}}]}\n\n",
        USAGE,
        STOP,
        USAGE,
        DONE,
    ])]);
    let generator = generator(&fake);
    assert_eq!(generator.id(), "remote:qwen3-4b");
    assert_eq!(generator.context(), 8192);
    assert_eq!(fake.all(), ["GET /v1/models"]);
    let (pieces, end) = write(&generator, 50);
    end.unwrap();
    assert_eq!(pieces, ["Uỷ ban ", "nhân dân"]);
    let asked = fake.next();
    assert_eq!(asked.what, "POST /v1/chat/completions");
    assert_eq!(
        asked.body,
        serde_json::json!({
            "model": "qwen3-4b",
            "messages": [
                {"role": "system", "content": "Trả lời ngắn."},
                {"role": "user", "content": "Ai đăng ký khai sinh?"},
            ],
            "max_tokens": 50,
            "temperature": 0,
            "stream": true,
        })
    );
}

#[test]
fn the_ways_in_which_a_stream_ends_well() {
    for stream in [
        vec![piece!("a"), DONE],
        vec![piece!("a"), "data: [DONE]"],
        vec![piece!("a"), STOP],
        vec![
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"length\"}]}\n\n",
        ],
        // What follows the end is not waited for, even if it is nonsense.
        vec![piece!("a"), STOP, "data: {\n\n"],
    ] {
        let fake = vllm(vec![Act::Stream(stream.clone())]);
        let (pieces, end) = write(&generator(&fake), 50);
        assert!(end.is_ok(), "{stream:?}");
        assert_eq!(pieces, ["a"]);
    }
    let fake = vllm(vec![Act::Hang(vec![piece!("a"), STOP])]);
    assert!(write(&generator(&fake), 50).1.is_ok(), "nor is the end of the connection");
    fake.closed.recv_timeout(Duration::from_secs(5)).unwrap();
}

#[test]
fn a_chunked_stream_may_be_cut_in_a_letter() {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const FIRST: &[u8] = b"29\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"\xe1\xbb\r\n";
    const SECOND: &[u8] = b"8\r\n\xa7\"}}]}\n\n\r\n";
    // The last piece of HTTP is missing: the model has finished nonetheless.
    let fake = vllm(vec![Act::Raw(vec![HEAD, FIRST, SECOND, b"e\r\ndata: [DONE]\n\n\r\n"])]);
    let (pieces, end) = write(&generator(&fake), 50);
    end.unwrap();
    assert_eq!(pieces, ["ủ"]);
    // HTTP ends properly, but the model has not finished.
    let fake = vllm(vec![Act::Raw(vec![HEAD, FIRST, SECOND, b"0\r\n\r\n"])]);
    let (pieces, end) = write(&generator(&fake), 50);
    assert!(failure(end).contains("broke off"));
    assert_eq!(pieces, ["ủ"]);
}

#[test]
fn what_breaks_off_is_an_error_and_never_begun_anew() {
    for (act, expect) in [
        (Act::Stream(vec![piece!("a")]), "broke off"),
        (Act::Stream(vec![piece!("a"), "data: {\"choi"]), "broke off"),
        (Act::Stream(vec![piece!("a"), "data: {\"choi\n\n"]), "not JSON"),
        (Act::Cut(piece!("a")), "/v1/chat/completions"),
        (Act::Hang(vec![piece!("a"), ": ping\n\n"]), "was silent for 500ms"),
        (
            Act::Stream(vec![piece!("a"), "data: {\"error\":{\"message\":\"no memory\"}}\n\n"]),
            "answered 500: its message is left out",
        ),
        (
            Act::Stream(vec![
                piece!("a"),
                "data: {\"error\":{\"message\":\"m\",\"code\":503}}\n\n",
            ]),
            "too busy to finish",
        ),
        (
            Act::Stream(vec![piece!("a"), "error: {\"code\":400,\"message\":\"too long\"}\n\n"]),
            "answered 400: its message is left out",
        ),
    ] {
        let timeout = act.patience();
        let fake = vllm(vec![act, Act::Stream(vec![piece!("b"), DONE])]);
        let options = RemoteOptions { retries: 3, timeout, ..fake.options() };
        let generator = RemoteGenerator::connect(&options, 4096).unwrap();
        let (pieces, end) = write(&generator, 50);
        let why = failure(end);
        assert!(why.contains(expect), "{why}");
        assert_eq!(pieces, ["a"]);
        assert_eq!(write(&generator, 50).0, ["b"], "the next question is asked");
    }
}

#[test]
fn before_the_first_piece_it_is_tried_again() {
    for act in [
        Act::Say(500, "", "oops".into()),
        Act::Reset,
        Act::Silence,
        Act::Stream(vec![]),
        Act::Stream(vec![ROLE]),
        Act::Hang(vec![ROLE]),
        Act::Stream(vec!["data: {\"error\":{\"message\":\"restarting\"}}\n\n"]),
    ] {
        let timeout = act.patience();
        let fake = vllm(vec![act, Act::Stream(vec![piece!("b"), DONE])]);
        let options = RemoteOptions { retries: 1, timeout, ..fake.options() };
        let generator = RemoteGenerator::connect(&options, 4096).unwrap();
        let (pieces, end) = write(&generator, 50);
        end.unwrap();
        assert_eq!(pieces, ["b"]);
    }
}

#[test]
fn refusals_are_not_asked_again() {
    for (act, expect) in [
        (
            Act::Say(400, "", r#"{"error":{"message":"maximum context length is 8192"}}"#.into()),
            "answered 400: its message is left out",
        ),
        (
            Act::Say(400, "", r#"{"message":"bad: Ai đăng ký khai sinh?"}"#.into()),
            "answered 400: its message is left out, it may repeat the request",
        ),
        (
            Act::Stream(vec!["data: {\"error\":{\"message\":\"too long\",\"code\":400}}\n\n"]),
            "answered 400: its message is left out",
        ),
        (Act::Stream(vec!["data: [1]\n\n", "data: x\n\n"]), "not JSON"),
    ] {
        let fake = vllm(vec![act, Act::Stream(vec![piece!("b"), DONE])]);
        let options = RemoteOptions { retries: 3, ..fake.options() };
        let generator = RemoteGenerator::connect(&options, 4096).unwrap();
        let why = failure(write(&generator, 50).1);
        assert!(why.contains(expect), "{why}");
    }
    for head in ["Retry-After: 3\r\n", ""] {
        let fake = vllm(vec![Act::Say(503, head, r#"{"error":"Loading model"}"#.into())]);
        let error = write(&generator(&fake), 50).1.unwrap_err();
        assert!(matches!(error, Error::Overloaded { .. }), "{error}");
    }
}

#[test]
fn a_caller_who_leaves_closes_the_connection_at_once() {
    // While the server thinks, between two pieces, and with a piece.
    for (act, until) in [
        (Act::Silence, ""),
        (Act::Hang(vec![ROLE]), ""),
        (Act::Hang(vec![piece!("a")]), ""),
        (Act::Hang(vec![piece!("a"), piece!("b"), piece!("c")]), "b"),
    ] {
        let fake = vllm(vec![act]);
        let generator = generator(&fake);
        let began = Instant::now();
        let mut calls = 0;
        let end = generator.write(&prompt(), 50, &mut |piece| {
            calls += 1;
            piece != until || calls == 1
        });
        end.unwrap();
        fake.closed.recv_timeout(Duration::from_secs(5)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(5), "not by its time limit of 10 s");
    }
    // Before anything is asked.
    let fake = vllm(vec![]);
    generator(&fake).write(&prompt(), 50, &mut |_| false).unwrap();
    assert_eq!(fake.all(), ["GET /v1/models"]);
}

#[test]
fn no_more_pieces_come_than_tokens_were_asked_for() {
    let fake = vllm(vec![Act::Hang(vec![piece!("a"), piece!("b"), piece!("c")])]);
    let generator = generator(&fake);
    let (pieces, end) = write(&generator, 2);
    end.unwrap();
    assert_eq!(pieces, ["a", "b"]);
    fake.closed.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(write(&generator, 0).0.is_empty());
}

#[test]
fn the_room_of_a_conversation_is_asked_for() {
    let bare = || json(r#"{"data":[{"id":"m.gguf","meta":{"n_ctx_train":32768}}]}"#);
    for (second, expect) in [
        (json(r#"{"default_generation_settings":{"n_ctx":2048},"total_slots":4}"#), 2048),
        (Act::Say(404, "", String::new()), 4096),
        (json("{}"), 4096),
    ] {
        let fake = Fake::start(vec![bare(), second]);
        assert_eq!(generator(&fake).context(), expect);
        assert_eq!(fake.all(), ["GET /v1/models", "GET /props"]);
    }
}

#[test]
fn a_prompt_without_instruction_has_one_message() {
    let fake = vllm(vec![Act::Stream(vec![DONE]), json("")]);
    let generator = generator(&fake);
    fake.next();
    let prompt = Prompt { user: "a".into(), ..Prompt::default() };
    generator.write(&prompt, 5, &mut |_| true).unwrap();
    assert_eq!(fake.next().body["messages"], serde_json::json!([{"role": "user", "content": "a"}]));
    assert!(generator.healthy());
}
