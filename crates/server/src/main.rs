//! `khue`: configuration, wiring, commands, HTTP.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod app;
mod channels;
mod clock;
mod commands;
mod config;
mod control;
mod decide;
mod http;
mod jobs;
mod keys;
mod provision;
#[cfg(test)]
mod tests;
mod versions;
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::main()
}
