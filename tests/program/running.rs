//! Programs that run beside a test: what they print, what they answer, and the signals that they are sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Child;
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};

/// Waits for the first line on standard output.
pub fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// Waits for the address of the status page, which a daemon prints first.
pub fn address(child: &mut Child) -> String {
    first_line(child).trim_start_matches("http://").trim_end_matches('/').to_owned()
}

/// The lines on standard error. A thread adds each as it comes.
pub fn log(child: &mut Child) -> Arc<Mutex<Vec<String>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (lines, into) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
    std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            into.lock().unwrap().push(line);
        }
    });
    log
}

/// The status and the whole text of the answer at a path.
pub fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    (text[9..12].parse().unwrap(), text)
}

/// Sends a signal to a process that may be over.
pub fn signal(child: &Child, signal: Signal) -> rustix::io::Result<()> {
    kill_process(Pid::from_child(child), signal)
}
