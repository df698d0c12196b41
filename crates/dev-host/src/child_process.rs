//! Child processes that never outlive their parent.

use std::process::Command;

/// Makes the kernel kill the child when the thread that spawns it ends, even by `SIGKILL`.
///
/// The end of the *thread* counts, not that of the process, so spawn from a thread that lives as
/// long as the child should. On systems other than Linux the command is unchanged.
pub fn die_with_parent(command: &mut Command) -> &mut Command {
    #[cfg(target_os = "linux")]
    set_death_signal(command);
    command
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the death signal can only be set between fork and exec, for which the standard library offers nothing but pre_exec"
)]
fn set_death_signal(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    let parent = rustix::process::getpid();
    let before_exec = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // A parent that died before the line above would never be reported.
        if getppid() == Some(parent) {
            Ok(())
        } else {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
    };
    // SAFETY: the closure makes two system calls and neither allocates nor takes a lock, so it may
    // run in the forked child of a process with several threads.
    unsafe {
        command.pre_exec(before_exec);
    }
}
