//! A pseudo terminal. The program believes that a person sits at it. The next text is typed when the words before it
//! have been seen.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// The longest time of a program for one whole task.
const PATIENCE: Duration = Duration::from_secs(120);

/// The words that must be seen, and the text that is then typed. An answer without a line end waits for no words.
pub type Step<'a> = (&'a str, &'a str);

/// The text on the screen at the end.
#[derive(Debug)]
pub struct Screen {
    pub text: String,
    pub code: i32,
}

/// Opens a pseudo terminal. Returns the end of the person, and the end of the program.
fn open() -> (File, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    fcntl_setfd(&ours, FdFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    // It must not become the terminal of the tests themselves.
    let no_ctty = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
    let theirs =
        OpenOptions::new().read(true).write(true).custom_flags(no_ctty).open(name.to_str().unwrap()).unwrap();
    (File::from(ours), theirs)
}

/// Runs a command at a terminal and types the script.
pub fn run(command: Command, script: &[Step<'_>]) -> Screen {
    run_while(command, script, &mut |_| ())
}

/// Runs a command in the same way. `meanwhile` is called with the number of each step, from 0, when its words have been seen
/// and before its text is typed.
pub fn run_while(mut command: Command, script: &[Step<'_>], meanwhile: &mut dyn FnMut(usize)) -> Screen {
    let (mut ours, theirs) = open();
    command.stdin(theirs.try_clone().unwrap()).stdout(theirs.try_clone().unwrap()).stderr(theirs);
    let mut child = command.spawn().unwrap();
    // These are the last copies of the program's end, apart from its own. Without them, the reading below ends with the
    // program.
    drop(command);
    let (told, heard) = mpsc::channel::<Vec<u8>>();
    let mut reading = ours.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = reading.read(&mut chunk) {
            if told.send(chunk[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    let end = Instant::now() + PATIENCE;
    let mut shown = Vec::new();
    let mut seen = 0;
    for (number, (words, typed)) in script.iter().enumerate() {
        while find(&shown[seen..], words.as_bytes()).is_none() {
            match heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(chunk) => shown.extend(chunk),
                Err(why) => {
                    let _gone = child.kill();
                    panic!("`{words}` was never seen ({why}) in\n{}", String::from_utf8_lossy(&shown));
                }
            }
        }
        seen += find(&shown[seen..], words.as_bytes()).unwrap() + words.len();
        meanwhile(number);
        ours.write_all(typed.as_bytes()).unwrap();
    }
    loop {
        match heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(chunk) => shown.extend(chunk),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _gone = child.kill();
                panic!("it asks for more, or never ends:\n{}", String::from_utf8_lossy(&shown));
            }
        }
    }
    let code = child.wait().unwrap().code().expect("ended by a signal");
    let text = String::from_utf8(shown).unwrap().replace("\r\n", "\n");
    assert!(!text.contains("panicked"), "{text}");
    Screen { text, code }
}

fn find(text: &[u8], words: &[u8]) -> Option<usize> {
    text.windows(words.len()).position(|window| window == words)
}
