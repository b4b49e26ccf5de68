//! Queues, cancelling and order, over fake engines behind the real handles.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use infer::{Error, Limits, Prompt, fake};

fn prompt(user: &str) -> Prompt {
    Prompt { user: user.into(), ..Prompt::default() }
}

#[test]
fn a_full_queue_says_so_at_once_and_serves_again() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let generator = fake::generator(move |prompt| {
        wait.lock().unwrap().recv().unwrap();
        prompt.user.clone()
    });
    let mut streams = Vec::new();
    let refused = loop {
        match generator.generate(prompt("a"), Limits { tokens: 4 }) {
            Ok(stream) => streams.push(stream),
            Err(error) => break error,
        }
        assert!(streams.len() < 20, "the queue has no end");
    };
    assert!(matches!(refused, Error::Overloaded { waiting, .. } if waiting >= 8), "{refused}");
    for _ in &streams {
        go.send(()).unwrap();
    }
    for mut stream in streams {
        assert_eq!(stream.next_blocking().unwrap().unwrap(), "a");
        assert!(stream.next_blocking().is_none());
    }
    go.send(()).unwrap();
    assert!(generator.generate(prompt("b"), Limits { tokens: 4 }).is_ok());
}

#[test]
fn a_dropped_stream_is_never_worked_on() {
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, (go, wait)) = (Arc::clone(&asked), mpsc::channel::<()>());
    let wait = Mutex::new(wait);
    let generator = fake::generator(move |prompt| {
        wait.lock().unwrap().recv().unwrap();
        count.fetch_add(1, Ordering::SeqCst);
        prompt.user.clone()
    });
    let mut first = generator.generate(prompt("first"), Limits { tokens: 4 }).unwrap();
    drop(generator.generate(prompt("left"), Limits { tokens: 4 }).unwrap());
    let mut last = generator.generate(prompt("last"), Limits { tokens: 4 }).unwrap();
    go.send(()).unwrap();
    go.send(()).unwrap();
    assert_eq!(first.next_blocking().unwrap().unwrap(), "first");
    assert_eq!(last.next_blocking().unwrap().unwrap(), "last");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_model_that_panics_fails_its_callers_and_hangs_nobody() {
    let generator = fake::generator(|_| panic!("broken weights"));
    let mut stream = generator.generate(prompt("a"), Limits { tokens: 4 }).unwrap();
    assert!(stream.next_blocking().is_none());
    let later = generator.generate(prompt("b"), Limits { tokens: 4 });
    assert!(later.is_err() || later.unwrap().next_blocking().is_none());
}

#[test]
fn missing_and_broken_models_name_the_command_that_mends_them() {
    let folder = tempfile::tempdir().unwrap();
    let load = |file: &str| match infer::Generator::load(
        &folder.path().join(file),
        "qwen",
        &Default::default(),
    ) {
        Ok(_) => panic!("{file} was loaded"),
        Err(error) => error.to_string(),
    };
    for content in [
        &b""[..],
        b"GGUF",
        b"GGUF\x03\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x00\x00\x00\x00\x00\x00\x00",
        b"not a model at all",
    ] {
        std::fs::write(folder.path().join("broken.gguf"), content).unwrap();
        assert!(load("broken.gguf").contains("khue models pull"), "{content:?}");
    }
    assert!(load("missing.gguf").contains("khue models pull"));
}
