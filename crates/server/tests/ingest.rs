//! The program itself against a world that fails: a disk that fills, a folder that disappears, files that
//! must not come in.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output};

/// A decree of two articles.
fn decree(number: &str) -> String {
    format!(
        "CHÍNH PHỦ\nSố: {number}\nHà Nội, ngày 5 tháng 12 năm 2025\nNGHỊ ĐỊNH\nVề một việc\nĐiều 1. Phạm vi\nQuy định một việc.\nĐiều 2. Hiệu lực\nCó hiệu lực từ ngày 01/01/2026.\n"
    )
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(place.path("in")).unwrap();
        fs::write(place.path("in/a.txt"), decree("12/2025/NĐ-CP")).unwrap();
        let first = place.ingest(&["in"]);
        assert!(first.status.success(), "{}", said(&first));
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Settings name prompts and models by paths from the repository's root.
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        command.env("KHUE_DATA", self.path("data"));
        command
    }

    fn khue(&self, arguments: &[&str]) -> Output {
        self.command(Path::new(env!("CARGO_BIN_EXE_khue"))).args(arguments).output().unwrap()
    }

    /// Reads files and folders of this place.
    fn ingest(&self, names: &[&str]) -> Output {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_khue")));
        command.arg("ingest").args(names.iter().map(|name| self.path(name)));
        command.args(["--vectors", "later"]).output().unwrap()
    }

    /// Whether the first version serves and is whole.
    fn is_as_before(&self) {
        let shown = self.khue(&["show", "12/2025/NĐ-CP điều 1"]);
        assert!(said(&shown).contains("Quy định một việc."), "{}", said(&shown));
        let verified = self.khue(&["corpus", "verify"]);
        assert!(verified.status.success(), "{}", said(&verified));
    }

    /// Nothing of a text stays in the data, packed or not.
    fn holds_nothing_of(&self, words: &str) {
        for file in walk(&self.path("data")) {
            let bytes = fs::read(&file).unwrap();
            let mut plain = Vec::new();
            let _ = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain);
            for bytes in [bytes, plain] {
                assert!(!String::from_utf8_lossy(&bytes).contains(words), "{}", file.display());
            }
        }
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it)).concat()
}

#[test]
fn a_disk_that_fills_changes_nothing() {
    let place = Place::new();
    fs::write(place.path("b.txt"), decree("13/2025/NĐ-CP")).unwrap();
    // A limit on the size of files meets the same writes as a full disk, at several points.
    for blocks in ["0", "1", "8", "64", "512"] {
        let line = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {:?} ingest {:?} --vectors later",
            env!("CARGO_BIN_EXE_khue"),
            place.path("b.txt")
        );
        let run = place.command(Path::new("/bin/sh")).args(["-c", &line]).output().unwrap();
        assert_eq!(run.status.code(), Some(3), "{blocks}: {}", said(&run));
        assert!(said(&run).contains("no room left"), "{blocks}: {}", said(&run));
        place.is_as_before();
    }
    let after = place.ingest(&["b.txt"]);
    assert!(after.status.success(), "{}", said(&after));
}

#[test]
fn a_folder_that_disappears_loses_nothing() {
    let place = Place::new();
    fs::rename(place.path("in"), place.path("moved")).unwrap();
    let gone = place.ingest(&["in"]);
    assert!(!gone.status.success());
    assert!(said(&gone).contains("nothing is changed"), "{}", said(&gone));
    place.is_as_before();
    // A disk that is not mounted leaves an empty folder.
    fs::create_dir(place.path("in")).unwrap();
    let empty = place.ingest(&["in"]);
    assert!(!empty.status.success());
    assert!(said(&empty).contains("is empty now"), "{}", said(&empty));
    place.is_as_before();
}

#[test]
fn what_must_not_come_in_is_refused_and_the_rest_is_read() {
    let place = Place::new();
    let mut zip = zip::ZipWriter::new(fs::File::create(place.path("goi.zip")).unwrap());
    for (name, text) in [
        ("nd.txt", decree("14/2025/NĐ-CP")),
        ("du-thao.txt", format!("DỰ THẢO\n{}", decree("15/2025/NĐ-CP"))),
        ("mat.txt", format!("MẬT\n{}", decree("16/2025/NĐ-CP"))),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let large = fs::File::create(place.path("large.pdf")).unwrap();
    large.set_len(200 << 20).unwrap();
    let run = place.ingest(&["goi.zip", "large.pdf"]);
    assert_eq!(run.status.code(), Some(1), "{}", said(&run));
    for part in [
        "goi.zip: 1 documents",
        "goi.zip/du-thao.txt: a draft",
        "goi.zip/mat.txt: quarantined",
        "209715200 bytes are more than the limit",
    ] {
        assert!(said(&run).contains(part), "{part}: {}", said(&run));
    }
    assert!(said(&place.khue(&["show", "14/2025/NĐ-CP điều 1"])).contains("Quy định"));
    assert!(!place.khue(&["show", "16/2025/NĐ-CP điều 1"]).status.success());
    place.holds_nothing_of("16/2025");
    // What was read before it became a secret goes.
    fs::write(place.path("in/a.txt"), format!("TỐI MẬT\n{}", decree("12/2025/NĐ-CP"))).unwrap();
    assert_eq!(place.ingest(&["in"]).status.code(), Some(1));
    assert!(!place.khue(&["show", "12/2025/NĐ-CP điều 1"]).status.success());
    place.holds_nothing_of("12/2025");
}

#[test]
fn the_only_text_goes_when_it_becomes_a_secret() {
    let place = Place::new();
    fs::write(place.path("in/a.txt"), format!("MẬT\n{}", decree("12/2025/NĐ-CP"))).unwrap();
    let run = place.ingest(&["in"]);
    assert_eq!(run.status.code(), Some(1), "{}", said(&run));
    assert!(!place.khue(&["show", "12/2025/NĐ-CP điều 1"]).status.success());
    place.holds_nothing_of("12/2025");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(walk(&path)),
            false => files.push(path),
        }
    }
    files
}
