//! Where the models are that tests on real weights need.

use std::path::{Path, PathBuf};

use infer::Models;

/// The folder and id of a role's model; `None`, said aloud, when it has not been fetched. In the gate,
/// which fetches models first, that is a failure.
pub(crate) fn model(role: &str) -> Option<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let models = Models::load(&root.join("models/models.toml")).unwrap();
    let cache = match std::env::var_os("KHUE_MODELS") {
        Some(cache) => PathBuf::from(cache),
        None => {
            let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache");
            std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("khue/models")
        }
    };
    let model = models.get(role).unwrap();
    match model.require(&cache) {
        Ok(folder) => Some((folder, model.id())),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "the gate fetches the models first: {error}");
            println!("skipped: 1 test, {error}");
            None
        }
    }
}
