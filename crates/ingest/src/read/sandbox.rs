//! What a process that reads a stranger's file gives up before it looks at it: the network, other
//! programs, and files.
//!
//! Memory, time and file size are limited by the shell that starts it (`child`, `tool`). Where the system
//! lacks seccomp or Landlock, what it lacks is left as it was; [`Fenced`] says what holds.

use std::path::Path;

/// What holds for this process from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fenced {
    /// No connection to anything outside this machine.
    pub network: bool,
    /// No file but those it needs.
    pub files: bool,
}

/// For the reader itself: standard input and output are all it has.
pub(super) fn shut_in() -> Fenced {
    Fenced { files: linux::files(None), network: linux::calls(true) }
}

/// For another program: what is installed may be read and run, only `folder` may be written, and sockets
/// stay on this machine.
pub(super) fn for_program(folder: &Path) -> Fenced {
    Fenced { files: linux::files(Some(folder)), network: linux::calls(false) }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::path::Path;

    use landlock::{
        ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
        path_beneath_rules,
    };
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    /// Where programs and what they need lie; nothing of what this machine keeps for its people.
    const INSTALLED: [&str; 24] = [
        "/usr",
        "/bin",
        "/lib",
        "/lib64",
        "/opt",
        "/nix",
        "/sys/devices/system/cpu",
        "/var/cache/fontconfig",
        "/var/lib/libreoffice",
        "/var/spool/libreoffice",
        "/etc/alternatives",
        "/etc/fonts",
        "/etc/group",
        "/etc/ld.so.cache",
        "/etc/libreoffice",
        "/etc/localtime",
        "/etc/nsswitch.conf",
        "/etc/passwd",
        "/etc/papersize",
        "/proc/cpuinfo",
        "/proc/filesystems",
        "/proc/meminfo",
        "/dev/null",
        "/dev/urandom",
    ];

    pub(super) fn files(folder: Option<&Path>) -> bool {
        let abi = ABI::V6;
        let restrict = || -> Result<RulesetStatus, landlock::RulesetError> {
            // Signals and abstract sockets of processes outside are out of reach too.
            let mut rules = Ruleset::default()
                .handle_access(AccessFs::from_all(abi))?
                .scope(Scope::from_all(abi))?
                .create()?;
            if let Some(folder) = folder {
                let write = AccessFs::from_all(abi);
                rules = rules
                    .add_rules(path_beneath_rules(INSTALLED, AccessFs::from_read(abi)))?
                    .add_rules(path_beneath_rules(["/dev/null"], write))?
                    .add_rules(path_beneath_rules([folder], write))?
                    // LibreOffice insists on making, and first removing, a socket of its own there. Nothing
                    // there can be read or written.
                    .add_rules(path_beneath_rules(
                        ["/tmp"],
                        AccessFs::MakeSock | AccessFs::RemoveFile,
                    ))?;
            }
            Ok(rules.restrict_self()?.ruleset)
        };
        restrict().is_ok_and(|status| status != RulesetStatus::NotEnforced)
    }

    /// Refuses system calls; `alone` also those that start processes.
    pub(super) fn calls(alone: bool) -> bool {
        filter(alone).is_some()
    }

    fn filter(alone: bool) -> Option<()> {
        let mut denied: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
        for call in [libc::SYS_ptrace, libc::SYS_io_uring_setup, libc::SYS_bpf] {
            denied.insert(call, Vec::new());
        }
        if alone {
            for call in [libc::SYS_socket, libc::SYS_execve, libc::SYS_execveat, libc::SYS_kill] {
                denied.insert(call, Vec::new());
            }
            #[cfg(target_arch = "x86_64")]
            for call in [libc::SYS_fork, libc::SYS_vfork] {
                denied.insert(call, Vec::new());
            }
            let thread = libc::CLONE_THREAD as u64;
            denied.insert(libc::SYS_clone, vec![when(0, SeccompCmpOp::MaskedEq(thread), 0)?]);
        } else {
            let local = libc::AF_UNIX as u64;
            denied.insert(libc::SYS_socket, vec![when(0, SeccompCmpOp::Ne, local)?]);
        }
        apply(denied, libc::EPERM)?;
        if alone {
            // Its flags lie in memory, where a filter cannot look; without it libc takes `clone`.
            apply(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)?;
        }
        Some(())
    }

    fn when(argument: u8, compare: SeccompCmpOp, value: u64) -> Option<SeccompRule> {
        let condition =
            SeccompCondition::new(argument, SeccompCmpArgLen::Qword, compare, value).ok()?;
        SeccompRule::new(vec![condition]).ok()
    }

    fn apply(rules: BTreeMap<i64, Vec<SeccompRule>>, error: i32) -> Option<()> {
        let arch = std::env::consts::ARCH.try_into().ok()?;
        let refuse = SeccompAction::Errno(u32::try_from(error).ok()?);
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).ok()?;
        let program: BpfProgram = filter.try_into().ok()?;
        seccompiler::apply_filter(&program).ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod linux {
    use std::path::Path;

    pub(super) fn files(_: Option<&Path>) -> bool {
        false
    }

    pub(super) fn calls(_: bool) -> bool {
        false
    }
}
