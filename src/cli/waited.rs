//! Runs a program, gives it input and waits for it, but no longer than a limit. So a program that hangs does not keep
//! the user waiting for ever. The program is ended by its own process id. This code does not wait for programs that it
//! has started itself. The solvers of the prover end together with the prover.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// The time between two checks whether the program has ended.
const GLANCE: Duration = Duration::from_millis(20);
/// The time to wait for the result of the writing after the program has ended.
const WRITTEN: Duration = Duration::from_secs(1);

/// The result of a program.
#[derive(Debug)]
pub(super) struct EndedProgram {
    /// The exit status, as the system reports it.
    pub(super) status: ExitStatus,
    /// The bytes that it wrote to standard output.
    pub(super) out: Vec<u8>,
    /// Tells whether the program got all of its input. A program that has ended does not read.
    pub(super) written: io::Result<()>,
}

/// Starts a program, writes `words` to its standard input, and waits until it has ended.
///
/// # Errors
/// The program cannot be started, or its output cannot be read. The kind is [`io::ErrorKind::TimedOut`] if it has not
/// ended within `limit`.
pub(super) fn ran(command: &mut Command, words: Vec<u8>, limit: Duration) -> io::Result<EndedProgram> {
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (tell_written, written) = channel();
    thread::spawn(move || {
        let done = match stdin {
            Some(mut stdin) => stdin.write_all(&words),
            None => Ok(()),
        };
        // The waiting side may have given up.
        let _heard = tell_written.send(done);
    });
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut out = Vec::new();
        let read = match stdout {
            Some(mut stdout) => stdout.read_to_end(&mut out),
            None => Ok(0),
        };
        let _heard = tell.send(read.map(|_| out));
    });
    let out = told.recv_timeout(limit).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let ended = out.and_then(|out| Ok((ended(&mut child, begun, limit)?, out)));
    match ended {
        Ok((status, out)) => {
            let written = written.recv_timeout(WRITTEN);
            let written = written.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()));
            Ok(EndedProgram { status, out, written })
        }
        Err(why) => {
            // The program may have ended by itself in the meantime. Then there is nothing to end.
            let _killed = child.kill();
            let _waited = child.wait();
            Err(why)
        }
    }
}

/// Waits until a program has ended.
fn ended(child: &mut Child, begun: Instant, limit: Duration) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if begun.elapsed() >= limit {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(GLANCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(words: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", words]);
        command
    }

    #[test]
    fn what_is_written_comes_back_with_how_it_ended() {
        // This is more than a pipe holds, in both directions at once.
        let words = vec![b'x'; 1 << 20];
        let ran = ran(&mut shell("cat; exit 3"), words.clone(), Duration::from_secs(60)).unwrap();
        assert_eq!((ran.status.code(), ran.out == words, ran.written.is_ok()), (Some(3), true, true));
    }

    #[test]
    fn one_that_hangs_is_ended_also_where_it_says_nothing_more_or_leaves_another_behind() {
        for words in
            ["exec sleep 60", "echo half; exec sleep 60", "exec >&-; exec sleep 60", "sleep 20 & exit 0"]
        {
            let begun = Instant::now();
            let ended = ran(&mut shell(words), Vec::new(), Duration::from_millis(300));
            assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut, "{words}");
            assert!(begun.elapsed() < Duration::from_secs(15), "{words}");
        }
    }
}
