//! Between the assistant and officers: who waits, who has taken over, who gives back.

use jiff::{Timestamp, tz};
use uuid::Uuid;

use crate::chat::Chat;
use crate::error::{Error, Result};
use crate::handoff::{Called, Contact};
use crate::store::{Author, Known, Mode, New, Talk};

/// What stands in notices, so that every face can word it.
pub mod notice {
    /// An officer was asked for.
    pub const WAITING: &str = "waiting";
    /// An officer has taken over.
    pub const TAKEN: &str = "taken";
    /// The assistant answers again.
    pub const BACK: &str = "back";
}

impl Chat {
    /// What somebody who asks for an officer now is told.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub async fn desk(&self, talk: &Talk) -> Result<Called> {
        let handoff = &self.options().handoff;
        let local = tz::offset(7).to_datetime(self.now());
        let open = handoff.desk && handoff.hours.open_at(local);
        let opens = if handoff.desk && !open { handoff.hours.next(local) } else { None };
        let ahead = match handoff.desk {
            true => self.inner.store.waiting_before(talk.waiting).await?,
            false => 0,
        };
        Ok(Called {
            desk: handoff.desk,
            open,
            opens,
            ahead,
            phone: handoff.phone.clone(),
            hours: handoff.told.clone(),
        })
    }

    /// Asks for an officer. Where there is a desk the assistant is silent from now on.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn call(&self, talk: &Talk) -> Result<Called> {
        let called = self.desk(talk).await?;
        if called.desk && talk.mode == Mode::Bot {
            self.inner.store.switch(talk, Mode::Waiting, None, self.now()).await?;
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
        Ok((store.in_mode(Mode::Waiting).await?, store.in_mode(Mode::Human).await?))
    }

    /// An officer takes a conversation over; the assistant says nothing more, not even what it is about to say.
    ///
    /// # Errors
    /// [`Error::Changed`] if another officer was faster.
    pub async fn take(&self, id: &Uuid, officer: &str) -> Result<Talk> {
        let talk = self.talk(id).await?;
        if talk.mode == Mode::Human && talk.officer.as_deref() != Some(officer) {
            return Err(Error::Changed);
        }
        if talk.mode != Mode::Human {
            self.inner.store.switch(&talk, Mode::Human, Some(officer), self.now()).await?;
            self.stop(id);
            self.note(id, notice::TAKEN).await?;
        }
        self.talk(id).await
    }

    /// An officer speaks to the person.
    ///
    /// # Errors
    /// [`Error::Changed`] if it is not this officer who holds the conversation.
    pub async fn officer_says(&self, id: &Uuid, officer: &str, text: &str) -> Result<()> {
        let talk = self.talk(id).await?;
        if talk.mode != Mode::Human || talk.officer.as_deref() != Some(officer) {
            return Err(Error::Changed);
        }
        let text = viet::clean(text);
        self.add(id, Author::Officer, text.clone()).await?;
        self.post(&talk, &text).await
    }

    /// The assistant answers again.
    ///
    /// # Errors
    /// [`Error::Changed`] if somebody else changed it in the meantime.
    pub async fn back_to_bot(&self, talk: &Talk) -> Result<()> {
        if talk.mode != Mode::Bot {
            self.inner.store.switch(talk, Mode::Bot, None, self.now()).await?;
            self.note(&talk.id, notice::BACK).await?;
        }
        Ok(())
    }

    /// Keeps how an officer may reach the person. It is kept as it was written: that is what it is for.
    ///
    /// # Errors
    /// As [`Chat::talk`].
    pub async fn leave_contact(&self, id: &Uuid, contact: Contact) -> Result<()> {
        let talk = self.talk(id).await?;
        self.inner.store.know(id, &Known { contact: Some(contact), ..talk.known }).await
    }

    /// Conversations that no officer cares for any more go back to the assistant.
    pub(crate) async fn give_back(&self, now: Timestamp) -> Result<()> {
        let (waiting, held) = self.queue().await?;
        for talk in waiting.into_iter().chain(held) {
            if now.duration_since(talk.touched) > self.options().handoff.back_after {
                match self.back_to_bot(&talk).await {
                    Err(Error::Changed) => {}
                    done => done?,
                }
            }
        }
        Ok(())
    }

    async fn note(&self, id: &Uuid, what: &str) -> Result<()> {
        self.add(id, Author::Notice, what.to_owned()).await
    }

    async fn add(&self, id: &Uuid, author: Author, text: String) -> Result<()> {
        let new =
            New { id: Uuid::new_v4(), at: self.now(), author, client: None, text, record: None };
        self.inner.store.say(id, &new).await?;
        Ok(())
    }
}
