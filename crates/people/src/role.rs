//! Roles, and what each may do: one table.

use serde::{Deserialize, Serialize};

/// What somebody is here. A person may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees figures.
    Viewer,
    /// Looks things up for their work.
    Staff,
    /// Checks drafts.
    Reviewer,
    /// Cares for what is answered.
    Editor,
    /// Sits at the desk.
    Desk,
    /// Looks after those who run this.
    Auditor,
    /// Runs this.
    Admin,
}

/// What can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// The pages of staff: questions, provisions, procedures, drafts, internal documents of their groups.
    LookUp,
    /// Checking drafts.
    Review,
    /// Speaking with people.
    Desk,
    /// Figures, corpora, evaluation, the retrieval lab: reading.
    Figures,
    /// Corpora, answers by hand, feedback, what found no answer: changing.
    Content,
    /// Switching off and on.
    Switches,
    /// Reading conversations, once a second person permits it.
    Talks,
    /// The audit log.
    Audit,
    /// Accounts.
    Users,
}

impl Role {
    /// All, in the order of pages.
    pub const ALL: [Role; 7] = [
        Role::Viewer,
        Role::Staff,
        Role::Reviewer,
        Role::Editor,
        Role::Desk,
        Role::Auditor,
        Role::Admin,
    ];

    /// Its name in settings, commands and tables.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Staff => "staff",
            Role::Reviewer => "reviewer",
            Role::Editor => "editor",
            Role::Desk => "desk",
            Role::Auditor => "auditor",
            Role::Admin => "admin",
        }
    }

    /// By its name.
    pub fn read(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it brings a right. Who runs the system does not read conversations, and who reads them runs nothing.
    pub fn may(self, right: Right) -> bool {
        use Right::{Audit, Content, Desk, Figures, LookUp, Review, Switches, Talks, Users};
        let rights: &[Right] = match self {
            Role::Viewer => &[Figures],
            Role::Staff => &[LookUp],
            Role::Reviewer => &[LookUp, Review],
            Role::Editor => &[LookUp, Figures, Content, Switches],
            Role::Desk => &[LookUp, Desk],
            Role::Auditor => &[Figures, Talks, Audit],
            Role::Admin => &[LookUp, Figures, Content, Switches, Audit, Users],
        };
        rights.contains(&right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_rights_and_no_other() {
        use Right::*;
        let all = [LookUp, Review, Desk, Figures, Content, Switches, Talks, Audit, Users];
        // A column for each right, in the order above.
        for (role, expect) in [
            ("viewer", "---f-----"),
            ("staff", "l--------"),
            ("reviewer", "lr-------"),
            ("editor", "l--fcs---"),
            ("desk", "l-d------"),
            ("auditor", "---f--ta-"),
            ("admin", "l--fcs-au"),
        ] {
            let letters = "lrdfcstau".chars();
            let role = Role::read(role).unwrap();
            let told: String = all
                .iter()
                .zip(letters)
                .map(|(right, letter)| if role.may(*right) { letter } else { '-' })
                .collect();
            assert_eq!(told, expect, "{}", role.name());
        }
        assert_eq!(Role::read("root"), None);
    }
}
