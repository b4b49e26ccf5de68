//! `khue people`: accounts, for the first one and where nobody can sign in.

use clap::{Args, Subcommand};
use people::{Error, People, Person, Role};
use serde_json::json;

use super::out::{Out, table};
use super::{Done, Usage};
use crate::app::Setup;

#[derive(Args)]
pub(crate) struct PeopleArgs {
    #[command(subcommand)]
    act: Act,
    /// Who does it, for the log [default: the user of the machine]
    #[arg(long, global = true, env = "USER", hide_env_values = true, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Subcommand)]
enum Act {
    /// Everybody with roles, groups and state (without a subcommand there is none)
    List,
    /// Add somebody; tells the password for the first sign-in, once
    Add {
        /// 2 to 40 letters a-z, digits, dots, dashes
        name: String,
        /// viewer, staff, reviewer, editor, desk, auditor, admin; again for more
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
        /// Group whose internal documents they read; again for more
        #[arg(long = "group")]
        groups: Vec<String>,
        /// As people know them
        #[arg(long, default_value = "")]
        full_name: String,
    },
    /// Give other roles and groups in place of those they have
    Roles {
        name: String,
        #[arg(long = "role", value_parser = role)]
        roles: Vec<Role>,
        #[arg(long = "group")]
        groups: Vec<String>,
    },
    /// Let somebody in again who is locked out, closed or has not been here for long
    Open {
        name: String,
        #[arg(long)]
        reason: String,
    },
    /// Close an account and end its sessions
    Close {
        name: String,
        #[arg(long)]
        reason: String,
    },
    /// A new first password for somebody who has forgotten theirs or lost what makes the codes
    Reset { name: String },
    /// The audit log, checked; the newest lines
    Audit {
        #[arg(short = 'n', default_value_t = 20, value_name = "N")]
        count: i64,
    },
}

fn role(name: &str) -> Result<Role, String> {
    Role::read(name).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("there are the roles {}", known.join(", "))
    })
}

pub(crate) async fn run(setup: &Setup, args: PeopleArgs, out: &Out) -> anyhow::Result<Done> {
    let people = People::open(setup.config.people_options()?).await?;
    let by = args.by.filter(|by| !by.trim().is_empty());
    let by = by.ok_or_else(|| Usage("say who does it with --by".into()))?;
    match act(&people, args.act, &Person::operator(&by), out).await {
        // What the person typed is at fault.
        Err(error) => match error.downcast_ref::<Error>() {
            Some(
                Error::Unknown(_)
                | Error::Taken(_)
                | Error::Name(_)
                | Error::LastAdmin
                | Error::Apart,
            ) => Err(Usage(error.to_string()).into()),
            _ => Err(error),
        },
        done => done,
    }
}

async fn act(people: &People, act: Act, by: &Person, out: &Out) -> anyhow::Result<Done> {
    match act {
        Act::List => {
            let list = people.accounts().await?;
            let names =
                |roles: &[Role]| roles.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ");
            out.document(&json!({"accounts": list.iter().map(|it| json!({
                "name": it.name, "full_name": it.full_name, "roles": it.roles, "groups": it.groups, "origin": it.origin,
                "second_factor": it.second, "active": it.active, "locked": it.locked, "closed": it.closed,
            })).collect::<Vec<_>>()}))?;
            let rows: Vec<Vec<String>> = list
                .iter()
                .map(|it| {
                    let state = match it.locked {
                        _ if it.closed => "closed".to_owned(),
                        Some(until) => format!("locked until {}", until.strftime("%Y-%m-%d %H:%M")),
                        None => String::new(),
                    };
                    let active = it.active.strftime("%Y-%m-%d").to_string();
                    vec![it.name.clone(), names(&it.roles), it.groups.join(", "), active, state]
                })
                .collect();
            out.line(table(&["name", "roles", "groups", "last used", ""], &rows));
        }
        Act::Add { name, roles, groups, full_name } => {
            let full_name = if full_name.is_empty() { name.clone() } else { full_name };
            let first = people.add(by, &name, &full_name, &roles, &groups).await?;
            told(out, &name, &first)?;
        }
        Act::Reset { name } => {
            let first = people.reset(by, &name).await?;
            told(out, &name, &first)?;
        }
        Act::Roles { name, roles, groups } => {
            people.set_roles(by, &name, &roles, &groups).await?;
            out.line(format!("{name} has them now and signs in anew"));
            out.document(&json!({"name": name, "roles": roles, "groups": groups}))?;
        }
        Act::Open { name, reason } => {
            people.set_open(by, &name, true, &reason).await?;
            out.line(format!("{name} can sign in"));
            out.document(&json!({"name": name, "open": true}))?;
        }
        Act::Close { name, reason } => {
            people.set_open(by, &name, false, &reason).await?;
            out.line(format!("{name} is closed and signed out"));
            out.document(&json!({"name": name, "open": false}))?;
        }
        Act::Audit { count } => {
            let (entries, checked) =
                (people.trail(i64::MAX, count).await?, people.check_trail().await?);
            let broken = checked.as_ref().err().map(|it| it.n);
            out.document(&json!({"broken_at": broken, "head": checked.as_ref().ok().map(|it| &it.1), "entries": entries}))?;
            let rows: Vec<Vec<String>> = entries
                .iter()
                .map(|it| {
                    let at = it.at.strftime("%Y-%m-%d %H:%M").to_string();
                    vec![
                        it.n.to_string(),
                        at,
                        it.name.clone(),
                        it.host.clone(),
                        it.did.clone(),
                        it.what.clone(),
                        it.reason.clone(),
                    ]
                })
                .collect();
            out.line(table(&["n", "at (UTC)", "who", "from", "did", "what", "why"], &rows));
            match checked {
                Ok((lines, head)) => {
                    out.line(format!("{lines} lines, unchanged; the last one's mark is {head}"))
                }
                Err(broken) => {
                    out.line(format!(
                        "THE LOG WAS CHANGED: line {} does not follow from the one before",
                        broken.n
                    ));
                    return Ok(Done::Partly);
                }
            }
        }
    }
    Ok(Done::Well)
}

fn told(out: &Out, name: &str, first: &str) -> anyhow::Result<()> {
    out.line(format!("{name} signs in at /signin with this password, once, and then chooses another:\n\n  {first}\n"));
    out.document(&json!({"name": name, "password": first}))
}
