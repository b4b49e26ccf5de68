//! What is brought to the desk when, and what comes back. Everything that has to be known after a crash stands in the
//! conversation's [`Link`]; words of a person may reach the desk twice then, and are never lost.

use std::sync::Arc;

use chat::{Author, Channel, Chat, Link, LinkState, Message, Mode, Talk, notice};
use tokio::sync::Mutex;

use crate::call::{Client, Inbox, Trouble};
use crate::receive::{Delivery, What};

/// How officers of this desk are named in conversations.
pub const OFFICER: &str = "Chatwoot";

/// A sentence of `say.toml` with its values.
pub type Say = Arc<dyn Fn(&str, &[(&str, &str)]) -> String + Send + Sync>;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is done.
    Done,
    /// It came before.
    Duplicate,
    /// It is about nobody whom we know.
    Unknown,
}

/// Messages of a conversation that the summary shows.
const LAST: usize = 6;
/// Letters of each.
const LETTERS: usize = 300;

/// The desk.
pub struct Desk {
    chat: Chat,
    client: Client,
    say: Say,
    /// One delivery at a time, so that one that comes twice is done once.
    door: Mutex<()>,
}

impl Desk {
    /// A desk at an inbox.
    pub fn new(chat: Chat, inbox: Inbox, say: Say) -> Desk {
        Desk { chat, client: Client::new(inbox), say, door: Mutex::default() }
    }

    /// Brings what is new: who has begun to wait, what they wrote, who waits no more. To be called every few seconds.
    ///
    /// # Errors
    /// Why it was not all brought; it is brought the next time.
    pub async fn round(&self) -> Result<(), String> {
        let (waiting, held) = self.chat.queue().await.map_err(|error| error.to_string())?;
        let here: Vec<Talk> = waiting.into_iter().chain(held).filter(shown).collect();
        let mut failed = Ok(());
        for talk in &here {
            if let Err(why) = self.bring(talk).await {
                failed = Err(why);
            }
        }
        let open = self.chat.open_links().await.map_err(|error| error.to_string())?;
        for link in open.iter().filter(|link| !here.iter().any(|talk| talk.id == link.talk)) {
            if let Err(why) = self.end(link).await {
                failed = Err(why);
            }
        }
        failed
    }

    /// One conversation, as far as the desk has it.
    async fn bring(&self, talk: &Talk) -> Result<(), String> {
        let done = async {
            let link = self.chat.link_of(&talk.id).await.map_err(away)?;
            let link = match link.filter(|it| it.state != LinkState::Closed) {
                Some(link) => link,
                None => self.make(talk).await?,
            };
            let link = self.open(talk, link).await?;
            self.bring_words(link).await
        };
        match done.await {
            // It was lost there: it is made anew the next time.
            Err(Trouble::Gone) => {
                if let Some(link) =
                    self.chat.link_of(&talk.id).await.map_err(|it| it.to_string())?
                {
                    let closed = Link { state: LinkState::Closed, ..link };
                    self.chat.link(&closed).await.map_err(|it| it.to_string())?;
                }
                Err("a conversation is not there any more and is made anew".into())
            }
            Err(Trouble::Later(why)) => Err(why),
            Ok(()) => Ok(()),
        }
    }

    async fn make(&self, talk: &Talk) -> Result<Link, Trouble> {
        let (identifier, channel) = (identifier(talk), talk.channel.name());
        let contact = self.call(move |it| it.contact(&identifier, channel)).await?;
        let (person, profile) = (contact.clone(), talk.profile.clone());
        let remote = self.call(move |it| it.conversation(&person, &profile)).await?;
        // What was said up to now stands in the summary.
        let said = self.chat.messages(&talk.id, 0).await.map_err(away)?;
        let sent = said.last().map_or(0, |it| it.n);
        let link = Link { talk: talk.id, remote, contact, state: LinkState::New, sent };
        self.chat.link(&link).await.map_err(away)?;
        Ok(link)
    }

    async fn open(&self, talk: &Talk, link: Link) -> Result<Link, Trouble> {
        if link.state != LinkState::New {
            return Ok(link);
        }
        let said = self.chat.messages(&talk.id, 0).await.map_err(away)?;
        let note = self.summary(talk, &said);
        self.note(&link.remote, note).await?;
        let remote = link.remote.clone();
        self.call(move |it| it.state(&remote, "open")).await?;
        let link = Link { state: LinkState::Open, ..link };
        self.chat.link(&link).await.map_err(away)?;
        Ok(link)
    }

    /// Words of the person, and what an officer must know of the sending of theirs.
    async fn bring_words(&self, mut link: Link) -> Result<(), Trouble> {
        for message in self.chat.messages(&link.talk, link.sent).await.map_err(away)? {
            let note = match (message.author, message.text.as_str()) {
                (Author::Notice, notice::LEFT) => "desk_left",
                (Author::Notice, notice::UNSENT) => "desk_unsent",
                _ => "",
            };
            if !note.is_empty() {
                self.note(&link.remote, (self.say)(note, &[])).await?;
            }
            if message.author == Author::Person && !message.text.is_empty() {
                let (to, text, echo) = (link.clone(), message.text, message.id.to_string());
                self.call(move |it| it.bring(&to.contact, &to.remote, &text, &echo)).await?;
            }
            link.sent = message.n;
            self.chat.link(&link).await.map_err(away)?;
        }
        Ok(())
    }

    /// Whoever waited is back with the assistant.
    async fn end(&self, link: &Link) -> Result<(), String> {
        // One that was never shown is not spoken of.
        let shown = link.state == LinkState::Open;
        let told = async {
            if shown {
                self.note(&link.remote, (self.say)("desk_ended", &[])).await?;
            }
            let remote = link.remote.clone();
            self.call(move |it| it.state(&remote, "resolved")).await
        };
        match told.await {
            Ok(()) | Err(Trouble::Gone) => {}
            Err(Trouble::Later(why)) => return Err(why),
        }
        let closed = Link { state: LinkState::Closed, ..link.clone() };
        match self.chat.link(&closed).await {
            Ok(()) | Err(chat::Error::Gone) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Takes a delivery; it is done when this returns.
    ///
    /// # Errors
    /// When it could not be done; Chatwoot shows the officer that it failed.
    pub async fn take(&self, delivery: &Delivery) -> Result<Taken, chat::Error> {
        let _door = self.door.lock().await;
        for name in &delivery.names {
            if self.chat.came(name).await? {
                return Ok(Taken::Duplicate);
            }
        }
        let taken = match &delivery.what {
            What::Said { remote, contact, text, files } => {
                self.said(remote, contact, text, *files).await?
            }
            What::Opened { remote, state_alone } => self.opened(remote, *state_alone).await?,
            What::Closed { remote } => self.closed(remote).await?,
            What::Nothing => Taken::Done,
        };
        for name in &delivery.names {
            self.chat.remember(name).await?;
        }
        Ok(taken)
    }

    async fn said(
        &self,
        remote: &str,
        contact: &str,
        text: &str,
        files: bool,
    ) -> Result<Taken, chat::Error> {
        let Some(link) = self.chat.linked(remote).await? else { return Ok(Taken::Unknown) };
        let talk = self.chat.talk(&link.talk).await?;
        if contact != link.contact && contact != identifier(&talk) {
            return Ok(Taken::Unknown);
        }
        if !text.is_empty() {
            match self.speak(&link, text).await {
                Ok(()) => {}
                Err(chat::Error::Changed) => {
                    self.tell(remote, "desk_held").await;
                    return Ok(Taken::Done);
                }
                Err(error) => return Err(error),
            }
        }
        if files || text.is_empty() {
            self.tell(remote, "desk_words_only").await;
        }
        Ok(Taken::Done)
    }

    /// Says an officer's words to the person; whoever writes has the conversation.
    async fn speak(&self, link: &Link, text: &str) -> Result<(), chat::Error> {
        self.chat.take(&link.talk, OFFICER).await?;
        self.reopen(link).await?;
        self.chat.officer_says(&link.talk, OFFICER, text).await
    }

    async fn reopen(&self, link: &Link) -> Result<(), chat::Error> {
        if link.state == LinkState::Open {
            return Ok(());
        }
        // What was said while it was closed was said to the assistant.
        let last = self.chat.messages(&link.talk, link.sent).await?.last().map(|it| it.n);
        let sent = last.unwrap_or(link.sent);
        self.chat.link(&Link { state: LinkState::Open, sent, ..link.clone() }).await
    }

    async fn opened(&self, remote: &str, state_alone: bool) -> Result<Taken, chat::Error> {
        let Some(link) = self.chat.linked(remote).await? else { return Ok(Taken::Unknown) };
        let talk = self.chat.talk(&link.talk).await?;
        // Our own opening of it is no officer's.
        let echo = state_alone && talk.mode == Mode::Waiting;
        if talk.mode == Mode::Human || echo || link.state == LinkState::New {
            return Ok(Taken::Done);
        }
        match self.chat.take(&link.talk, OFFICER).await {
            Ok(_) => self.reopen(&link).await?,
            Err(chat::Error::Changed) => self.tell(remote, "desk_held").await,
            Err(error) => return Err(error),
        }
        Ok(Taken::Done)
    }

    async fn closed(&self, remote: &str) -> Result<Taken, chat::Error> {
        let Some(link) = self.chat.linked(remote).await? else { return Ok(Taken::Unknown) };
        if link.state == LinkState::Closed {
            return Ok(Taken::Done);
        }
        let talk = self.chat.talk(&link.talk).await?;
        let ours = talk.officer.as_deref().is_none_or(|it| it == OFFICER);
        if ours {
            // Who was to be called back has been: what they left for it is forgotten.
            if talk.known.contact.is_some() {
                self.chat.called_back(&talk.id).await?;
            }
            let talk = self.chat.talk(&talk.id).await?;
            self.chat.back_to_bot(&talk).await?;
        }
        // Last: one that nobody waits in is closed by the next round anyway.
        self.chat.link(&Link { state: LinkState::Closed, ..link }).await?;
        Ok(Taken::Done)
    }

    /// A note that may get lost: it only says why something else has not happened.
    async fn tell(&self, remote: &str, key: &str) {
        if let Err(trouble) = self.note(remote, (self.say)(key, &[])).await {
            tracing::error!("an officer at Chatwoot is not told: {trouble:?}");
        }
    }

    async fn note(&self, remote: &str, text: String) -> Result<(), Trouble> {
        let remote = remote.to_owned();
        self.call(move |it| it.note(&remote, &text)).await
    }

    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Client) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let client = self.client.clone();
        let done = tokio::task::spawn_blocking(move || call(&client)).await;
        done.unwrap_or_else(|error| Err(Trouble::Later(error.to_string())))
    }

    /// What an officer reads first.
    fn summary(&self, talk: &Talk, said: &[Message]) -> String {
        let say = |key: &str, values: &[(&str, &str)]| (self.say)(key, values);
        let first = said.iter().find(|it| it.author == Author::Person);
        let first = first.map_or_else(String::new, |it| short(&it.text));
        let answers = said.iter().filter(|it| it.author == Author::Assistant).count().to_string();
        let channel = talk.channel.name();
        let values = [("channel", channel), ("first", first.as_str()), ("answers", &answers)];
        let mut lines = vec![say("desk_summary", &values)];
        if let Some(contact) = &talk.known.contact {
            let values = [
                ("name", contact.name.as_str()),
                ("reach", &contact.reach),
                ("note", &contact.note),
            ];
            lines.push(say("desk_summary_call", &values));
        }
        let words: Vec<String> = said
            .iter()
            .filter_map(|it| {
                let key = match it.author {
                    Author::Person => "desk_person",
                    Author::Assistant => "desk_assistant",
                    Author::Officer | Author::Notice => return None,
                };
                Some(say(key, &[("text", &short(&it.text))]))
            })
            .collect();
        lines.extend_from_slice(&words[words.len().saturating_sub(LAST)..]);
        lines.join("\n")
    }
}

/// Conversations that belong on the desk: who waits, who is to be called back, whom it holds.
fn shown(talk: &Talk) -> bool {
    let ours = talk.officer.as_deref().is_none_or(|it| it == OFFICER);
    talk.channel != Channel::Staff && (talk.mode != Mode::Human || ours)
}

/// A person's name on the desk: who writes there again is the same one.
fn identifier(talk: &Talk) -> String {
    match talk.known.address.is_empty() {
        true => format!("{}:{}", talk.channel.name(), talk.id),
        false => format!("{}:{}", talk.channel.name(), talk.known.address),
    }
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LETTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn away(error: chat::Error) -> Trouble {
    Trouble::Later(error.to_string())
}
