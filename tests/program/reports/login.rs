//! Tests the login at the reports' database: users of `ed25519`, servers that ask for an unknown method, and a driver
//! that panics. None of it stops the register.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::maria::PASSWORD;
use super::world::World;

const HERE: &str = r#"{"reshId": "100089", "userRole": "LU"}"#;
const HILDE: &str = "hilde.utkastli@example.test";

#[test]
fn a_user_of_ed25519_logs_in() {
    let Some(world) = World::new() else { return };
    world.maria.sql(&format!(
        "INSTALL SONAME 'auth_ed25519';
         CREATE USER edda@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('{PASSWORD}');
         GRANT SELECT, UPDATE ON db_autoreport.autoreport TO edda@'127.0.0.1'"
    ));
    world.maria.report("own", "hilde.utkastli", HILDE, "subscription", HERE);
    world.remove("ahus/hilde.utkastli.yaml");
    let url = world.maria.url().replace("mysql://portvakt@", "mysql://edda@");
    let output = world.with_reports(&url, &["apply"]);
    assert!(output.status.success(), "{output:?}");
    assert!(world.is_closed("hilde.utkastli") && world.maria.running().is_empty());
}

#[test]
fn mariadb_is_another_word_for_mysql() {
    let Some(world) = World::new() else { return };
    world.maria.report("own", "hilde.utkastli", HILDE, "subscription", HERE);
    world.remove("ahus/hilde.utkastli.yaml");
    let url = world.maria.url().replace("mysql://", "mariadb://");
    let output = world.with_reports(&url, &["apply"]);
    assert!(output.status.success(), "{output:?}");
    assert!(world.is_closed("hilde.utkastli") && world.maria.running().is_empty());
}

fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&length[..3], &[number], payload].concat()
}

fn heard(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).unwrap();
    let mut payload = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
    stream.read_exact(&mut payload).unwrap();
    payload
}

/// What MariaDB says first.
fn greeting() -> Vec<u8> {
    let mut greeting = b"\x0a10.11.0-MariaDB\0\x01\0\0\0ABCDEFGH\0".to_vec();
    // The server announces all of protocol 4.1, without TLS and compression.
    greeting.extend([0xdf, 0xf7, 45, 2, 0, 0x3f, 0x00, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"IJKLMNOPQRST\0mysql_native_password\0");
    greeting
}

/// A server that greets as MariaDB does, hears who wants to log in, and answers like this.
fn greets_and(answers: impl Fn(&mut TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(&packet(0, &greeting())).unwrap();
            heard(&mut stream);
            answers(&mut stream);
        }
    });
    port
}

/// A server that greets as MariaDB does and then asks for this way of logging in.
fn asks_for(plugin: &'static str) -> u16 {
    greets_and(move |stream| {
        let switch = [b"\xfe", plugin.as_bytes(), b"\0", &[b'n'; 32]].concat();
        stream.write_all(&packet(2, &switch)).unwrap();
        heard(stream);
        stream.write_all(&packet(4, &[b"P\0".as_slice(), &[b's'; 18]].concat())).ok();
        std::thread::sleep(std::time::Duration::from_secs(1));
    })
}

#[test]
fn a_driver_that_panics_and_a_login_that_is_not_known_stop_nothing_else() {
    let Some(world) = World::new() else { return };
    world.remove("ahus/hilde.utkastli.yaml");
    // The driver knows `parsec` by name, was built without it, and panics. `dialog` it does not know.
    for (plugin, words) in [("parsec", "`parsec`"), ("dialog", "`dialog`")] {
        let url = format!("mysql://portvakt@127.0.0.1:{}/db_autoreport", asks_for(plugin));
        let output = world.with_reports(&url, &["apply"]);
        let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{plugin}: {told}");
        assert!(told.contains("reports-unavailable") && told.contains(words), "{plugin}: {told}");
        assert!(told.contains("ed25519"), "what to do: {told}");
        assert!(!told.contains(PASSWORD), "{told}");
        assert!(world.is_closed("hilde.utkastli"), "the register goes on");
    }
}

/// A server that refuses the log-in and says the password back, as one can that has asked for it.
fn says_back(said: String) -> u16 {
    greets_and(move |stream| {
        // Error 1045 with the state 28000.
        let refusal = [b"\xff\x15\x04#28000".as_slice(), said.as_bytes()].concat();
        stream.write_all(&packet(2, &refusal)).ok();
    })
}

#[test]
fn a_password_that_the_server_says_back_is_not_printed() {
    let Some(world) = World::new() else { return };
    world.remove("ahus/hilde.utkastli.yaml");
    let part = PASSWORD.split_at(PASSWORD.len() - 1).0;
    for said in [PASSWORD, part] {
        let url = format!("mysql://portvakt@127.0.0.1:{}/db_autoreport", says_back(format!("not {said}")));
        let output = world.with_reports(&url, &["apply"]);
        let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("not … (1045)") && !told.contains(part), "{told}");
    }
}
