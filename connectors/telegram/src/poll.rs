//! Asking for updates, where no address can be reached from outside.

use std::sync::Arc;
use std::time::Duration;

use chat::Post;
use teloxide::payloads::GetUpdatesSetters;
use teloxide::requests::Requester;
use teloxide::types::AllowedUpdate;

use crate::account::Account;
use crate::receive::Receiver;
use crate::send::{after, worded};

/// How long the platform holds a call on which nothing comes; the library gives a call up after 17 s.
const HOLD: u32 = 10;

/// The kinds of updates that mean something here.
pub(crate) const KINDS: [AllowedUpdate; 3] =
    [AllowedUpdate::Message, AllowedUpdate::CallbackQuery, AllowedUpdate::MyChatMember];

impl Account {
    /// Asks for updates for ever. The platform forgets one only when the next is asked for, which is after it is kept.
    pub async fn poll(&self, receiver: &Receiver, post: &Arc<Post>) {
        let (mut next, mut told) = (0, String::new());
        loop {
            let call = self.bot.get_updates().offset(next).timeout(HOLD).allowed_updates(KINDS);
            let updates = match call.await {
                Ok(updates) => updates,
                Err(error) => {
                    let why = worded(&error);
                    if why != told {
                        tracing::error!("no updates from Telegram: {why}");
                        told = why;
                    }
                    after(&error).await;
                    continue;
                }
            };
            told.clear();
            for update in updates {
                let incoming = receiver.incoming(&update);
                while let Err(error) = post.receive(&incoming).await {
                    tracing::error!("an update is not kept: {error}");
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                next = i32::try_from(update.id.0).unwrap_or(i32::MAX).saturating_add(1);
            }
        }
    }
}
