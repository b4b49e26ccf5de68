//! Remote engines through the same handles as local ones.

use super::{Act, Fake, json};
use crate::{EmbedOptions, Embedder, Error, GenerateOptions, Generator, Limits, Passage, Prompt};

const INFO: &str = r#"{"model_id":"bge","model_sha":"1","max_input_length":2048,
    "max_client_batch_size":2,"model_type":{"embedding":{"pooling":"mean"}}}"#;
const MODELS: &str = r#"{"object":"list","data":[{"id":"qwen","max_model_len":2048}]}"#;

fn passage(text: &str) -> Passage {
    Passage { title: String::new(), text: text.into() }
}

#[test]
fn an_embedder_on_another_machine() {
    let good = [json(INFO), json("[[0.6,0.8]]"), json("[[3,4],[0,1]]"), json("[[0,-2]]")];
    let fake = Fake::start(good.into_iter().chain([Act::Reset]).collect());
    let embedder = Embedder::remote(&fake.options(), &EmbedOptions::default()).unwrap();
    // An index made with another embedder has another id, and is refused by it.
    assert_eq!((embedder.id(), embedder.dims()), ("remote:bge@1", 2));
    let texts = [passage("a"), passage("b"), passage("c")];
    let embedded = embedder.passages_blocking(&texts).unwrap();
    assert_eq!(embedded.vectors, [[0.6, 0.8], [0.0, 1.0], [0.0, -1.0]]);
    assert!(embedder.runs());
    // The server goes away: the caller is told, and so is whoever asks whether it runs.
    assert!(matches!(embedder.passages_blocking(&texts), Err(Error::Failed(_))));
    assert!(!embedder.runs());
}

#[test]
fn a_generator_on_another_machine() {
    let piece = "data: {\"choices\":[{\"delta\":{\"content\":\"Có. \"}}]}\n\n";
    let done = "data: [DONE]\n\n";
    let fake = Fake::start(vec![
        json(MODELS),
        Act::Stream(vec![piece, piece, done]),
        Act::Say(503, "Retry-After: 7\r\n", "{}".into()),
    ]);
    let options = GenerateOptions { together: 1, ..GenerateOptions::default() };
    let generator = Generator::remote(&fake.options(), &options).unwrap();
    assert_eq!((generator.id(), generator.context()), ("remote:qwen", 2048));
    assert!(generator.count("Đăng ký khai sinh") >= 6);
    let ask = || {
        let prompt = Prompt { user: "Có không?".into(), ..Prompt::default() };
        generator.generate(prompt, Limits { tokens: 8 }).unwrap()
    };
    let mut stream = ask();
    let mut text = String::new();
    while let Some(piece) = stream.next_blocking() {
        text += &piece.unwrap();
    }
    assert_eq!(text, "Có. Có. ");
    // A busy server is not a broken one.
    let refused = ask().next_blocking();
    assert!(matches!(refused, Some(Err(Error::Overloaded { seconds: 7, .. }))), "{refused:?}");
    assert!(generator.runs());
}
