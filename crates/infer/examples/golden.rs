fn main() {
    let t = std::time::Instant::now();
    let e = infer::Embedder::load(std::path::Path::new("/root/models-dev/embeddinggemma-300m"), "e", &Default::default()).unwrap();
    println!("load {:?}", t.elapsed());
    let v: serde_json::Value = serde_json::from_str(&std::fs::read_to_string("/work/shared/fixtures/embeddinggemma-golden.json").unwrap()).unwrap();
    let items = v["items"].as_array().unwrap();
    let texts: Vec<String> = items.iter().map(|i| { let t = i["text"].as_str().unwrap(); if i["kind"] == "query" { format!("task: search result | query: {t}") } else { t.to_owned() } }).collect();
    for _ in 0..2 {
    let t = std::time::Instant::now();
    let got = e.raw_blocking(texts.clone()).unwrap();
    let secs = t.elapsed().as_secs_f64();
    let mut min = 2f64;
    for (i, g) in items.iter().zip(&got.vectors) {
        let want: Vec<f64> = i["vector"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        let dot: f64 = want.iter().zip(g).map(|(a, b)| a * *b as f64).sum::<f64>() / want.iter().map(|a| a * a).sum::<f64>().sqrt();
        if dot < min { min = dot; println!("{} {dot}", i["text"].as_str().unwrap().chars().take(40).collect::<String>()); }
    }
    println!("min {min} tokens {} {:.1} tok/s", got.tokens, got.tokens as f64 / secs);
    }
    let t = std::time::Instant::now();
    for _ in 0..5 { e.raw_blocking(vec![texts[0].clone()]).unwrap(); }
    println!("query {:?}", t.elapsed() / 5);
}
