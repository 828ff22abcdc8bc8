//! What stands before the server and leaves out what a connection is begun with, as a pooler does that is told to.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};

use portvakt_database::Server;

use super::cluster::{Database, ROLE};

/// Starts it, and returns its port.
fn pooler(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
            std::thread::spawn(move || hand_on(client, server));
        }
    });
    port
}

fn hand_on(mut client: TcpStream, mut server: TcpStream) {
    let mut length = [0; 4];
    client.read_exact(&mut length).unwrap();
    let mut begun = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
    client.read_exact(&mut begun).unwrap();
    server.write_all(&without_options(&begun)).unwrap();
    let (mut answers, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ended = std::io::copy(&mut answers, &mut to);
        let _either_way = to.shutdown(Shutdown::Both);
    });
    let _ended = std::io::copy(&mut client, &mut server);
    let _either_way = server.shutdown(Shutdown::Both);
}

/// The first message of a connection: the protocol, and names with their values, each ended by a zero.
fn without_options(begun: &[u8]) -> Vec<u8> {
    let (protocol, named) = begun.split_at(4);
    let words: Vec<&[u8]> = named.split(|byte| *byte == 0).collect();
    let mut kept = protocol.to_vec();
    for pair in words.chunks_exact(2).filter(|pair| !pair[0].is_empty() && pair[0] != b"options") {
        for word in pair {
            kept.extend_from_slice(word);
            kept.push(0);
        }
    }
    kept.push(0);
    let length = u32::try_from(kept.len() + 4).unwrap();
    [length.to_be_bytes().as_slice(), &kept].concat()
}

#[test]
fn what_leaves_out_the_settings_of_a_connection_is_refused() {
    let Some(database) = Database::new() else { return };
    let (name, port) = database.place();
    let address = format!("postgres://{ROLE}@127.0.0.1:{}/{name}", pooler(port)).parse().unwrap();
    let server = Server { address, password: Some(database.password()), authorities: None };
    for refused in [server.connect(), server.connect_to_write()] {
        let told = refused.unwrap_err().to_string();
        assert!(told.contains("connection pooler") && told.contains("name the server itself"), "{told}");
    }
}
