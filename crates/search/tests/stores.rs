//! The same library in both vector stores: in process, and on a server that speaks Qdrant's protocol
//! with exact search, in this process, with scripted faults. With `QDRANT_URL` set, a real one too.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod fake_qdrant;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use fake_qdrant::{FakeQdrant, Fault};
use infer::fake;
use jiff::civil::date;
use law::{Article, Citation, Document, Library, Place, Procedure};
use search::{Builder, Embed, Filter, Kind, Query, Search, SearchOptions, Store};

fn library() -> Arc<Library> {
    let texts = [
        (
            "60/2014/QH13",
            "Luật Hộ tịch",
            "15",
            "Trách nhiệm đăng ký khai sinh",
            "1. Trong thời hạn 60 ngày kể từ ngày sinh con, cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con.\n2. Công chức tư pháp kiểm tra, đôn đốc việc đăng ký khai sinh.",
        ),
        (
            "60/2014/QH13",
            "Luật Hộ tịch",
            "16",
            "Thủ tục đăng ký khai sinh",
            "1. Người đi đăng ký khai sinh nộp tờ khai và giấy chứng sinh.",
        ),
        (
            "68/2020/QH14",
            "Luật Cư trú",
            "27",
            "Điều kiện đăng ký tạm trú",
            "1. Công dân đến sinh sống tại chỗ ở hợp pháp từ 30 ngày trở lên phải đăng ký tạm trú.",
        ),
    ];
    let mut documents: Vec<Document> = Vec::new();
    let mut words = HashMap::new();
    for (id, title, number, heading, text) in texts {
        let place = Place { article: Some(number.into()), ..Place::default() };
        let (clauses, _) = law::split_article(text);
        let article = Article { place, heading: heading.into(), clauses, ..Article::default() };
        words.insert(Citation::article(id, number), text.to_owned());
        match documents.iter_mut().find(|document| document.id == id) {
            Some(document) => document.articles.push(article),
            None => documents.push(Document {
                id: id.into(),
                title: title.into(),
                effective: Some(if id == "68/2020/QH14" {
                    date(2021, 7, 1)
                } else {
                    date(2016, 1, 1)
                }),
                ended: (id == "60/2014/QH13").then(|| date(2027, 3, 1)),
                corpus: "luat".into(),
                articles: vec![article],
                ..Document::default()
            }),
        }
    }
    let procedure = Procedure {
        code: "1.004194".into(),
        name: "Đăng ký tạm trú".into(),
        aliases: vec!["làm tạm trú".into()],
        corpus: "thu-tuc".into(),
        ..Procedure::default()
    };
    Arc::new(Library::new(documents, vec![procedure], Arc::new(words)))
}

async fn built(folder: &Path, options: &SearchOptions) -> search::Result<Search> {
    let (library, embedder) = (library(), fake::embedder(64));
    let cache = folder.join("cache.redb");
    let index = folder.join("index");
    let _ = std::fs::remove_dir_all(&index);
    let builder = Builder { library: &library, embedder: &embedder, cache: &cache, options };
    builder.build(&index, "v1-test", Embed::All, |_| {}).await?;
    search::publish(&index, "v1-test", options).await?;
    Search::open(&index, "v1-test", library, embedder, options.clone())
}

async fn found(search: &Search, text: &str, filter: Filter) -> Vec<String> {
    let hits = search.find(&Query { text: text.into(), filter, limit: 10 }).await.unwrap();
    hits.iter().map(|hit| hit.clause.as_ref().unwrap_or(&hit.citation).to_string()).collect()
}

#[tokio::test]
async fn both_stores_find_the_same() {
    let (near, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = FakeQdrant::start(Vec::new()).await;
    let edge = built(near.path(), &SearchOptions::default()).await.unwrap();
    let mut urls = vec![server.url.clone()];
    match std::env::var("QDRANT_URL") {
        Ok(url) => urls.push(url),
        Err(_) => println!("skipped: 1 store, QDRANT_URL is not set"),
    }
    for url in urls {
        let options = SearchOptions {
            store: Store::Server,
            url,
            collection: "khue-test".into(),
            ..SearchOptions::default()
        };
        let remote = built(far.path(), &options).await.unwrap();
        edge.verify().await.unwrap();
        remote.verify().await.unwrap();
        for text in [
            "đăng ký khai sinh cho con",
            "dang ky tam tru",
            "công chức tư pháp đôn đốc",
            "giấy chứng sinh",
        ] {
            for filter in [
                Filter::default(),
                Filter { corpora: vec!["luat".into()], ..Filter::default() },
                Filter { in_force_on: Some(date(2018, 1, 1)), ..Filter::default() },
                Filter { in_force_on: Some(date(2027, 3, 1)), ..Filter::default() },
                Filter { kind: Some(Kind::Procedure), ..Filter::default() },
            ] {
                let (a, b) = (
                    found(&edge, text, filter.clone()).await,
                    found(&remote, text, filter.clone()).await,
                );
                assert_eq!(a, b, "{text} {filter:?}");
            }
        }
    }
    assert_eq!(server.alias("khue-test"), Some("khue-test-v1-test".into()));
}

#[tokio::test]
async fn questions_find_what_they_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let search = built(folder.path(), &SearchOptions::default()).await.unwrap();
    for (text, first) in [
        ("công chức tư pháp đôn đốc", "60/2014/QH13 điều 15 khoản 2"),
        ("cong chuc tu phap don doc", "60/2014/QH13 điều 15 khoản 2"),
        ("điều 27 luật cư trú", "68/2020/QH14 điều 27"),
        ("điều 15 khoản 1 Luật số 60/2014/QH13", "60/2014/QH13 điều 15 khoản 1"),
        ("làm tạm trú", "1.004194"),
        ("thủ tục 1.004194", "1.004194"),
    ] {
        assert_eq!(
            found(&search, text, Filter::default()).await.first().map(String::as_str),
            Some(first),
            "{text}"
        );
    }
    // What is not in force on the day is not found on it.
    let ended = Filter {
        in_force_on: Some(date(2027, 3, 1)),
        kind: Some(Kind::Provision),
        ..Filter::default()
    };
    assert!(
        found(&search, "đăng ký khai sinh cho con", ended)
            .await
            .iter()
            .all(|at| at.starts_with("68/2020"))
    );
    for text in ["", "   ", "😀😀", "???"] {
        assert!(found(&search, text, Filter::default()).await.is_empty(), "{text:?}");
    }
}

#[tokio::test]
async fn an_index_of_another_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    built(folder.path(), &SearchOptions::default()).await.unwrap();
    let opened = Search::open(
        &folder.path().join("index"),
        "v1-test",
        library(),
        fake::named("other"),
        SearchOptions::default(),
    );
    assert!(matches!(opened.err(), Some(search::Error::OtherModel { .. })));
    let missing = Search::open(
        &folder.path().join("nothing"),
        "v1-test",
        library(),
        fake::embedder(64),
        SearchOptions::default(),
    );
    assert!(missing.err().unwrap().to_string().contains("khue ingest"));
}

#[tokio::test]
async fn a_known_text_is_not_embedded_again() {
    let folder = tempfile::tempdir().unwrap();
    let (library, embedder) = (library(), fake::embedder(64));
    let mut counts = Vec::new();
    for name in ["first", "second"] {
        let (index, cache) = (folder.path().join(name), folder.path().join("cache.redb"));
        let options = SearchOptions::default();
        let (cache, options) = (&cache, &options);
        let builder = Builder { library: &library, embedder: &embedder, cache, options };
        counts.push(builder.build(&index, name, Embed::All, |_| {}).await.unwrap());
    }
    // A record of one alias has its words twice: as a whole, and as what people say.
    assert_eq!((counts[0].embedded, counts[0].reused), (4, 1));
    assert_eq!((counts[1].embedded, counts[1].reused), (0, 5));
}

#[tokio::test]
async fn a_server_in_trouble_is_waited_for_or_named() {
    let options = |url: String| SearchOptions {
        store: Store::Server,
        url,
        timeout_ms: 500,
        ..SearchOptions::default()
    };
    // Two refusals pass; the third try works.
    let folder = tempfile::tempdir().unwrap();
    let server = FakeQdrant::start(vec![Fault::Unavailable, Fault::Exhausted]).await;
    built(folder.path(), &options(server.url.clone())).await.unwrap();
    // What never passes is said with what to do.
    for (fault, hint) in [
        (Fault::Unavailable, "start it"),
        (Fault::Denied, "KHUE_QDRANT_API_KEY"),
        (Fault::Lost, "holds"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = FakeQdrant::start(vec![fault; 50]).await;
        let error =
            built(folder.path(), &options(server.url.clone())).await.err().unwrap().to_string();
        assert!(error.contains(hint), "{fault:?}: {error}");
    }
    // Nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let closed = tempfile::tempdir().unwrap();
    let error = built(closed.path(), &options(url)).await.err().unwrap().to_string();
    assert!(error.contains("is away; start it"), "{error}");
    // A question is not waited for longer than the time-out.
    let server = FakeQdrant::start(Vec::new()).await;
    let search = built(folder.path(), &options(server.url.clone())).await.unwrap();
    // The client itself tries once more on a fresh connection.
    server.script(vec![Fault::Slow, Fault::Slow]);
    let query = Query { text: "khai sinh".into(), filter: Filter::default(), limit: 3 };
    let error = search.find(&query).await.unwrap_err().to_string();
    assert!(
        error.contains("in time") || error.contains("timeout") || error.contains("imeout"),
        "{error}"
    );
    assert!(search.find(&query).await.is_ok());
}
