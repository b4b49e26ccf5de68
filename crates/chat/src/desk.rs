//! Between the assistant and officers: who waits, who has taken over, who gives back.

use jiff::{Timestamp, tz};
use uuid::Uuid;

use crate::chat::Chat;
use crate::error::{Error, Result};
use crate::handoff::{Called, Contact};
use crate::store::{Author, Channel, Known, Mode, New, Switch, Talk};

/// What stands in notices, so that every face can word it.
pub mod notice {
    /// An officer was asked for.
    pub const WAITING: &str = "waiting";
    /// An officer has taken over.
    pub const TAKEN: &str = "taken";
    /// The assistant answers again.
    pub const BACK: &str = "back";
    /// The person has blocked or left us on their channel.
    pub const LEFT: &str = "left";
    /// What an officer wrote has not arrived for certain.
    pub const UNSENT: &str = "unsent";
}

impl Chat {
    /// What somebody who asks for an officer now is told.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub async fn desk(&self, talk: &Talk) -> Result<Called> {
        let handoff = &self.options().handoff;
        let local = tz::offset(7).to_datetime(self.now());
        // Officers who ask the assistant are not sent to their own desk.
        let desk = handoff.desk && talk.channel != Channel::Staff;
        let open = desk && handoff.hours.open_at(local);
        let opens = if desk && !open { handoff.hours.next(local) } else { None };
        let ahead = match desk {
            true => self.inner.store.waiting_before(talk.waiting).await?,
            false => 0,
        };
        Ok(Called {
            desk,
            open,
            opens,
            ahead,
            phone: handoff.phone.clone(),
            hours: handoff.told.clone(),
        })
    }

    /// Asks for an officer. While one sits at the desk the assistant is silent from now on; outside of hours it goes on
    /// answering, and who wants to be called back leaves how.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn call(&self, talk: &Talk) -> Result<Called> {
        let called = self.desk(talk).await?;
        if called.desk && called.open && talk.mode == Mode::Bot {
            let waiting = Some(talk.waiting.unwrap_or_else(|| self.now()));
            let to = Switch { mode: Mode::Waiting, waiting, officer: None };
            self.inner.store.switch(talk, &to, self.now()).await?;
            self.note(&talk.id, notice::WAITING).await?;
        }
        Ok(called)
    }

    /// Conversations that wait for an officer, who waits longest first, and those that officers hold.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn queue(&self) -> Result<(Vec<Talk>, Vec<Talk>)> {
        let store = &self.inner.store;
        Ok((store.of_desk(false).await?, store.of_desk(true).await?))
    }

    /// An officer takes a conversation over; the assistant says nothing more, not even what it is about to say.
    ///
    /// # Errors
    /// [`Error::Changed`] if another officer was faster.
    pub async fn take(&self, id: &Uuid, officer: &str) -> Result<Talk> {
        let talk = self.talk(id).await?;
        let other =
            talk.officer.as_deref().is_some_and(|it| it != officer && it != crate::post::THERE);
        if talk.mode == Mode::Human && other {
            return Err(Error::Changed);
        }
        if talk.mode != Mode::Human || talk.officer.as_deref() != Some(officer) {
            self.hand_over(&talk, officer).await?;
        }
        self.talk(id).await
    }

    /// Somebody writes to the person on the platform itself: the assistant is silent for as long as that goes on.
    pub(crate) async fn takes_over(&self, id: &Uuid, who: &str) -> Result<()> {
        let talk = self.talk(id).await?;
        match talk.mode {
            Mode::Human => self.inner.store.officer_spoke(id, self.now()).await,
            // Somebody else was faster: it is taken over all the same.
            _ => match self.hand_over(&talk, who).await {
                Err(Error::Changed) => Ok(()),
                done => done,
            },
        }
    }

    async fn hand_over(&self, talk: &Talk, officer: &str) -> Result<()> {
        let to = Switch { mode: Mode::Human, waiting: None, officer: Some(officer) };
        self.inner.store.switch(talk, &to, self.now()).await?;
        self.stop(&talk.id, None);
        self.note(&talk.id, notice::TAKEN).await
    }

    /// An officer speaks to the person.
    ///
    /// # Errors
    /// [`Error::Changed`] if it is not this officer who holds the conversation.
    pub async fn officer_says(&self, id: &Uuid, officer: &str, text: &str) -> Result<()> {
        self.officer_says_once(id, officer, text, &[]).await.map(|_| ())
    }

    /// The same for words that a delivery of these names brought: `false` if one of them came before.
    ///
    /// # Errors
    /// As [`Chat::officer_says`].
    pub async fn officer_says_once(
        &self,
        id: &Uuid,
        officer: &str,
        text: &str,
        names: &[String],
    ) -> Result<bool> {
        let talk = self.talk(id).await?;
        if talk.mode != Mode::Human || talk.officer.as_deref() != Some(officer) {
            return Err(Error::Changed);
        }
        let text = viet::clean(text);
        let post = self.posts().get(&talk.channel).and_then(std::sync::Weak::upgrade);
        let parts = post.as_ref().map_or_else(Vec::new, |post| post.officers(&text));
        let new = self.new_message(Author::Officer, text);
        let said = self.inner.store.officer_says(id, &new, &parts, names).await?;
        if let Some(post) = post {
            post.wake(talk.id);
        }
        Ok(said)
    }

    /// The assistant answers again.
    ///
    /// # Errors
    /// [`Error::Changed`] if somebody else changed it in the meantime.
    pub async fn back_to_bot(&self, talk: &Talk) -> Result<()> {
        if talk.mode != Mode::Bot {
            // Who left how to be reached is still called back.
            let contact = talk.known.contact.is_some();
            let waiting = contact.then(|| talk.waiting.unwrap_or_else(|| self.now()));
            let to = Switch { mode: Mode::Bot, waiting, officer: None };
            self.inner.store.switch(talk, &to, self.now()).await?;
            self.note(&talk.id, notice::BACK).await?;
        }
        Ok(())
    }

    /// Keeps how an officer may reach the person, who is then among those who wait. Name and number are kept as they
    /// were written: that is what they are for.
    ///
    /// # Errors
    /// As [`Chat::talk`].
    pub async fn leave_contact(&self, id: &Uuid, contact: Contact) -> Result<()> {
        let talk = self.talk(id).await?;
        let note = crate::without_identifiers(&contact.note);
        let contact = Contact { note, ..contact };
        self.inner.store.know(id, &Known { contact: Some(contact), ..talk.known }).await?;
        self.inner.store.wait(id, self.now()).await
    }

    /// Somebody has been called back: what they left for that is forgotten.
    ///
    /// # Errors
    /// As [`Chat::talk`].
    pub async fn called_back(&self, id: &Uuid) -> Result<()> {
        let talk = self.talk(id).await?;
        let known = Known { contact: None, ..talk.known.clone() };
        self.inner.store.know(id, &known).await?;
        match talk.mode {
            // Nobody waits in silence for somebody who has called already.
            Mode::Waiting => self.back_to_bot(&Talk { known, ..talk }).await,
            Mode::Bot | Mode::Human => self.inner.store.waits_no_more(id).await,
        }
    }

    /// Conversations that no officer cares for any more go back to the assistant.
    pub(crate) async fn give_back(&self, now: Timestamp) -> Result<()> {
        let (waiting, held) = self.queue().await?;
        for talk in waiting.into_iter().chain(held) {
            let since = match talk.mode {
                Mode::Bot => continue,
                Mode::Waiting => talk.waiting,
                Mode::Human => talk.officer_at,
            };
            let since = since.unwrap_or(talk.touched);
            if now.duration_since(since) > self.options().handoff.back_after {
                match self.back_to_bot(&talk).await {
                    Err(Error::Changed) => {}
                    done => done?,
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn note(&self, id: &Uuid, what: &str) -> Result<()> {
        self.add(id, Author::Notice, what.to_owned()).await
    }

    async fn add(&self, id: &Uuid, author: Author, text: String) -> Result<()> {
        self.inner.store.say(id, &self.new_message(author, text)).await?;
        Ok(())
    }

    fn new_message(&self, author: Author, text: String) -> New {
        New {
            id: Uuid::new_v4(),
            at: self.now(),
            author,
            client: None,
            text,
            record: None,
            version: None,
        }
    }
}
