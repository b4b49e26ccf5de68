//! Which model an OpenAI-compatible server serves.

use serde::Deserialize;

use super::fault::Fault;
use super::http::Server;

/// Most letters of a model's name: it is written into every index and record.
const NAME: usize = 200;

/// Names shown when one has to be chosen.
const SHOWN: usize = 5;

/// A model that a server offers.
#[derive(Debug, PartialEq)]
pub(super) struct Served {
    pub(super) name: String,
    /// Most tokens of prompt and answer together, if the server says (vLLM).
    pub(super) context: Option<usize>,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    max_model_len: Option<usize>,
}

/// Asks for the configured model, or for the only one that is served where none is configured.
pub(super) fn served(server: &Server) -> Result<Served, Fault> {
    const PATH: &str = "/v1/models";
    let wanted = server.options().model.as_str();
    let list: List = match server.get(PATH) {
        // Some gateways have no list. They will refuse a name that they do not know.
        Err(Fault::Refused(404 | 405, _)) if !wanted.is_empty() => {
            return Ok(Served { name: wanted.to_owned(), context: None });
        }
        list => list?,
    };
    let choices: Vec<&str> = list.data.iter().take(SHOWN).map(|entry| entry.id.as_str()).collect();
    let choices = format!("{} serves {}", server.url(PATH), choices.join(", "));
    let fitting = list.data.iter().find(|entry| match wanted {
        "" => list.data.len() == 1,
        wanted => entry.id == wanted,
    });
    match (fitting, wanted) {
        (Some(entry), _) => Ok(Served {
            name: name(server, &entry.id)?,
            context: entry.max_model_len.filter(|tokens| *tokens > 0),
        }),
        (None, _) if list.data.is_empty() => {
            Err(Fault::Refused(200, format!("{} serves no model", server.url(PATH))))
        }
        (None, "") => Err(Fault::Refused(200, format!("{choices}: set which model to use"))),
        (None, wanted) => Err(Fault::Refused(200, format!("{choices}, but not {wanted}"))),
    }
}

/// A model's name as a server gave it, if it can go into a record.
pub(super) fn name(server: &Server, name: &str) -> Result<String, Fault> {
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        let url = server.url("");
        return Err(Fault::Refused(200, format!("{url} gives its model no usable name")));
    }
    Ok(name.to_owned())
}
