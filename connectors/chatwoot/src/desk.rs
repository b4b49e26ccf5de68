//! What is brought to the desk when, and what comes back. Everything that has to be known after a crash stands in the
//! conversation's [`Link`]; words of a person may reach the desk twice then, and are never lost.

use std::sync::Arc;

use chat::{Author, Channel, Chat, Link, LinkState, Message, Mode, Talk, notice};
use jiff::SignedDuration;
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

/// Which process brings what is new, and for how long it may take.
const LEASE: &str = "chatwoot/round";
const LONG: SignedDuration = SignedDuration::from_secs(30);
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

    /// Brings what is new: who has begun to wait, what they wrote, who waits no more. To be called every few seconds; of
    /// several processes that share the conversations one does it.
    ///
    /// # Errors
    /// Why it was not all brought; it is brought the next time.
    pub async fn round(&self) -> Result<(), String> {
        let words = |error: chat::Error| error.to_string();
        if self.chat.vault(LEASE).await.map_err(words)?.is_none() {
            self.chat.put_vault(LEASE, "").await.map_err(words)?;
        }
        if !self.chat.lease_vault(LEASE, LONG).await.map_err(words)? {
            return Ok(());
        }
        let done = self.bring_all().await;
        self.chat.free_vault(LEASE).await.map_err(words)?;
        done
    }

    async fn bring_all(&self) -> Result<(), String> {
        let (waiting, held) = self.chat.queue().await.map_err(|error| error.to_string())?;
        let here: Vec<Talk> = waiting.into_iter().chain(held).filter(on_desk).collect();
        let mut failed = Ok(());
        for talk in &here {
            if let Err(why) = self.bring(talk).await {
                failed = Err(why);
            }
        }
        let open = self.chat.open_links().await.map_err(|error| error.to_string())?;
        for link in open.iter().filter(|link| !here.iter().any(|talk| talk.id == link.talk)) {
            if let Err(trouble) = self.end(link).await {
                failed = Err(worded(trouble));
            }
        }
        failed
    }

    /// One conversation, as far as the desk has it.
    async fn bring(&self, talk: &Talk) -> Result<(), String> {
        let known = self.chat.link_of(&talk.id).await.map_err(|error| error.to_string())?;
        let link = match known {
            Some(link) if link.state != LinkState::Closed => link,
            // Ended and taken up again at the same moment.
            Some(link) if talk.mode == Mode::Human => {
                let sent = link.sent;
                let goes = self.chat.link_goes(&link, LinkState::Open, sent).await;
                goes.map_err(|error| error.to_string())?;
                Link { state: LinkState::Open, ..link }
            }
            _ => self.make(talk).await.map_err(worded)?,
        };
        let was_open = link.state == LinkState::Open;
        let done = async {
            let link = self.open(talk, link).await?;
            self.bring_words(link).await
        };
        match done.await {
            // It was lost there.
            Err(Trouble::Gone) if was_open => self.make(talk).await.map(|_| ()).map_err(worded),
            done => done.map_err(worded),
        }
    }

    async fn make(&self, talk: &Talk) -> Result<Link, Trouble> {
        let (identifier, channel) = (identifier(talk), channel(talk));
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
        self.chat.link_goes(&link, LinkState::Open, link.sent).await.map_err(away)?;
        Ok(Link { state: LinkState::Open, ..link })
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
                let brought = self.call(move |it| it.bring(&to.contact, &to.remote, &text, &echo));
                match brought.await {
                    // One that it never takes stands in the way of no other.
                    Err(Trouble::Refused(why)) => {
                        tracing::error!("words of a person do not reach Chatwoot: {why}");
                    }
                    done => done?,
                }
            }
            // It may have been ended there meanwhile.
            if !self.chat.link_goes(&link, link.state, message.n).await.map_err(away)? {
                return Ok(());
            }
            link.sent = message.n;
        }
        Ok(())
    }

    /// Whoever waited is back with the assistant, or with somebody else.
    async fn end(&self, link: &Link) -> Result<(), Trouble> {
        let there = || async {
            match self.chat.talk(&link.talk).await {
                Err(chat::Error::Gone) => Ok(None),
                talk => talk.map(Some).map_err(away),
            }
        };
        let talk = there().await?;
        if talk.as_ref().is_some_and(on_desk) {
            return Ok(());
        }
        // One that was never shown is not spoken of.
        if link.state == LinkState::Open {
            let elsewhere = talk.as_ref().is_some_and(|it| it.mode == Mode::Human);
            let key = if elsewhere { "desk_elsewhere" } else { "desk_ended" };
            self.note(&link.remote, (self.say)(key, &[])).await.or_else(lost)?;
        }
        let remote = link.remote.clone();
        self.call(move |it| it.state(&remote, "resolved")).await.or_else(lost)?;
        // Whoever was taken up again while that was said stays.
        if !there().await?.as_ref().is_some_and(on_desk) {
            self.chat.link_goes(link, LinkState::Closed, link.sent).await.map_err(away)?;
        }
        Ok(())
    }

    /// Takes a delivery; it is done when this returns.
    ///
    /// # Errors
    /// When it could not be done; Chatwoot shows the officer that it failed.
    pub async fn take(&self, delivery: &Delivery) -> Result<Taken, chat::Error> {
        let done = {
            let _door = self.door.lock().await;
            for name in &delivery.names {
                if self.chat.came(name).await? {
                    return Ok(Taken::Duplicate);
                }
            }
            let done = self.done(delivery).await?;
            for name in &delivery.names {
                self.chat.remember(name).await?;
            }
            done
        };
        // Others need not wait for what an officer is told.
        if let (What::Said { remote, .. }, Some(key)) = (&delivery.what, done.1)
            && let Err(trouble) = self.note(remote, (self.say)(key, &[])).await
        {
            tracing::error!("an officer at Chatwoot is not told: {}", worded(trouble));
        }
        Ok(done.0)
    }

    /// Does what a delivery says; and the key of what the officer has to be told, if anything.
    async fn done(
        &self,
        delivery: &Delivery,
    ) -> Result<(Taken, Option<&'static str>), chat::Error> {
        let link = match &delivery.what {
            What::Said { remote, .. } | What::Opened { remote, .. } | What::Closed { remote } => {
                self.chat.linked(remote).await?
            }
            What::Nothing => return Ok((Taken::Done, None)),
        };
        let Some(link) = link else { return Ok((Taken::Unknown, Some("desk_nobody"))) };
        let talk = self.chat.talk(&link.talk).await?;
        match &delivery.what {
            What::Said { contact, text, files, .. } => {
                if *contact != link.contact && *contact != identifier(&talk) {
                    return Ok((Taken::Unknown, Some("desk_nobody")));
                }
                if !text.is_empty() {
                    match self.speak(&link, text, &delivery.names).await {
                        Ok(()) => {}
                        Err(chat::Error::Changed) => return Ok((Taken::Done, Some("desk_held"))),
                        Err(error) => return Err(error),
                    }
                }
                let more = *files || text.is_empty();
                Ok((Taken::Done, more.then_some("desk_words_only")))
            }
            What::Opened { state_alone, .. } => {
                // Our own opening of it is no officer's.
                let echo = *state_alone && link.state == LinkState::Open;
                if talk.mode != Mode::Human && !echo && link.state != LinkState::New {
                    match self.chat.take(&link.talk, OFFICER).await {
                        Ok(_) => self.reopen(&link).await?,
                        // A colleague was faster.
                        Err(chat::Error::Changed) => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok((Taken::Done, None))
            }
            What::Closed { .. } => self.closed(&link, &talk).await.map(|()| (Taken::Done, None)),
            What::Nothing => Ok((Taken::Done, None)),
        }
    }

    /// Says an officer's words to the person; whoever writes has the conversation.
    async fn speak(&self, link: &Link, text: &str, names: &[String]) -> Result<(), chat::Error> {
        self.chat.take(&link.talk, OFFICER).await?;
        self.reopen(link).await?;
        self.chat.officer_says_once(&link.talk, OFFICER, text, names).await.map(|_| ())
    }

    async fn reopen(&self, link: &Link) -> Result<(), chat::Error> {
        if link.state == LinkState::Closed {
            // What was said while it was closed was said to the assistant.
            let last = self.chat.messages(&link.talk, link.sent).await?.last().map(|it| it.n);
            self.chat.link_goes(link, LinkState::Open, last.unwrap_or(link.sent)).await?;
        }
        Ok(())
    }

    async fn closed(&self, link: &Link, talk: &Talk) -> Result<(), chat::Error> {
        if link.state == LinkState::Closed {
            return Ok(());
        }
        if talk.officer.as_deref().is_none_or(|it| it == OFFICER) {
            // Who was to be called back has been: what they left for it is forgotten.
            if talk.known.contact.is_some() {
                self.chat.called_back(&talk.id).await?;
            }
            let talk = self.chat.talk(&talk.id).await?;
            self.chat.back_to_bot(&talk).await?;
        }
        // Last: one that nobody waits in is closed by the next round anyway.
        self.chat.link_goes(link, LinkState::Closed, link.sent).await.map(|_| ())
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
        let values = [("channel", channel(talk)), ("first", first.as_str()), ("answers", &answers)];
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
fn on_desk(talk: &Talk) -> bool {
    let ours = talk.officer.as_deref().is_none_or(|it| it == OFFICER);
    let wanted = match talk.mode {
        Mode::Bot => talk.waiting.is_some(),
        Mode::Waiting => true,
        Mode::Human => ours,
    };
    wanted && talk.channel != Channel::Staff
}

/// The name of a channel as the desk shows it.
fn channel(talk: &Talk) -> &'static str {
    match talk.channel {
        Channel::Zalo => "zalo_oa",
        other => other.name(),
    }
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

/// What is gone there needs no more.
fn lost(trouble: Trouble) -> Result<(), Trouble> {
    if trouble == Trouble::Gone { Ok(()) } else { Err(trouble) }
}

fn worded(trouble: Trouble) -> String {
    match trouble {
        Trouble::Gone => "Chatwoot has no such inbox, account or conversation".to_owned(),
        Trouble::Refused(why) | Trouble::Later(why) => why,
    }
}

fn away(error: chat::Error) -> Trouble {
    Trouble::Later(error.to_string())
}
